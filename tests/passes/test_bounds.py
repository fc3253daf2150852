#!/usr/bin/env python3
"""Numbers that the type of a file holds, and what passes would make of them does not: products of constants that overflow or lose bits,
weights that would get subnormal, scales that keep scores finite, sums that round on purpose. Each graph gives at every level, and saved, what
it gives as it is; beside each stands one with tame numbers, which the pass must still take.

usage: test_bounds.py      SARD is the command; exit 77 (skipped) without `onnx`
"""
import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Bits, and two factors: their product is too large, that of their inverses too small, in the type that each is for.
TYPES = {TensorProto.FLOAT16: (11, 300), TensorProto.BFLOAT16: (8, 2e19), TensorProto.FLOAT: (24, 2e19), TensorProto.DOUBLE: (53, 2e154)}
RUNS = ["-O1", "-O2", "-O3", "-O3 --backend reference"]


class Graph:
    """x, float64, cast to a type; what is computed is cast back."""

    def __init__(self, dtype, x):
        self.dtype, self.x, self.nodes, self.constants = dtype, np.asarray(x, "f8"), [], []
        self.value = self.op("Cast", "x", to=dtype)

    def op(self, op, *inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, [i if isinstance(i, str) else self.constant(i) for i in inputs], [name], **attributes))
        return name

    def constant(self, numbers):
        name, numbers = f"c{len(self.constants)}", np.asarray(numbers, "f8")
        flat = numbers.flatten().tolist()
        self.constants.append(helper.make_tensor(name, self.dtype, numbers.shape, flat))
        return name

    def model(self, result):
        y = self.op("Cast", result, to=TensorProto.DOUBLE)
        info = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.DOUBLE, shape)
        graph = helper.make_graph(self.nodes, "g", [info("x", self.x.shape)], [info(y, None)], self.constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), y


def weights(scale, *shape):
    return np.random.default_rng(1).uniform(0.5, 1, shape) * scale


def picture(scale):
    return np.random.default_rng(2).uniform(0.5, 1, (1, 2, 3, 3)) * scale


def merged(dtype, large):
    """Two products or quotients; sums that round; a sum between products."""
    bits, factor = TYPES[dtype]
    a, magic = (factor, 1.5 * 2 ** (bits - 1)) if large else (3, 2.5)
    x = np.array([0.3, -0.7, 1.3, 0.11]) * (1 / a if large else 1)
    for swapped in (False, True):
        either = lambda v, c: (c, v) if swapped else (v, c)
        g = Graph(dtype, x)
        yield g, g.op("Mul", *either(g.op("Mul", *either(g.value, a)), a)), "merge_affine"
        g = Graph(dtype, x * a * a)
        yield g, g.op("Mul", *either(g.op("Mul", *either(g.value, 1 / a)), 1 / a)), "merge_affine"
        g = Graph(dtype, np.array([0.3, -0.7, 1.3, 0.11]))
        yield g, g.op("Sub", g.op("Add", *either(g.value, magic)), magic), "merge_affine"
        g = Graph(dtype, np.array([0.3, -0.7, 1.3, 0.11]))
        yield g, g.op("Add", *either(g.op("Sub", g.value, magic), magic)), "merge_affine"
        g = Graph(dtype, x)
        yield g, g.op("Mul", *either(g.op("Add", *either(g.op("Mul", *either(g.value, a)), 0.5)), a)), "merge_affine"
    g = Graph(dtype, x * a * a)
    yield g, g.op("Div", g.op("Div", g.value, a), a), "merge_affine"
    g = Graph(dtype, x)
    yield g, g.op("Div", g.op("Div", g.value, 1 / a), 1 / a), "merge_affine"
    g = Graph(dtype, x)
    yield g, g.op("Mul", g.op("Div", g.value, 1 / a), a), "merge_affine"
    g = Graph(dtype, x * a * a)
    yield g, g.op("Div", g.op("Mul", g.value, 1 / a), a), "merge_affine"
    g = Graph(dtype, np.eye(1, 64))  # normalised: a large number and 63 small ones
    scale = np.where(np.eye(1, 64)[0], 1, a)
    yield g, g.op("Mul", g.op("LayerNormalization", g.value, scale, axis=-1), scale), "recognise_layer_norm"


def folded(dtype, large):
    """Products before and behind sums whose weights they would make subnormal or infinite; sums that round."""
    bits, factor = TYPES[dtype]
    f, magic = (factor, 1.5 * 2 ** (bits - 1)) if large else (3, 2.5)
    if dtype == TensorProto.FLOAT16 and large:
        f = 2000
    w = lambda scale: weights(scale, 3, 2, 1, 1)
    up, down = (f, 1 / f) if large else (1, 1)
    for name, other in (("Mul", 1 / f), ("Div", f)):
        g = Graph(dtype, picture(up))  # small weights get smaller
        yield g, g.op(name, g.op("Conv", g.value, w(down)), other), "fold_affine"
        g = Graph(dtype, picture(up))
        yield g, g.op(name, g.op("MatMul", g.value, weights(down, 3, 4)), other), "fold_affine"
        g = Graph(dtype, picture(up))
        yield g, g.op(name, g.op("ConvTranspose", g.value, weights(down, 2, 3, 1, 1)), other), "fold_affine"
        g = Graph(dtype, picture(up).reshape(3, 6))
        yield g, g.op(name, g.op("Gemm", g.value, weights(down, 5, 6), transB=1), other), "fold_affine"
        g = Graph(dtype, picture(up))
        yield g, g.op("Conv", g.op(name, g.value, other), w(down)), "fold_forward"
    for name, other in (("Mul", f), ("Div", 1 / f)):
        g = Graph(dtype, picture(down))  # large ones get larger
        yield g, g.op(name, g.op("Conv", g.value, w(f if large else 1)), other if large and f * f < np.inf else 1.5), "fold_affine"
        g = Graph(dtype, picture(1 / f if large else 1))
        yield g, g.op("Conv", g.op(name, g.value, other), w(f if large else 1)), "fold_forward"
    g = Graph(dtype, picture(1))
    y = g.op("Add", g.op("Conv", g.value, w(1)), magic)
    yield g, g.op("Sub", y, magic), "merge_affine"
    g = Graph(dtype, picture(1))
    yield g, g.op("Conv", g.op("Sub", g.op("Add", g.value, magic), magic), w(1)), None
    if large and bits < 24:  # x - 100 is exact, and what the Conv adds up then is not small beside its bias
        g = Graph(dtype, 100 + np.random.default_rng(3).integers(-1, 2, (1, 2, 3, 3)))
        yield g, g.op("Conv", g.op("Sub", g.value, 100), np.ones((3, 2, 1, 1))), None


def normalised(dtype, large):
    """BatchNormalization whose factor makes weights subnormal, or whose bias overflows."""
    bits, factor = TYPES[dtype]
    f = min(factor, 1e17) if large else 3
    small = {TensorProto.FLOAT16: 2e-3, TensorProto.BFLOAT16: 1e-36, TensorProto.FLOAT: 1e-36, TensorProto.DOUBLE: 1e-306}[dtype]
    w, up = (small, 0.5 / small) if large else (1, 1)
    norm = lambda g, x, scale, shift: g.op("BatchNormalization", x, [scale] * 3, [shift] * 3, [0.25] * 3, [1] * 3)
    g = Graph(dtype, picture(up))
    yield g, norm(g, g.op("Conv", g.value, weights(w, 3, 2, 1, 1)), 1 / f if dtype != TensorProto.FLOAT16 or not large else 0.01, 0), "fold_affine"


def scaled(dtype, large):
    """Attention: the scale keeps float16 finite; other types have room."""
    s = 1 / 64 if large else 1 / 8
    for op, number in (("Mul", s), ("Div", 1 / s)):
        a = np.random.default_rng(4).uniform(50, 100, (2, 64, 64) if large else (2, 4, 4)) / (1 if large else 50)
        g = Graph(dtype, a)
        q, k = g.op(op, g.value, number), g.op(op, g.op("Transpose", g.value, perm=[0, 2, 1]), number)
        yield g, g.op("MatMul", q, k), None if dtype == TensorProto.FLOAT16 else "scale_product"
        g = Graph(dtype, a)
        q = g.op(op, g.value, number)
        yield g, g.op("MatMul", q, g.op("Transpose", g.value, perm=[0, 2, 1])), None if dtype == TensorProto.FLOAT16 else "scale_product"


def written_out(dtype, large):
    """Activations whose factor an attribute cannot hold."""
    a = {TensorProto.FLOAT16: 300, TensorProto.BFLOAT16: 2e19}.get(dtype, 2e19 if dtype == TensorProto.FLOAT else 1e30) if large else 1.5
    g = Graph(dtype, np.array([0.0, 0.3, -0.2, 1.1]) / a)
    yield g, g.op("Mul", g.value, g.op("Sigmoid", g.op("Mul", g.op("Mul", g.value, a), a))), None if large else "recognise_activations"
    if dtype == TensorProto.DOUBLE:
        g = Graph(dtype, np.array([0.0, 0.3, -0.2, 1.1]))
        yield g, g.op("Mul", g.value, g.op("Sigmoid", g.op("Mul", g.value, 1.7 if large else 1.5))), None if large else "recognise_activations"
        g = Graph(dtype, np.array([0.0, 0.3, -0.2, 1.1]))
        root = 0.7071067 if large else 0.5**0.5
        curve = g.op("Add", g.op("Erf", g.op("Mul", g.value, root)), 1)
        yield g, g.op("Mul", g.op("Mul", g.value, curve), 0.5), None if large else "recognise_activations"


def edits(path):
    found = {}
    for row in json.loads(command.sard("optimize", path, "-O3", "--json"))["passes"]:
        found[row["name"]] = found.get(row["name"], 0) + row["edits"]
    return found


def check(graph, result, wanted):
    """What is wrong, or ''."""
    model, y = graph.model(result)
    bits = TYPES[graph.dtype][0]
    with tempfile.TemporaryDirectory() as folder:
        path, saved = os.path.join(folder, "model.onnx"), os.path.join(folder, "saved.onnx")
        onnx.save(model, path)
        want = command.infer(path, {"x": graph.x}, [y], "-O0", "--backend", "reference")[y]
        if not np.isfinite(want).all() or not np.abs(want).max():
            return f"the graph itself gives {want.flatten()[:4]}"
        command.sard("optimize", path, "-o", saved)
        for run in RUNS + ["saved"]:
            have = command.infer(saved if run == "saved" else path, {"x": graph.x}, [y], *(run.split() if run != "saved" else []))[y]
            off = np.abs(have - want).max() / np.abs(want).max()
            if not off <= 8 * 2.0**-bits:
                return f"{run}: off by {off:.1e}: {have.flatten()[:4]}, must be {want.flatten()[:4]}"
        if wanted and not edits(path).get(wanted):
            return f"{wanted} left it as it is"
    return ""


def main():
    failed = total = 0
    for dtype in TYPES:
        for form in (merged, folded, normalised, scaled, written_out):
            for large in (False, True):
                for i, (graph, result, wanted) in enumerate(form(dtype, large)):
                    said = check(graph, result, None if large else wanted)
                    total, failed = total + 1, failed + bool(said)
                    if said:
                        print(f"{TensorProto.DataType.Name(dtype)} {form.__name__} {'large' if large else 'tame'} {i}: {said}")
    print(f"{total - failed} of {total} graphs")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
