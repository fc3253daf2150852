#!/bin/sh
# The native kernels' tests, built for aarch64 and run under an emulator: the NEON tier. A share of the random cases.
set -u
skip() {
    echo "skipped: $1"
    exit 77
}
[ "$(uname -m)" != aarch64 ] || skip "the tests themselves are for aarch64"
command -v qemu-aarch64 >/dev/null || skip "no qemu-aarch64 (scripts/setup --test)"
echo '#include <stdio.h>' | aarch64-linux-gnu-gcc -E - >/dev/null 2>&1 || skip "no compiler for aarch64 (scripts/setup --test)"
grep -q -- '-fsanitize' "$SARD_BUILD/CMakeCache.txt" && skip "no sanitizers there"

build=$SARD_BUILD/aarch64
output=$build/output.txt
mkdir -p "$build"
{ cmake -G Ninja -S "$SARD_SOURCE/tests/backends/aarch64" -B "$build" && cmake --build "$build"; } >"$output" 2>&1 || {
    cat "$output"
    exit 1
}
export SARD_TEST_SHARE=4
# shellcheck disable=SC3045 # dash and bash have it
ulimit -c 0
status=0
for program in $(cd "$build" && ls test_*); do
    qemu-aarch64 -L /usr/aarch64-linux-gnu "$build/$program" >"$output" 2>&1 || {
        echo "failed: $program"
        cat "$output"
        status=1
    }
done
exit $status
