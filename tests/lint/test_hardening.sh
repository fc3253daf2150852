#!/bin/sh
# The command and the libraries, as built and as installed: no empty part in the path of libraries, which would mean the current folder;
# all addresses bound and read-only before main; canaries on stacks, checked copies; jumps that may land are marked.
set -u
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
status=0

fail() {
    echo "$*"
    status=1
}

look() {
    dynamic=$(readelf -dW "$1")
    path=$(printf '%s\n' "$dynamic" | sed -n 's/.*R[UN]*PATH.*\[\(.*\)\]/\1/p')
    if [ -n "$path" ] && printf ':%s:' "$path" | grep -q '::'; then fail "$1: an empty part in the path of libraries: $path"; fi
    printf '%s\n' "$dynamic" | grep -q 'BIND_NOW\|FLAGS.*NOW' || fail "$1: addresses are bound late"
    readelf -lW "$1" | grep -q GNU_RELRO || fail "$1: no RELRO"
    symbols=$(readelf -W --dyn-syms "$1")
    printf '%s\n' "$symbols" | grep -q __stack_chk_fail || fail "$1: no stack protector"
    sanitized "$1" || printf '%s\n' "$symbols" | grep -q '__[a-z]*_chk\(@\|$\| \)' || fail "$1: no checked copies"
    if [ "$(uname -m)" = x86_64 ]; then
        objdump -d --section=.text "$1" 2>/dev/null | grep -m 1 -q endbr64 || fail "$1: places where jumps may land are not marked"
    fi
}

sanitized() { readelf -W --dyn-syms "$1" | grep -q '__asan_\|__tsan_\|__ubsan_'; }

cmake --install "$SARD_BUILD" --prefix "$place" >/dev/null || exit 1
for file in "$SARD_BUILD/sard" "$SARD_BUILD/libsard.so" "$SARD_BUILD/libsard_image.so" $(find "$place" -name sard -type f -perm -100 -o \
    -name 'libsard*.so' -type l); do
    look "$file"
done
[ "$(find "$place" -name 'libsard*.so' | wc -l)" = 2 ] || fail "not both libraries are installed"
"$place/bin/sard" --version >/dev/null || fail "the installed command does not start"
exit $status
