#!/usr/bin/env python3
"""Every kernel of the native backend on every layer shape of the zoo, for each tier of this machine: time, GFLOP/s, share of the tier's
FMA peak, which is measured before and after (the larger counts).

usage: kernels.py [--build FOLDER] [--tiers avx512,avx2,sse2] [network ...]
"""
import argparse
import json
import os
import subprocess

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def peaks(build):
    return json.loads(subprocess.run([os.path.join(build, "bench_peak"), "1"], check=True, capture_output=True, text=True).stdout)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("networks", nargs="*")
    a.add_argument("--build", default=os.path.join(SOURCE, "build", "release"))
    a.add_argument("--tiers", default="")
    a = a.parse_args()
    peak = peaks(a.build)
    for tier in a.tiers.split(",") if a.tiers else [t for t in peak if t not in ("threads", "memory")]:
        made = subprocess.run([os.path.join(a.build, "bench_kernels"), "100", *a.networks], env=dict(os.environ, SARD_ISA=tier), check=True,
                              capture_output=True, text=True).stdout.splitlines()
        peak[tier] = max(peak[tier], peaks(a.build)[tier])
        print(f"{tier}: FMA peak {peak[tier]:.1f} GFLOP/s a core\n{made[0]}")
        for line in made[1:]:
            rate = float(line.split()[1])
            print(f"{line[:19]} {100 * rate / peak[tier]:6.1f}%{line[27:]}")
        print(flush=True)


if __name__ == "__main__":
    main()
