#!/bin/sh
# Passes, plans, backends and the runtime tell operators by id (ops/ops.h), never by their names: a misspelt name compiles, and a name says
# nothing about an operator that a plugin has put in its place. Names stand in the rows of kernels alone, which the registry looks up once.
set -u
cd "$SARD_SOURCE" || exit 1
rooms='passes plan backends runtime'
status=0

# say WHAT LINES: the lines found, if any
say() {
    [ -z "$2" ] && return
    echo "$1:"
    echo "$2"
    status=1
}

names=$("$SARD" ops | awk 'NR > 1 && length($1) > 1 { print $1 }' | sort -u | paste -sd '|')
[ -n "$names" ] || exit 1

# kernels of plugins, and the table of operators itself
known='^(plan/kernel\.c|runtime/registry\.c|ir/op_table\.c):'
row='^backends/[^:]*:[0-9]*:( *\.op = "|[A-Z_0-9]+\()'
# openblas sees what plugins see: names of operators in an epilogue, and whether they are the library's
public='^backends/openblas/[^:]*:[0-9]*:.*strcmp\(info\.op, '
say "an operator compared by its name" "$(grep -rnE 'str[a-z]*cmp\(.*(op->(name|domain)|sard_node_op\()|op->name\[|\*[a-z_>.-]*op->name|char \*[a-z_]+ = .*op->name;' \
    --include='*.[ch]' ir ops $rooms | grep -vE "$known")"
say "an operator found or made by its name" "$(grep -rnE 'sard_op_table_find\(|sard_graph_(insert|add)_node\(' --include='*.[ch]' $rooms | grep -vE "$known")"
say "the name of an operator" "$(grep -rnE "\"($names)\"" --include='*.[ch]' ir $rooms | grep -vE "$row" | grep -vE "$public")"
exit $status
