#!/bin/sh
# sard zoo: networks of the right size, the same for the same seed; through bench and diff.
. "$SARD_SOURCE/tests/cli/support.sh"

expect 0 zoo
prints "inception_v3"
refuses "nasnet" zoo nasnet -o "$dir/x.onnx"
refuses "which file?" zoo squeezenet1_1
refuses "file.onnx" zoo squeezenet1_1 -o "$dir/no/such/file.onnx"

while read -r name parameters; do
    expect 0 zoo "$name" -o "$dir/net.onnx"
    silent
    expect 0 inspect "$dir/net.onnx" --json --backend reference
    prints "\"parameters\":	$parameters,"
done <<END
squeezenet1_1 1235496
mobilenet_v2 3504872
mobilenet_v3_large 5483032
inception_v3 27161264
END

expect 0 zoo squeezenet1_1 -o "$dir/a.onnx"
expect 0 zoo squeezenet1_1 --seed 0 -o "$dir/b.onnx"
cmp -s "$dir/a.onnx" "$dir/b.onnx" || fail "the same seed, other bytes"
"$SARD" zoo squeezenet1_1 -o - | cmp -s - "$dir/a.onnx" || fail "other bytes in a pipe"
expect 0 zoo squeezenet1_1 --seed 1 -o "$dir/b.onnx"
cmp -s "$dir/a.onnx" "$dir/b.onnx" && fail "another seed, the same bytes"
expect 0 bench "$dir/a.onnx" --seconds 0 --json
expect 1 diff "$dir/a.onnx" "$dir/b.onnx" --tol 1e-3
prints "too far"
finish
