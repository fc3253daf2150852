#!/bin/sh
# What can't be done: one line that names the file, exit status 2, and nothing written.
. "$SARD_SOURCE/tests/cli/support.sh"

npy "$dir/a.npy" 3 "$one$two$minus_three"
npy "$dir/four.npy" 4 "$one$two$one$two"
npy "$dir/short.npy" 3 "$one$two"
head -c 60 "$here/add.onnx" >"$dir/cut.onnx"
head -c 5000 /dev/urandom >"$dir/random.onnx"
: >"$dir/empty.onnx"
given="-i a=$dir/a.npy -i b=$dir/a.npy"

for verb in run inspect optimize bench diff; do
    refuses "no_such.onnx" "$verb" "$dir/no_such.onnx"
    refuses "cut.onnx" "$verb" "$dir/cut.onnx"
    refuses "random.onnx" "$verb" "$dir/random.onnx"
    refuses "empty.onnx" "$verb" "$dir/empty.onnx"
    refuses "$dir" "$verb" "$dir"
    refuses "unknown.onnx" "$verb" "$here/unknown.onnx"
done

refuses "input 'b' (float32 [N, 3]) is not given" run "$here/add.onnx" -i "a=$dir/a.npy"
refuses "no_such.npy" run "$here/add.onnx" -i "a=$dir/no_such.npy"
refuses "no input is called 'c'" run "$here/add.onnx" -i "c=$dir/a.npy"
refuses "which input is it for?" run "$here/add.onnx" -i "$dir/a.npy"
refuses "given twice" run "$here/add.onnx" -i "a=$dir/a.npy" -i "a=$dir/a.npy"
refuses "four.npy: float32 [1, 4], but input 'a' is float32 [N, 3]" run "$here/add.onnx" -i "a=$dir/four.npy"
refuses "short.npy" run "$here/add.onnx" -i "a=$dir/short.npy"
refuses "random.onnx" run "$here/add.onnx" -i "a=$dir/random.onnx"
refuses "there is no backend" run "$here/add.onnx" --random 1 --backend warp
refuses "plugin" run "$here/add.onnx" --random 1 --plugin "$dir/a.npy"
# what a plugin refuses is not the model's fault, and is told with the plugin's name even where it says nothing itself
silent_plugin=${SARD_BUILD:-$SARD_SOURCE/build/dev}/tests/plugin_cli_refuses.so
for verb in run check; do
    refuses "plugin_cli_refuses.so: the call is wrong" "$verb" "$here/add.onnx" --plugin "$silent_plugin"
done
refuses "no value 'nowhere'; there are 4, among them 'a', 'b', 's'" run "$here/add.onnx" --random 1 --set N=1 --fetch "nowhere=$dir/x.npy"

# shellcheck disable=SC2086
{
    refuses "no output is called 'z'" run "$here/add.onnx" $given -o "z=$dir/y.npy"
    refuses "asked for twice" run "$here/add.onnx" $given -o "y=$dir/y.npy" -o "y=$dir/z.npy"
    refuses "stdout can take one thing" run "$here/add.onnx" $given -o - --json
    # one file can't be written: the other one isn't either
    refuses "can't write" run "$here/add.onnx" $given -o "y=$dir/y.npy" --fetch "s=$dir/no/such/s.npy"
    # a file that was there stays as it was when the run fails
    echo precious >"$dir/y.npy"
    refuses "no_such.npy" run "$here/add.onnx" -i "a=$dir/no_such.npy" -o "$dir/y.npy"
    refuses "--fetch" run "$here/add.onnx" $given -o "$dir/y.npy" --fetch s
}
[ "$(cat "$dir/y.npy")" = precious ] || fail "a file was overwritten by a run that failed"
rm "$dir/y.npy"
left=$(cd "$dir" && ls)
[ "$(echo $left)" = "a.npy cut.onnx empty.onnx err four.npy out random.onnx short.npy" ] || fail "left behind: $left"

# devices stay devices, links stay links
# shellcheck disable=SC2086
expect 0 run "$here/add.onnx" $given -o /dev/null
[ -c /dev/null ] || fail "/dev/null was replaced"
ln -s target.npy "$dir/link.npy" && : >"$dir/target.npy"
# shellcheck disable=SC2086
expect 0 run "$here/add.onnx" $given -o "$dir/link.npy"
{ [ -L "$dir/link.npy" ] && [ -s "$dir/target.npy" ]; } || fail "a link was replaced"
# shellcheck disable=SC2086
{ "$SARD" run "$here/add.onnx" $given >/dev/full 2>"$dir/err"; [ $? = 2 ]; } || fail "a full disk went unnoticed"
finish
