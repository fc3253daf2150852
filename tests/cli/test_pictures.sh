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

# pictures of several sizes where the model leaves its own free: the answers are those of each alone, in every batch
mkdir "$dir/sizes"
half() { head -c "$1" /dev/zero | tr '\000' '\377'; }
{ printf 'P6 4 4 255\n' && half 24 && head -c 24 /dev/zero; } >"$dir/sizes/small.ppm"
{ printf 'P6 9 7 255\n' && half 19 && head -c 170 /dev/zero; } >"$dir/sizes/large.ppm"
{ printf 'P6 7 9 255\n' && half 100 && head -c 89 /dev/zero; } >"$dir/sizes/high.ppm"
sizes="small large large high small small large"
set --
: >"$dir/alone"
for size in $sizes; do
    expect 0 run "$here/sizes.onnx" --preset unit --image "$dir/sizes/$size.ppm"
    cat "$dir/out" >>"$dir/alone"
    set -- "$@" "$dir/sizes/$size.ppm"
done
for set in N=1 N=2 N=3 N=16; do
    expect 0 run "$here/sizes.onnx" --preset unit --set "$set" --image "$@"
    cmp -s "$dir/out" "$dir/alone" || fail "$what: $(cat "$dir/out") instead of $(cat "$dir/alone")"
    silent
done
refuses "large.ppm has another size than" run "$here/sizes.onnx" --preset unit --set N=2 --image "$dir/sizes/small.ppm" "$dir/sizes/large.ppm" \
    --output "$dir/y.npy"

# a picture that is damaged, or too large, is named and left out; the others are answered, in batches and as JSON, too
mkdir "$dir/some"
cp "$here"/*.png "$dir/some"
head -c 60 "$here/red.png" >"$dir/some/cut.png"
for set in N=1 N=2 N=16; do
    expect 2 run "$here/colour.onnx" --image "$dir/some" --labels "$dir/labels.txt" --preset unit --top 1 --set "$set"
    [ "$(sed -n 's/.*  //p' "$dir/out" | tr '\n' ' ')" = "blue green red " ] || fail "$what: $(cat "$dir/out")"
    complains "cut.png: PNG: the data end"
    [ "$(wc -l <"$dir/err")" = 1 ] || fail "$what: not one line: $(cat "$dir/err")"
    expect 2 run "$here/colour.onnx" --image "$dir/some" --labels "$dir/labels.txt" --preset unit --top 1 --set "$set" --json
    for key in '"label":	"red"' '"label":	"green"' '"label":	"blue"' '"errors":	[{' '"file":	"'"$dir/some/cut.png"; do
        prints "$key"
    done
done
refuses "cut.png" run "$here/colour.onnx" --image "$dir/some/cut.png" --json
refuses "cut.png" run "$here/colour.onnx" --image "$dir/some/cut.png" --output "$dir/y.npy"
printf 'P6 400 300 255\n' >"$dir/some/wide.ppm"
head -c 360000 /dev/zero >>"$dir/some/wide.ppm"
expect 2 run "$here/sizes.onnx" --preset unit --top 1 --limit arena=256K --image "$here/red.png" "$dir/some/wide.ppm" "$here/blue.png"
complains "wide.ppm: 400 x 300 pixels:"
for file in red blue; do
    prints "$file.png"
done
# in a batch, too: the good ones of it are answered, as they are alone
expect 0 run "$here/sizes.onnx" --preset unit --top 1 --limit arena=256K --image "$here/red.png" "$here/blue.png"
cp "$dir/out" "$dir/alone"
cp "$dir/some/wide.ppm" "$dir/some/other.ppm"
for set in N=1 N=2 N=3 N=4 N=16; do
    expect 2 run "$here/sizes.onnx" --preset unit --top 1 --limit arena=256K --set "$set" \
        --image "$dir/some/wide.ppm" "$here/red.png" "$dir/some/other.ppm" "$here/blue.png"
    cmp -s "$dir/out" "$dir/alone" || fail "$what: $(cat "$dir/out")"
    [ "$(grep -c 'wide.ppm: 400 x 300 pixels: .*limit\|other.ppm: 400 x 300 pixels: .*limit' "$dir/err")" = 2 ] || fail "$what: $(cat "$dir/err")"
    [ "$(wc -l <"$dir/err")" = 2 ] || fail "$what: not two lines: $(cat "$dir/err")"
done
expect 2 run "$here/sizes.onnx" --preset unit --top 1 --limit arena=256K --set N=2 --json --image "$dir/some/wide.ppm" "$here/red.png"
prints '"error":	"'"$dir/some/wide.ppm: 400 x 300 pixels:"
prints '"file":	"'"$here/red.png"
refuses "wide.ppm: 400 x 300 pixels:" run "$here/sizes.onnx" --preset unit --limit arena=256K --image "$dir/some/wide.ppm"
finish
