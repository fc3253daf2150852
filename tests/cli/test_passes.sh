#!/bin/sh
# Which passes run, and what sard optimize tells about them.
. "$SARD_SOURCE/tests/cli/support.sh"

# colour.onnx: Conv, Relu and what else -O2 fuses
expect 0 optimize "$here/colour.onnx"
cat "$dir/out" >"$dir/all"
prints "fuse_activation"
grep -q '^all  *[1-9]' "$dir/out" || fail "$what: no sum in $(cat "$dir/out")"
expect 0 optimize "$here/colour.onnx" --json
for key in '"passes":' '"nodes_added":' '"macs_added":' '"bytes_added":' '"ms":' '"edits":' '"first":	1' '"last":' '"node":' \
    '"nodes_before":' '"nodes_after":' '"macs_before":' '"macs_after":' '"bytes_before":' '"bytes_after":' '"nodes":'; do
    prints "$key"
done

# by name, in the order of the pipeline; the others are not there
expect 0 optimize "$here/colour.onnx" --passes fuse_activation --passes channels_last
[ "$(sed '1d;/^all/d;s/ .*//' "$dir/out" | tr '\n' ' ')" = "channels_last fuse_activation " ] || fail "$what: $(cat "$dir/out")"
expect 0 optimize "$here/colour.onnx" --without=fuse_activation,channels_last
grep -qE 'fuse_activation|channels_last' "$dir/out" && fail "$what: $(cat "$dir/out")"
expect 0 optimize "$here/colour.onnx" --stop-after=1
grep -q '^all  *1 ' "$dir/out" || fail "$what: not one edit: $(cat "$dir/out")"

# the same in other verbs
expect 0 inspect "$here/colour.onnx" --text
grep -q '|>' "$dir/out" && fail "$what: passes ran: $(cat "$dir/out")"
expect 0 inspect "$here/colour.onnx" --text --passes fuse_activation
prints "|>"
expect 0 inspect "$here/colour.onnx" --plan --without fuse_activation --set N=1
grep -q 'Conv+Relu' "$dir/out" && fail "$what: Relu was fused: $(cat "$dir/out")"
for verb in run inspect diff bench optimize; do
    refuses "there is no pass 'fuse_activations'; did you mean 'fuse_activation'?" $verb "$here/colour.onnx" --without fuse_activations
done
refuses "--stop-after 0" run "$here/colour.onnx" --stop-after 0

# the graph behind a pass, under the edits it made
expect 0 optimize "$here/colour.onnx" --dump-after=fuse_activation
prints "|> Relu"
grep -q '^# fuse_activation, edits [0-9]* to [0-9]*$' "$dir/out" || fail "$what: no head: $(cat "$dir/out")"
[ "$(grep -c '^graph' "$dir/out")" = 1 ] || fail "$what: not one graph: $(cat "$dir/out")"
grep -q '^pass ' "$dir/out" && fail "$what: explains as well"
expect 0 optimize "$here/colour.onnx" --dump-after=fold_affine
[ ! -s "$dir/out" ] || fail "$what: printed $(cat "$dir/out")"
refuses "--dump-after fuse: there is no such pass" optimize "$here/colour.onnx" --dump-after fuse
refuses "not together with --json" optimize "$here/colour.onnx" --dump-after fuse_activation --json

# their time
expect 0 bench "$here/colour.onnx" --seconds 0 --set N=1 --profile
prints "of the load"
expect 0 bench "$here/colour.onnx" --seconds 0 --set N=1 --profile --json
prints '"passes_ms":'
finish
