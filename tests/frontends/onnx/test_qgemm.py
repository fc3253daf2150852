#!/usr/bin/env python3
"""QGemm of com.microsoft in every combination of its flags against exact integers, and onnxruntime where Python has it.

The right answer is round_half_even((sum + c) alpha a_scale b_scale / y_scale) + zero point, in double of the float32 scales; it must be met
exactly. onnxruntime scales in float32: it may be off by one where the value before rounding is next to a half.
exit 77 (skipped) without `onnx` or the command
"""
import itertools
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import command
import numpy as np
import onnx
import peer
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

M, K, N = 3, 5, 5  # K = N: what takes the wrong axis is not refused
rng = np.random.default_rng(3)
CHOICES = {"transA": (0, 1), "transB": (0, 1), "alpha": (1.0, 0.5, 2.0, 0.3), "channels": ("one", "many"),
           "c": (None, "row", "full", "column"), "y": (None, np.uint8, np.int8, "scale alone"), "types": ((np.uint8, np.int8), (np.int8, np.int8))}


def whole(dtype, shape):
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max + 1, shape).astype(dtype)


def make(case):
    """Inputs of the node by place (None: left out); a is the first."""
    kind_a, kind_b = case["types"]
    many = case["channels"] == "many"
    a, b = whole(kind_a, (K, M) if case["transA"] else (M, K)), whole(kind_b, (N, K) if case["transB"] else (K, N))
    scale_b = np.float32(rng.choice([0.1, 0.2, 0.3], N if many else None))
    zero_b = np.asarray(whole(kind_b, N if many else ()))
    shape_c = {"row": N, "full": (M, N), "column": (M, 1)}.get(case["c"])
    c = None if shape_c is None else rng.integers(-9999, 9999, shape_c).astype(np.int32)
    scale_y = None if case["y"] is None else np.float32(rng.choice([10, 25.6]))
    zero_y = whole(case["y"], ()) if case["y"] in (np.uint8, np.int8) else None
    return [a, np.float32(0.1), np.asarray(whole(kind_a, ())), b, scale_b, zero_b, c, scale_y, zero_y]


def expected(case, inputs):
    """(result, is the value before rounding next to a half?)"""
    a, scale_a, zero_a, b, scale_b, zero_b, c, scale_y, zero_y = inputs
    a = a.astype(np.int64) - zero_a
    a = a.T if case["transA"] else a
    b = b.astype(np.int64).T if case["transB"] else b.astype(np.int64)
    total = a @ (b - zero_b.astype(np.int64)) + (0 if c is None else c)
    value = total * np.float64(np.float32(case["alpha"])) * np.float64(scale_a) * scale_b.astype(np.float64)
    value = value if scale_y is None else value / np.float64(scale_y)
    if zero_y is None:
        return value.astype(np.float32), value != value
    limits = np.iinfo(zero_y.dtype)
    near = np.abs(np.abs(value - np.floor(value)) - 0.5) < 1e-3
    return np.clip(np.rint(value) + zero_y, limits.min, limits.max).astype(zero_y.dtype), near


def build(path, cases, inputs):
    """One node for each case, all inputs of the model."""
    nodes, values, outputs = [], {}, []
    for i, (case, tensors) in enumerate(zip(cases, inputs)):
        names = [f"v{i}_{k}" if t is not None else "" for k, t in enumerate(tensors)]
        values |= {name: np.asarray(t) for name, t in zip(names, tensors) if name}
        attrs = {"alpha": case["alpha"], "transA": case["transA"], "transB": case["transB"]}
        nodes.append(h.make_node("QGemm", names, [f"y{i}"], domain="com.microsoft", **attrs))
        outputs.append(onnx.ValueInfoProto(name=f"y{i}"))
    inits = [numpy_helper.from_array(v, name) for name, v in values.items() if not name.endswith("_0")]
    ins = [h.make_tensor_value_info(n, h.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in values.items() if n.endswith("_0")]
    graph = h.make_graph(nodes, "g", ins, outputs, inits)
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17), h.make_opsetid("com.microsoft", 1)], ir_version=8), path)
    return {n: v for n, v in values.items() if n.endswith("_0")}


def wrong(case, got, want, near, exact):
    if got.dtype != want.dtype or got.shape != want.shape:
        return f"{case}: {got.dtype}{got.shape}, must be {want.dtype}{want.shape}"
    if want.dtype == np.float32:
        bad = np.abs(got - want) > 1e-5 * np.abs(want).max()
    else:
        off = np.abs(got.astype(int) - want)
        bad = off > (0 if exact else near)
    return f"{case}: {got[bad][:4]}, must be {want[bad][:4]}" if bad.any() else None


def check(path, cases, inputs):
    """What is wrong, as texts."""
    wants = [expected(*pair) for pair in zip(cases, inputs)]
    names = [f"y{i}" for i in range(len(cases))]
    feeds = build(path, cases, inputs)
    for level in ("-O0", "-O2"):
        got = command.infer(path, feeds, names, level)
        yield from (f"{level} {w}" for w in (wrong(c, got[n], *want, True) for c, n, want in zip(cases, names, wants)) if w)
    taken = [i for i, case in enumerate(cases) if case["y"] not in (np.uint8, np.int8) or case["y"] == case["types"][0]]
    if peer.onnxruntime:  # it has no kernel for an int8 result of a uint8 input, nor the other way round
        feeds = build(path, [cases[i] for i in taken], [inputs[i] for i in taken])
        theirs = peer.session(path, 1, True).run(None, feeds)
        yield from (f"onnxruntime {w}" for w in (wrong(cases[i], y, *wants[i], False) for i, y in zip(taken, theirs)) if w)


def main():
    cases = [dict(zip(CHOICES, values)) for values in itertools.product(*CHOICES.values())]
    inputs = [make(case) for case in cases]
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        for i in range(0, len(cases), 64):
            problems += check(os.path.join(folder, "m.onnx"), cases[i:i + 64], inputs[i:i + 64])
    print("\n".join(problems[:20]))
    print(f"{len(cases)} cases, {len(problems)} wrong")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
