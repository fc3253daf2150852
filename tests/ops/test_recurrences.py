#!/usr/bin/env python3
"""LinearAttention, CausalConvWithState, FlexAttention and AffineGrid of computed sizes with random shapes, against onnx.reference; what is refused.

exit 77 (skipped) without `onnx`
"""
import itertools
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from command import Refused, infer, np, onnx, sard

import ml_dtypes
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

RNG = np.random.default_rng(1)
STEP = {np.dtype(np.float32): 1e-5, np.dtype(np.float16): 2e-3, np.dtype(ml_dtypes.bfloat16): 2e-2}
FAILURES = []


def model(op, inputs, outputs, opset, attrs):
    """inputs: {name: array or None}; the dims are free."""
    def info(name, dtype):
        return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), None)

    node = helper.make_node(op, [n if x is not None else "" for n, x in inputs.items()], list(outputs), **attrs)
    graph = helper.make_graph([node], "g", [info(n, x.dtype) for n, x in inputs.items() if x is not None], [info(n, t) for n, t in outputs.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=13)


def run(proto, inputs, outputs):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        onnx.save(proto, path)
        return infer(path, {n: x for n, x in inputs.items() if x is not None}, list(outputs))


def compare(op, inputs, outputs, opset=27, **attrs):
    proto = model(op, inputs, outputs, opset, attrs)
    want = ReferenceEvaluator(proto).run(None, {n: x for n, x in inputs.items() if x is not None})
    got = run(proto, inputs, outputs)
    for name, array in zip(outputs, want):
        array, own = np.asarray(array), got[name]
        step = STEP[array.dtype]
        if own.shape != array.shape or own.dtype != array.dtype:
            FAILURES.append(f"{op} {attrs}: {name} is {own.dtype}{own.shape}, must be {array.dtype}{array.shape}")
        elif not np.allclose(own.astype("f8"), array.astype("f8"), rtol=step, atol=step * max(1, np.abs(array.astype("f8")).max(initial=0))):
            FAILURES.append(f"{op} {attrs}: {name} differs by {np.abs(own.astype('f8') - array.astype('f8')).max()}")


def refuse(op, inputs, outputs, words, opset=27, **attrs):
    try:
        run(model(op, inputs, outputs, opset, attrs), inputs, outputs)
        FAILURES.append(f"{op} {attrs} is not refused")
    except Refused as error:
        if words not in str(error):
            FAILURES.append(f"{error} lacks '{words}'")


def attention_inputs(dtype, rule, heads, kv_heads, steps, wide_decay, one_beta, past):
    d_k, d_v, batch = 3, 5, 2

    def draw(*dims):
        return (RNG.standard_normal(dims) / 2).astype(dtype)

    return {"q": draw(batch, steps, heads * d_k), "k": draw(batch, steps, kv_heads * d_k), "v": draw(batch, steps, kv_heads * d_v),
            "past": draw(batch, kv_heads, d_k, d_v) if past else None,
            "decay": -np.abs(draw(batch, steps, kv_heads * (d_k if wide_decay else 1))) if "gated" in rule else None,
            "beta": np.abs(draw(batch, steps, 1 if one_beta else kv_heads)) if "delta" in rule else None}


def linear_attention():
    for rule, (heads, kv_heads), flag in itertools.product(("linear", "gated", "delta", "gated_delta"), ((2, 2), (6, 2), (3, 1)), (False, True)):
        for dtype in (np.float32, np.float16, ml_dtypes.bfloat16):
            inputs = attention_inputs(dtype, rule, heads, kv_heads, 1 if flag else 7, flag, not flag, flag)
            compare("LinearAttention", inputs, {"y": dtype, "state": dtype}, q_num_heads=heads, kv_num_heads=kv_heads, update_rule=rule,
                    scale=0.5 if flag else 0.0)
    inputs = attention_inputs(np.float32, "linear", 2, 2, 0, False, False, True)
    compare("LinearAttention", inputs, {"y": np.float32, "state": np.float32}, q_num_heads=2, kv_num_heads=2, update_rule="linear")
    outputs = {"y": np.float32, "state": np.float32}
    refuse("LinearAttention", inputs, outputs, "needs input decay", q_num_heads=2, kv_num_heads=2, update_rule="gated")
    refuse("LinearAttention", inputs, outputs, "no multiple", q_num_heads=3, kv_num_heads=2, update_rule="linear")
    refuse("LinearAttention", inputs, outputs, "do not fit", q_num_heads=4, kv_num_heads=2, update_rule="linear")


def causal_conv():
    for batch, channels, length, taps, activation in ((2, 3, 7, 4, "none"), (1, 5, 2, 4, "silu"), (2, 2, 9, 1, "swish"), (0, 3, 4, 2, "none")):
        for dtype, bias, past in itertools.product((np.float32, np.float16, ml_dtypes.bfloat16), (False, True), (False, True)):
            inputs = {"x": RNG.standard_normal((batch, channels, length)).astype(dtype), "w": RNG.standard_normal((channels, 1, taps)).astype(dtype),
                      "b": RNG.standard_normal(channels).astype(dtype) if bias else None,
                      "past": RNG.standard_normal((batch, channels, taps - 1)).astype(dtype) if past else None}
            if batch:  # the reference has no picture of no elements
                compare("CausalConvWithState", inputs, {"y": dtype, "state": dtype}, activation=activation)
            elif run(model("CausalConvWithState", inputs, {"y": dtype, "state": dtype}, 27, {}), inputs, ["state"])["state"].shape != (0, 3, 1):
                FAILURES.append("CausalConvWithState of an empty batch")
    inputs = {"x": np.zeros((1, 3, 4), np.float32), "w": np.zeros((2, 1, 3), np.float32)}
    refuse("CausalConvWithState", inputs, {"y": np.float32, "state": np.float32}, "weight does not fit")


def affine_grid():
    for size, corners in itertools.product(((2, 3, 4, 5), (1, 1, 2, 6), (2, 1, 3, 4, 5)), (0, 1)):
        d = len(size) - 2
        compare("AffineGrid", {"theta": RNG.standard_normal((size[0], d, d + 1)).astype("f4"), "size": np.array(size)}, {"grid": np.float32}, 20,
                align_corners=corners)
    theta = np.zeros((1, 2, 3), np.float32)
    refuse("AffineGrid", {"theta": theta, "size": np.array([1, 1, 2, 2, 2])}, {"grid": np.float32}, "theta must be [N, 3, 4]", 20)
    refuse("AffineGrid", {"theta": theta, "size": np.array([2, 1, 2, 2])}, {"grid": np.float32}, "1 matrices", 20)
    refuse("AffineGrid", {"theta": theta, "size": np.array([1, 1, -2, 2])}, {"grid": np.float32}, "-2", 20)


def modifier(dtype, ops):
    """A subgraph of one input: ops are (operator, name of another operand, which is outside, or None)."""
    kind, name, nodes = helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), "s0", []
    for i, (op, other) in enumerate(ops):
        nodes.append(helper.make_node(op, [name] + ([other] if other else []), [f"s{i + 1}"]))
        name = f"s{i + 1}"
    return helper.make_graph(nodes, "mod", [helper.make_tensor_value_info("s0", kind, [None] * 4)], [helper.make_tensor_value_info(name, kind, None)])


def flex_model(dtype, precision, outside, **attrs):
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    node = helper.make_node("FlexAttention", ["q", "k", "v"], ["y"], domain="ai.onnx.preview", **attrs,
                            **({"softmax_precision": helper.np_dtype_to_tensor_dtype(np.dtype(precision))} if precision else {}))
    graph = helper.make_graph([node], "g", [helper.make_tensor_value_info(n, kind, [None] * 4) for n in "qkv"],
                              [helper.make_tensor_value_info("y", kind, [None] * 4)], [numpy_helper.from_array(x, n) for n, x in outside.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 26), helper.make_opsetid("ai.onnx.preview", 1)], ir_version=13)


def plain_attention(q, k, v, scale, bias, factor):
    repeat = q.shape[1] // k.shape[1]
    q, k, v = q.astype("f8"), np.repeat(k, repeat, 1).astype("f8"), np.repeat(v, repeat, 1).astype("f8")
    scores = q @ np.swapaxes(k, -1, -2) * scale + bias
    weights = np.exp(scores - np.maximum(scores.max(-1, keepdims=True), -1e300))
    return weights / np.maximum(weights.sum(-1, keepdims=True), 1e-300) * factor @ v


def flex_attention():
    for dtype, precision, (heads, kv_heads) in itertools.product((np.float32, np.float64, np.float16, ml_dtypes.bfloat16), (None, np.float64), ((2, 2), (6, 2))):
        q, k, v = ((RNG.standard_normal((2, h, n, d)) / 2).astype(dtype) for h, n, d in ((heads, 3, 4), (kv_heads, 300, 4), (kv_heads, 300, 7)))
        inner = precision or (np.float64 if dtype == np.float64 else np.float32)
        mask = np.where(RNG.uniform(size=(3, 300)) < 0.2, -np.inf, 0.5).astype(inner)
        mask[1] = -np.inf  # sees no key
        mods = {"score_mod": modifier(inner, [("Add", "mask")]), "prob_mod": modifier(inner, [("Mul", "two"), ("Identity", None)])}
        proto = flex_model(dtype, precision, {"mask": mask, "two": np.array(2, inner)}, scale=0.25, **mods)
        got = run(proto, {"q": q, "k": k, "v": v}, ["y"])["y"]
        want = plain_attention(q, k, v, 0.25, mask.astype("f8"), 2).astype(dtype)
        step = STEP.get(np.dtype(dtype), 1e-12)
        if got.dtype != want.dtype or not np.allclose(got.astype("f8"), want.astype("f8"), rtol=step, atol=step):
            FAILURES.append(f"FlexAttention {dtype} {precision} {heads} differs by {np.abs(got.astype('f8') - want.astype('f8')).max()}")
    inputs = {n: np.zeros((1, 2, 3, 4), np.float32) for n in "qkv"}
    wrong = flex_model(np.float32, None, {}, score_mod=modifier(np.float32, [("Shape", None)]))
    with tempfile.TemporaryDirectory() as folder:
        path, saved = os.path.join(folder, "model.onnx"), os.path.join(folder, "saved.onnx")
        onnx.save(flex_model(np.float32, None, {"two": np.array(2, np.float32)}, prob_mod=modifier(np.float32, [("Mul", "two")])), path)
        sard("optimize", path, "-o", saved)
        onnx.checker.check_model(onnx.load(saved))
        infer(saved, inputs, ["y"])
    try:
        run(wrong, inputs, ["y"])
        FAILURES.append("a modifier that changes the shape is not refused")
    except Refused as error:
        if "score_mod changes the shape or the type" not in str(error):
            FAILURES.append(str(error))


for test in (linear_attention, causal_conv, affine_grid, flex_attention):
    test()
print("\n".join(FAILURES) or "all as they should be")
sys.exit(bool(FAILURES))
