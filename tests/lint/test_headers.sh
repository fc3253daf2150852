#!/bin/sh
# The public headers stand alone, in strict C99 and C11 and in C++; README's program is C and C++ as it stands; machines of 32 bits are
# refused in one line.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$SARD_SOURCE" || exit 1
status=0

# compiles COMPILER STANDARD FILE FLAG...: without a warning, unless there is no such compiler
compiles() {
    command -v "$1" >/dev/null || return 0
    tried=$((tried + 1))
    compiler=$1 standard=$2 file=$3
    shift 3
    "$compiler" "-std=$standard" -pedantic -Wall -Wextra -Werror "$@" -Iinclude -c "$file" -o "$dir/object" 2>"$dir/log" && return
    echo "$compiler -std=$standard $(basename "$file"):"
    cat "$dir/log"
    status=1
}
tried=0

for header in include/sard/*.h; do
    name=$(basename "$header" .h)
    for end in c cpp; do
        echo "#include <sard/$name.h>" >"$dir/$name.$end"
    done
    for standard in c99 c11; do
        compiles cc "$standard" "$dir/$name.c"
        compiles clang "$standard" "$dir/$name.c"
    done
    for standard in c++11 c++20; do
        compiles c++ "$standard" "$dir/$name.cpp"
        compiles clang++ "$standard" "$dir/$name.cpp"
    done
done

# The first block of C in the README: what is included comes first, the rest is the body of a function.
sed -n '/^```c$/,/^```$/p' README.md | sed '/^```/d' >"$dir/snippet"
grep -q sard_session_run "$dir/snippet" || { echo "README.md has no program"; exit 1; }
for end in c cpp; do
    {
        echo '#include <stdio.h>'
        grep '^#include' "$dir/snippet"
        echo 'static float pixels[3 * 299 * 299];'
        echo 'int main(void) {'
        grep -v '^#include' "$dir/snippet"
        echo 'return 0; }'
    } >"$dir/readme.$end"
done
for standard in c99 c11; do
    compiles cc "$standard" "$dir/readme.c"
done
compiles c++ c++20 "$dir/readme.cpp" -Wno-missing-field-initializers
compiles clang++ c++20 "$dir/readme.cpp" -Wno-missing-field-initializers
[ "$tried" -gt 8 ] || { echo "only $tried compilations tried"; exit 1; }

if [ "$(uname -m)" = x86_64 ] && echo 'int main(void) { return 0; }' | cc -m32 -ffreestanding -x c -c - -o "$dir/object" 2>/dev/null; then
    echo '#include <sard/sard.h>' | cc -m32 -ffreestanding -Iinclude -x c -c - -o "$dir/object" 2>"$dir/log" && { echo "-m32 is taken"; status=1; }
    grep -q 'sard needs a 64-bit machine' "$dir/log" || { echo "-m32 is refused, but how:"; cat "$dir/log"; status=1; }
fi
exit $status
