#!/bin/sh
# Other projects take the library: as a part of themselves, where neither command nor tests nor pictures come along, and installed.
set -u
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

# build NAME ARGUMENT...: both programs, which then have to run
build() {
    name=$1
    shift
    { cmake -G Ninja -S "$SARD_SOURCE/tests/examples/consumer" -B "$place/$name" "$@" && cmake --build "$place/$name"; } >"$place/log" 2>&1 || {
        echo "$name does not build:"
        tail -30 "$place/log"
        exit 1
    }
    for program in with_static with_shared; do
        "$place/$name/$program" || { echo "$name: $program fails"; exit 1; }
    done
}

cmake --install "$SARD_BUILD" --prefix "$place/usr" >/dev/null || exit 1
# What was built with sanitizers needs their runtime.
sanitizers=$(grep -oE -- '-fsanitize=[a-z,]+' "$SARD_BUILD/CMakeCache.txt" | sort -u | tr '\n' ' ')
build installed -DCMAKE_PREFIX_PATH="$place/usr" -DCMAKE_EXE_LINKER_FLAGS="$sanitizers"
build part -DSARD_SOURCE="$SARD_SOURCE" -DSARD_IMAGE=OFF -DCMAKE_DISABLE_FIND_PACKAGE_JPEG=ON -DCMAKE_DISABLE_FIND_PACKAGE_PNG=ON \
    -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON
readelf -d "$place"/part/sard/libsard.so | grep -qE 'NEEDED.*(jpeg|png|libz|cjson)' && { echo "the library alone needs more"; exit 1; }
grep -q -- '-O2' "$place/part/build.ninja" || { echo "without a build type nothing is optimised"; exit 1; }
exit 0
