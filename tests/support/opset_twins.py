"""Nodes of a later version that mean the same as one which onnx.reference and onnxruntime lack, or of which the reference does not know that it
meant something else."""
import dataclasses

import numpy as np
from onnx import TensorProto as T

BROADCAST = {"Add", "And", "Div", "Equal", "Greater", "Less", "Mul", "Or", "Pow", "Sub", "Xor"}
# (operator, below which version): the version of the twin, and which attributes it has no more
SAME = {("AveragePool", 7): (7, ()), ("BatchNormalization", 7): (7, ("is_test",)), ("Clip", 6): (6, ()), ("Dropout", 7): (7, ("is_test",)),
        ("GRU", 7): (7, ("output_sequence",)), ("LSTM", 7): (7, ("output_sequence",)), ("RNN", 7): (7, ("output_sequence",)),
        ("Gemm", 7): (7, ("broadcast",)), ("GlobalLpPool", 99): (2, ()), ("Loop", 11): (11, ()), ("LpNormalization", 99): (1, ()), ("MaxRoiPool", 99): (1, ())}


def laid(a, b, axis):
    """b with dims of 1 behind its own, so that they begin at `axis` of a."""
    return b if b.ndim == 0 or axis is None else b.reshape(b.shape + (1,) * (a.ndim - axis - b.ndim))


def twin_of(op, version, case):
    """(version, case)"""
    attrs, inputs = dict(case.attrs), list(case.inputs)
    if op in BROADCAST and version < 7:
        attrs.pop("broadcast", None)
        inputs[1] = laid(inputs[0], inputs[1], attrs.pop("axis", None))
        version = 7
    elif op == "PRelu" and version < 7:
        inputs[1], version = laid(inputs[0], inputs[1], 1 if inputs[1].size > 1 else None), 7
    elif op == "Cast" and version < 6:
        attrs["to"], version = T.DataType.Value(attrs["to"]), 9
    elif op == "Split" and version == 1:
        if len(inputs) > 1:
            attrs["split"] = [int(n) for n in inputs.pop()]
        version = 2
    elif op == "Tile" and version == 1:
        repeats = np.ones(inputs[0].ndim, np.int64)
        repeats[int(inputs[2])] = int(inputs[1])
        inputs[1:], version = [repeats], 6
    elif op == "Upsample" and version == 1:
        attrs["scales"] = [1.0, 1.0, attrs.pop("height_scale"), attrs.pop("width_scale")]
        attrs["mode"], version = "linear" if attrs.get("mode") == "bilinear" else "nearest", 7
    for (name, below), (later, dropped) in SAME.items():
        if name == op and version < below:
            attrs = {k: v for k, v in attrs.items() if k not in dropped}
            attrs |= {"p": int(attrs["p"])} if "p" in attrs else {}
            version = later
    return version, dataclasses.replace(case, inputs=inputs, attrs=attrs)
