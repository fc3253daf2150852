#!/bin/sh
# sard run on tensors: names, formats, pipes, fetched values, free dimensions.
. "$SARD_SOURCE/tests/cli/support.sh"

npy "$dir/a.npy" 3 "$one$two$minus_three"
npy "$dir/b.npy" 3 "$two$one$one"

expect 0 run "$here/add.onnx" --input "a=$dir/a.npy" --input "b=$dir/b.npy"
prints "[1, 3]"
prints "3 3 0"
silent
expect 0 run "$here/add.onnx" --input "a=$dir/a.npy" --input "b=$dir/b.npy" --json
prints '"values":	[3, 3, 0]'

# .npy, .pb and .npz, written and read again; values inside of the graph
expect 0 run "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" -o "y=$dir/y.npy" --fetch "s=$dir/s.pb"
[ ! -s "$dir/out" ] || fail "outputs that are written are not printed"
expect 0 run "$here/add.onnx" -i "a=$dir/s.pb" -i "b=$dir/y.npy" --json
prints '"values":	[6, 6, 0]'
for format in npy pb; do
    expect 0 run "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" -o "$dir/sum.$format"
    expect 0 run "$here/add.onnx" -i "a=$dir/sum.$format" -i "b=$dir/sum.$format" --json
    prints '"values":	[6, 6, 0]'
done
expect 0 run "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" -o "$dir/all.npz"
expect 0 run "$here/add.onnx" -i "a=$dir/all.npz" -i "b=$dir/all.npz" --json
prints '"values":	[6, 6, 0]'
if command -v python3 >/dev/null && python3 -c 'import zipfile' 2>/dev/null; then
    python3 -c "import zipfile, sys
with zipfile.ZipFile(sys.argv[1] + '/both.npz', 'w', zipfile.ZIP_DEFLATED) as z:
    z.write(sys.argv[1] + '/a.npy', 'a.npy'); z.write(sys.argv[1] + '/b.npy', 'b.npy')" "$dir"
    expect 0 run "$here/add.onnx" --input "$dir/both.npz" --json
    prints '"values":	[3, 3, 0]'
fi

# pipes: a model, an input, an output
"$SARD" run - -i "a=$dir/a.npy" -i "b=$dir/b.npy" -o - <"$here/add.onnx" >"$dir/piped.npy" || fail "a model from stdin"
cmp -s "$dir/piped.npy" "$dir/y.npy" || fail "an output on stdout differs from a file"
"$SARD" run "$here/add.onnx" -i a=- -i "b=$dir/b.npy" <"$dir/a.npy" | grep -q "3 3 0" || fail "an input from stdin"

# free dimensions
expect 0 run "$here/add.onnx" --random 7 --set N=4
prints "[4, 3]"
silent
expect 0 run "$here/add.onnx" --random 7 --set b=2x3
prints "[2, 3]"
expect 0 run "$here/add.onnx" --random 7
complains "[1, 3]"
refuses "a.npy: float32 [1, 3], but input 'a' is float32 [N, 3] with N = 4" run "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" --set N=4
refuses "no such dimension or input" run "$here/add.onnx" --random 1 --set M=2
refuses "--set N=x" run "$here/add.onnx" --random 1 --set N=x

# the same bits again, whatever the number of threads and the level
for options in "-t 1" "-t 2" "-O0" "-O3" "--backend reference"; do
    # shellcheck disable=SC2086
    expect 0 run "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" -o "$dir/again.npy" $options
    cmp -s "$dir/again.npy" "$dir/y.npy" || fail "$what: other bits"
done
# outputs that are not there, and formats that nobody writes
refuses "no output is called 'q'; outputs are 'y'" run "$here/colour.onnx" --random 0 -o "q=$dir/y.npy"
for word in "$dir/y.png" "y=$dir/y.txt"; do
    refuses "outputs are written as .npy, .npz or .pb" run "$here/colour.onnx" --random 0 -o "$word"
done
refuses "outputs are written as .npy, .npz or .pb" run "$here/colour.onnx" --random 0 --fetch "c=$dir/c.png"
expect 0 run "$here/colour.onnx" --random 0 --set N=1 -o /dev/null

# dims in errors are those of the file, whatever order the passes gave them
for level in 0 1 2 3; do
    refuses "has size 7 in dimension 2, where it was 5" run "$here/join.onnx" --random 0 --set x=1x3x5x6 --set m=1x3x7x6 -O$level
done

finish
