#!/usr/bin/env python3
"""Random small networks at every level of optimisation against themselves as they are, on fast backends and on reference alone.

usage: test_levels.py [first seed [count]]      SARD is the command; exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx

from random_graphs import random_graph

RUNS = ["-O0 --backend reference", "-O0", "-O1 --backend reference", "-O1", "-O2", "-O3", "-O3 --backend reference"]
# The share of an output's deviation that it may be off.
SHARE = 1e-5


def check(seed, folder):
    """What is wrong, or ''."""
    model, inputs = random_graph(seed)
    path = os.path.join(folder, f"{seed}.onnx")
    onnx.save(model, path)
    names = [o.name for o in model.graph.output]
    expected = {}
    for args in RUNS:
        try:
            got = command.infer(path, inputs, names, *args.split())
        except command.Refused as refused:
            return f"{args}: {refused}"
        expected = got if args == RUNS[0] else expected
        for name, want in expected.items():
            said = command.unlike(want, got[name])
            off = 0 if said or not want.size else np.abs(want - got[name]).max() / max(want.std(), 1e-2)
            if said or not off <= SHARE:
                return f"{args}: {name}: {said or f'off by {off:.1e} of the deviation'}"
    return ""


def main():
    first, count = [*map(int, sys.argv[1:3]), *(1, 60)[len(sys.argv) - 1:]]
    seeds = range(first, first + count)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda seed: check(seed, folder), seeds))
    for seed, result in zip(seeds, results):
        if result:
            print(f"seed {seed}: {result}")
    print(f"seeds {first} to {first + count - 1}: {results.count('')} right, {count - results.count('')} wrong")
    sys.exit(any(results))


if __name__ == "__main__":
    main()
