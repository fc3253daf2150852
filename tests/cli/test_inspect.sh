#!/bin/sh
# sard inspect, check, ops, optimize: what is told about models.
. "$SARD_SOURCE/tests/cli/support.sh"

expect 0 inspect "$here/colour.onnx" --json
for key in '"parameters":	24' '"macs":	588' '"nodes":	5' '"Conv":	1' '"shape":	["N", 3, 8, 8]' '"dtype":	"float32"' '"arena_bytes":'; do
    prints "$key"
done
expect 0 inspect "$here/colour.onnx" --json --set N=3
prints '"macs":	1764'
expect 0 inspect "$here/colour.onnx" --plan --json
for key in '"steps":' '"op":	"Conv"' '"epilogue":	["Relu"]' '"output_shapes":	[[1, 8, 8, 3]]' '"backend":' '"kernel":'; do
    prints "$key"
done
for key in '"inputs":	["' '"outputs":	["' '"input_shapes":	[[1, 3, 8, 8]' '"values":' '"first_step":' '"last_step":' '"offset":' '"owner":'; do
    prints "$key"
done
expect 0 inspect "$here/colour.onnx" --memory-svg -
prints "<svg"
prints "steps 0 to"
expect 0 inspect "$here/colour.onnx" --memory-svg "$dir/memory.svg"
silent
grep -q "</svg>" "$dir/memory.svg" || fail "inspect --memory-svg: the file is not complete"
refuses "/no/such/folder" inspect "$here/colour.onnx" --memory-svg /no/such/folder/memory.svg
for accuracy in exact default fast; do
    expect 0 inspect "$here/colour.onnx" --plan --accuracy $accuracy
done
refuses "exact, default or fast" inspect "$here/colour.onnx" --plan --accuracy best
expect 0 inspect "$here/colour.onnx" --plan --backend reference
prints "Conv+Relu"
expect 0 inspect "$here/colour.onnx"
prints "float32 [N, 3, 8, 8]"
expect 0 inspect "$here/colour.onnx" --text
prints "Relu@relu(c)"
expect 0 inspect "$here/colour.onnx" --text -O2
prints "|> Relu"
"$SARD" inspect - <"$here/colour.onnx" | grep -q parameters || fail "inspect of a model from stdin"
refuses "no such dimension" inspect "$here/colour.onnx" --set M=1

# what has no fast kernel is counted, with the right reason, by each verb; what has one is not
expect 0 inspect "$here/halves.onnx"
prints "1 of 1 steps has no fast kernel: CumSum 1 (float16)"
expect 0 inspect "$here/halves.onnx" --plan
prints "1 of 1 steps has no fast kernel: CumSum 1 (float16)"
grep -q "this machine" "$dir/out" && fail "$what: a wrong reason: $(cat "$dir/out")"
for verb in inspect check "bench --seconds 0"; do
    # shellcheck disable=SC2086 # words
    expect 0 $verb "$here/halves.onnx" --json
    tr -d ' \n\t' <"$dir/out" | grep -q '"no_fast_kernel":{"CumSum":1}' || fail "$what: $(cat "$dir/out")"
    # shellcheck disable=SC2086
    expect 0 $verb "$here/halves.onnx"
    prints "1 of 1 steps has no fast kernel: CumSum 1 (float16)"
done
expect 0 run "$here/halves.onnx" --random 0 -v
complains "1 of 1 steps has no fast kernel: CumSum 1 (float16)"
expect 0 inspect "$here/colour.onnx"
grep -q "no fast kernel" "$dir/out" && fail "$what: $(cat "$dir/out")"

# quantised weights are parameters; scales and zero points are not
expect 0 inspect "$here/quantised.onnx" --json
prints '"parameters":	16,'

# what goes to stdout goes there alone
for words in "--text --json" "--dot --json" "--text --plan" "--text --dot" "--dot --html $dir/x.html"; do
    # shellcheck disable=SC2086
    refuses "shows the graph alone" inspect "$here/colour.onnx" $words
done
for words in "--html - --json" "--html - --plan" "--memory-svg - --json" "--html - --memory-svg -"; do
    # shellcheck disable=SC2086
    refuses "stdout can take one thing" inspect "$here/colour.onnx" $words
done
expect 0 inspect "$here/colour.onnx" --json --html "$dir/x.html" --memory-svg "$dir/x.svg"
prints '"parameters":	24'
grep -q "</html>" "$dir/x.html" || fail "$what: no page"
grep -q "</svg>" "$dir/x.svg" || fail "$what: no drawing"
refuses "not together with --json" optimize "$here/colour.onnx" --text --json
for word in --json --explain --text; do
    refuses "stdout can take one thing" optimize "$here/colour.onnx" -o - $word
done

# -v says something, whatever the verb
for words in "check $here/colour.onnx" "inspect $here/colour.onnx" "run $here/colour.onnx --random 0 --set N=1" "diff $here/colour.onnx --set N=1" \
    "bench $here/colour.onnx --seconds 0 --set N=1" "optimize $here/colour.onnx" ops "zoo inception_v3 -o /dev/null"; do
    # shellcheck disable=SC2086
    expect 0 $words -v
    complains "operators"
done

expect 0 check "$here/colour.onnx"
prints "colour.onnx: ok, 5 nodes, 5 operators"
expect 1 check "$here/unknown.onnx"
complains "Frobnicate"
complains "Twiddle"
[ "$(wc -l <"$dir/err")" = 2 ] || fail "check: a line for each problem: $(cat "$dir/err")"
expect 1 check "$here/unknown.onnx" --json
prints '"ok":	false'
silent
head -c 60 "$here/add.onnx" >"$dir/cut.onnx"
refuses "cut.onnx" check "$dir/cut.onnx"
refuses "no_such.onnx" check "$dir/no_such.onnx"
refuses "$dir" check "$dir"

expect 0 ops
prints "LeakyRelu"
prints "operators"
expect 0 ops --json
prints '"name":	"Conv"'
prints '"dtypes":'

expect 0 optimize "$here/colour.onnx"
prints "fuse_activation"
expect 0 optimize "$here/colour.onnx" -O0 --text
prints "Relu@relu(c)"
expect 0 optimize "$here/colour.onnx" --text
prints "|> Relu"
finish
