#!/usr/bin/env python3
"""Chains of two Casts between all types, of numbers at the ends of their types: merged or not, they give the same bits.

usage: test_casts.py      SARD is the command; exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx
from onnx import TensorProto, helper

T = TensorProto
TYPES = [T.BOOL, T.UINT8, T.INT8, T.UINT16, T.INT16, T.UINT32, T.INT32, T.UINT64, T.INT64, T.FLOAT16, T.BFLOAT16, T.FLOAT, T.DOUBLE, T.STRING]
WHOLE = [0, 1, -1, 3, 127, 128, -128, 255, 256, 257, 2049, 32767, -32768, 65535, 65536, 2**24 + 1, 2**31 - 1, -(2**31), 2**32 - 1, 2**53 + 1, 2**63 - 1]
BROKEN = [0.1, -0.1, 1.5, -2.75, 1e-7, 65519.0, 3e38, 1e300, -0.0, np.inf, -np.inf, np.nan]


def elements(dtype):
    if dtype == T.STRING:
        return np.array(["1", "0", "200"], dtype=object)
    kind = np.dtype("f4") if dtype == T.BFLOAT16 else helper.tensor_dtype_to_np_dtype(dtype)
    with np.errstate(all="ignore"):
        return np.array(WHOLE if kind.kind in "iub" else WHOLE + BROKEN).astype(kind)


def main():
    wrong = []
    for start in TYPES:
        x = elements(start)
        nodes, outputs = [], []
        first = "x"
        if start == T.BFLOAT16:  # files of arrays have none
            nodes.append(helper.make_node("Cast", ["x"], ["h"], to=start))
            first = "h"
        for by in TYPES:
            nodes.append(helper.make_node("Cast", [first], [f"b{by}"], to=by))
            for to in TYPES if by != T.STRING else [T.STRING]:
                name = f"{T.DataType.Name(start)} {T.DataType.Name(by)} {T.DataType.Name(to)}".replace(" ", "_")
                nodes.append(helper.make_node("Cast", [f"b{by}"], [name], to=to))
                if to != T.BFLOAT16:
                    outputs.append((name, to))
        info = [helper.make_tensor_value_info("x", T.FLOAT if start == T.BFLOAT16 else start, x.shape)]
        graph = helper.make_graph(nodes, "g", info, [helper.make_tensor_value_info(n, t, x.shape) for n, t in outputs])
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.onnx")
            onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
            want, have = (command.infer(path, {"x": x}, [n for n, _ in outputs], "--backend", "reference", o) for o in ("-O0", "-O2"))
        wrong += [n for n in want if want[n].dtype != have[n].dtype or not np.array_equal(want[n], have[n], equal_nan=want[n].dtype.kind == "f")]
    print("\n".join(wrong) or "all the same")
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main())
