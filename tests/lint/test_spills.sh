#!/bin/sh
# No vector register is kept in memory where it counts: as gcc builds a release, no innermost loop of the avx2 and avx512 tiers' register
# tiles, depthwise windows, stems and pools moves vectors to or from the stack (one, or one in 16 instructions, is let pass: 8 wide sums of a 7x7
# window leave no registers for the bounds of a Clip), and the tiles of products do so nowhere. Loops with
# masked moves are left out: they run once, for the channels that fill no vector.
set -u
cd "$SARD_SOURCE" || exit 1
[ "$(uname -m)" = x86_64 ] || { echo "skipped: the tiers are those of x86-64"; exit 77; }
command -v gcc >/dev/null && command -v objdump >/dev/null || { echo "skipped: no gcc or no objdump"; exit 77; }
status=0

for tier in avx2 avx512; do
    object=$SARD_BUILD/spills_$tier.o
    flags=$(sed -n "s/^foreach(tier.*\"$tier:\([^\"]*\)\".*/\1/p" cmake/library.cmake | tr ';' ' ')
    # shellcheck disable=SC2086 # a list of flags
    gcc $flags -std=gnu11 -O3 -DNDEBUG -D_GNU_SOURCE -fPIC -fvisibility=hidden -ffp-contract=off -fno-math-errno -fno-trapping-math \
        -I. -Iinclude -c "backends/native/tiers/$tier.c" -o "$object" || exit 1
    objdump -d --no-show-raw-insn "$object" >"$object.txt"
    awk -v tier="$tier" '
        BEGIN {
            tiles = "^(flat|rows)_[0-9]"
            loops = "^((flat|rows)_[0-9]|depthwise_|stem_|pool_|global_)"
        }
        # A backward jump ends a loop; it is an innermost one if none ends within it.
        function look(    i, k, inner, count, last, bad, where) {
            functions++
            for (i = 1; i <= jumps; i++) {
                inner = 1
                for (k = 1; k <= jumps; k++)
                    if (k != i && start[k] >= start[i] && end[k] <= end[i] && (start[k] > start[i] || end[k] < end[i]))
                        inner = 0
                for (k = 1; k <= masks; k++)
                    if (mask[k] >= start[i] && mask[k] <= end[i])
                        inner = 0
                count = 0
                for (k = 1; inner && k <= spills; k++)
                    if (spill[k] >= start[i] && spill[k] <= end[i]) {
                        count++
                        last = text[k]
                    }
                if (count > 1 && count * 16 > end[i] - start[i]) {
                    bad += count
                    where = last
                }
            }
            if (name ~ tiles && spills) {
                bad = spills
                where = text[1]
            }
            if (bad) {
                printf "%s: %s: %d vector moves to or from the stack: %s\n", tier, name, bad, where
                found = 1
            }
        }
        /^[0-9a-f]+ <.*>:$/ {
            if (name ~ loops)
                look()
            name = $2
            gsub(/[<>:]/, "", name)
            jumps = spills = masks = line = 0
            split("", place)
            next
        }
        name ~ loops && /^ +[0-9a-f]+:/ {
            address = $1
            sub(/:/, "", address)
            place[address] = ++line
            if ($2 ~ /^j/ && ($3 in place)) {
                start[++jumps] = place[$3]
                end[jumps] = line
            }
            if ($2 ~ /^vmaskmov/)
                mask[++masks] = line
            if (/\(%rsp/ && (/[yz]mm[0-9]/ || $2 ~ /^v?mov[au]ps/) && $2 !~ /broadcast/) {
                spill[++spills] = line
                text[spills] = $0
            }
        }
        END {
            if (name ~ loops)
                look()
            printf "%s: %d functions looked at\n", tier, functions
            exit found || functions < 30
        }' "$object.txt" || status=1
done
exit $status
