#!/usr/bin/env python3
"""Random small networks at every level of optimisation against themselves as they are, on fast backends and on reference alone, and against
onnxruntime where Python has it. A graph that fails is made smaller as long as it fails, and printed.

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
from shrink import shrink

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

RUNS = ["-O0 --backend reference", "-O0", "-O1 --backend reference", "-O1", "-O2", "-O3", "-O3 --backend reference"]
# The share of an output's deviation that it may be off.
SHARE = 1e-5
# onnxruntime sums in float32 throughout.
PEER = "onnxruntime"


def run_peer(model, inputs, names):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(names, inputs)))


def distance(want, got):
    """What is wrong, or ''."""
    said = command.unlike(want, got)
    off = 0 if said or not want.size else np.abs(want - got).max() / max(want.std(), 1e-2)
    return said or (f"off by {off:.1e} of the deviation" if not off <= SHARE else "")


def check(model, inputs, runs=RUNS):
    """(what ran, what is wrong), or None."""
    names = [o.name for o in model.graph.output]
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        onnx.save(model, file.name)
        expected = {}
        for args in [RUNS[0], *(run for run in runs if run != RUNS[0])]:
            try:
                got = run_peer(model, inputs, names) if args == PEER else command.infer(file.name, inputs, names, *args.split())
            except Exception as refused:  # onnxruntime has its own
                return args, str(refused)
            expected = expected or got
            for name, want in expected.items():
                said = distance(want, got[name])
                if said:
                    return args, f"{name}: {said}"
    return None


def report(seed):
    """What is wrong with the graph of a seed, and the smallest one that is wrong too; or ''."""
    model, inputs = random_graph(seed)
    wrong = check(model, inputs, RUNS + [PEER] * (onnxruntime is not None))
    if not wrong:
        return ""

    def fails(smaller):
        found = check(smaller, inputs, [wrong[0]])
        return found and found[0] == wrong[0] and ("off by" in found[1]) == ("off by" in wrong[1])

    return f"{wrong[0]}: {wrong[1]}\n{onnx.printer.to_text(shrink(model, fails))}"


def main():
    first, count = [*map(int, sys.argv[1:3]), *(1, 60)[len(sys.argv) - 1:]]
    seeds = range(first, first + count)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(report, seeds))
    for seed, result in zip(seeds, results):
        if result:
            print(f"seed {seed}: {result}")
    peer = "" if onnxruntime else "; Python has no onnxruntime to compare with"
    print(f"seeds {first} to {first + count - 1}: {results.count('')} right, {count - results.count('')} wrong{peer}")
    sys.exit(any(results))


if __name__ == "__main__":
    main()
