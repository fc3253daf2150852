#!/bin/sh
# sard bench and diff.
. "$SARD_SOURCE/tests/cli/support.sh"

expect 0 bench "$here/colour.onnx" --seconds 0.02 --json
for key in load_ms first_run_ms min_ms median_ms p99_ms runs threads peak_rss_bytes; do
    prints "\"$key\":"
done
complains "x [1, 3, 8, 8]"
expect 0 bench "$here/colour.onnx" --seconds 0 --set N=2 --threads 1 --json
prints '"runs":	1'
prints '"threads":	1'
prints '"shape":	[2, 3, 8, 8]'
silent
expect 0 bench "$here/colour.onnx" --seconds 0.02 --profile --set N=1
prints "GFLOP/s"
prints "Conv+Relu"
prints "100.0 %"

expect 0 diff "$here/colour.onnx" --tol 1e-5 --set N=1
prints "ok"
expect 0 diff "$here/colour.onnx" --backend openblas --against reference --tol 1e-5 --json --set N=1
for key in '"name":	"y"' '"max_abs":' '"mean_abs":'; do
    prints "$key"
done
npy "$dir/a.npy" 3 "$one$two$minus_three"
npy "$dir/b.npy" 3 "$two$one$one"
expect 0 diff "$here/add.onnx" "$here/add.onnx" -i "a=$dir/a.npy" -i "b=$dir/b.npy" --tol 0
finish
