#!/bin/sh
# No arguments, help, version, options that are none.
. "$SARD_SOURCE/tests/cli/support.sh"

expect 2
complains "Usage: sard"
expect 0 --help
prints "sard run inception_v3.onnx"
silent
expect 0 --version
prints "sard "
for verb in run inspect check ops optimize diff bench zoo; do
    expect 0 "$verb" --help
    prints "Usage: sard $verb"
    prints "  sard $verb "
    silent
done

refuses "no verb 'frobnicate'" frobnicate
refuses "'--frobnicate' is no option" run --frobnicate
refuses "'--frobnicate' is no option" --frobnicate
refuses "'-z' is no option" bench -z
refuses "needs an argument" run m.onnx --top
refuses "takes no argument" run m.onnx --json=yes
refuses "may mean several" bench --se 3 m.onnx
refuses "which model?" run
refuses "which model?" bench --json
refuses "one argument too many" check a b
refuses "one argument too many" diff a b c
refuses "--threads 0" bench m.onnx --threads 0
refuses "--threads two" bench m.onnx --threads two
refuses "-O4" run m.onnx -O4
refuses "names are file nodes" check m.onnx --limit memory=1G
refuses "NAME=SIZE is wanted" run m.onnx --limit arena
for size in 0 "" -1 1.5 2X 2Gi 99999999999999999999 99999999T; do
    refuses "--limit arena=$size: a number" run m.onnx --limit "arena=$size"
done
expect 1 check "$here/add.onnx" --limit file=100
complains "has 129 bytes, at most 100"
for verb in run inspect optimize diff bench; do
    refuses "has 129 bytes, at most 100" "$verb" "$here/add.onnx" --limit file=100
done
for verb in run inspect check optimize diff bench; do
    expect 0 "$verb" --help
    prints "Names of --limit"
done
refuses "--set N" run m.onnx --set N
refuses "--seconds soon" bench m.onnx --seconds soon
refuses "presets are imagenet" run m.onnx --image x.png --preset photo
refuses "--fit squeeze" run m.onnx --image x.png --fit squeeze
refuses "--mean 1,2" run m.onnx --image x.png --mean 1,2
refuses "--top 0" run m.onnx --image x.png --top 0
finish
