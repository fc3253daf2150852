#!/usr/bin/env python3
"""Writes shuffle.onnx beside this script: shuffles that cancel, one that does not, Relu. needs: pip install onnx"""
import os

import onnx
from onnx import TensorProto, helper


def shuffle(x, y, groups):
    return helper.make_node("ChannelShuffle", [x], [y], name=y, domain="example", groups=groups)


nodes = [shuffle("x", "a", 2), shuffle("a", "b", 3), shuffle("b", "c", 3), helper.make_node("Relu", ["c"], ["y"], name="relu")]
shape = ["N", 6, 2, 2]
graph = helper.make_graph(nodes, "shuffle", [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
                          [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("example", 1)], ir_version=8, producer_name="example")
onnx.save(model, os.path.join(os.path.dirname(os.path.abspath(__file__)), "shuffle.onnx"))
