#!/bin/sh
# No function is longer than 80 lines. Skipped without universal-ctags.
set -u
cd "$SARD_SOURCE" || exit 1
ctags --version 2>/dev/null | grep -q 'Universal Ctags' || { echo "skipped: no universal-ctags"; exit 77; }

functions=$(ctags -x --_xformat='%F %n %{end} %N' --kinds-C=f --languages=C -R ir ops passes plan runtime frontends formats zoo backends cli)
[ "$(printf '%s\n' "$functions" | wc -l)" -gt 1000 ] || { echo "ctags finds no functions: $functions"; exit 1; }
long=$(printf '%s\n' "$functions" | awk '$3 - $2 + 1 > 80 { print $1 ":" $2 ": " $4 " has " $3 - $2 + 1 " lines" }')
[ -z "$long" ] && exit 0
echo "longer than 80 lines:"
echo "$long"
exit 1
