#!/bin/sh
# examples/inception_v3/classify.c by the line of its README, against an installed package of its own.
set -eu
if grep -q 'fsanitize' "$SARD_BUILD/CMakeCache.txt"; then
    echo "skipped: a program without the sanitizer cannot be linked with a library that has it"
    exit 77
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cmake --install "$SARD_BUILD" --prefix "$place" >/dev/null
libraries=$(dirname "$(find "$place" -name 'libsard.so' | head -1)")
digits=$SARD_SOURCE/examples/digits

# The flags are words to be split.
# shellcheck disable=SC2046
cc -Wall -Werror "$SARD_SOURCE/examples/inception_v3/classify.c" -o "$place/classify" \
    $(PKG_CONFIG_PATH=$libraries/pkgconfig pkg-config --cflags --libs sard_image sard) -lm

classify() { LD_LIBRARY_PATH=$libraries "$place/classify" "$@" 2>&1; }

answer=$(classify "$digits/digits.onnx" "$digits/pictures/7_0043.png" "$digits/labels.txt" unit)
echo "$answer"
[ "$(echo "$answer" | wc -l)" = 5 ]
echo "$answer" | head -1 | grep -q seven

refused() {
    if answer=$(classify "$@"); then
        echo "not refused: $*"
        exit 1
    fi
    echo "$answer"
    [ "$(echo "$answer" | wc -l)" = 1 ]
}
refused "$place/none.onnx" "$digits/pictures/7_0043.png"
refused "$digits/digits.onnx" "$place/none.png"
refused "$digits/digits.onnx" "$digits/labels.txt"
refused "$digits/digits.onnx" "$digits/pictures/7_0043.png" "$digits/labels.txt" none
