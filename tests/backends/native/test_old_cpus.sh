#!/bin/sh
# The native kernels' tests on emulated CPUs without AVX, and with AVX2 but without AVX-512: no instruction of a tier is used by anything
# else. A share of the random cases.
set -u
skip() {
    echo "skipped: $1"
    exit 77
}
[ "$(uname -m)" = x86_64 ] || skip "for x86-64"
command -v qemu-x86_64 >/dev/null || skip "no qemu-x86_64 (scripts/setup --test)"
grep -q -- '-fsanitize' "$SARD_BUILD/CMakeCache.txt" && skip "the emulator has no room for sanitizers"

folder=$SARD_BUILD/tests/old_cpus
output=$folder/output.txt
mkdir -p "$folder"
# shellcheck disable=SC3045 # dash and bash have it
ulimit -c 0

# runs CPU INSTRUCTION: whether the emulator knows it.
runs() {
    echo "int main(void) { __asm__ volatile(\"$2\"); return 0; }" | cc -x c - -o "$folder/probe" || exit 1
    { qemu-x86_64 -cpu "$1" "$folder/probe"; } >/dev/null 2>&1
}
if ! runs qemu64 'addps %xmm0, %xmm0' || runs qemu64 'pshufb %xmm0, %xmm0' || runs qemu64 'vaddps %xmm0, %xmm0, %xmm0' ||
    ! runs Haswell 'vfmadd231ps %ymm0, %ymm0, %ymm0' || runs Haswell 'vaddps %zmm0, %zmm0, %zmm0'; then
    echo "the emulator runs what such a CPU does not have, or not what it has"
    exit 1
fi

# OpenBLAS, which is not ours and does not know such CPUs, cannot be loaded.
: >"$folder/libopenblas.so.0"
export LD_LIBRARY_PATH="$folder" SARD_TEST_GAP=1 SARD_TEST_SHARE=20 CK_FORK=no
status=0
for cpu in qemu64 Haswell; do
    for program in "$SARD_BUILD"/tests/test_backends_native_*; do
        qemu-x86_64 -cpu $cpu "$program" >"$output" 2>&1 || {
            echo "failed on $cpu: ${program##*/}"
            grep -v 'TCG does' "$output"
            status=1
        }
    done
done
exit $status
