#!/usr/bin/env python3
"""Operators of a plugin (plugin_replaces.c) in the place of Conv, Split, Flatten and Softmax mean what the plugin says, at every level and
with every backend, in the surroundings that passes and kernels look for: each network is computed again by numpy.

SARD is the command, SARD_BUILD the build; exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PLUGIN = os.path.join(os.environ.get("SARD_BUILD", os.path.join(command.SOURCE, "build", "dev")), "tests", "plugin_runtime_replaces.so")
BACKENDS = ["native", "openblas,native", "reference"]
random = np.random.default_rng(5)
SHAPE = [2, 8, 6, 6]


class Network:
    """A list of nodes, and the array that each value is."""

    def __init__(self):
        self.nodes, self.constants, self.arrays = [], [], {"x": random.uniform(-1, 1, SHAPE).astype("f4")}

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array), name))
        self.arrays[name] = np.asarray(array)
        return name

    def add(self, op, inputs, *arrays, **attributes):
        """A node, and what its outputs must be."""
        names = [f"{op.lower()}{len(self.nodes)}_{i}" for i in range(len(arrays))]
        self.nodes.append(helper.make_node(op, inputs, names, names[0], **attributes))
        self.arrays.update(zip(names, arrays))
        return names if len(names) > 1 else names[0]

    # ---- what the plugin means ----

    def conv(self, x, results, gain=2.0):
        w = random.uniform(-0.5, 0.5, [results, self.arrays[x].shape[1], 1, 1]).astype("f4")
        y = gain * np.einsum("mc,nchw->nmhw", w[:, :, 0, 0], self.arrays[x])
        return self.add("Conv", [x, self.constant(w)], y, **({} if gain == 2.0 else {"gain": gain}))

    def split(self, x, weights):
        parts = np.split(self.arrays[x], len(weights), axis=1)[::-1]
        return self.add("Split", [x], *(w * part for w, part in zip(weights, parts)), weights=weights)

    def flatten(self, x):
        rows = self.arrays[x].reshape(self.arrays[x].shape[0], -1)
        return self.add("Flatten", [x], rows[:, ::-1])

    def softmax(self, x, kind="half"):
        return self.add("Softmax", [x], self.arrays[x] * (1 if kind[0] == "k" else 0.5), **({} if kind == "half" else {"kind": kind}))

    # ---- what the library means ----

    def relu(self, x):
        return self.add("Relu", [x], np.maximum(self.arrays[x], 0))

    def transpose(self, x, perm):
        return self.add("Transpose", [x], self.arrays[x].transpose(perm), perm=perm)

    def binary(self, op, a, b):
        f = {"Add": np.add, "Mul": np.multiply}[op]
        return self.add(op, [a, b], f(self.arrays[a], self.arrays[b]))

    def norm(self, x):
        c = self.arrays[x].shape[1]
        scale, shift, mean, variance = (random.uniform(0.5, 1.5, c).astype("f4") for _ in range(4))
        at = (slice(None), None, None)
        y = (self.arrays[x] - mean[at]) / np.sqrt(variance[at] + 1e-5) * scale[at] + shift[at]
        return self.add("BatchNormalization", [x, *map(self.constant, (scale, shift, mean, variance))], y)

    def pad(self, x):
        return self.add("Pad", [x, self.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1]))],
                        np.pad(self.arrays[x], [(0, 0), (0, 0), (1, 1), (1, 1)]))

    def concat(self, parts, axis):
        return self.add("Concat", parts, np.concatenate([self.arrays[p] for p in parts], axis), axis=axis)

    def product(self, x, results):
        w = random.uniform(-0.5, 0.5, [self.arrays[x].shape[-1], results]).astype("f4")
        return self.add("MatMul", [x, self.constant(w)], self.arrays[x] @ w)

    def check(self, output, where):
        graph = helper.make_graph(self.nodes, "replaced", [helper.make_tensor_value_info("x", TensorProto.FLOAT, SHAPE)],
                                  [helper.make_tensor_value_info(output, TensorProto.FLOAT, self.arrays[output].shape)], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
        want = self.arrays[output]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "replaced.onnx")
            onnx.save(model, path)
            for backends in BACKENDS:
                for level in range(4):
                    have = command.infer(path, {"x": self.arrays["x"]}, [output], "--plugin", PLUGIN, "--backend", backends, f"-O{level}")
                    assert have[output].shape == want.shape, f"{where}, {backends}, -O{level}: {have[output].shape}, not {want.shape}"
                    error = np.abs(have[output] - want).max()
                    assert error < 1e-4, f"{where}, {backends}, -O{level}: off by {error}"


def convolutions():
    """What is folded and fused into a Conv, moved over one, or padded before one."""
    n = Network()
    a = n.relu(n.norm(n.conv(n.pad("x"), 8)))
    b = n.binary("Mul", n.conv(a, 8, gain=3.0), n.constant(np.float32(0.5)))
    c = n.relu(n.binary("Add", n.conv(b, 8), a))
    n.check(n.transpose(n.conv(n.transpose(c, [0, 2, 3, 1]), 4), [0, 3, 1, 2]), "Conv")


def parts():
    """Parts that could lie in what they are parts of, and a Transpose that could move over them."""
    n = Network()
    a, b = n.split(n.relu("x"), [1.0, -2.0])
    c = n.concat([n.relu(b), n.relu(a)], 1)
    d = n.split(n.transpose(c, [0, 2, 3, 1]), [1.0, 2.0, 3.0])
    n.check(n.concat([n.transpose(p, [0, 3, 1, 2]) for p in d], 2), "Split")


def classifier():
    """Weights that could be put in the order of what is flattened; an activation whose softmax is written as one."""
    n = Network()
    a = n.transpose(n.relu("x"), [0, 2, 3, 1])
    b = n.relu(n.product(n.flatten(a), 16))
    c = n.softmax(n.product(b, 10))
    n.check(n.binary("Mul", n.softmax(c, kind="keep"), n.constant(np.float32(3))), "Flatten, Softmax")


def spatial_softmax():
    """A Softmax between Transposes, and behind sums that could take it in."""
    n = Network()
    a = n.softmax(n.transpose("x", [0, 2, 3, 1]))
    b = n.softmax(n.product(n.transpose(a, [0, 3, 1, 2]), 6))
    n.check(n.softmax(n.conv(b, 8)), "Softmax")


for test in (convolutions, parts, classifier, spatial_softmax):
    test()
print("all operators of the plugin are what it says")
