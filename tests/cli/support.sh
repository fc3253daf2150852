# What the tests of the command share: a scratch folder, runs of sard with an expected exit status, files of numbers.
# Models: add.onnx y = Relu(s = a + b), a and b float32 [N, 3]; colour.onnx: mean of red, green, blue, and 0, of x float32 [N, 3, 8, 8];
# join.onnx: a Concat of the Convs of x [1, 3, H, W] and m [1, 3, K, L]. quantised.onnx: a Gemm of 12 int8 weights and 4 int32 biases.
# sizes.onnx: mean of red, green, blue of x float32 [N, 3, H, W]. halves.onnx: CumSum of float16 [4].
# unknown.onnx has two operators that do not exist. hostile.onnx: two nodes, every name and text of which tries to get out of HTML, JSON or
# the page's template, one of them with bytes that are not UTF-8.
set -u
here=$SARD_SOURCE/tests/cli
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
failed=0

fail() {
    echo "FAIL $*"
    failed=1
}

# expect STATUS ARGUMENT...: what it prints is in $dir/out and $dir/err
expect() {
    want=$1
    shift
    what="sard $*"
    "$SARD" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    got=$?
    [ "$got" = "$want" ] || fail "$what: exit status $got, expected $want: $(cat "$dir/out" "$dir/err")"
}

# prints TEXT, complains TEXT: the last run's stdout or stderr has it
prints() { grep -qF -- "$1" "$dir/out" || fail "$what: no '$1' in: $(cat "$dir/out")"; }
complains() { grep -qF -- "$1" "$dir/err" || fail "$what: no '$1' in: $(cat "$dir/err")"; }
silent() { [ ! -s "$dir/err" ] || fail "$what: $(cat "$dir/err")"; }

# refuses TEXT ARGUMENT...: exit status 2, nothing on stdout, one line with the text on stderr
refuses() {
    text=$1
    shift
    expect 2 "$@"
    complains "$text"
    [ ! -s "$dir/out" ] || fail "$what: printed $(cat "$dir/out")"
    { [ "$(wc -l <"$dir/err")" = 1 ] && grep -q '^sard: ' "$dir/err"; } || fail "$what: not one line: $(cat "$dir/err")"
}

# npy FILE COLUMNS BYTES: float32 [1, COLUMNS], its bytes as printf has them
npy() {
    printf "\\223NUMPY\\001\\000\\074\\000{'descr': '<f4', 'fortran_order': False, 'shape': (1, %d), }\\n" "$2" >"$1"
    printf "$3" >>"$1"
}
one='\000\000\200\077'
two='\000\000\000\100'
minus_three='\000\000\100\300'

finish() { exit "$failed"; }
