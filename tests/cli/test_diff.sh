#!/bin/sh
# sard diff: outputs, stored answers, values by node, passes; and --precision f64.
. "$SARD_SOURCE/tests/cli/support.sh"

npy "$dir/a.npy" 3 "$one$two$minus_three"
npy "$dir/b.npy" 3 "$two$one$one"

# ---- outputs ----
expect 0 diff "$here/colour.onnx" --set N=1
prints "seed 0"
prints "ok"
expect 0 diff "$here/colour.onnx" --set N=1 --seed 5 --count 3 --json
prints '"inputs":	"seed 7"'
prints '"seed":	5'
prints '"count":	3'
prints '"same":	true'
expect 0 diff "$here/colour.onnx" --set N=1 --backend openblas --against reference,O0 --json
for key in '"name":	"y"' '"max_abs":' '"mean_abs":' '"ok":	true'; do
    prints "$key"
done
expect 0 diff "$here/add.onnx" "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" --tol 0
prints "files"
expect 0 diff "$here/colour.onnx" --set N=1 --against f64 --tol 1e-6
expect 1 diff "$here/colour.onnx" --set N=1 --against f64 --tol 0
prints "too far"
refuses "no backend" diff "$here/colour.onnx" --set N=1 --against nosuch
refuses "which model" diff
refuses "two questions" diff "$here/add.onnx" --per-node --per-pass
refuses "no meaning" diff "$here/add.onnx" --per-pass --against reference
refuses "no meaning" diff "$here/add.onnx" --per-pass --tol 1
refuses "--count" diff "$here/add.onnx" --count 0

# ---- stored answers ----
# stored FOLDER: inputs 0 and 1 of add.onnx, and its answer
stored() {
    mkdir -p "$1"
    "$SARD" run "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" --output "$1/output_0.pb" --fetch "a=$1/input_0.pb" --fetch "b=$1/input_1.pb" ||
        fail "no stored answers"
}
stored "$dir/data/test_data_set_0"
stored "$dir/data/test_data_set_10"
expect 0 diff "$here/add.onnx" --data "$dir/data"
prints "test_data_set_0"
prints "test_data_set_10"
expect 0 diff "$here/add.onnx" --data "$dir/data/test_data_set_10" --json
prints '"inputs":	"test_data_set_10"'
"$SARD" run "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/a.npy" --output "$dir/data/test_data_set_10/output_0.pb"
expect 1 diff "$here/add.onnx" --data "$dir/data"
expect 0 diff "$here/add.onnx" --data "$dir/data" --tol 9
expect 0 diff "$here/add.onnx" --data "$dir/data" --against reference
rm "$dir/data/test_data_set_10/input_1.pb"
refuses "input 'b'" diff "$here/add.onnx" --data "$dir/data"
cp -r "$dir/data/test_data_set_0" "$dir/more"
cp "$dir/more/output_0.pb" "$dir/more/output_1.pb"
expect 1 diff "$here/add.onnx" --data "$dir/more"
prints "output_1.pb"
prints "only stored"
expect 1 diff "$here/add.onnx" --data "$dir/more" --json
prints '"verdict":	"only stored"'
prints '"same":	false'
refuses "neither input_0.pb nor test_data_set_0" diff "$here/add.onnx" --data "$here"
refuses "nosuch" diff "$here/add.onnx" --data "$dir/nosuch"
refuses "--data gives the inputs" diff "$here/add.onnx" --data "$dir/data" -i "a=$dir/a.npy"

# ---- by node ----
expect 0 diff "$here/colour.onnx" --set N=1 --per-node
prints "matched by name"
prints "no value is beyond rounding"
expect 0 diff "$here/colour.onnx" --set N=1 --per-node -O0 --against O2
expect 0 diff "$here/add.onnx" "$here/add.onnx" --per-node --json --set N=1
for key in '"matched_by":	"name"' '"measured":	true' '"first":	null' '"name":	"s"' '"kernel":	"' '"rounding":'; do
    prints "$key"
done
mkdir "$dir/values"
"$SARD" run "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" --fetch "s=$dir/values/s.npy" --output "$dir/values/y.pb"
expect 0 diff "$here/add.onnx" "$dir/values" --per-node -O0 -i "a=$dir/a.npy" -i "b=$dir/b.npy"
prints "2 of 2 values matched by name"
cp "$dir/a.npy" "$dir/values/s.npy"
expect 1 diff "$here/add.onnx" "$dir/values" --per-node -O0 -i "a=$dir/a.npy" -i "b=$dir/b.npy"
prints "first beyond rounding: 's' of Add"
expect 0 diff "$here/add.onnx" "$dir/values" --per-node -O0 -i "a=$dir/a.npy" -i "b=$dir/b.npy" --tol 9
refuses "no value in common" diff "$here/colour.onnx" "$dir/values" --per-node --set N=1
refuses "NAME.npy" diff "$here/add.onnx" "$here" --per-node --set N=1
refuses "one set of inputs" diff "$here/add.onnx" --per-node --set N=1 --count 2

# ---- by pass ----
expect 0 diff "$here/colour.onnx" --set N=1 --per-pass -O3
prints "fuse_activation"
prints "no pass moves the answer beyond rounding"
expect 0 diff "$here/colour.onnx" --set N=1 --per-pass -O3 --json --count 2
for key in '"found":	null' '"first_edit":	1' '"ratio":' '"count":	2' '"rounding":'; do
    prints "$key"
done
expect 0 diff "$here/colour.onnx" --set N=1 --per-pass
prints "seeds 0 to 7"

"$SARD" diff - --per-pass --set N=1 <"$here/colour.onnx" >"$dir/out" 2>&1 || fail "a model through stdin: $(cat "$dir/out")"

# ---- float64 ----
expect 0 run "$here/colour.onnx" --set N=1 --random 1 --precision f64 --json
prints '"dtype":	"float64"'
expect 0 diff "$here/colour.onnx" --set N=1 --precision f64 --tol 1e-12
refuses "--precision" run "$here/colour.onnx" --precision f16
# outputs that one side alone has are the verdict
"$SARD" optimize "$here/add.onnx" -O0 --extract "a,s" --extract "b,y" -o "$dir/two.onnx" >/dev/null || fail "optimize --extract of two outputs"
expect 1 diff "$here/add.onnx" "$dir/two.onnx" --set N=2
prints "only in B"
expect 1 diff "$dir/two.onnx" "$here/add.onnx" --set N=2 --json
prints '"verdict":	"only in A"'
prints '"same":	false'
expect 1 diff "$here/add.onnx" "$dir/two.onnx" --set N=2 --per-node
prints "no value is beyond rounding"
prints "outputs: 1 in A, 2 in B"
expect 1 diff "$dir/two.onnx" "$here/add.onnx" --set N=2 --per-node --json
prints '"first":	null'
prints '"same":	false'
prints '"same_output_count":	false'
expect 0 diff "$dir/two.onnx" "$dir/two.onnx" --set N=2 --per-node --json
prints '"same_output_count":	true'
# outputs without a stored answer
"$SARD" run "$dir/two.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" --output "s=$dir/more/output_0.pb" --output "y=$dir/more/output_1.pb"
expect 0 diff "$dir/two.onnx" --data "$dir/more"
rm "$dir/more/output_1.pb"
expect 1 diff "$dir/two.onnx" --data "$dir/more"
prints "not stored"
expect 1 diff "$dir/two.onnx" --data "$dir/more" --json
prints '"verdict":	"ok"'
prints '"verdict":	"not stored"'
prints '"same":	false'
rm "$dir/more/output_0.pb"
refuses "no output_0.pb" diff "$dir/two.onnx" --data "$dir/more"

finish
