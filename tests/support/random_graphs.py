"""Small random convolutional networks: what exporters write, and what passes must not be fooled by (values used twice, weights shared,
values that are outputs too, initialisers that are inputs)."""
from onnx import TensorProto, helper

from random_layers import (Builder, activation, affine, attention, batch_norm, branches, channels_last, conv, cut, no_change, normalize, padded,
                           pool, residual, shuffle, split, squeeze_excite, upsample)
from random_patterns import PATTERNS

LAYERS = [conv, conv, conv, batch_norm, activation, activation, affine, residual, branches, squeeze_excite, pool, padded, channels_last,
          shuffle, split, cut, no_change, no_change, upsample, normalize, attention]


def head(b, x, shape):
    """Class scores."""
    if b.chance(0.3):
        y, (n, c, h, w) = conv(b, x, shape)
        return b.op("Gemm", b.op("Flatten", b.op("Relu", y)), b.normal(c * h * w, 3, scale=0.1))
    c = shape[1]
    x = b.op("Flatten", b.op("GlobalAveragePool", x), axis=b.choose(1, -3))
    if b.chance(0.5):
        y = b.op("Gemm", x, b.normal(3, c), b.normal(3), transB=1)
        return b.op(b.choose("Mul", "Sub"), y, b.normal(3)) if b.chance(0.3) else y
    y = b.op("Add", b.op("MatMul", x, b.normal(c, 3)), b.normal(3))
    if b.chance(0.3):
        y = batch_norm(b, y, (1, 3))[0]
    return b.op("Softmax", y) if b.chance(0.5) else y


def random_graph(seed, exact=False):
    """(ModelProto of opset 17, {input name: array}); exact: see Builder."""
    b = Builder(seed, exact)
    shape = (b.choose(1, 1, 2), b.choose(1, 3, 4, 8), int(b.rng.integers(5, 20)), int(b.rng.integers(5, 20)))
    b.maps.append(("x", shape))
    outputs = set()
    for _ in range(int(b.rng.integers(4, 14))):
        at = len(b.maps) - 1 if b.chance(0.75) else int(b.rng.integers(len(b.maps)))
        y, s = b.choose(*(LAYERS if b.chance(0.5) else PATTERNS))(b, *b.maps[at])
        b.maps.append((y, s))
        if b.chance(0.1):
            outputs.add(y)
    outputs.add(head(b, *b.maps[-1]) if b.chance(0.5) else b.maps[-1][0])
    outputs = sorted(outputs - {"x"}) or [b.op("Relu", "x")]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [b.choose("N", shape[0]), *shape[1:]])]
    if b.chance(0.2):
        inputs += [helper.make_tensor_value_info(w.name, w.data_type, w.dims) for w in b.weights if b.chance(0.5)]
    targets = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(b.nodes, "random", inputs, targets, b.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model, {"x": b.rng.standard_normal(shape).astype("f4")}
