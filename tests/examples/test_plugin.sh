#!/bin/sh
# examples/plugin, out of tree: installs sard into a folder of its own, builds the plugin by hand and with CMake, and uses it.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cmake --install "$SARD_BUILD" --prefix "$place/usr" >/dev/null
cp -r "$SARD_SOURCE/examples/plugin" "$place/plugin"
cd "$place/plugin"
sard=$place/usr/bin/sard
libraries=$(dirname "$(find "$place/usr" -name sard.pc)")

# The flags are words to be split.
# shellcheck disable=SC2046
cc -shared -fPIC -O2 -Wall -Werror shuffle.c -o shuffle.so $(PKG_CONFIG_PATH=$libraries pkg-config --cflags --libs sard)
if ! { cmake -B build -DCMAKE_PREFIX_PATH="$place/usr" && cmake --build build; } >log 2>&1; then
    cat log
    exit 1
fi

fail() {
    echo "failed: $1"
    exit 1
}

for plugin in ./shuffle.so build/shuffle.so; do
    "$sard" ops --plugin "$plugin" | grep -q ChannelShuffle || fail "$plugin: ops"
    "$sard" check shuffle.onnx --plugin "$plugin" >/dev/null || fail "$plugin: check"
    for order in example,reference reference; do
        "$sard" run shuffle.onnx --plugin "$plugin" --backend "$order" --set N=2 --random 1 --output "$order.npy"
        "$sard" run shuffle.onnx --plugin "$plugin" --backend "$order" --set N=2 --random 1 --output "$order-O0.npy" -O0
        for file in "$order.npy" "$order-O0.npy"; do
            cmp "$file" example,reference.npy || fail "$plugin: $file has other elements"
        done
    done
    "$sard" inspect shuffle.onnx --plugin "$plugin" --plan --json --set N=2 >plan
    grep -q shuffle_planes plan || fail "$plugin: its kernel is not in the plan"
    grep -q relu_loop plan || fail "$plugin: its kernel for Relu is not in the plan"
    [ "$(grep -o shuffle_planes plan | wc -l)" = 1 ] || fail "$plugin: the shuffles that cancel are still in the plan"
done

"$sard" check shuffle.onnx >answer 2>&1 && fail 'without the plugin the operator is known'
grep -q ChannelShuffle answer || fail 'the operator that lacks is not named'
"$sard" run shuffle.onnx --plugin ./nowhere.so --random 1 2>answer && fail 'a plugin that is not there is loaded'
grep -q nowhere.so answer || fail 'the plugin that is not there is not named'
echo 'both plugins work'
