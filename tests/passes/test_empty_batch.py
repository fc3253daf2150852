#!/usr/bin/env python3
"""Random networks with a free batch and no pictures: what runs as the file has it runs at every level, and as it is saved, also in
onnxruntime where Python has it and it takes the file.

usage: test_empty_batch.py [first seed [count]]      SARD is the command; exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx

import peer
from random_graphs import random_graph

# x is float[N,3,H,5]; each gives y. w takes 3 channels to 1, v 3 to 4.
FORMS = [
    "t = Conv <strides = [2, 2]> (x, w) y = Relu (t)",
    "t = Conv (x, v) y = Flatten (t)",
    "t = Conv (x, v) u = Flatten <axis = 2> (t) y = Relu (u)",
    "t = Transpose <perm = [0, 2, 3, 1]> (x) y = Flatten (t)",
    "t = Conv (x, w) u = Transpose <perm = [0, 2, 3, 1]> (t) y = Sigmoid (u)",
    "t = Flatten (x) s = Shape (x) y = Reshape (t, s)",
    "t = Conv (x, w) one = Constant <value_ints = [1]> () u = Squeeze (t, one) y = Unsqueeze (u, one)",
    "t = Conv (x, w) one = Constant <value_ints = [1]> () u = Squeeze (t, one) y = Transpose <perm = [0, 2, 1]> (u)",
    "s = Shape <start = 0, end = 1> (x) h = Shape <start = 2, end = 3> (x) a = Constant <value_ints = [15]> () q = Mul (h, a)"
    " r = Concat <axis = 0> (s, q) t = Reshape (x, r) y = Relu (t)",
    "s = Shape <start = 0, end = 1> (x) h = Shape <start = 2, end = 3> (x) a = Constant <value_ints = [3]> ()"
    " e = Constant <value_ints = [5]> () q = Mul (h, e) r = Concat <axis = 0> (s, a, q) t = Reshape (x, r)"
    " u = Transpose <perm = [0, 2, 1]> (t) y = Softmax (u)",
    "s = Shape <start = 0, end = 1> (x) h = Shape <start = 2, end = 3> (x) e = Constant <value_ints = [5]> () q = Mul (h, e)"
    " k = Constant <value_ints = [2]> () r = Concat <axis = 0> (s, k, k, q) c = Conv <kernel_shape = [1, 1]> (x, v1) t = Reshape (c, r)"
    " u = Transpose <perm = [0, 2, 1, 3]> (t) h1 = Shape (c) y = Reshape (u, h1)",
    "m = ReduceMean <axes = [2, 3], keepdims = 1> (x) f = Flatten (m) y = MatMul (f, g)",
    "m = GlobalAveragePool (x) f = Flatten (m) t = MatMul (f, g) y = Add (t, b)",
]
RUNS = ["-O1", "-O2", "-O3", "-O3 --backend reference"]
COUNT = 80


def run(path, inputs, names, *args):
    """{output: shape}, or None with what was said."""
    try:
        return {n: v.shape for n, v in command.infer(path, inputs, names, *args).items()}, ""
    except command.Refused as refused:
        return None, str(refused)


def run_peer(path, inputs, names):
    try:
        return {n: v.shape for n, v in zip(names, peer.session(path, 1, plain=True).run(names, inputs))}, ""
    except Exception as refused:  # onnxruntime has its own
        return None, str(refused)


def check(path, inputs, names):
    """A list of what is wrong, or None where the file itself cannot be run."""
    want, _ = run(path, inputs, names, "-O0", "--backend", "reference")
    if not want:
        return None
    found = [(args, run(path, inputs, names, *args.split())) for args in RUNS]
    for level in ("-O2", "-O3"):
        saved = path + level + ".onnx"
        command.sard("optimize", path, level, "-o", saved)
        found.append((f"saved {level}", run(saved, inputs, names)))
        if peer.onnxruntime and run_peer(path, inputs, names)[0] == want:
            found.append((f"saved {level} in onnxruntime", run_peer(saved, inputs, names)))
    return [f"{args}: {said or got}, must be {want}" for args, (got, said) in found if got != want]


def report(seed):
    model, inputs = random_graph(seed, exact=True)
    dims = model.graph.input[0].type.tensor_type.shape.dim
    dims[0].dim_param = "N"
    if seed % 3 == 0:
        dims[2].dim_param, dims[3].dim_param = "H", "W"
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.onnx")
        onnx.save(model, path)
        return check(path, {"x": inputs["x"][:0]}, [o.name for o in model.graph.output])


def report_form(form):
    w, v, v1, g = (np.ones(shape, "f4") for shape in ((1, 3, 3, 3), (4, 3, 3, 3), (4, 3, 1, 1), (3, 4)))
    graph = onnx.parser.parse_graph("g (float[N,3,H,5] x) => (float[] y) { " + form + " }")
    graph.initializer.extend(onnx.numpy_helper.from_array(a, n) for n, a in (("w", w), ("v", v), ("v1", v1), ("g", g), ("b", g[0])))
    graph.output[0].type.tensor_type.ClearField("shape")
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.onnx")
        onnx.save(model, path)
        found = []
        for n, h in ((0, 7), (0, 3), (2, 7), (1, 8)):
            said = check(path, {"x": np.ones((n, 3, h, 5), "f4")}, ["y"])
            found += ["the file itself is refused"] if said is None else said
        return found


def main():
    first, count = (int(sys.argv[1]) if len(sys.argv) > 1 else 0), (int(sys.argv[2]) if len(sys.argv) > 2 else COUNT)
    seeds = range(first, first + count)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(report, seeds))
    wrong = [f"seed {seed}: {line}" for seed, lines in zip(seeds, found) for line in lines or []]
    ran = sum(lines is not None for lines in found)
    wrong += [f"{form}: {line}" for form in FORMS for line in report_form(form)]
    print("\n".join(wrong) or f"{ran} of {count} graphs run without pictures")
    return bool(wrong) or ran < count / 2


if __name__ == "__main__":
    sys.exit(main())
