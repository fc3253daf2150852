#!/bin/sh
# Includes go one way: ir <- ops <- ir/passes; ir, ops <- frontends/onnx, backends; all of them <- runtime. The command, the examples
# and the formats of outside data see the public headers alone.
set -u
cd "$SARD_SOURCE" || exit 1
status=0

# check FOLDER ALLOWED: every quoted include of the folder's files begins with one of the allowed folders
check() {
    found=$(find $1 -name '*.[ch]' ${3:-} 2>/dev/null | sort | xargs -r grep -nE '^ *# *include "' | grep -vE "include \"($2)" || true)
    [ -z "$found" ] && return
    echo "$1 may include $2 only:"
    echo "$found"
    status=1
}

check ir 'ir/' '-not -path ir/passes/*'
check ir/passes 'ir/|ops/'
check ops 'ir/[a-z_]*\.h|ops/'
check frontends/onnx 'ir/[a-z_]*\.h|ops/|frontends/onnx/'
check backends 'ir/[a-z_]*\.h|ops/|backends/'
check runtime 'ir/|ops/|frontends/onnx/|backends/|runtime/'
check frontends/image 'frontends/image/'
check frontends/npy 'frontends/npy/'
check frontends/zoo 'frontends/zoo/'
check cli 'cli/|frontends/npy/|frontends/zoo/'
check examples 'none'
check include 'none'

for backend in backends/*/; do
    check "$backend" "ir/[a-z_]*\.h|ops/|$backend|backends/[a-z_]*\.h"
done
exit $status
