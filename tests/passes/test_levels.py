#!/usr/bin/env python3
"""Random small networks at every level of optimisation against themselves as they are, on fast backends and on reference alone, and against
onnxruntime where Python has it. A graph that fails is made smaller as long as it fails, and printed.

usage: test_levels.py [first seed [count]]      SARD is the command; exit 77 (skipped) without `onnx`
"""
import json
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
# The share of an output's root mean square that it may be off, and how many times what the fast backends without passes are off, or
# reference is from float64: that is how graphs round whose sums cancel.
SHARE, TIMES = 1e-5, 4
# So many graphs have something for every pass.
ENOUGH = 60
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
    return np.abs(want - got).max(initial=0)


def wrong(want, got, noise):
    """What is wrong, or ''. noise: how far off the graph is by rounding alone."""
    said, size = command.unlike(want, got), max(np.sqrt(np.square(want, dtype="f8").mean()) if want.size else 0, 1e-2)
    off = 0 if said else distance(want, got)
    return said or (f"off by {off / size:.1e}" if not off <= max(SHARE * size, TIMES * noise) else "")


def rounding(path, inputs):
    """{output: how far reference is from float64}; empty where the graph has no float64."""
    with tempfile.TemporaryDirectory() as folder:
        options = []
        for i, (name, value) in enumerate(inputs.items()):
            file = os.path.join(folder, f"{i}.npy")
            np.save(file, value)
            options += ["--input", f"{name}={file}"]
        try:
            found = command.sard("diff", path, "-O0", "--backend", "reference", "--against", "f64,O0", "--tol", "1e30", "--json", *options)
        except command.Refused:
            return {}
        return {o["name"]: o["max_abs"] or 0 for o in json.loads(found)["outputs"]}


def unfused(path, inputs, names):
    """The outputs where no product and sum are rounded together: how a witness rounds that sums as it likes."""
    return command.infer(path, inputs, names, "-O0", isa="sse2")


def check(model, inputs, runs=RUNS):
    """(what ran, what is wrong), or None."""
    names = [o.name for o in model.graph.output]
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        onnx.save(model, file.name)
        run = lambda args: run_peer(model, inputs, names) if args == PEER else command.infer(file.name, inputs, names, *args.split())
        noise, measured = dict.fromkeys(names, 0), None
        for args in runs:
            try:
                got = run(args)
                expected = got if args == RUNS[0] else expected
            except Exception as refused:  # onnxruntime has its own
                return args, str(refused)
            for name in names:
                said = wrong(expected[name], got[name], noise[name])
                if said and measured is None:
                    measured = rounding(file.name, inputs)
                    noise = {n: max(noise[n], measured.get(n, 0)) for n in names}
                    said = wrong(expected[name], got[name], noise[name])
                if said and args == PEER:
                    said = wrong(expected[name], got[name], distance(expected[name], unfused(file.name, inputs, names)[name]))
                if said:
                    return args, f"{name}: {said}"
                noise[name] = max(noise[name], distance(expected[name], got[name]) if args == RUNS[1] else 0)
    return None


def idle_passes(seeds):
    """Those that find nothing to do in any of the graphs."""
    edits = {}
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        for seed in seeds:
            onnx.save(random_graph(seed)[0], file.name)
            for row in json.loads(command.sard("optimize", file.name, "-O3", "--json"))["passes"]:
                edits[row["name"]] = edits.get(row["name"], 0) + row["edits"]
    return sorted(name for name, count in edits.items() if not count)


def report(seed):
    """What is wrong with the graph of a seed, and the smallest one that is wrong too; or ''."""
    model, inputs = random_graph(seed)
    found = check(model, inputs, RUNS + [PEER] * (onnxruntime is not None))
    if not found:
        return ""

    def fails(smaller):
        again = check(smaller, inputs, [*RUNS[:2], found[0]])
        return again and again[0] == found[0] and ("off by" in again[1]) == ("off by" in found[1])

    return f"{found[0]}: {found[1]}\n{onnx.printer.to_text(shrink(model, fails))}"


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
    idle = idle_passes(seeds) if count >= ENOUGH else []
    for name in idle:
        print(f"pass {name} finds nothing to do in them")
    sys.exit(any(results) or bool(idle))


if __name__ == "__main__":
    main()
