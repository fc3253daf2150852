#!/usr/bin/env python3
"""Random operators: the numbers of numpy.random.RandomState, distributions without a seed, the same ones in each run.

exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from command import Refused, infer, np, onnx
from onnx import TensorProto, helper

FAILURES = []


def check(right, what):
    if not right:
        FAILURES.append(what)


def run(op, inputs=None, result=TensorProto.FLOAT, names=("y",), args=(), **attrs):
    """One node for each name."""
    inputs = inputs or {}
    nodes = [helper.make_node(op, list(inputs), [n], name=n, **attrs) for n in names]
    ins = [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape) for n, x in inputs.items()]
    graph = helper.make_graph(nodes, "g", ins, [helper.make_tensor_value_info(n, result, None) for n in names])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10), path)
        return infer(path, inputs, list(names), *args)


def near(want, got, what):
    check(want.shape == got.shape and want.dtype == got.dtype and np.allclose(want, got, rtol=1e-6, atol=1e-6), f"{what}: {got}, must be {want}")


def as_numpy():
    for seed in (0.0, 3.0, 12345.7):
        state = np.random.RandomState(int(seed))
        got = run("RandomNormal", shape=[3, 7, 1], seed=seed, mean=-1.5, scale=2.0)["y"]
        near((state.randn(3, 7, 1) * 2 - 1.5).astype("f4"), got, "RandomNormal")
        state = np.random.RandomState(int(seed))
        got = run("RandomUniform", result=TensorProto.DOUBLE, shape=[700], seed=seed, low=-3.0, high=2.0, dtype=TensorProto.DOUBLE)["y"]
        near(state.rand(700) * 5 - 3, got, "RandomUniform")
        p = np.random.default_rng(1).uniform(0, 1, (30, 40))
        p[0, :4] = 0, 1, 0.5, 0
        state = np.random.RandomState(int(seed))
        near(state.binomial(1, p).astype("f8"), run("Bernoulli", {"p": p}, TensorProto.DOUBLE, seed=seed)["y"], "Bernoulli")


def likes_have_shape_and_type():
    x = np.zeros((2, 0, 3), np.float16)
    check(run("RandomNormalLike", {"x": x}, TensorProto.FLOAT16)["y"].shape == (2, 0, 3), "no elements")
    x = np.zeros((4, 5), np.float16)
    state = np.random.RandomState(5)
    near(state.randn(4, 5).astype(np.float16), run("RandomNormalLike", {"x": x}, TensorProto.FLOAT16, seed=5.0)["y"], "RandomNormalLike")
    words = np.array(["a", "b"], object)
    state = np.random.RandomState(5)
    near(state.rand(2), run("RandomUniformLike", {"x": words}, TensorProto.DOUBLE, seed=5.0, dtype=TensorProto.DOUBLE)["y"], "of strings")


def without_seed():
    """Nodes differ, runs and threads do not."""
    first = run("RandomNormal", names=("a", "b"), shape=[20000])
    again = run("RandomNormal", names=("a", "b"), shape=[20000], args=("--threads", "1"))
    check(all(np.array_equal(first[n], again[n]) for n in first), "two runs differ")
    check(abs(np.corrcoef(first["a"], first["b"])[0, 1]) < 0.03, "two nodes give the same")
    for x in first.values():
        check(abs(x.mean()) < 0.03 and abs(x.std() - 1) < 0.02 and abs(np.mean(np.abs(x) < 1) - 0.6827) < 0.02, f"not normal: {x.mean()}, {x.std()}")


def classes():
    """Relative frequencies; a constant does not matter."""
    p = np.array([[0.1, 0.2, 0.7], [0.5, 0, 0.5]])
    with np.errstate(divide="ignore"):
        logs = (np.log(p) + 3).astype("f4")
    got = run("Multinomial", {"x": logs}, TensorProto.INT64, sample_size=20000, seed=1.0, dtype=TensorProto.INT64)["y"]
    check(got.shape == (2, 20000) and got.dtype == np.int64, f"{got.dtype}{got.shape}")
    rates = [[(row == k).mean() for k in range(3)] for row in got]
    check(np.allclose(rates, p, atol=0.015) and rates[1][1] == 0, f"rates {rates}")


def refused():
    for op, inputs, attrs, words in (("RandomNormal", {}, {"shape": [2, -1]}, "shape"), ("Bernoulli", {"p": np.array([0.5, 1.5])}, {}, "probability 1 is 1.5"),
                                     ("RandomUniformLike", {"x": np.zeros(2, np.int32)}, {}, "dtype 6 (int32)")):
        try:
            run(op, inputs, **attrs)
            check(False, f"{op} is not refused")
        except Refused as error:
            check(words in str(error), f"{error} lacks '{words}'")


for test in (as_numpy, likes_have_shape_and_type, without_seed, classes, refused):
    test()
print("\n".join(FAILURES) or "all as they should be")
sys.exit(bool(FAILURES))
