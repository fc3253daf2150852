"""Random nodes of each operator in each version of its history: windows, layers, signals, subgraphs, sequences."""
import numpy as np
import onnx
from onnx import TensorProto as T
from onnx import helper as h
from opset_random import Case, generator, ints

# ---- windows ----

def window(r, v, op, sizes):
    """Attributes that all operators with a window have in common."""
    d = len(sizes)
    kernel = [r.int(1, 3) for _ in range(d)]
    attrs = r.some(strides=[r.int(1, 2) for _ in range(d)])
    if r.int(0, 3) == 0:
        attrs["auto_pad"] = r.one("SAME_UPPER", "SAME_LOWER", "VALID")
    elif r.flag():
        attrs["pads"] = [r.int(0, k - 1) for k in kernel * 2]
    return kernel, attrs


@generator("Conv", "ConvTranspose", "ConvInteger", "QLinearConv", "DeformConv")
def convolution(r, v, op):
    d, group = r.int(1, 2) if op != "DeformConv" else 2, r.int(1, 2)
    sizes = tuple(r.int(5, 7) for _ in range(d))
    kernel, attrs = window(r, v, op, sizes)
    dilations = [r.int(1, 2) for _ in range(d)]
    if "auto_pad" not in attrs:
        attrs |= r.some(dilations=dilations)
    attrs |= {"group": group} if group > 1 else {}
    attrs |= r.some(kernel_shape=kernel)
    shape, weights = (2, 2 * group) + sizes, (3 * group, 2) + tuple(kernel)
    if op == "Conv":
        return Case([r.array(shape), r.array(weights)] + ([r.array(3 * group)] if r.flag() else []), attrs)
    if op == "ConvTranspose":
        attrs |= r.some(output_padding=[int(s > 1) for s in attrs["strides"]]) if "strides" in attrs else {}
        return Case([r.array(shape), r.array((2 * group, 3) + tuple(kernel))] + ([r.array(3 * group)] if r.flag() else []), attrs)
    if op == "DeformConv":
        attrs = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]} | r.some(offset_group=2)
        offsets = r.array((2, 18 * attrs.get("offset_group", 1)) + sizes, low=-1.5, high=1.5)
        return Case([r.array((2, 2) + sizes), r.array((3, 2, 3, 3)), offsets] + ([r.array(3)] if r.flag() else []), attrs)
    x, w = r.ints(shape, 0, 255, np.uint8), r.ints(weights, 0, 255, np.uint8)
    if op == "ConvInteger":
        return Case([x, w] + r.one([], [np.uint8(3)], [np.uint8(3), np.uint8(100)]), attrs)
    return Case([x, np.float32(0.013), np.uint8(7), w, np.float32(0.017), np.uint8(90), np.float32(0.37), np.uint8(128)], attrs)


@generator("AveragePool", "MaxPool", "LpPool")
def pool(r, v, op):
    sizes = tuple(r.int(5, 7) for _ in range(r.int(1, 2)))
    kernel, attrs = window(r, v, op, sizes)
    attrs["kernel_shape"] = kernel
    if op == "LpPool":
        attrs |= r.some(p=float(r.int(1, 3)) if v < 2 else r.int(1, 3))
    if op == "AveragePool" and v >= 7:
        attrs |= r.some(count_include_pad=1)
    if v >= (18 if op == "LpPool" else 10) and "auto_pad" not in attrs:
        attrs |= r.some(ceil_mode=1)
    if v >= {"LpPool": 18, "AveragePool": 19, "MaxPool": 10}[op] and "auto_pad" not in attrs:
        attrs |= r.some(dilations=[r.int(1, 2) for _ in sizes])
    if op == "MaxPool" and v >= 8 and len(sizes) == 2 and r.flag():
        return Case([r.array((2, 3) + sizes)], attrs | {"storage_order": r.flag()}, 2)
    return Case([r.array((2, 3) + sizes)], attrs)


@generator("GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool")
def global_pool(r, v, op):
    return Case([r.array(r.shape(r.int(3, 4)), r.kind(False))], r.some(p=2.0 if v < 2 else 3) if op == "GlobalLpPool" else {})


@generator("MaxUnpool")
def max_unpool(r, v, op):
    places = np.stack([16 * c + r.rng.permutation(16)[:4] for c in range(3)]).reshape(1, 3, 2, 2)
    return Case([r.array((1, 3, 2, 2)), places] + ([ints(1, 3, 4, 4)] if r.flag() else []), {"kernel_shape": [2, 2], "strides": [2, 2]})


@generator("MaxRoiPool", "RoiAlign")
def regions(r, v, op):
    x, corners = r.array((2, 3, 8, 8)), np.sort(r.array((4, 2, 2), low=0, high=7), 1).reshape(4, 4)
    which = r.ints(4, 0, 1)
    if op == "MaxRoiPool":
        return Case([x, np.concatenate([which[:, None], corners.round()], 1).astype(np.float32)], {"pooled_shape": [2, 3]} | r.some(spatial_scale=0.5))
    modes = {"coordinate_transformation_mode": r.one("half_pixel", "output_half_pixel")} if v >= 16 and r.flag() else {}
    return Case([x, corners, which], {"output_height": 2, "output_width": 3, "sampling_ratio": 2} | modes | r.some(mode="avg", spatial_scale=0.5))


@generator("Resize", "Upsample")
def resize(r, v, op):
    x, mode = r.array((1, 2, r.int(3, 7), r.int(3, 7))), r.one("nearest", "linear")
    scales = np.float32([1, 1, r.one(2, 3, 1), r.one(1, 2, 4)])
    if op == "Upsample":
        attrs = {} if mode == "nearest" and r.flag() else {"mode": "bilinear" if v < 7 and mode == "linear" else mode}
        if v < 9:
            return Case([x], attrs | ({"height_scale": float(scales[2]), "width_scale": float(scales[3])} if v < 7 else {"scales": [float(s) for s in scales]}))
        return Case([x, scales], attrs)
    # nearest to 0.6: the reference takes the float for more than 3/5
    scales = np.float32([1, 1, r.one(0.5, 2, 1.5, 0.6 if mode == "linear" else 0.75), r.one(0.5, 3, 1, 0.75)])
    attrs = {"mode": mode}
    if v < 11:
        return Case([x, scales], attrs)
    attrs |= r.some(coordinate_transformation_mode=r.one("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric",
                                                         *(["tf_half_pixel_for_nn"] if v < 13 and mode == "nearest" else [])),
                    nearest_mode=r.one("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"))
    sizes = ints(1, 2, r.int(2, 9), r.int(2, 9))
    none = np.float32([]) if v < 13 else None
    return Case([x, none, none, sizes], attrs, const=(1, 2)) if r.flag() or attrs.get("coordinate_transformation_mode") == "align_corners" else Case([x, none, scales], attrs, const=(1,))


@generator("GridSample", "AffineGrid", "Col2Im")
def sampled(r, v, op):
    if op == "AffineGrid":
        return Case([r.array((2, 2, 3)), ints(2, 3, 4, 5)], r.some(align_corners=1))
    if op == "Col2Im":
        return Case([r.array((1, 12, 9)), ints(4, 4), ints(2, 2)], {})
    words = ("bilinear", "nearest", "bicubic") if v < 20 else ("linear", "nearest", "cubic")
    return Case([r.array((1, 2, 4, 5)), r.array((1, 3, 2, 2), low=-1.2, high=1.2)],
                r.some(mode=r.one(*words), padding_mode=r.one("zeros", "border", "reflection"), align_corners=1))


# ---- normalisations ----

@generator("BatchNormalization", "InstanceNormalization", "GroupNormalization", "LayerNormalization", "RMSNormalization", "LRN")
def normalisation(r, v, op):
    x = r.array((2, 4, 3, 5))
    scale, bias = r.array(4), r.array(4)
    if op == "BatchNormalization":
        attrs = r.some(epsilon=0.01, momentum=0.75) | ({"is_test": 1} if v < 7 else {}) | ({"training_mode": 1} if v >= 14 and r.flag() else {})
        training = "training_mode" in attrs or (7 <= v < 14 and r.flag())
        return Case([x, scale, bias, r.array(4), r.array(4, low=0.5, high=2)], attrs, (3 if v >= 14 else 4) if training else 1)
    if op == "InstanceNormalization":
        return Case([x, scale, bias], r.some(epsilon=0.01))
    if op == "GroupNormalization":
        return Case([x, scale[:2], bias[:2]] if v < 21 else [x, scale, bias], {"num_groups": 2} | r.some(epsilon=0.01))
    if op == "LRN":
        return Case([x], {"size": r.one(1, 3, 5)} | r.some(alpha=0.01, beta=0.5, bias=2.0))
    axis = r.one(-1, 2)
    shape = x.shape[axis % 4:]
    inputs = [x, r.array(shape)] + ([r.array(shape)] if op == "LayerNormalization" and r.flag() else [])
    return Case(inputs, {"axis": axis} | r.some(epsilon=0.01))


# ---- quantisation ----

@generator("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear")
def quantisation(r, v, op):
    x = r.array((3, 4), low=-20, high=20)
    if op == "DynamicQuantizeLinear":
        return Case([x], {}, 3)
    many = v >= 13 and r.flag()
    scale = r.array(4, low=0.1, high=0.3) if many else np.float32(0.17)
    zero = r.ints(4 if many else (), 100, 150, np.uint8)
    if op == "QuantizeLinear":
        return Case([x, scale] + ([zero] if r.flag() else []))
    return Case([r.ints((3, 4), 0, 255, np.uint8), scale] + ([zero] if r.flag() else []))


# ---- networks in a node ----

@generator("RNN", "GRU", "LSTM")
def recurrent(r, v, op):
    gates, steps, batch, size, hidden, ways = {"RNN": 1, "GRU": 3, "LSTM": 4}[op], 4, 2, 3, 2, r.int(1, 2)
    inputs = [r.array((steps, batch, size)), r.array((ways, gates * hidden, size)), r.array((ways, gates * hidden, hidden)),
              r.one(None, r.array((ways, 2 * gates * hidden))), r.one(None, np.int32([4, 2])), r.one(None, r.array((ways, batch, hidden)))]
    attrs = {"hidden_size": hidden} | ({"direction": "bidirectional"} if ways == 2 else r.some(direction="reverse")) | r.some(clip=1.0)
    attrs |= r.some(linear_before_reset=1) if op == "GRU" and v >= 3 else {}
    attrs |= {"output_sequence": 1} if v < 7 else {}
    return Case(inputs, attrs, 3 if op == "LSTM" else 2)


@generator("Attention", "RotaryEmbedding", "LinearAttention", "CausalConvWithState", "SwiGLU")
def modern(r, v, op):
    if op == "SwiGLU":
        return Case([r.array((3, 4)), r.array((3, 4))], r.some(alpha=0.5))
    if op == "RotaryEmbedding":
        return Case([r.array((1, 2, 3, 4)), r.array((8, 2)), r.array((8, 2)), r.ints((1, 3), 0, 7)], r.some(interleaved=1))
    if op == "Attention":
        return Case([r.array((1, 2, 3, 4)), r.array((1, 2, 5, 4)), r.array((1, 2, 5, 4))], r.some(is_causal=1, scale=0.3, softcap=2.0))
    if op == "CausalConvWithState":
        return Case([r.array((1, 3, 6)), r.array((3, 1, 2))], {}, 2)
    return Case([r.array((1, 3, 4)), r.array((1, 3, 4)), r.array((1, 3, 4))], {"q_num_heads": 2, "kv_num_heads": 2, "update_rule": "linear"}, 2)


# ---- signals, boxes ----

@generator("BlackmanWindow", "HammingWindow", "HannWindow", "MelWeightMatrix", "DFT", "STFT", "Det")
def signal(r, v, op):
    if op.endswith("Window"):
        return Case([np.array(r.int(4, 9))], r.some(periodic=0))
    if op == "MelWeightMatrix":
        return Case([np.array(4), np.array(16), np.array(8000), np.float32(0), np.float32(4000)])
    if op == "DFT":
        x, axis = r.array((1, 4, 3, r.int(1, 2))), r.one(1, 2)
        return Case([x], {"axis": axis}) if v < 20 else Case([x, None, np.array(axis)])
    if op == "STFT":
        return Case([r.array((1, 16, 1)), np.array(4), r.array(8)], {})
    return Case([r.array((2, 3, 3))])


@generator("NonMaxSuppression")
def boxes(r, v, op):
    corners = np.sort(r.array((1, 6, 2, 2), low=0, high=1), 2).reshape(1, 6, 4)
    return Case([corners, r.array((1, 2, 6), low=0, high=1), np.array([3]), np.float32([0.5]), np.float32([0.2])], {})


@generator("NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss")
def losses(r, v, op):
    weights = [r.array(4, low=0.1, high=2)] if r.flag() else []
    return Case([r.array((3, 4, 2)), r.ints((3, 2), 0, 3)] + weights, r.some(reduction=r.one("none", "sum", "mean"), ignore_index=1))


# ---- subgraphs ----

def value(name, kind=T.FLOAT, shape=None):
    return h.make_tensor_value_info(name, kind, shape)


@generator("If", "Loop", "Scan")
def subgraphs(r, v, op):
    x = r.array((3, 2))
    if op == "If":
        arms = [h.make_graph([h.make_node(name, ["i1"], ["a"])], name, [], [value("a", shape=[3, 2])]) for name in ("Neg", "Exp")]
        return Case([np.array(bool(r.flag())), x], nodes=[h.make_node("If", ["i0"], ["y0"], then_branch=arms[0], else_branch=arms[1])])
    if op == "Loop":
        body = h.make_graph([h.make_node("Exp", ["c"], ["e"]), h.make_node("Tanh", ["e"], ["n"]), h.make_node("Identity", ["go"], ["on"])], "body",
                            [value("at", T.INT64, []), value("go", T.BOOL, []), value("c", shape=[3, 2])],
                            [value("on", T.BOOL, []), value("n", shape=[3, 2]), value("e", shape=[3, 2])])
        return Case([np.array(r.int(1, 3)), r.one(None, np.array(True)), x], {"body": body}, 2)
    body = h.make_graph([h.make_node("Sum", ["s", "p"], ["t"]), h.make_node("Tanh", ["t"], ["o"])], "body",
                        [value("s", shape=[2]), value("p", shape=[2])], [value("t", shape=[2]), value("o", shape=[2])])
    if v < 9:
        return Case([None, r.array((2, 2)), r.array((2, 3, 2))], {"body": body, "num_scan_inputs": 1} | r.some(directions=[1]), 2)
    return Case([r.array(2), x], {"body": body, "num_scan_inputs": 1} | r.some(scan_input_directions=[1]), 2)


# ---- sequences: whatever makes or takes one stands between tensors ----

@generator("SequenceConstruct", "SequenceAt", "SequenceInsert", "SequenceErase", "SequenceLength", "SequenceEmpty", "SplitToSequence", "ConcatFromSequence")
def sequences(r, v, op):
    a, b = r.array((2, 3)), r.array((2, 3))
    first = [h.make_node("SequenceConstruct", ["i0", "i1"], ["s"])]
    last = [h.make_node("ConcatFromSequence", ["s"], ["y0"], axis=0)]
    if op in ("SequenceConstruct", "ConcatFromSequence"):
        return Case([a, b], nodes=first + [h.make_node("ConcatFromSequence", ["s"], ["y0"], axis=r.int(0, 1), new_axis=r.flag())])
    if op == "SplitToSequence":
        return Case([a], nodes=[h.make_node(op, ["i0"], ["s"], axis=0)] + last)
    if op == "SequenceEmpty":
        return Case([a], nodes=[h.make_node(op, [], ["e"]), h.make_node("SequenceInsert", ["e", "i0"], ["s"])] + last)
    if op == "SequenceLength":
        return Case([a, b], nodes=first + [h.make_node(op, ["s"], ["y0"])])
    if op == "SequenceInsert":
        return Case([a, b], nodes=[h.make_node("SequenceConstruct", ["i0"], ["q"]), h.make_node(op, ["q", "i1"], ["s"])] + last)
    place = h.make_node("Constant", [], ["k"], value=onnx.numpy_helper.from_array(np.array(r.int(-2, 1))))
    if op == "SequenceAt":
        return Case([a, b], nodes=first + [place, h.make_node(op, ["s", "k"], ["y0"])])
    return Case([a, b], nodes=[h.make_node("SequenceConstruct", ["i0", "i1"], ["q"]), place, h.make_node(op, ["q", "k"], ["s"])] + last)
