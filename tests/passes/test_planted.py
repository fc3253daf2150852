#!/usr/bin/env python3
"""sard diff --per-pass names each of ten wrong rewrites (plugin_planted.c): pass, edit and node; and finds nothing without them.

SARD is the command, SARD_BUILD the build; exit 77 (skipped) without `onnx`
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PLUGIN = os.path.join(os.environ.get("SARD_BUILD", os.path.join(command.SOURCE, "build", "dev")), "tests", "plugin_passes_planted.so")
# The pass, and the node where it changes the answer.
PLANTED = {
    "epsilon_ignored": "norm",
    "bias_dropped": "conv",
    "relu6_as_relu": "clip",
    "pad_on_wrong_side": "padded_conv",
    "residual_behind_activation": "relu",
    "same_transposes_cancelled": "second_transpose",
    "attribute_ignored": "other_leaky",
    "axis_off_by_one": "softmax",
    "padding_counted": "pool",
    "first_group_scaled": "scale",
}
C = 8  # channels, rows and columns: transposed, the shape is the same


def network():
    """All that the wrong passes look for, once where they do harm; Relu6 also before and behind that, where nothing reaches 6."""
    random = np.random.default_rng(1)
    constants, nodes = [], []

    def constant(name, array):
        constants.append(numpy_helper.from_array(array, name))
        return name

    def floats(name, *dims, low=-1.0, high=1.0):
        return constant(name, random.uniform(low, high, dims).astype("f4"))

    def node(op, name, inputs, **attributes):
        nodes.append(helper.make_node(op, inputs, [name], name, **attributes))
        return name

    zero, six = constant("zero", np.float32(0)), constant("six", np.float32(6))
    start = node("Clip", "harmless_clip", ["x", zero, six])
    conv = node("Conv", "conv", [start, floats("w1", C, C, 3, 3), floats("b1", C)], pads=[1] * 4)
    norm = node("BatchNormalization", "norm", [conv, floats("scale1", C, low=1, high=2), floats("shift1", C), floats("mean1", C),
                                               floats("variance1", C, low=1e-2, high=2e-2)], epsilon=1e-3)
    clip = node("Clip", "clip", [norm, zero, six])
    pad = node("Pad", "pad", [clip, constant("pads", np.array([0, 0, 1, 1, 0, 0, 0, 0]))])
    padded = node("Conv", "padded_conv", [pad, floats("w2", C, C, 2, 2)])
    relu = node("Relu", "relu", [node("Add", "add", [padded, clip])])
    once = node("Transpose", "first_transpose", [relu], perm=[0, 2, 3, 1])
    twice = node("Transpose", "second_transpose", [once], perm=[0, 2, 3, 1])
    grouped = node("Conv", "grouped_conv", [twice, floats("w3", C, C // 2, 1, 1)], group=2)
    scale = node("Mul", "scale", [grouped, floats("factors", C, 1, 1, low=0.1, high=2)])
    leaky = node("LeakyRelu", "leaky", [scale], alpha=0.1), node("LeakyRelu", "other_leaky", [scale], alpha=0.3)
    pool = node("AveragePool", "pool", [node("Add", "join", leaky)], kernel_shape=[3, 3], pads=[1] * 4)
    softmax = node("Softmax", "softmax", [node("Mul", "cool", [pool, constant("tenth", np.float32(0.1))])], axis=1)
    node("Clip", "last_clip", [softmax, zero, six])
    dims = [1, C, C, C]
    graph = helper.make_graph(nodes, "planted", [helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)],
                              [helper.make_tensor_value_info("last_clip", TensorProto.FLOAT, dims)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def per_pass(model, *args):
    """Exit status and answer."""
    run = subprocess.run([command.SARD, "diff", model, "--per-pass", "--json", "--plugin", PLUGIN, *args], capture_output=True, text=True)
    return run.returncode, json.loads(run.stdout) if run.stdout else run.stderr


def check(model, name, *args):
    """What is wrong, or ''."""
    status, answer = per_pass(model, *args)
    if status != 1 or isinstance(answer, str):
        return f"exit status {status}: {answer}"
    found = answer["found"]
    if (found["pass"], found["node"], found["wrong_in_float64"]) != (name, PLANTED[name], True):
        return f"found {found}"
    harmless = 1 if name == "relu6_as_relu" else 0
    return "" if found["edit"] == 1 + harmless else f"found edit {found['edit']}"


def main():
    wrong = {}
    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "planted.onnx")
        onnx.save(network(), model)
        status, answer = per_pass(model, "-O3", "--without", ",".join(PLANTED))
        wrong["none"] = "" if status == 0 and answer["found"] is None and answer["passes"] else f"exit status {status}: {answer}"
        for name in PLANTED:
            others = ",".join(other for other in PLANTED if other != name)
            wrong[name] = check(model, name, "-O3", "--without", others)
            wrong[name + " alone"] = check(model, name, "--passes", name)
        wrong["all"] = check(model, next(iter(PLANTED)), "-O2")
    for name, why in wrong.items():
        if why:
            print(f"{name}: {why}")
    print(f"{len(PLANTED)} planted, {sum(map(bool, wrong.values()))} of {len(wrong)} runs wrong")
    sys.exit(any(wrong.values()))


if __name__ == "__main__":
    main()
