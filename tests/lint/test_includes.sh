#!/bin/sh
# Includes go one way: ir <- ops <- passes; ir, ops <- frontends, backends; all of them <- plan <- runtime. The command, the examples, the
# networks of the zoo and the formats of outside data see the public headers alone.
set -u
cd "$SARD_SOURCE" || exit 1
status=0

# check FOLDER ALLOWED: every quoted include of the folder's files begins with one of the allowed folders
check() {
    found=$(find $1 -name '*.[ch]' 2>/dev/null | sort | xargs -r grep -nE '^ *# *include "' | grep -vE "include \"($2)" || true)
    [ -z "$found" ] && return
    echo "$1 may include $2 only:"
    echo "$found"
    status=1
}

check ir 'ir/'
check passes 'ir/|ops/|passes/'
check ops 'ir/[a-z_]*\.h|ops/'
check frontends/onnx 'ir/[a-z_]*\.h|ops/|frontends/frontends\.h|frontends/onnx/'
check frontends/frontends.c 'ir/[a-z_]*\.h|frontends/frontends\.(h|def)'
check backends 'ir/[a-z_]*\.h|ops/|backends/'
check plan 'ir/|ops/|plan/'
check runtime 'ir/|ops/|passes/passes.h|plan/|frontends/frontends\.h|backends/|runtime/'
check formats/image 'formats/image/'
check formats/npy 'formats/npy/'
check zoo 'zoo/'
check cli 'cli/|formats/npy/|zoo/'
check examples 'none'
check include 'none'

for backend in backends/*/; do
    check "$backend" "ir/[a-z_]*\.h|ops/|$backend|backends/[a-z_]*\.h"
done
exit $status
