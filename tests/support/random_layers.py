"""Layers of small random convolutional networks: each takes a feature map and gives another one."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

ACTIVATIONS = ["Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish", "Tanh", "Elu", "Softplus", "Clip", "PRelu", "Mish", "Silu", "Swish6"]


class Builder:
    """exact: Reshapes say all sizes, so that they can be had of no pictures."""

    def __init__(self, seed, exact=False):
        self.exact = exact
        self.rng = np.random.default_rng(seed)
        self.nodes, self.weights, self.names = [], [], 0
        self.maps = []  # (name, (n, c, h, w)) that a next layer may take
        self.kernels = {}  # shape: name of weights that another layer may share

    def choose(self, *options):
        return options[self.rng.integers(len(options))]

    def chance(self, share):
        return self.rng.random() < share

    def name(self):
        self.names += 1
        return f"v{self.names}"

    def constant(self, array):
        array = np.asarray(array)
        name = self.name()
        if self.chance(0.2):
            self.nodes.append(helper.make_node("Constant", [], [name], value=numpy_helper.from_array(array, name)))
        else:
            self.weights.append(numpy_helper.from_array(array, name))
        return name

    def normal(self, *shape, scale=1.0, mean=0.0):
        return self.constant((self.rng.standard_normal(shape) * scale + mean).astype("f4"))

    def op(self, kind, *inputs, **attrs):
        name = self.name()
        self.nodes.append(helper.make_node(kind, inputs, [name], name=f"{kind}_{name}", **attrs))
        return name

    def ints(self, *values):
        return self.constant(np.array(values, "i8"))

    def rest(self, size):
        """A size as a Reshape has it that leaves it to the number of elements."""
        return size if self.exact else -1

    def scalar(self, value):
        return self.constant(np.array(value, "f4"))

    def either(self, a, b):
        """Two operands in one order or the other."""
        return (a, b) if self.chance(0.5) else (b, a)


def pad_and_kernel(b, size):
    kernel = b.choose(*[k for k in (1, 1, 2, 3, 3, 5) if k <= min(size)])
    pads = [int(p) for p in b.rng.integers(0, kernel // 2 + 1, 4)] if b.chance(0.3) else [kernel // 2] * 4
    return kernel, pads


def conv(b, x, shape, c_out=None, keep=False):
    n, c, h, w = shape
    group = b.choose(1, 1, 1, c, 2 if c % 2 == 0 else 1)
    c_out = c_out or int(b.rng.integers(1, 4)) * group
    group = group if c_out % group == 0 else 1
    kernel, pads = (b.choose(1, 3), None) if keep else pad_and_kernel(b, (h, w))
    pads, stride = ([kernel // 2] * 4, 1) if keep else (pads, b.choose(1, 1, 2))
    weights = (c_out, c // group, kernel, kernel)
    if weights not in b.kernels or b.chance(0.7):
        b.kernels[weights] = b.normal(*weights, scale=(2 / (c // group * kernel * kernel)) ** 0.5)
    inputs = [x, b.kernels[weights]] + ([b.normal(c_out, scale=0.3)] if b.chance(0.5) else [])
    y = b.op("Conv", *inputs, kernel_shape=[kernel, kernel], pads=pads, strides=[stride, stride], group=group)
    h, w = ((s + pads[i] + pads[i + 2] - kernel) // stride + 1 for i, s in enumerate((h, w)))
    return y, (n, c_out, h, w)


def batch_norm(b, x, shape):
    c = shape[1]
    parts = b.normal(c, scale=0.2, mean=1), b.normal(c, scale=0.2), b.normal(c, scale=0.2), b.constant(b.rng.uniform(0.5, 2, c).astype("f4"))
    return b.op("BatchNormalization", x, *parts, epsilon=b.choose(1e-5, 1e-3)), shape


def activation(b, x, shape):
    kind = b.choose(*ACTIVATIONS)
    if kind == "Clip":
        return b.op("Clip", x, b.scalar(0), b.scalar(6)), shape
    if kind == "PRelu":
        return b.op("PRelu", x, b.normal(shape[1], 1, 1, scale=0.3)), shape
    if kind == "Silu":
        return b.op("Mul", x, b.op("Sigmoid", x)), shape
    if kind == "Swish6":
        return b.op("Mul", x, b.op("Div", b.op("Clip", b.op("Add", x, b.scalar(3)), b.scalar(0), b.scalar(6)), b.scalar(6))), shape
    if kind == "Mish":
        return b.op("Mul", x, b.op("Tanh", b.op("Softplus", x))), shape
    return b.op(kind, x), shape


def affine(b, x, shape):
    """Arithmetic with constants that may fold into a neighbour."""
    form = b.choose((shape[1], 1, 1), (1, shape[1], 1, 1), (), (1,), (1, 1, shape[2], shape[3]))
    kind = b.choose("Mul", "Add", "Sub", "Div")
    value = b.normal(*form, scale=0.1, mean=1) if form else b.scalar(1 + b.rng.random())
    return b.op(kind, *((value, x) if b.chance(0.2) and kind != "Div" else (x, value))), shape


def residual(b, x, shape):
    y, other = conv(b, x, shape, c_out=shape[1], keep=True)
    if b.chance(0.5):
        y, _ = batch_norm(b, y, other)
    z = b.op("Add", *((x, y) if b.chance(0.5) else (y, x)))
    return activation(b, z, shape) if b.chance(0.5) else (z, shape)


def branches(b, x, shape):
    parts = []
    for _ in range(int(b.rng.integers(2, 4))):
        y, s = conv(b, x, shape, keep=True)
        parts.append((activation(b, y, s) if b.chance(0.6) else batch_norm(b, y, s)) if b.chance(0.8) else (x, shape))
    return b.op("Concat", *[p[0] for p in parts], axis=1), (shape[0], sum(p[1][1] for p in parts), *shape[2:])


def squeeze_excite(b, x, shape):
    c = shape[1]
    y = b.op("GlobalAveragePool", x) if b.chance(0.5) else b.op("ReduceMean", x, axes=[2, 3], keepdims=1)
    y = b.op("Relu", b.op("Conv", y, b.normal(2, c, 1, 1), b.normal(2)))
    y = b.op(b.choose("HardSigmoid", "Sigmoid"), b.op("Conv", y, b.normal(c, 2, 1, 1)))
    return b.op("Mul", x, y), shape


def pool(b, x, shape):
    n, c, h, w = shape
    kernel, pads = pad_and_kernel(b, (h, w))
    stride, kind = b.choose(1, 2), b.choose("MaxPool", "AveragePool")
    extra = {"count_include_pad": b.choose(0, 1)} if kind == "AveragePool" else {}
    pads = [min(p, kernel - 1) for p in pads]
    y = b.op(kind, x, kernel_shape=[kernel, kernel], pads=pads, strides=[stride, stride], **extra)
    return y, (n, c, *((s + pads[i] + pads[i + 2] - kernel) // stride + 1 for i, s in enumerate((h, w))))


def padded(b, x, shape):
    pads = [int(p) for p in b.rng.integers(0, 2, 4)]
    y = b.op("Pad", x, b.ints(0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]), mode=b.choose("constant", "constant", "edge"))
    n, c, h, w = shape
    shape = (n, c, h + pads[0] + pads[2], w + pads[1] + pads[3])
    return (conv if b.chance(0.5) else pool)(b, y, shape)


def channels_last(b, x, shape):
    """A layer between transposes, as converters from Keras write it."""
    y = b.op("Transpose", x, perm=[0, 2, 3, 1])
    y = b.op(b.choose("Add", "Mul"), y, b.normal(shape[1], scale=0.3, mean=1))
    y = b.op(b.choose("Relu", "Sigmoid", "Identity"), y)
    y = b.op("Transpose", y, perm=[0, 3, 1, 2])
    return conv(b, y, shape) if b.chance(0.7) else (y, shape)


def shuffle(b, x, shape):
    n, c, h, w = shape
    if c % 2:
        return activation(b, x, shape)
    y = b.op("Reshape", x, b.ints(-1, 2, c // 2, h, w))
    return b.op("Reshape", b.op("Transpose", y, perm=[0, 2, 1, 3, 4]), b.ints(-1, c, h, w)), shape


def split(b, x, shape):
    n, c, h, w = shape
    if c < 2:
        return x, shape
    first = int(b.rng.integers(1, c))
    names = b.name(), b.name()
    b.nodes.append(helper.make_node("Split", [x, b.ints(first, c - first)], names, axis=1))
    b.maps.append((names[1], (n, c - first, h, w)))
    return names[0], (n, first, h, w)


def cut(b, x, shape):
    n, c, h, w = shape
    first = int(b.rng.integers(0, c))
    return b.op("Slice", x, b.ints(first), b.ints(2**62), b.ints(1)), (n, c - first, h, w)


def no_change(b, x, shape):
    kind = b.choose("Identity", "Dropout", "Reshape", "Transpose", "Cast", "Mul", "Add", "Pad", "Concat")
    if kind in ("Identity", "Dropout"):
        return b.op(kind, x), shape
    if kind == "Reshape":
        return b.op("Reshape", x, b.ints(0, 0, -1, shape[3])), shape
    if kind == "Transpose":
        return b.op("Transpose", b.op("Transpose", x, perm=[1, 0, 2, 3]), perm=[1, 0, 2, 3]), shape
    if kind == "Cast":
        return b.op("Cast", x, to=TensorProto.FLOAT), shape
    if kind == "Pad":
        return b.op("Pad", x, b.ints(*[0] * 8)), shape
    if kind == "Concat":
        return b.op("Concat", x, axis=1), shape
    return b.op(kind, x, b.scalar(kind == "Mul")), shape


def upsample(b, x, shape):
    n, c, h, w = shape
    if max(h, w) > 16:
        return pool(b, x, shape)
    if b.chance(0.5):
        return b.op("ConvTranspose", x, b.normal(c, 2, 2, 2), strides=[2, 2]), (n, 2, 2 * h, 2 * w)
    mode = b.choose("nearest", "linear")
    scales = b.constant(np.array([1, 1, 2, 2], "f4"))
    return b.op("Resize", x, "", scales, mode=mode, coordinate_transformation_mode="asymmetric"), (n, c, 2 * h, 2 * w)


def normalize(b, x, shape):
    c = shape[1]
    if b.chance(0.4):
        return b.op("InstanceNormalization", x, b.normal(c, mean=1, scale=0.2), b.normal(c)), shape
    centre = b.op("Sub", x, b.op("ReduceMean", x, axes=[1], keepdims=1))
    spread = b.op("ReduceMean", b.op("Pow", centre, b.scalar(2)), axes=[1], keepdims=1)
    return b.op("Div", centre, b.op("Sqrt", b.op("Add", spread, b.scalar(0.1)))), shape


def attention(b, x, shape):
    """Positions as words: MatMul, Softmax and a bias."""
    n, c, h, w = shape
    if h * w > 64:
        return pool(b, x, shape)
    y = b.op("Transpose", b.op("Reshape", x, b.ints(0, c, b.rest(h * w))), perm=[0, 2, 1])
    q, k, v = (b.op("Add", b.op("MatMul", y, b.normal(c, c, scale=0.5)), b.normal(c, scale=0.2)) for _ in range(3))
    scores = b.op("Mul", b.op("MatMul", q, b.op("Transpose", k, perm=[0, 2, 1])), b.scalar(c**-0.5))
    y = b.op("Add", b.op("MatMul", b.op("Softmax", scores, axis=-1), v), y)
    return b.op("Reshape", b.op("Transpose", y, perm=[0, 2, 1]), b.ints(0, c, h, w)), shape
