#!/usr/bin/env python3
"""An infinite or huge pixel reaches the results whose window holds it: no others with --accuracy exact, with default those of its tile.

exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

SIZE, TILE, AT = 28, 6, 13


def model(path, side, rng):
    w = rng.standard_normal((32, 32, side, side)).astype(np.float32)
    node = h.make_node("Conv", ["x", "w"], ["y"], pads=[side // 2] * 4)
    graph = h.make_graph([node], "g", [h.make_tensor_value_info("x", T.FLOAT, [1, 32, SIZE, SIZE])],
                         [h.make_tensor_value_info("y", T.FLOAT, None)], [numpy_helper.from_array(w, "w")])
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8), path)


def reach(path, x, odd, accuracy):
    """How far from the odd pixel a result is not what it is without it, by more than rounding."""
    y = command.infer(path, {"x": x}, ["y"], "--accuracy", accuracy)["y"]
    spoilt = x.copy()
    spoilt[0, 3, AT, AT] = odd
    with np.errstate(invalid="ignore"):
        off = ~(np.abs(command.infer(path, {"x": spoilt}, ["y"], "--accuracy", accuracy)["y"] - y) < 1e-3)
    rows, columns = np.nonzero(off.any((0, 1)))
    return max(np.abs(rows - AT).max(), np.abs(columns - AT).max())


def main():
    rng, failed = np.random.default_rng(2), 0
    x = rng.standard_normal((1, 32, SIZE, SIZE)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "m.onnx")
        for side in (3, 5):
            model(path, side, rng)
            for odd in (np.inf, np.nan, 1e30):
                exact, default = reach(path, x, odd, "exact"), reach(path, x, odd, "default")
                if exact != side // 2 or default > side // 2 + TILE:
                    failed += 1
                    print(f"{odd} in a window of {side}: reaches {exact} pixels with exact, {default} with default")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
