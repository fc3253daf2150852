#!/bin/sh
# sard run on pictures: folders, batches, labels, presets.
. "$SARD_SOURCE/tests/cli/support.sh"
printf 'red\ngreen\nblue\nnone\n' >"$dir/labels.txt"
printf 'red\r\ngreen\r\nblue\r\nnone\r\n\r\n' >"$dir/dos.txt"
printf 'red\ngreen\n' >"$dir/short.txt"
mkdir "$dir/pictures" "$dir/empty"
cp "$here"/*.png "$dir/pictures"

for labels in labels dos; do
    expect 0 run "$here/colour.onnx" --image "$here/green.png" --labels "$dir/$labels.txt" --preset unit --top 1
    prints "green.png"
    prints "0.475367     1  green"
    silent
done
expect 0 run "$here/colour.onnx" --image "$here/red.png" --preset unit --top 2
[ "$(grep -c '^  ' "$dir/out")" = 2 ] || fail "--top 2: $(cat "$dir/out")"

# a folder is sorted by name, and batches do not change answers
for set in N=1 N=2 N=3 N=16; do
    expect 0 run "$here/colour.onnx" --image "$dir/pictures/" --labels "$dir/labels.txt" --preset unit --top 1 --set "$set"
    [ "$(sed -n 's/.*  //p' "$dir/out" | tr '\n' ' ')" = "blue green red " ] || fail "$what: $(cat "$dir/out")"
done
expect 0 run "$here/colour.onnx" --image "$here/red.png" "$here/blue.png" --labels "$dir/labels.txt" --preset unit --top 1 --json
prints '"label":	"red"'
prints '"label":	"blue"'
prints '"index":	2'
prints '"images"'
prints '"outputs"'

# what the model sees: order, mean, deviation
expect 0 run "$here/colour.onnx" --image "$here/red.png" --labels "$dir/labels.txt" --preset unit --order bgr --top 1
prints "blue"
expect 0 run "$here/colour.onnx" --image "$here/red.png" --preset raw --output "$dir/raw.npy"
expect 0 run "$here/colour.onnx" --image "$here/red.png" --preset raw --mean 5,0,0 --std 2,1,1 --fetch "x=$dir/x.npy" --output "$dir/y.npy"
[ "$(od -An -tf4 -j 128 -N 4 "$dir/y.npy" | tr -d ' ')" = 125 ] || fail "(255 - 5) / 2 is 125, not $(od -An -tf4 -j 128 "$dir/y.npy")"

refuses "short.txt: 2 labels, but output 'y' has 4 classes" run "$here/colour.onnx" --image "$here/red.png" --labels "$dir/short.txt"
refuses "no_such.txt" run "$here/colour.onnx" --image "$here/red.png" --labels "$dir/no_such.txt"
refuses "not a text file" run "$here/colour.onnx" --image "$here/red.png" --labels "$here/red.png"
refuses "no_such.png" run "$here/colour.onnx" --image "$dir/no_such.png"
refuses "no .jpg, .jpeg or .png" run "$here/colour.onnx" --image "$dir/empty"
refuses "labels.txt" run "$here/colour.onnx" --image "$dir/labels.txt"
refuses "2 pictures" run "$here/colour.onnx" --image "$here/red.png" "$here/blue.png" --output "$dir/y.npy"
refuses "" run "$here/add.onnx" --image "$here/red.png"
finish
