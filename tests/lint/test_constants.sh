#!/bin/sh
# Elements of constants are read through sard_value_constant or sard_value_unscaled, which know about those that are made on demand
# (ir/scaled.h). What compares or keeps addresses, and the importer, which stands before all passes, may look at the tensor itself;
# kernels may ask whether there is one.
set -u
cd "$SARD_SOURCE" || exit 1
found=$(
    grep -rnE 'constant->data' --include='*.[ch]' ir ops passes plan backends runtime cli frontends |
        grep -vE '^(ir/scaled\.c|plan/pack\.c|frontends/onnx/(scope|upgrade_meaning)\.c|passes/(lib/permute|absorb_flatten)\.c):'
    grep -rnE -e '->constant *(,|;| :)' -e '\(.*\(.*->constant\)\)' --include='*.[ch]' backends | grep -vE 'return|!|&&'
)
[ -z "$found" ] && exit 0
echo "read elements through sard_value_constant:"
echo "$found"
exit 1
