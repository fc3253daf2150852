#!/bin/sh
# Each fuzz target on its own seeds, as they are and changed a few hundred times; with sanitizers where the build has them.
set -eu
for target in model onnx text npy picture external; do
    "$SARD_BUILD/tests/fuzz_$target" -seconds="${SARD_FUZZ_SECONDS:-5}" -runs="${SARD_FUZZ_RUNS:-400}"
done
"$SARD_BUILD/tests/fuzz_picture" -seconds=5 -runs=200 "$SARD_SOURCE"/tests/cli/*.png
