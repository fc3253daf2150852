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
refuses "m.xyz: models are written as .onnx" optimize "$dir/m.onnx" -o "$dir/m.xyz"
refuses "m.png: models are written as .onnx" zoo mobilenet_v2 -o "$dir/m.png"
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

# Edits: a part, shapes, a batch, a layout.
expect 0 optimize "$here/colour.onnx" --text --batch 4
prints "input x: float32[4,3,8,8]"
prints "y = Gemm@dense(f, w) : float32[4,4]"
expect 0 optimize "$here/colour.onnx" --text -O0 --batch Many
prints "input x: float32[Many,3,8,8]"
expect 0 optimize "$here/colour.onnx" --text -O0 --input-shape 2x3xHx?
prints "input x: float32[2,3,H,?]"
expect 0 optimize "$here/colour.onnx" --text -O0 --input-shape x=N,3,xmax,8
prints "input x: float32[N,3,xmax,8]"
expect 0 optimize "$here/colour.onnx" --text -O0 --layout nhwc
prints "input x: float32[N,8,8,3]"
prints "x/nchw = Transpose(x) {perm = [0, 3, 1, 2]}"
expect 0 optimize "$here/colour.onnx" --text -O0 --layout nchw
prints "input x: float32[N,3,8,8]"
expect 0 optimize "$here/colour.onnx" -o "$dir/last.onnx" --layout x=nhwc
expect 0 optimize "$dir/last.onnx" -o "$dir/first.onnx" --layout nchw
expect 0 optimize "$dir/first.onnx" --text -O0
prints "c = Conv@conv(x, k, z)"
expect 0 optimize "$here/colour.onnx" --text -O0 --extract c,g
prints "input c: float32[N,3,8,8]"
prints "output g"
expect 0 optimize "$here/colour.onnx" --text -O0 --extract ,g --layout nhwc
prints "g/nhwc = Transpose(g) {perm = [0, 2, 3, 1]}"
expect 0 optimize "$here/colour.onnx" -o "$dir/head.onnx" --extract ,g
expect 0 optimize "$here/colour.onnx" -o "$dir/tail.onnx" --extract g,
refuses "there is no value 'q'" optimize "$here/colour.onnx" --text --extract c,q
refuses "FROM,TO is wanted" optimize "$here/colour.onnx" --text --extract c
refuses "the part also depends on input 'b'" optimize "$here/add.onnx" --text --extract a,y
refuses "depends on 'y'" optimize "$here/add.onnx" --text --extract y,s
refuses "'w' is a constant" optimize "$here/colour.onnx" --text --extract w,y
refuses "a shape like 1x3x224x224" optimize "$here/colour.onnx" --text --input-shape 2x3xx8
refuses "3 dims, but input 'x' has 4" optimize "$here/colour.onnx" --text --input-shape 3x8x8
refuses "there is no input 'q'" optimize "$here/colour.onnx" --text --input-shape q=1x3x8x8
refuses "which input?" optimize "$here/add.onnx" --text --input-shape 2x3
refuses "too many elements" optimize "$here/colour.onnx" --text --input-shape 1000000000x1000000000x1000000000x1000000000
refuses "Conv 'conv'" optimize "$here/colour.onnx" --text --input-shape 1x5x8x8
refuses "a number from 1 on or a name" optimize "$here/colour.onnx" --text --batch 0
refuses "a number from 1 on or a name" optimize "$here/colour.onnx" --text --batch=-3
refuses "it is nchw or nhwc" optimize "$here/colour.onnx" --text --layout nwhc
refuses "no input or output of 4 dims" optimize "$here/add.onnx" --text --layout nhwc
refuses "no input or output of that name" optimize "$here/colour.onnx" --text --layout q=nhwc
finish
