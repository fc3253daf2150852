#!/bin/sh
# The shipped pictures of examples/digits, by the command and by examples/inception_v3/classify.c: the best answer is the right one.
set -eu
digits=$SARD_SOURCE/examples/digits
words='zero one two three four five six seven eight nine'
wrong=0 count=0

"$SARD" run "$digits/digits.onnx" --image "$digits/pictures/" --labels "$digits/labels.txt" --preset unit --top 1 --json >/dev/null

for picture in "$digits"/pictures/*.png; do
    name=$(basename "$picture")
    digit=${name%%_*}
    # shellcheck disable=SC2086
    set -- $words
    shift "$digit"
    answer=$("$SARD" run "$digits/digits.onnx" --image "$picture" --labels "$digits/labels.txt" --preset unit --top 1)
    example=$("$SARD_BUILD/examples/classify" "$digits/digits.onnx" "$picture" "$digits/labels.txt" unit | head -1)
    count=$((count + 1))
    for said in "$answer" "$example"; do
        case $said in
        *"$1"*) ;;
        *) echo "$name: $said" && wrong=$((wrong + 1)) ;;
        esac
    done
done
echo "$count pictures, $wrong wrong answers"
[ "$count" = 20 ] && [ "$wrong" = 0 ]
