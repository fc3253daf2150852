#!/usr/bin/env python3
"""What a file says besides what it computes is there again after sard optimize: names, doc strings, metadata, shapes that nobody can infer.

usage: test_export_texts.py      SARD is the command; exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import command
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MODEL = dict(producer_name="hand", producer_version="3", domain="org.example", model_version=7, doc_string="a model\nof two lines")
PROPERTIES = {"labels": "cat,dog", "domain": "vision", "": "no key"}


def branch(name, op, **attrs):
    made = helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
    return helper.make_graph([helper.make_node(op, ["r"], [name], **attrs)], name, [], [made])


def source():
    nodes = [
        helper.make_node("Conv", ["picture", "w"], ["features"], name="conv", doc_string="finds edges"),
        helper.make_node("BatchNormalization", ["features", *"abcd"], ["normal"], name="norm"),
        helper.make_node("Relu", ["normal"], ["r"], name="act", doc_string="keeps what is positive"),
        helper.make_node("If", ["flag"], ["either"], name="if", then_branch=branch("t", "Relu"), else_branch=branch("e", "Flatten")),
    ]
    weights = [numpy_helper.from_array(np.ones((2, 3, 1, 1), "f4"), "w"), *(numpy_helper.from_array(np.ones(2, "f4"), n) for n in "abcd")]
    inputs = [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["N", 3, 8, 8], "0 to 1"),
              helper.make_tensor_value_info("flag", TensorProto.BOOL, [])]
    outputs = [helper.make_tensor_value_info("r", TensorProto.FLOAT, None, "what is seen"),
               helper.make_tensor_value_info("either", TensorProto.FLOAT, ["N", "rest"])]
    graph = helper.make_graph(nodes, "eye", inputs, outputs, weights, "a graph")
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8, **MODEL)
    for key, value in PROPERTIES.items():
        model.metadata_props.add(key=key, value=value)
    return model


def dims(value):
    return [d.dim_value or d.dim_param for d in value.type.tensor_type.shape.dim]


def check(made):
    for key, value in MODEL.items():
        assert getattr(made, key) == value, key
    assert {p.key: p.value for p in made.metadata_props} == PROPERTIES
    assert (made.opset_import[0].version, made.ir_version, len(made.opset_import)) == (16, 8, 1)
    graph = made.graph
    assert (graph.name, graph.doc_string) == ("eye", "a graph")
    assert [(i.name, dims(i), i.doc_string) for i in graph.input] == [("picture", ["N", 3, 8, 8], "0 to 1"), ("flag", [], "")]
    assert [(o.name, o.doc_string) for o in graph.output] == [("r", "what is seen"), ("either", "")]
    assert dims(graph.output[1]) == ["N", "rest"]
    told = [(n.name, n.op_type, n.doc_string) for n in graph.node]
    assert told == [("conv", "Conv", "finds edges"), ("act", "Relu", "keeps what is positive"), ("if", "If", "")], told
    assert {b.g.name for b in graph.node[2].attribute} == {"t", "e"}


def main():
    with tempfile.TemporaryDirectory() as folder:
        path, made = os.path.join(folder, "in.onnx"), os.path.join(folder, "out.onnx")
        onnx.save(source(), path)
        command.sard("optimize", path, "-o", made)
        check(onnx.load(made))
        command.sard("optimize", made, "--batch", 2, "-o", made)  # shapes change, texts stay
        edited = onnx.load(made)
        assert dims(edited.graph.output[1]) == ["", ""] and edited.producer_name == "hand"
    print("all texts are kept")


if __name__ == "__main__":
    main()
