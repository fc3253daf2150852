"""Random nodes of each operator in each version of its history: numbers, axes, shapes, places."""
import numpy as np
import onnx
from onnx import TensorProto as T
from opset_random import Case, generator, ints

# ---- one number at a time ----

DOMAINS = {"Acos": (-0.9, 0.9), "Asin": (-0.9, 0.9), "Atanh": (-0.9, 0.9), "Acosh": (1.1, 4), "Log": (0.1, 4), "Sqrt": (0.1, 4), "Reciprocal": (0.5, 3)}


@generator("Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Cos", "Cosh", "Erf", "Exp", "Floor", "HardSwish", "Log", "Mish",
           "Neg", "Reciprocal", "Relu", "Round", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Tan", "Tanh")
def unary(r, v, op):
    kind = r.kind(op != "Erf")  # opset 9 admits integers there, of which nothing can be meant
    return Case([r.array(r.shape(), kind, *DOMAINS.get(op, (-2, 2)))])


@generator("Celu", "Elu", "LeakyRelu", "Swish", "ThresholdedRelu")
def with_alpha(r, v, op):
    return Case([r.array(r.shape(), r.kind(False))], r.some(alpha=r.int(1, 8) / 8))


@generator("HardSigmoid", "Selu", "Shrink", "Gelu")
def with_two(r, v, op):
    names = {"HardSigmoid": ("alpha", "beta"), "Selu": ("alpha", "gamma"), "Shrink": ("lambd", "bias"), "Gelu": ()}[op]
    attrs = r.some(**{name: r.int(1, 12) / 8 for name in names})
    return Case([r.array(r.shape(), r.kind(False))], {"approximate": "tanh"} if op == "Gelu" and r.flag() else attrs)


@generator("BitwiseNot", "Not")
def flipped(r, v, op):
    return Case([r.array(r.shape(), bool if op == "Not" else r.kind())])


@generator("IsInf", "IsNaN")
def strange(r, v, op):
    x = r.array(r.shape(), r.kind(False))
    x[r.rng.random(x.shape) < 0.3] = r.one(np.inf, -np.inf, np.nan)
    return Case([x], r.some(detect_negative=0, detect_positive=0) if op == "IsInf" else {})


@generator("Clip")
def clip(r, v, op):
    x, low, high = r.array(r.shape(), r.kind(v >= 12), -3, 3), -1, 1
    if v < 11:
        return Case([x], r.some(min=float(low), max=float(high)))
    return Case([x, r.one(None, np.array(low if x.dtype.kind != "u" else 2, x.dtype)), r.one(None, np.array(4, x.dtype))])


@generator("Cast")
def cast(r, v, op):
    to = r.one(T.FLOAT, T.DOUBLE, T.INT32, T.INT64, T.BOOL, T.FLOAT16)
    return Case([r.array(r.shape(), r.kind())], {"to": T.DataType.Name(to) if v < 6 else to})


@generator("CastLike")
def cast_like(r, v, op):
    return Case([r.array(r.shape(), r.kind()), np.zeros(2, r.one(np.float32, np.float64, np.int32, np.int64, bool))])


@generator("BitCast")
def bit_cast(r, v, op):
    return Case([r.array(r.shape(), np.float32)], {"to": r.one(T.INT32, T.UINT32)})


@generator("Dropout")
def dropout(r, v, op):
    attrs = {} if v >= 12 else r.some(ratio=0.25) | ({"is_test": 1} if v < 7 else {})
    return Case([r.array(r.shape(), r.kind(False))], attrs, outputs=1 if v < 7 else r.int(1, 2))


@generator("Identity", "Shape", "Size", "NonZero")
def any_tensor(r, v, op):
    attrs = r.some(start=r.int(-2, 1), end=r.int(-1, 3)) if op == "Shape" and v >= 15 else {}
    return Case([r.array(r.shape(), r.kind())], attrs)


# ---- two or more operands ----

def operands(r, v, kind, count=2):
    """Broadcast by the rules of the version. Returns (arrays, attributes)."""
    shape = r.shape()
    first = r.array(shape, kind)
    if v >= 7:
        others = [tuple(d if r.flag() else 1 for d in shape)[r.int(0, len(shape)):] for _ in range(count - 1)]
        return [first] + [r.array(s, kind) for s in others], {}
    if not r.flag():
        return [first] + [r.array(shape, kind) for _ in range(count - 1)], {}
    start = r.int(0, len(shape) - 1)
    end = r.int(start + 1, len(shape))
    return [first, r.array(shape[start:end], kind)], {"broadcast": 1} | ({} if end == len(shape) and r.flag() else {"axis": start})


@generator("Add", "Div", "Mul", "Sub", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "PRelu")
def binary(r, v, op):
    kind = r.kind()
    if op == "PRelu":
        x = r.array(r.shape(r.int(2, 4)), r.kind(v >= 9))
        many = (x.shape[1],) + (1,) * (x.ndim - 2)
        return Case([x, r.array((x.shape[1],) if v < 7 else r.one(many, (1,), x.shape), x.dtype)])
    (a, b), attrs = operands(r, v, kind)
    if op == "Div":
        b[b == 0] = 1
        b = np.where(np.abs(b) < 0.3, 1, b).astype(kind)
    return Case([a, b], attrs)


@generator("And", "Or", "Xor", "BitwiseAnd", "BitwiseOr", "BitwiseXor")
def logic(r, v, op):
    both, attrs = operands(r, v, r.kind() if op.startswith("Bit") else bool)
    return Case(both, attrs)


@generator("BitShift")
def shift(r, v, op):
    kind = np.uint8 if v < 28 or r.flag() else np.int32
    return Case([r.array((3, 4), kind), r.ints((4,), 0, 6, kind)], {"direction": r.one("LEFT", "RIGHT")})


@generator("Mod")
def mod(r, v, op):
    (a, b), _ = operands(r, 7, r.kind())
    b = np.where(np.abs(b) < 0.3, 1, b).astype(b.dtype)
    return Case([a, b], {"fmod": 1} if a.dtype.kind == "f" else r.some(fmod=1))


@generator("Pow")
def power(r, v, op):
    (a, b), attrs = operands(r, v, r.kind(v >= 12))
    return Case([(np.abs(a) + 1).astype(a.dtype), np.abs(b).astype(a.dtype) if a.dtype.kind != "f" else b], attrs)


@generator("Max", "Mean", "Min", "Sum")
def variadic(r, v, op):
    kind, count = r.kind(v >= 12 and op in ("Max", "Min")), r.int(1, 3)
    if v >= 8:
        return Case(operands(r, 7, kind, count)[0])
    shape = r.shape()
    return Case([r.array(shape, kind) for _ in range(count)])


@generator("Where")
def where(r, v, op):
    (c, x, y), _ = operands(r, 7, r.kind(), 3)
    return Case([c > 0, x, y])


@generator("Gemm")
def gemm(r, v, op):
    m, k, n, kind = r.int(1, 4), r.int(1, 4), r.int(1, 4), r.kind(v >= 9)
    attrs = r.some(alpha=0.5, beta=2.0, transA=1, transB=1)
    c = r.array(r.one((m, n), (n,), (1, n)), kind)
    if v < 7 and c.shape != (m, n):
        attrs["broadcast"] = 1
    inputs = [r.array((k, m) if "transA" in attrs else (m, k), kind), r.array((n, k) if "transB" in attrs else (k, n), kind), c]
    return Case(inputs[:2] if v >= 11 and r.flag() else inputs, attrs)


@generator("MatMul", "MatMulInteger", "QLinearMatMul")
def matmul(r, v, op):
    batch, m, k, n = r.shape(r.int(0, 2)), r.int(1, 4), r.int(1, 4), r.int(1, 4)
    if op == "MatMul":
        kind = r.kind(v >= 9)
        return Case([r.array(batch + (m, k), kind), r.array(r.one(batch, ()) + (k, n), kind)])
    a, b = r.ints(batch + (m, k), 0, 255, np.uint8), r.ints((k, n), 0, 255, np.uint8)
    if op == "MatMulInteger":
        return Case([a, b] + r.one([], [np.uint8(3)], [np.uint8(3), np.uint8(100)]))
    return Case([a, np.float32(0.013), np.uint8(7), b, np.float32(0.017), np.uint8(90), np.float32(0.37), np.uint8(128)])


@generator("Einsum")
def einsum(r, v, op):
    return Case([r.array((2, 3, 4)), r.array((2, 4, 5))], {"equation": r.one("bij,bjk->bik", "bij,bjk", "bij, bjk -> ik", "bij,bjk->")})


# ---- along axes ----

@generator("ArgMax", "ArgMin")
def arg(r, v, op):
    x = r.array(r.shape(), r.kind())
    return Case([x], r.some(axis=r.axis(x.ndim, v), keepdims=0) | ({"select_last_index": r.flag()} if v >= 12 else {}))


@generator("ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "ReduceSumSquare")
def reduce(r, v, op):
    x, attrs = r.array(r.shape(), r.kind(op in ("ReduceMax", "ReduceMin", "ReduceSum")), 0.2, 2), r.some(keepdims=0)
    axes, late = r.axes(x.ndim, v), v >= (13 if op == "ReduceSum" else 18)
    if not r.flag():
        return Case([x], attrs | (r.some(noop_with_empty_axes=1) if late else {}))
    return Case([x, ints(*axes)], attrs) if late else Case([x], attrs | {"axes": axes})


@generator("Softmax", "LogSoftmax", "Hardmax")
def softmax(r, v, op):
    x = r.array(r.shape(), r.kind(False))
    return Case([x], r.some(axis=r.axis(x.ndim, v)) if x.ndim > 1 else {"axis": 0})


@generator("CumSum", "CumProd")
def cumulate(r, v, op):
    x = r.array(r.shape(), r.kind())
    return Case([x, np.array(r.axis(x.ndim, 11), r.one(np.int32, np.int64))], r.some(exclusive=1, reverse=1))


@generator("LpNormalization", "MeanVarianceNormalization")
def normalise_axes(r, v, op):
    x = r.array(r.shape(4), r.kind(False))
    return Case([x], r.some(axis=r.axis(4, 11), p=r.int(1, 2)) if op == "LpNormalization" else r.some(axes=[0, 2, 3]))


@generator("TopK")
def top_k(r, v, op):
    x = r.rng.permutation(60).reshape(3, 4, 5).astype(r.kind(v >= 11))
    axis = r.axis(3, v)
    attrs, k = r.some(axis=axis) | (r.some(largest=0) if v >= 11 else {}), r.int(1, 3)
    return Case([x], attrs | {"k": k}, 2) if v < 10 else Case([x, ints(k)], attrs, 2)


@generator("Unique")
def unique(r, v, op):
    return Case([r.array((3, 4), r.kind()).round()], r.some(axis=r.axis(2, 11), sorted=r.flag()) if r.flag() else {"sorted": 1}, r.int(1, 4))


# ---- shapes ----

@generator("Concat")
def concat(r, v, op):
    shape, kind = r.shape(r.int(2, 4)), r.kind()
    axis = 1 if v < 4 and r.flag() else r.axis(len(shape), v)
    parts = [shape[:axis % len(shape)] + (r.int(1, 3),) + shape[axis % len(shape) + 1:] for _ in range(r.int(1, 3))]
    return Case([r.array(s, kind) for s in parts], {} if v < 4 and axis == 1 and r.flag() else {"axis": axis})


@generator("Split")
def split(r, v, op):
    x, axis = r.array((4, 6, 2), r.kind()), r.one(0, 1)
    sizes = r.one([2, 2] if axis == 0 else [3, 3], [1, 3] if axis == 0 else [2, 4])
    attrs = {"axis": axis} if axis or r.flag() else {}
    if len(set(sizes)) == 1 and r.flag():
        return Case([x], attrs | ({"num_outputs": 2} if v >= 18 else {}), 2)
    if 2 <= v < 13 or (v == 1 and r.flag()):
        return Case([x], attrs | {"split": sizes}, 2)
    return Case([x, np.array(sizes, x.dtype if v == 1 else np.int64)], attrs, 2, const=(1,) if v == 1 else ())


@generator("Reshape", "Expand", "Tile")
def sized(r, v, op):
    x = r.array((2, 3, 4), r.kind())
    if op == "Expand":
        return Case([x, ints(*r.one((2, 3, 4), (5, 1, 3, 1), (1,)))])
    if op == "Tile":
        return Case([x, np.array(2, x.dtype), np.array(r.int(0, 2), x.dtype)], const=(1, 2)) if v < 6 else Case([x, r.ints(3, 1, 3)])
    shape = r.one([0, -1], [4, 6], [-1], [2, 0, 2, 2])
    return Case([x], {"shape": shape}) if v < 5 else Case([x, ints(*shape)])


@generator("Squeeze", "Unsqueeze")
def squeeze(r, v, op):
    axes = r.one([0], [0, 2] if v < 11 else [0, -2])
    x = r.array((1, 3, 1, 2) if op == "Squeeze" else (3, 2), r.kind())
    return Case([x, ints(*axes)]) if v >= 13 else Case([x], {"axes": axes})


@generator("Flatten", "Transpose")
def plain_shape(r, v, op):
    x = r.array(r.shape(), r.kind())
    if op == "Flatten":
        return Case([x], r.some(axis=r.axis(x.ndim, v)) if x.ndim > 1 else {"axis": 0})
    return Case([x], r.some(perm=[int(p) for p in r.rng.permutation(x.ndim)]))


@generator("Slice")
def slices(r, v, op):
    x, starts, ends, axes = r.array((5, 6), r.kind()), r.one([1, -4], [0, 2]), r.one([4, -1], [99, 5]), r.one(None, [1, 0])
    if v < 10:
        return Case([x], {"starts": starts, "ends": ends} | ({"axes": axes} if axes else {}))
    steps = ints(r.int(1, 2), r.int(1, 3)) if axes and r.flag() else None
    return Case([x, ints(*starts), ints(*ends)] + ([ints(*axes)] if axes else []) + ([steps] if steps is not None else []))


@generator("Pad")
def pad(r, v, op):
    x, mode = r.array((4, 5), r.kind(v >= 11)), r.one("constant", "reflect", "edge", *(["wrap"] if v >= 19 else []))
    pads, value = [int(p) for p in r.ints(4, 0 if v < 2 else -1, 2)], r.one(None, 1.5)
    attrs = {} if mode == "constant" and r.flag() else {"mode": mode}
    if mode != "constant":
        pads = [abs(p) for p in pads]
    if v < 11:
        return Case([x], attrs | {"paddings" if v < 2 else "pads": pads} | ({} if value is None else {"value": value}))
    return Case([x, ints(*pads)] + ([] if value is None or mode != "constant" else [np.array(value, x.dtype)]), attrs)


@generator("DepthToSpace", "SpaceToDepth")
def blocks(r, v, op):
    late = v >= 28 or (op == "DepthToSpace" and v >= 11)
    return Case([r.array((2, 8, 4, 6), r.kind())], {"blocksize": 2} | ({"mode": r.one("DCR", "CRD")} if late and r.flag() else {}))


@generator("CenterCropPad", "Trilu", "EyeLike", "Compress", "ReverseSequence", "OneHot", "ConstantOfShape", "Range", "Constant")
def made(r, v, op):
    x = r.array((4, 5), r.kind())
    if op == "CenterCropPad":
        return Case([x, ints(3, 7)], {} if r.flag() else {"axes": [-2, -1]})
    if op == "Trilu":
        return Case([x] + r.one([], [np.array(r.int(-2, 2))]), r.some(upper=0))
    if op == "EyeLike":
        return Case([x], r.some(k=r.int(-2, 2), dtype=r.one(T.FLOAT, T.DOUBLE, T.INT32)))
    if op == "Compress":
        axis = r.one(None, 0, 1 if v < 11 else -1)
        return Case([x, r.array(4, bool)], {} if axis is None else {"axis": axis})
    if op == "ReverseSequence":
        times = r.flag()
        return Case([x, r.ints(4 if times else 5, 1, 4)], {"time_axis": times, "batch_axis": 1 - times})
    if op == "OneHot":
        return Case([r.ints((2, 3), 0 if v < 11 else -3, 5), np.array(6), np.float32([0.5, 2])], r.some(axis=r.int(-3 if v >= 11 else -1, 2)))
    if op == "ConstantOfShape":
        return Case([ints(2, 3)], r.some(value=onnx.numpy_helper.from_array(np.array([r.int(1, 5)], r.one(np.float32, np.int32, np.int64)))))
    if op == "Range":
        kind = r.one(np.float32, np.int32, np.int64)
        return Case([np.array(n, kind) for n in r.one((1, 9, 2), (9, 1, -3), (3, 1, 1))])
    named = [{"value_float": 2.5}, {"value_ints": [1, 2]}, {"value_int": 3}, {"value_floats": [0.5, 1.5]}] if v >= 12 else []
    return Case([], r.one({"value": onnx.numpy_helper.from_array(x)}, *named))


# ---- places ----

@generator("Gather", "GatherElements", "GatherND", "Scatter", "ScatterElements", "ScatterND", "TensorScatter")
def indexed(r, v, op):
    x, low = r.array((4, 5), r.kind()), -4 if v >= 11 else 0
    axis = r.axis(2, v)
    if op == "Gather":
        return Case([x, r.ints(r.shape(2), low, 3, r.one(np.int32, np.int64))], r.some(axis=axis))
    if op == "GatherND":
        return Case([x, r.ints((3, r.int(1, 2)), low, 3)]) if v < 12 or r.flag() else Case([x, r.ints((4, 2, 1), low, 3)], {"batch_dims": 1})
    if op == "TensorScatter":
        return Case([r.array((2, 6, 3)), r.array((2, 2, 3)), r.one(None, ints(1, 3))], r.some(axis=1))
    if op == "ScatterND":
        many = v >= 16 and r.flag()
        attrs = {"reduction": r.one("add", "mul", *(["max", "min"] if v >= 18 else []))} if many else {}
        return Case([x, ints([0, 1], [3, 4], [0, 1] if many else [2, 2]), r.array(3, x.dtype)], attrs)
    places = np.stack([r.rng.permutation(4)[:3] for _ in range(2)], 0 if axis % 2 else 1).astype(r.one(np.int32, np.int64))
    if op == "GatherElements":
        return Case([x, places], r.some(axis=axis) if axis % 2 == 0 else {"axis": axis})
    attrs = {"reduction": r.one("add", "mul", *(["max", "min"] if v >= 18 else []))} if v >= 16 and r.flag() else {}
    return Case([x, places, r.array(places.shape, x.dtype)], attrs | ({"axis": axis} if axis % 2 or r.flag() else {}))
