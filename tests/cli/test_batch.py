#!/usr/bin/env python3
"""`optimize --batch`: refused, by a number and by a name alike, where the graph takes a part of the batch; else the pictures all come through.

usage: test_batch.py      SARD is the command; exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx

ZERO, ONE = "z = Constant <value_ints = [0]> ()", "o = Constant <value_ints = [1]> ()"
# x is float[1,8]; each gives y. True: it can have any batch.
FORMS = [
    (False, f"{ZERO} {ONE} t = Slice (x, z, o) y = Relu (t)"),
    (False, f"{ZERO} {ONE} t = Slice (x, z, o) y = Add (t, x)"),
    (False, "z = Constant <value_int = 0> () t = Gather (x, z) y = Relu (t)"),
    (False, f"{ZERO} t = Gather (x, z) y = Relu (t)"),
    (False, f"{ZERO} y = Squeeze (x, z)"),
    (False, "s = Constant <value_ints = [1, 8]> () t = Relu (x) u = Concat <axis = 0> (t, t) a, b = Split <axis = 0, num_outputs = 2> (u)"
            " y = Reshape (a, s) v = Reshape (b, s)" " e = Constant <value_ints = [8]> () w = Reshape (y, e)"),
    (True, "y = Relu (x)"),
    (True, "a, b = Split <axis = 1, num_outputs = 2> (x) y = Add (a, b)"),
    (True, "s = Constant <value_ints = [1, 2, 4]> () y = Reshape (x, s)"),
    (True, "s = Constant <value_ints = [1, -1]> () y = Reshape (x, s)"),
    (True, f"{ZERO} {ONE} t = Slice (x, z, o, o) y = Relu (t)"),
    (True, f"s = Shape (x) {ZERO} n = Gather (s, z) k = Constant <value_ints = [8]> () r = Concat <axis = 0> (n, k) y = Reshape (x, r)"),
]


def check(folder, fits, form, batch):
    graph = onnx.parser.parse_graph("g (float[1,8] x) => (float[] y) { " + form + " }")
    graph.output[0].type.tensor_type.ClearField("shape")
    path, saved = os.path.join(folder, "m.onnx"), os.path.join(folder, "s.onnx")
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9), path)
    try:
        command.sard("optimize", path, "--batch", batch, "-o", saved)
    except command.Refused as refused:
        return "refused: " + str(refused) if fits else ""
    if not fits:
        return "taken"
    rows = command.infer(saved, {"x": np.ones((3, 8), "f4")}, ["y"])["y"].shape[0]
    return "" if rows == 3 else f"{rows} rows for 3"


def main():
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        for fits, form in FORMS:
            for batch in ("N", "3"):
                said = check(folder, fits, form, batch)
                wrong += [f"--batch {batch} of {form}: {said}"] if said else []
    print("\n".join(wrong) or "all as they must be")
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main())
