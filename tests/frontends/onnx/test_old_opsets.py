#!/usr/bin/env python3
"""Operators as older opsets have them, run through the command and compared with numpy.

exit 77 (skipped) without `onnx`, numpy or the command
"""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    from onnx import TensorProto as T
    from onnx import helper as h
    from onnx import numpy_helper
except ImportError:
    sys.exit(77)

SARD = os.environ.get("SARD", "")
rng = np.random.default_rng(7)


def f32(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def softmax(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def flat_softmax(x, axis):
    rows = x.reshape(int(np.prod(x.shape[:axis])), -1)
    return softmax(rows, 1).reshape(x.shape)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def affine_grid(theta, size, corners):
    axes = [np.linspace(-1, 1, n) if corners and n > 1 else (2 * np.arange(n) + 1) / n - 1 for n in size]
    places = np.stack([*np.meshgrid(*axes, indexing="ij")[::-1], np.ones(size)], -1)
    return np.einsum("hwk,nck->nhwc", places, theta)


X = f32(2, 6, 4, 5)
THETA = f32(2, 2, 3)
C = f32(6)
IMAGE = f32(6, 4, 5)
MEAN, VARIANCE = X.mean((0, 2, 3), keepdims=True), X.var((0, 2, 3), keepdims=True)
ROW = f32(3, 4)
COUNT = np.arange(24, dtype=np.float32).reshape(1, 1, 4, 6)
SUM = ROW * 3 + C[2:]
I8 = rng.integers(-100, 100, (2, 6, 4, 4)).astype(np.int8)


def init(name, value):
    return numpy_helper.from_array(np.asarray(value), name)


def q(scale, zero=3):
    return np.float32(scale), np.int8(zero)


def dequantize(x, scale, zero):
    return (x.astype(np.float32) - zero) * scale


def quantize(x, scale, zero):
    return np.clip(np.rint(x / scale) + zero, -128, 127).astype(np.int8)


# opset, operator, inputs (the first is the model's, the others constants; None is left out), attributes, expected (None: not wanted)
# an operator "com.microsoft:Name" is of that domain
CASES = [
    (6, "Add", [X, C], dict(broadcast=1, axis=1), X + C[:, None, None]),
    (6, "Mul", [X, X[0, 0]], dict(broadcast=1), X * X[0, 0]),
    (6, "Sub", [X, f32(4) * 0 + 2], dict(broadcast=1, axis=-2), X - 2),
    (6, "Div", [X, X + 9], {}, X / (X + 9)),
    (1, "Relu", [X], dict(consumed_inputs=[0]), np.maximum(X, 0)),
    (6, "PRelu", [X, C], {}, np.where(X < 0, X * C[:, None, None], X)),
    (6, "Clip", [X], dict(min=-0.5), np.maximum(X, np.float32(-0.5))),
    (6, "Clip", [X], dict(min=0.0, max=0.5), np.clip(X, 0, 0.5)),
    (6, "Clip", [X.astype(np.float64)], dict(max=0.5), np.minimum(X.astype(np.float64), 0.5)),
    (6, "Clip", [X], {}, X),
    (1, "Pad", [ROW], dict(paddings=[0, 1, 2, 0], value=1.5), np.pad(ROW, ((0, 2), (1, 0)), constant_values=1.5)),
    (9, "Pad", [ROW], dict(pads=[0, 1, 0, 1], mode="reflect"), np.pad(ROW, ((0, 0), (1, 1)), mode="reflect")),
    (9, "Slice", [ROW], dict(starts=[1, -3], ends=[9, -1]), ROW[1:, -3:-1]),
    (9, "Slice", [ROW], dict(starts=[1], ends=[3], axes=[1]), ROW[:, 1:3]),
    (11, "Squeeze", [X[:1, :, :1]], dict(axes=[0, 2]), X[0, :, 0]),
    (11, "Unsqueeze", [ROW], dict(axes=[0, -1]), ROW[None, :, :, None]),
    (12, "ReduceSum", [X], dict(axes=[1, 3], keepdims=0), X.sum((1, 3))),
    (13, "ReduceMean", [X], dict(axes=[-1]), X.mean(-1, keepdims=True)),
    (13, "ReduceMax", [X], {}, X.max(keepdims=True)),
    (11, "Split", [X], dict(axis=1, split=[2, 4]), [X[:, :2], X[:, 2:]]),
    (13, "Split", [X], dict(axis=1), [X[:, :3], X[:, 3:]]),
    (9, "TopK", [ROW], dict(k=2), [-np.sort(-ROW)[:, :2], np.argsort(-ROW)[:, :2]]),
    (4, "Reshape", [X], dict(shape=[2, -1]), X.reshape(2, -1)),
    (1, "Tile", [ROW, np.float32(3), np.float32(1)], {}, np.tile(ROW, (1, 3))),
    (5, "Cast", [X], dict(to="INT32"), X.astype(np.int32)),
    (1, "Concat", [X, X], {}, np.concatenate([X, X], 1)),
    (6, "Dropout", [X], dict(ratio=0.3, is_test=1), X),
    (11, "Dropout", [X], dict(ratio=0.3), X),
    (6, "Gemm", [ROW, f32(4, 2) * 0 + 1, C[:2]], dict(broadcast=1), ROW.sum(1, keepdims=True) + C[:2]),
    (6, "BatchNormalization", [X, C, C, C, C * C + 1], dict(is_test=1, spatial=1, epsilon=0.1),
     (X - C[:, None, None]) / np.sqrt(C * C + 1.1)[:, None, None] * C[:, None, None] + C[:, None, None]),
    (6, "BatchNormalization", [X, IMAGE, IMAGE, IMAGE, IMAGE * IMAGE + 1], dict(is_test=1, spatial=0),
     (X - IMAGE) / np.sqrt(IMAGE * IMAGE + 1 + 1e-5) * IMAGE + IMAGE),
    (9, "BatchNormalization", [X, C, C, C, C * C + 1], dict(epsilon=0.1, momentum=0.75),
     [(X - MEAN) / np.sqrt(VARIANCE + 0.1) * C[:, None, None] + C[:, None, None], 0.75 * C + 0.25 * MEAN.ravel(),
      0.75 * (C * C + 1) + 0.25 * VARIANCE.ravel(), MEAN.ravel(), VARIANCE.ravel()]),
    (13, "BatchNormalization", [X, C, C, C, C * C + 1], {},
     [(X - MEAN) / np.sqrt(VARIANCE + 1e-5) * C[:, None, None] + C[:, None, None], None, 0.9 * (C * C + 1) + 0.1 * VARIANCE.ravel()]),
    (8, "Dropout", [X], dict(ratio=0.3), [X, X * 0]),
    (10, "Dropout", [X], {}, [X, X > 99]),
    (17, "SimplifiedLayerNormalization", [ROW, C[:4]], dict(epsilon=0.1), ROW / np.sqrt((ROW * ROW).mean(1, keepdims=True) + 0.1) * C[:4]),
    (12, "Softmax", [X], {}, flat_softmax(X, 1)),
    (12, "Softmax", [X], dict(axis=3), softmax(X, 3)),
    (12, "Softmax", [X], dict(axis=2), flat_softmax(X, 2)),
    (12, "Softmax", [X[:, :, :1, :1]], dict(axis=1), softmax(X[:, :, :1, :1], 1)),
    (11, "LogSoftmax", [X], dict(axis=1), np.log(flat_softmax(X, 1))),
    (11, "Hardmax", [X], {}, (X.reshape(2, -1) == X.reshape(2, -1).max(1, keepdims=True)).astype(np.float32).reshape(X.shape)),
    (6, "Upsample", [X], dict(height_scale=2.0, width_scale=3.0), X.repeat(2, 2).repeat(3, 3)),
    (8, "Upsample", [X], dict(scales=[1.0, 1.0, 2.0, 2.0]), X.repeat(2, 2).repeat(2, 3)),
    (9, "Upsample", [X, np.float32([1, 1, 3, 1])], dict(mode="nearest"), X.repeat(3, 2)),
    (9, "Upsample", [np.float32([[[[0, 2]]]]), np.float32([1, 1, 1, 2])], dict(mode="linear"), np.float32([[[[0, 1, 2, 2]]]])),
    (10, "Resize", [X, np.float32([1, 1, 2, 2])], {}, X.repeat(2, 2).repeat(2, 3)),
    (10, "Resize", [np.float32([[[[1, 2, 3, 4]]]]), np.float32([1, 1, 1, 0.6])], {}, np.float32([[[[1, 3]]]])),
    (10, "Resize", [COUNT, np.float32([1, 1, 0.5, 2.5])], {}, COUNT[:, :, [0, 2]][..., [0, 0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 5, 5]]),
    (11, "Resize", [COUNT, np.float32([]), np.float32([]), np.int64([1, 1, 6, 7])],
     dict(coordinate_transformation_mode="tf_half_pixel_for_nn", nearest_mode="floor"), COUNT[:, :, [0, 1, 1, 2, 3, 3]][..., [0, 1, 2, 3, 3, 4, 5]]),
    (12, "Resize", [COUNT, np.float32([]), np.float32([1, 1, 1, 0.5])], dict(coordinate_transformation_mode="tf_half_pixel_for_nn"),
     COUNT[..., [1, 3, 5]]),
    (12, "Resize", [COUNT, np.float32([]), np.float32([1, 1, 1, 0.5])], dict(coordinate_transformation_mode="tf_half_pixel_for_nn", mode="linear"),
     COUNT[..., [1, 3, 5]]),
    (11, "Resize", [X, np.float32([]), np.float32([]), np.int64([2, 6, 8, 5])], dict(coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
     X.repeat(2, 2)),
    (18, "GroupNormalization", [X, np.float32([2, 3]), np.float32([0, 1])], dict(num_groups=2),
     (((g := X.reshape(2, 2, -1)) - g.mean(2, keepdims=True)) / np.sqrt(g.var(2, keepdims=True) + 1e-5) * np.float32([[2], [3]])
      + np.float32([[0], [1]])).reshape(X.shape)),
    (9, "Scatter", [ROW, np.int64([[0, 2]]), np.float32([[7, 8]])], dict(axis=1), np.float32([[7, ROW[0, 1], 8, ROW[0, 3]], ROW[1], ROW[2]])),
    (1, "GlobalLpPool", [X], dict(p=2.0), np.sqrt((X * X).sum((2, 3), keepdims=True))),
    (1, "Selu", [ROW], {}, np.float32(1.0507) * np.where(ROW > 0, ROW, np.float32(1.6732) * (np.exp(ROW) - 1))),
    (1, "Affine", [ROW], dict(alpha=2.0, beta=-1.0), 2 * ROW - 1),
    (1, "ScaledTanh", [ROW], dict(alpha=2.0, beta=0.5), 2 * np.tanh(0.5 * ROW)),
    (1, "ParametricSoftplus", [ROW], dict(alpha=2.0, beta=0.5), 2 * np.log(np.exp(0.5 * ROW) + 1)),
    (1, "ImageScaler", [X], dict(scale=2.0, bias=[float(c) for c in C]), 2 * X + C[:, None, None]),
    (1, "Crop", [X], dict(border=[1, 0, 1, 2]), X[:, :, :2, 1:4]),
    (1, "Crop", [X], dict(border=[1, 2, 0, 0], scale=[2, 3]), X[:, :, 2:4, 1:4]),
    (1, "DynamicSlice", [ROW, np.int64([1]), np.int64([3]), np.int64([1])], {}, ROW[:, 1:3]),
    (1, "MeanVarianceNormalization", [X], {}, (X - X.mean((2, 3), keepdims=True)) / X.std((2, 3), keepdims=True)),
    (1, "ConstantFill", [ROW], dict(value=2.5), np.full((3, 4), 2.5, np.float32)),
    (16, "GridSample", [np.float32([[[[1, 3]]]]), np.float32([[[[0, 0]]]])], dict(mode="bilinear", align_corners=1), np.float32([[[[2]]]])),
    (28, "SwiGLU", [ROW, ROW + 1], dict(alpha=0.5), ROW * sigmoid(0.5 * ROW) * (ROW + 1)),
    (20, "AffineGrid", [THETA, np.int64([2, 3, 4, 5])], {}, affine_grid(THETA, (4, 5), False)),
    (20, "AffineGrid", [THETA, np.int64([2, 3, 1, 5])], dict(align_corners=1), affine_grid(THETA, (1, 5), True)),
    (12, "com.microsoft:FusedConv", [X, f32(2, 6, 1, 1) * 0 + 1, C[:2]], dict(activation="Clip", activation_params=[0.0, 1.0], kernel_shape=[1, 1]),
     np.clip(X.sum(1, keepdims=True) + C[:2, None, None], 0, 1)),
    (12, "com.microsoft:FusedConv", [X, f32(1, 6, 1, 1) * 0 + 1, None, X[:, :1]], dict(activation="LeakyRelu", activation_params=[0.1]),
     (lambda s: np.where(s < 0, np.float32(0.1) * s, s))(X.sum(1, keepdims=True) + X[:, :1])),
    (12, "com.microsoft:FusedGemm", [ROW, f32(4, 2) * 0 + 1, C[:2]], dict(activation="LeakyRelu", activation_alpha=0.2, alpha=2.0),
     (lambda s: np.where(s < 0, np.float32(0.2) * s, s))(2 * ROW.sum(1, keepdims=True) + C[:2])),
    (12, "com.microsoft:FusedMatMul", [ROW, ROW], dict(transB=1, alpha=0.5), 0.5 * ROW @ ROW.T),
    (12, "com.microsoft:SkipLayerNormalization", [ROW, ROW * 2, C[:4], C[1:5], C[2:]], dict(epsilon=0.1),
     [(lambda s: (s - s.mean(1, keepdims=True)) / np.sqrt(s.var(1, keepdims=True) + 0.1) * C[:4] + C[1:5])(SUM), None, None, SUM]),
    (12, "com.microsoft:QLinearAdd", [I8, *q(.02), I8, *q(.03, -7), *q(.06, 1)], {},
     quantize(dequantize(I8, .02, 3) + dequantize(I8, .03, -7), .06, 1)),
    (12, "com.microsoft:QLinearAdd", [I8, *q(.02), I8, *q(.03, -7), np.float32(.06)], {},
     quantize(dequantize(I8, .02, 3) + dequantize(I8, .03, -7), .06, 0)),
    (12, "com.microsoft:QLinearMul", [I8, *q(.02), I8, *q(.03, -7), np.float32(.06)], {},
     quantize(dequantize(I8, .02, 3) * dequantize(I8, .03, -7), .06, 0)),
    (12, "com.microsoft:QLinearLeakyRelu", [I8, *q(.02), np.float32(.02)], dict(alpha=.5),
     quantize((lambda x: np.where(x < 0, x * .5, x))(dequantize(I8, .02, 3)), .02, 0)),
    (12, "com.microsoft:QLinearSigmoid", [I8, *q(.02), np.float32(1 / 256)], {}, quantize(sigmoid(dequantize(I8, .02, 3)), 1 / 256, 0)),
    (12, "com.microsoft:QLinearReduceMean", [I8, *q(.02), np.float32(.02)], dict(axes=[2], keepdims=0), quantize(dequantize(I8, .02, 3).mean(2), .02, 0)),
    (12, "com.microsoft:QLinearAveragePool", [I8, *q(.02), np.float32(.02)], dict(kernel_shape=[2, 2], strides=[2, 2]),
     quantize(dequantize(I8, .02, 3).reshape(2, 6, 2, 2, 2, 2).mean((3, 5)), .02, 0)),
    (12, "com.microsoft:QLinearMul", [I8, *q(.02), I8, *q(.03, -7), *q(.06, 1)], {},
     quantize(dequantize(I8, .02, 3) * dequantize(I8, .03, -7), .06, 1)),
    (12, "com.microsoft:QLinearAveragePool", [I8, *q(.02), *q(.02, 1)], dict(kernel_shape=[2, 2], strides=[2, 2]),
     quantize(dequantize(I8, .02, 3).reshape(2, 6, 2, 2, 2, 2).mean((3, 5)), .02, 1)),
    (12, "com.microsoft:QLinearAveragePool", [I8.transpose(0, 2, 3, 1), *q(.02), *q(.02, 1)], dict(kernel_shape=[2, 2], strides=[2, 2], channels_last=1),
     quantize(dequantize(I8, .02, 3).reshape(2, 6, 2, 2, 2, 2).mean((3, 5)), .02, 1).transpose(0, 2, 3, 1)),
    (12, "com.microsoft:NhwcMaxPool", [I8.transpose(0, 2, 3, 1)], dict(kernel_shape=[2, 2], strides=[2, 2]),
     I8.reshape(2, 6, 2, 2, 2, 2).max((3, 5)).transpose(0, 2, 3, 1)),
    (12, "com.microsoft:QLinearGlobalAveragePool", [I8, *q(.02), *q(.02, 1)], {}, quantize(dequantize(I8, .02, 3).mean((2, 3), keepdims=True), .02, 1)),
    (12, "com.microsoft:QLinearSigmoid", [I8, *q(.02), *q(1 / 256, -128)], {}, quantize(sigmoid(dequantize(I8, .02, 3)), 1 / 256, -128)),
    (12, "com.microsoft:QLinearLeakyRelu", [I8, *q(.02), *q(.02, 1)], dict(alpha=.5),
     quantize((lambda x: np.where(x < 0, x * .5, x))(dequantize(I8, .02, 3)), .02, 1)),
    (12, "com.microsoft:QLinearSoftmax", [I8, *q(.02), *q(1 / 256, -128)], dict(axis=1, opset=12), quantize(flat_softmax(dequantize(I8, .02, 3), 1), 1 / 256, -128)),
    (12, "com.microsoft:QLinearReduceMean", [I8, *q(.02), *q(.02, 1)], dict(axes=[2], keepdims=0), quantize(dequantize(I8, .02, 3).mean(2), .02, 1)),
]


def write(path, opset, op, inputs, attrs, outputs):
    domain, _, name = op.rpartition(":")
    names = [f"i{k}" if v is not None else "" for k, v in enumerate(inputs)]
    node = h.make_node(name, names, [f"y{k}" if k in outputs else "" for k in range(max(outputs) + 1)], domain=domain, **attrs)
    first = np.asarray(inputs[0])
    graph = h.make_graph([node], "g", [h.make_tensor_value_info("i0", h.np_dtype_to_tensor_dtype(first.dtype), first.shape)],
                         [h.make_tensor_value_info(f"y{k}", T.UNDEFINED, None) for k in outputs],
                         [init(f"i{k}", v) for k, v in enumerate(inputs) if k and v is not None])
    opsets = [h.make_opsetid("", opset)] + ([h.make_opsetid(domain, 1)] if domain else [])
    onnx.save(h.make_model(graph, opset_imports=opsets, ir_version=4 if opset < 11 else 8), path)


def run(folder, case):
    opset, op, inputs, attrs, expected = case
    expected = expected if isinstance(expected, list) else [expected]
    model = os.path.join(folder, "m.onnx")
    wanted = [k for k, v in enumerate(expected) if v is not None]
    write(model, opset, op, inputs, attrs, wanted)
    np.save(os.path.join(folder, "x.npy"), inputs[0])
    args = [SARD, "run", model, "--input", f"i0={folder}/x.npy"]
    for k in wanted:
        args += ["--output", f"y{k}={folder}/{k}.npy"]
    done = subprocess.run(args, capture_output=True, text=True, timeout=60)
    if done.returncode:
        return done.stderr.strip()
    for k in wanted:
        got, want = np.load(os.path.join(folder, f"{k}.npy")), np.asarray(expected[k])
        if got.shape != want.shape:
            return f"shape {got.shape}, not {want.shape}"
        if got.dtype != want.dtype and want.dtype in (np.int8, np.int32, bool):
            return f"{got.dtype}, not {want.dtype}"
        # quantised results may be off by one step where the float lies between two
        if not np.allclose(got, want, rtol=1e-4, atol=1 if want.dtype == np.int8 else 1e-5):
            return f"differs by {np.abs(got.astype(np.float64) - want).max()}"
    return None


def main():
    if not os.path.exists(SARD):
        return 77
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            why = run(folder, case)
            if why:
                failed += 1
                print(f"{case[1]} of opset {case[0]} {case[3]}: {why}")
    print(f"{len(CASES)} cases, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
