#!/bin/sh
# The static command that scripts/musl builds answers as the shared one: the same bits, the same words. Skipped where it is not built, or
# older than what it is made of.
. "$SARD_SOURCE/tests/cli/support.sh"
musl=$SARD_SOURCE/build/musl/sard
[ -x "$musl" ] || { echo "skipped: scripts/musl has built nothing"; exit 77; }
newer=$(find "$SARD_SOURCE/ir" "$SARD_SOURCE/ops" "$SARD_SOURCE/runtime" "$SARD_SOURCE/backends" "$SARD_SOURCE/frontends" "$SARD_SOURCE/cli" \
    "$SARD_SOURCE/include" -name '*.[ch]' -newer "$musl" | head -1)
[ -z "$newer" ] || { echo "skipped: $newer is newer than $musl"; exit 77; }

readelf -lW "$musl" | grep -q INTERP && fail "$musl is not static"
for model in "$here/colour.onnx" "$here/sizes.onnx" "$here/quantised.onnx" "$SARD_SOURCE/examples/digits/digits.onnx"; do
    for level in 0 2 3; do
        "$SARD" run "$model" --random 1 -O$level --output "$dir/shared.npy" 2>/dev/null || fail "$model"
        "$musl" run "$model" --random 1 -O$level --output "$dir/static.npy" 2>/dev/null || fail "$model, against musl"
        cmp "$dir/shared.npy" "$dir/static.npy" || fail "$model -O$level: other bits"
    done
    "$SARD" run "$model" --random 1 --json 2>/dev/null >"$dir/shared.json"
    "$musl" run "$model" --random 1 --json 2>/dev/null >"$dir/static.json"
    cmp "$dir/shared.json" "$dir/static.json" || fail "$model: other words"
done
for picture in "$here"/*.png "$SARD_SOURCE/tests/formats/image/turned.jpg"; do
    "$SARD" run "$here/sizes.onnx" --image "$picture" --preset unit >"$dir/shared.txt"
    "$musl" run "$here/sizes.onnx" --image "$picture" --preset unit >"$dir/static.txt"
    cmp "$dir/shared.txt" "$dir/static.txt" || fail "$picture: other classes"
done
# its own parser of options
SARD=$musl sh "$SARD_SOURCE/tests/cli/test_usage.sh" || fail "test_usage.sh"
SARD=$musl sh "$SARD_SOURCE/tests/cli/test_tensors.sh" || fail "test_tensors.sh"
"$SARD" run --help | grep -oE -- '--[a-z-]+' | sort -u >"$dir/shared.txt"
"$musl" run --help | grep -oE -- '--[a-z-]+' | sort -u >"$dir/static.txt"
cmp "$dir/shared.txt" "$dir/static.txt" || fail "run --help lists other options"
"$musl" run "$here/add.onnx" --plugin ./x.so 2>"$dir/err"
[ $? = 2 ] || fail "a plugin in a static command"
finish
