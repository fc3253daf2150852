#!/usr/bin/env python3
"""Trained models of ../shared/data against the outputs stored with them: one thread and two, passes and none.

usage: test_models.py [model ...]      SARD is the command, SARD_SHARED the folder if it is not ../shared; exit 77 (skipped) without it
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx

# How far an answer may be off, as a share of the output's largest value: 16-bit floats, 8-bit integers that round the other way, and
# products of numbers that are close to 0.
SHARE = {"mobilenet_v2_qdq": 0.08, "squeezenet_fp16": 0.01, "style_starry_night_fp16": 0.01, "yunet_s_dynamic": 1e-3}
RUNS = ("--threads 2", "--threads 1", "-O0")
SLOW = {"style_starry_night_fp16"}  # as 16-bit floats have no fast kernels: the first run alone


def stored(folder, kind, values):
    """{name: TensorProto} of the files KIND_N.pb."""
    tensors = {}
    for i, value in enumerate(values):
        path = os.path.join(folder, f"{kind}_{i}.pb")
        if os.path.exists(path):
            t = command.read_tensor(path)
            tensors[t.name or value.name] = t
    return tensors


def difference(expected, got, share):
    wrong = command.unlike(expected, got)
    if wrong or not expected.size:
        return wrong
    if expected.dtype.kind != "f":
        return "" if np.array_equal(expected, got) else "other values"
    scale, off = float(np.abs(expected.astype("f8")).max()), float(np.abs(expected.astype("f8") - got.astype("f8")).max())
    return "" if off <= share * scale else f"off by {off:.3g}, {off / (scale or 1):.1e} of the largest value; {share:.0e} is allowed"


def check(folder):
    """A list of what is wrong."""
    path, name = os.path.join(folder, "model.onnx"), os.path.basename(folder)
    graph = onnx.load(path).graph
    constants = {t.name for t in graph.initializer}
    inputs = stored(folder, "input", [v for v in graph.input if v.name not in constants])
    expected = {n: onnx.numpy_helper.to_array(t) for n, t in stored(folder, "output", graph.output).items()}
    runs = {args: command.infer(path, inputs, expected, *args.split()) for args in (RUNS[:1] if name in SLOW else RUNS)}
    wrong = []
    for args, got in runs.items():
        said = {n: difference(want, got[n], SHARE.get(name, 1e-4)) for n, want in expected.items()}
        wrong += [f"{args}: {n}: {text}" for n, text in said.items() if text]
    if len(runs) > 1:
        wrong += [f"{n}: other bits with 2 threads than with 1" for n in command.same_bits(*list(runs.values())[:2])]
    return wrong


def main():
    data = command.shared_folder("data")
    names = sys.argv[1:] or sorted(n for n in os.listdir(data) if os.path.exists(os.path.join(data, n, "model.onnx")))
    failed = 0
    for name in names:
        try:
            wrong = check(os.path.join(data, name))
        except command.Refused as refused:
            wrong = [str(refused)]
        for line in wrong:
            print(f"{name}: {line}")
        failed += bool(wrong)
    print(f"{len(names) - failed} of {len(names)} models right")
    sys.exit(failed > 0 or not names)


if __name__ == "__main__":
    main()
