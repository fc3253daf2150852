"""Layers of random networks that stand for what exporters write out: operators made of primitives, arithmetic of shapes, clutter; and traps
for passes."""
import math

import numpy as np
from onnx import TensorProto, helper

from random_layers import activation, affine, batch_norm, conv, pool


def words(b, x, shape):
    """A feature map as a row of words [n, h * w, c], and the way back."""
    n, c, h, w = shape
    y = b.op("Transpose", b.op("Reshape", x, b.ints(0, c, b.rest(h * w))), perm=[0, 2, 1])
    return y, lambda z: b.op("Reshape", b.op("Transpose", z, perm=[0, 2, 1]), b.ints(0, c, h, w))


def layer_norm(b, x, shape):
    """LayerNormalization of primitives: by squares or products, roots or powers, with and without scale and shift."""
    y, back = words(b, x, shape)
    axes, c = [b.choose(-1, 2)], shape[1]
    centre = b.op("Sub", y, b.op("ReduceMean", y, axes=axes, keepdims=1))
    other = b.op("Sub", y, b.op("ReduceMean", y, axes=axes, keepdims=1)) if b.chance(0.3) else centre
    square = b.op("Pow", other, b.scalar(2)) if b.chance(0.5) else b.op("Mul", other, other)
    spread = b.op("Add", *b.either(b.op("ReduceMean", square, axes=axes, keepdims=1), b.scalar(b.choose(0.1, 1e-2))))
    root = b.op("Sqrt", spread) if b.chance(0.7) else b.op("Pow", spread, b.scalar(0.5))
    y = b.op("Div", centre, root) if b.chance(0.7) else b.op("Mul", centre, b.op("Reciprocal", root))
    if b.chance(0.7):
        y = b.op("Mul", *b.either(y, b.normal(c, mean=1, scale=0.2)))
    if b.chance(0.7):
        y = b.op("Add", *b.either(y, b.normal(c, scale=0.2)))
    return back(y), shape


def gelu(b, x, shape):
    if b.chance(0.5):
        curve = b.op("Erf", b.op("Div", x, b.scalar(math.sqrt(2))) if b.chance(0.5) else b.op("Mul", x, b.scalar(math.sqrt(0.5))))
    else:
        cube = b.op("Pow", x, b.scalar(3)) if b.chance(0.5) else b.op("Mul", b.op("Mul", x, x), x)
        curve = b.op("Tanh", b.op("Mul", b.op("Add", x, b.op("Mul", cube, b.scalar(0.044715))), b.scalar(math.sqrt(2 / math.pi))))
    y = b.op("Add", *b.either(curve, b.scalar(1)))
    if b.chance(0.5):
        return b.op("Mul", b.op("Mul", x, y), b.scalar(0.5)), shape
    return b.op("Mul", b.op("Mul", x, b.scalar(0.5)), y), shape


def softmax(b, x, shape):
    axis = b.choose(1, 2, 3)
    y = b.op("Exp", b.op("Sub", x, b.op("ReduceMax", x, axes=[axis - b.choose(0, 4)], keepdims=1)))
    return b.op("Div", y, b.op("ReduceSum", y, b.ints(axis), keepdims=1)), shape


def attention(b, x, shape):
    """As PyTorch exports it: heads, queries and keys multiplied by the root of the factor."""
    n, c, h, w = shape
    heads = b.choose(1, 2)
    if h * w > 64 or c % heads:
        return pool(b, x, shape)
    y, back = words(b, x, shape)
    parts = []
    for _ in range(3):
        z = b.op("Add", b.op("MatMul", y, b.normal(c, c, scale=0.5)), b.normal(c, scale=0.2))
        parts.append(b.op("Transpose", b.op("Reshape", z, b.ints(0, h * w, heads, c // heads)), perm=[0, 2, 1, 3]))
    q, k, v = parts
    k = b.op("Transpose", k, perm=[0, 1, 3, 2])
    scale = (c // heads) ** -0.5
    if b.chance(0.4):
        q, k = (b.op("Mul", *b.either(z, b.scalar(scale**0.5))) for z in (q, k))
        scores = b.op("MatMul", q, k)
    elif b.chance(0.5):
        scores = b.op("MatMul", b.op("Mul", q, b.scalar(scale)), k)
    else:
        scores = b.op("Div", b.op("MatMul", q, k), b.scalar(1 / scale))
    if b.chance(0.5):
        scores = b.op("Add", scores, b.normal(h * w, h * w, scale=0.5))
    y = b.op("Transpose", b.op("MatMul", b.op("Softmax", scores, axis=-1), v), perm=[0, 2, 1, 3])
    return back(b.op("Reshape", y, b.ints(0, h * w, c))), shape


def words_norm(b, x, shape):
    """A product of words with a bias, then arithmetic or a normalisation behind it."""
    n, c, h, w = shape
    y, back = words(b, x, shape)
    y = b.op("MatMul", y, b.normal(c, c, scale=0.5))
    for _ in range(int(b.rng.integers(1, 4))):
        y = b.op(b.choose("Add", "Mul", "Sub"), y, b.normal(b.choose(1, c), mean=1, scale=0.3))
    return back(y), shape


def batch_size(b, x):
    return b.op("Gather", b.op("Shape", x), b.ints(0))


def token(b, x, shape):
    """A constant row before or behind the words, then sums with positions; taken off again."""
    n, c, h, w = shape
    y, back = words(b, x, shape)
    row = b.op("Expand", b.normal(1, 1, c), b.op("Concat", batch_size(b, x), b.ints(1, c), axis=0))
    front = b.chance(0.5)
    y = b.op("Add", b.op("Concat", *((row, y) if front else (y, row)), axis=b.choose(1, -2)), b.normal(1, h * w + 1, c, scale=0.2))
    y = b.op("Slice", y, b.ints(int(front)), b.ints(2**62 if front else -1), b.ints(1))
    return back(y), shape


def computed_reshape(b, x, shape):
    """Flattened and back by dims that are computed from Shape."""
    n, c, h, w = shape
    size = batch_size(b, x) if b.chance(0.5) else b.op("Unsqueeze", b.op("Gather", b.op("Shape", x), b.constant(np.array(0))), b.ints(0))
    y = b.op("Reshape", x, b.op("Concat", size, b.ints(b.rest(c * h * w)), axis=0))
    y = b.op("Relu", y) if b.chance(0.3) else y
    return b.op("Reshape", y, b.op("Concat", size, b.ints(c, h, w), axis=0)), shape


def windows(b, x, shape):
    """Pictures cut into windows, as words of more pictures, and put together again."""
    n, c, h, w = shape
    if h % 2 or w % 2:
        return activation(b, x, shape)
    y = b.op("Reshape", x, b.ints(-1, c, 2, h // 2, 2, w // 2))
    y = b.op("Reshape", b.op("Transpose", y, perm=[0, 2, 4, 3, 5, 1]), b.ints(-1, h * w // 4, c))
    y = b.op("Add", b.op("MatMul", y, b.normal(c, c, scale=0.5)), b.normal(c))
    y = b.op("Transpose", b.op("Reshape", y, b.ints(-1, 2, 2, h // 2, w // 2, c)), perm=[0, 5, 1, 3, 2, 4])
    return b.op("Reshape", y, b.ints(-1, c, h, w)), shape


def strided(b, x, shape):
    """A Reshape as a Gather of flat elements, whose indices are computed from the batch's size."""
    n, c, h, w = shape
    size = c * h * w
    scalar = b.constant
    rows = b.op("Mul", b.op("Range", scalar(np.array(0)), b.op("Squeeze", batch_size(b, x), b.ints(0)), scalar(np.array(1))),
                scalar(np.array(size)))
    index = b.op("Add", b.op("Unsqueeze", rows, b.ints(1, 2, 3)), b.constant(np.arange(size).reshape(h, w, c)))
    return b.op("Reshape", b.op("Gather", b.op("Reshape", x, b.ints(-1)), index), b.ints(0, c, h, w)), shape


def halves(b, x, shape):
    """Every second channel, by a shuffle that is cut in two."""
    n, c, h, w = shape
    if c % 2:
        return conv(b, x, shape)
    y = b.op("Transpose", b.op("Reshape", x, b.ints(n * c // 2, 2, h * w)), perm=[1, 0, 2])
    y = b.op("Reshape", y, b.ints(2, -1, c // 2, h, w))
    parts = [b.op("Gather", y, b.constant(np.array(i)), axis=0) for i in (0, 1)]
    if b.chance(0.5):
        b.maps.append((parts[1], (n, c // 2, h, w)))
        return parts[0], (n, c // 2, h, w)
    return b.op("Concat", *parts, axis=b.choose(1, -3)), shape


def roll(b, x, shape):
    axis = b.choose(1, 2, 3)
    if shape[axis] < 2:
        return x, shape
    at = int(b.rng.integers(1, shape[axis]))
    first, last = b.op("Slice", x, b.ints(0), b.ints(at), b.ints(axis)), b.op("Slice", x, b.ints(at), b.ints(2**63 - 1), b.ints(axis - 4))
    return b.op("Concat", last, first, axis=axis), shape


def twins(b, x, shape):
    """The same twice: by the same constants, or by others of the same bytes."""
    weights = b.rng.standard_normal((shape[1], shape[1], 1, 1)).astype("f4") * 0.5
    shift = b.rng.standard_normal((shape[1], 1, 1)).astype("f4")
    parts = []
    for _ in range(2):
        y = b.op("Conv", x, b.constant(weights), kernel_shape=[1, 1])
        parts.append(b.op("Relu", b.op("Add", *b.either(y, b.constant(shift)))))
    return b.op("Mul", *parts), shape


def chain(b, x, shape):
    """Arithmetic with constants, several times, and a convolution or nothing behind it."""
    y = x
    for _ in range(int(b.rng.integers(2, 5))):
        y, _ = affine(b, y, shape)
    return conv(b, y, shape) if b.chance(0.6) else (y, shape)


def preprocess(b, x, shape):
    """What is done to pixels, then a convolution that pads or does not. The signal stays as large as what is added to it."""
    c = shape[1]
    y = b.op("Mul", x, b.scalar(b.choose(0.8, 2)))
    y = b.op("Div", b.op("Sub", y, b.normal(c, 1, 1, scale=0.5)), b.normal(1, c, 1, 1, mean=2, scale=0.1))
    return conv(b, y, shape)


def transposed(b, x, shape):
    """A ConvTranspose of groups, with a normalisation or arithmetic behind it."""
    n, c, h, w = shape
    if max(h, w) > 12:
        return pool(b, x, shape)
    group = b.choose(1, c)
    inputs = [x, b.normal(c, 2, 2, 2, scale=0.7)] + ([b.normal(2 * group)] if b.chance(0.5) else [])
    y, shape = b.op("ConvTranspose", *inputs, strides=[2, 2], group=group), (n, 2 * group, 2 * h, 2 * w)
    return b.choose(batch_norm, affine, activation)(b, y, shape)


def norm_first(b, x, shape):
    """DenseNet: BatchNormalization, Relu, Conv; sometimes without the Relu. Two layers may share the parameters."""
    c = shape[1]
    if (c, "norm") not in b.kernels or b.chance(0.5):
        b.kernels[c, "norm"] = (b.normal(c, scale=0.2, mean=1), b.normal(c, scale=0.2), b.normal(c, scale=0.2),
                                b.constant(b.rng.uniform(0.5, 2, c).astype("f4")))
    y = b.op("BatchNormalization", x, *b.kernels[c, "norm"])
    y = b.op("Relu", y) if b.chance(0.5) else y
    y, shape = conv(b, y, shape)
    if shape[1] == c and b.chance(0.5):
        y = b.op("BatchNormalization", y, *b.kernels[c, "norm"])
    return y, shape


def broadcast(b, x, shape):
    """A sum of a convolution and what looks like a bias, but is not constant, or not along the channels."""
    y, shape = conv(b, x, shape)
    n, c, h, w = shape
    other = b.choose(lambda: b.op("GlobalAveragePool", y), lambda: b.normal(h, 1), lambda: b.normal(n, 1, 1, 1), lambda: b.normal(w),
                     lambda: b.op("ReduceMax", y, axes=[1], keepdims=1))()
    return b.op(b.choose("Add", "Mul"), *b.either(y, other)), shape


def pooled(b, x, shape):
    """Pools that round up, or count what a Pad put around them."""
    n, c, h, w = shape
    if min(h, w) < 4:
        return activation(b, x, shape)
    if b.chance(0.5):
        y = b.op("Pad", x, b.ints(0, 0, 1, 1, 0, 0, 1, 1))
        more = b.choose(0, 1)
        y = b.op("AveragePool", y, kernel_shape=[3, 3], count_include_pad=b.choose(0, 1), pads=[more] * 4)
        return y, (n, c, h + 2 * more, w + 2 * more)
    kind = b.choose("MaxPool", "AveragePool")
    y = b.op(kind, x, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    return y, (n, c, -(-h // 2), -(-w // 2))


def branch(b, x, shape):
    """A subgraph that reads a value around it, which others use too."""
    y, shape = conv(b, x, shape)
    z, _ = affine(b, y, shape)
    sides = []
    for kind in ("Tanh", "Sigmoid"):
        out = b.name()
        node = helper.make_node(kind, [y], [out])
        sides.append(helper.make_graph([node], kind, [], [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)]))
    chosen = b.op("If", b.constant(np.array(b.chance(0.5))), then_branch=sides[0], else_branch=sides[1])
    return b.op("Add", z, chosen), shape


def casts(b, x, shape):
    """There and back by way of a type that holds it; a constant shape for what does nothing."""
    y = b.op("Cast", b.op("Identity", b.op("Cast", x, to=TensorProto.DOUBLE)), to=TensorProto.FLOAT)
    y = b.op("Slice", y, b.ints(0), b.ints(2**63 - 1), b.ints(b.choose(0, -1)))
    y = b.op("Expand", y, b.ints(1, 1, 1, 1)) if b.chance(0.5) else b.op("Pad", y, b.ints(*[0] * 8))
    return y, shape


def quantized(b, x, shape):
    """A picture's bytes, as exporters with QuantizeLinear write it, with clutter between the pairs. Of the input alone: what is rounded
    behind a sum may fall to either side."""
    if x != "x":
        return casts(b, x, shape)
    scale, zero = b.scalar(0.03), b.constant(np.array(100, "u1"))
    y = b.op("QuantizeLinear", x, scale, zero)
    y = b.op("Identity", y) if b.chance(0.5) else b.op("Cast", b.op("Cast", y, to=TensorProto.INT32), to=TensorProto.UINT8)
    return conv(b, b.op("Identity", b.op("DequantizeLinear", y, scale, zero)), shape)


def transform_input(b, x, shape):
    """A scale and a shift for each channel apart, as torchvision's Inception has it."""
    n, c, h, w = shape
    if c < 2:
        return conv(b, x, shape)
    parts = []
    for i in range(c):
        y = b.op("Unsqueeze", b.op("Gather", x, b.constant(np.array(i)), axis=1), b.ints(1))
        parts.append(b.op("Add", b.op("Mul", y, b.scalar(1 + b.rng.random())), b.scalar(b.rng.random())))
    return conv(b, b.op("Concat", *parts, axis=1), shape)


def wide_window(b, x, shape):
    """Dilations that reach beyond the picture."""
    n, c, h, w = shape
    y = b.op("Conv", x, b.normal(2, c, 3, 3, scale=0.3), dilations=[h + 1, 2], pads=[h + 1, 2, h + 1, 2], kernel_shape=[3, 3])
    return y, (n, 2, h, w)


def shuffled(b, x, shape):
    """Two branches, joined and shuffled, as ShuffleNet has it."""
    n, c, h, w = shape
    parts = [b.op("Relu", b.op("Conv", x, b.normal(2, c, 1, 1))) for _ in range(2)]
    y = b.op("Reshape", b.op("Concat", *parts, axis=1), b.ints(-1, 2, 2, h, w))
    return b.op("Reshape", b.op("Transpose", y, perm=[0, 2, 1, 3, 4]), b.ints(-1, 4, h, w)), (n, 4, h, w)


PATTERNS = [transform_input, wide_window, shuffled, layer_norm, gelu, softmax, attention, words_norm, token, computed_reshape, windows, strided, halves, roll, twins, chain,
            preprocess, transposed, norm_first, broadcast, pooled, branch, casts, quantized]
