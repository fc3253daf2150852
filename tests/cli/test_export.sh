#!/bin/sh
# sard optimize --output: what comes out, where it may go, and what is left when it can't.
. "$(dirname "$0")/support.sh"

# Passes for sard's own kernels have no place in a file.
expect 0 optimize "$here/colour.onnx" --text -o "$dir/smaller.onnx"
prints "r = Relu@relu(c)"
expect 0 diff "$here/colour.onnx" "$dir/smaller.onnx" --set N=2 --tol 1e-6

# The output may be the input, also through another name.
cp "$here/colour.onnx" "$dir/m.onnx"
expect 0 optimize "$dir/m.onnx" -o "$dir/m.onnx"
expect 0 optimize "$dir/m.onnx" -o "$dir/../$(basename "$dir")/m.onnx"
expect 0 diff "$here/colour.onnx" "$dir/m.onnx" --set N=2 --tol 1e-6

# What can't be written is told in a line, and the old file is still there.
refuses "file.onnx: cannot be written: No such file" optimize "$dir/m.onnx" -o "$dir/no/such/file.onnx"
refuses "$dir: cannot be written: Is a directory" optimize "$dir/m.onnx" -o "$dir"
if [ -w /dev/full ]; then
    refuses "/dev/full: cannot be written: No space left" optimize "$dir/m.onnx" -o /dev/full
fi
mkdir "$dir/closed"
cp "$dir/m.onnx" "$dir/closed"
chmod 500 "$dir/closed"
if ! touch "$dir/closed/probe" 2>/dev/null; then
    refuses "m.onnx: cannot be written: Permission denied" optimize "$dir/m.onnx" -o "$dir/closed/m.onnx"
fi
chmod 700 "$dir/closed"
refuses "opset 12 cannot be written" optimize "$dir/m.onnx" --opset 12 -o "$dir/old.onnx"
[ ! -e "$dir/old.onnx" ] || fail "old.onnx was written"
expect 0 diff "$here/colour.onnx" "$dir/m.onnx" --set N=2 --tol 1e-6
finish
