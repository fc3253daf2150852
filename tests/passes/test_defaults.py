#!/usr/bin/env python3
"""An initialiser that is listed as an input too is a constant, which passes fold: another value for it is refused, not left out silently.

usage: test_defaults.py      SARD is the command; exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx
from onnx import helper, numpy_helper


def make_model(path):
    """y = x * w * w, w an input with a default."""
    x, w = (helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2]) for name in "xw")
    nodes = [helper.make_node("Mul", ["x", "w"], ["a"]), helper.make_node("Mul", ["a", "w"], ["y"])]
    y = helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [2])
    graph = helper.make_graph(nodes, "defaults", [x, w], [y], [numpy_helper.from_array(np.array([2, 3], "f4"), "w")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def main():
    x = np.array([1, 10], "f4")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "defaults.onnx")
        make_model(path)
        got = command.infer(path, {"x": x}, ["y"])["y"]
        assert (got == [4, 90]).all(), got
        try:
            command.infer(path, {"x": x, "w": x}, ["y"])
        except command.Refused as refused:
            assert "'w'" in str(refused), refused
        else:
            raise AssertionError("another value for an initialiser was taken, or left out")
    print("defaults are constants")


if __name__ == "__main__":
    main()
