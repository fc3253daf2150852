#!/bin/sh
# The lists are complete and sorted: a row of ops.def has its descriptor, a descriptor has its row; the same for passes and backends.
set -u
cd "$SARD_SOURCE" || exit 1
status=0

# compare WHAT LIST DEFINED: both hold one name a line
compare() {
    difference=$(printf '%s\n' "$2" | sort | { printf '%s\n' "$3" | sort >"$SARD_BUILD/defined.txt"; diff - "$SARD_BUILD/defined.txt"; })
    [ -z "$difference" ] && return
    echo "$1: < is listed and not defined, > is defined and not listed"
    echo "$difference"
    status=1
}

rows() { sed -n "s/^$1(\([a-z0-9_]*\)).*/\1/p" "$2"; }

LC_ALL=C sort -c ops/ops.def || status=1
compare passes "$(rows PASS passes/passes.def)" "$(sed -n 's/^const sard_pass sard_pass_\([a-z0-9_]*\) = .*/\1/p' passes/*.c passes/layout/*.c)"
compare backends "$(rows BACKEND backends/backends.def)" "$(sed -n 's/^const sard_backend sard_backend_\([a-z0-9_]*\) = .*/\1/p' backends/*/*.c)"

# Files and functions stay short enough to read at once.
long=$(git ls-files '*.c' '*.h' 2>/dev/null | xargs -r wc -l | awk '$2 != "total" && $1 > 500')
if [ -n "$long" ]; then
    echo "longer than 500 lines:"
    echo "$long"
    status=1
fi
exit $status
