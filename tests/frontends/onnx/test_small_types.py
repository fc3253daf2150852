#!/usr/bin/env python3
"""Types of 8 bits and less: every float16 through Cast, every code back, quantisation at every granularity, files, and what moves them.

Against ml_dtypes, which comes with onnx, and onnx.reference; float8e8m0 against the table of Cast's documentation.
usage: test_small_types.py [part of a test's name]      SARD is the command; exit 77 (skipped) without `onnx`
"""
import itertools
import os
import sys
import tempfile
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))

from command import infer, np, onnx, sard

import ml_dtypes
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

warnings.filterwarnings("ignore")
FLOAT8 = ["FLOAT8E4M3FN", "FLOAT8E4M3FNUZ", "FLOAT8E5M2", "FLOAT8E5M2FNUZ"]
BITS = {"UINT4": 4, "INT4": 4, "FLOAT4E2M1": 4, "UINT2": 2, "INT2": 2, **dict.fromkeys(FLOAT8, 8), "FLOAT8E8M0": 8}
OPSET = 25


def number(name):
    return getattr(TensorProto, name)


def numpy_type(name):
    return helper.tensor_dtype_to_np_dtype(number(name))


def codes_of(array):
    return np.ascontiguousarray(array).view(np.uint8)


def every_number(name):
    """All codes of a type, as an array of it."""
    codes = np.arange(2**BITS[name], dtype=np.uint8)
    if name in ("INT4", "INT2"):
        top = 2**(BITS[name] - 1)
        return (((codes.astype(int) + top) % (2 * top)) - top).astype(numpy_type(name))
    return codes.view(numpy_type(name))


def model(nodes, inputs, outputs, initializers=()):
    """inputs, outputs: {name: type}; the shapes are free."""
    infos = [[helper.make_tensor_value_info(n, number(t), None) for n, t in side.items()] for side in (inputs, outputs)]
    graph = helper.make_graph(nodes, "g", *infos, initializer=list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=13)


def run(proto, inputs, outputs, *args):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        onnx.save(proto, path)
        return infer(path, inputs, outputs, *args)


def same(expected, got, what):
    """Floats by their value, NaN like NaN; the sign of zero counts where it has a code."""
    assert expected.shape == got.shape and expected.dtype == got.dtype, f"{what}: {got.dtype}{got.shape}, not {expected.dtype}{expected.shape}"
    wide = [a.astype(np.float64) for a in (expected, got)]
    equal = (wide[0] == wide[1]) | (np.isnan(wide[0]) & np.isnan(wide[1]))
    signs = np.signbit(wide[0]) == np.signbit(wide[1])
    wrong = np.flatnonzero(~(equal & (signs | np.isnan(wide[0]))).ravel())
    assert not wrong.size, f"{what}: {wrong.size} of {wide[0].size}, element {wrong[0]} is {got.ravel()[wrong[0]]}, not {expected.ravel()[wrong[0]]}"


# ---- conversions ----

def many_floats():
    """Every float16, what lies between its neighbours, and large ones."""
    halves = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    finite = np.sort(halves[np.isfinite(halves)])
    return np.concatenate([halves, (finite[1:] + finite[:-1]) / 2, np.ldexp(np.float32(1.5), np.arange(-148, 128)), [1e9, -1e9, 1e30]]).astype("f4")


def expected_float8(x, name, saturate):
    kind = numpy_type(name)
    return numpy_helper.saturate_cast(x, kind) if saturate else x.astype(kind)


def expected_e8m0(x, mode, saturate):
    """By the table of Cast's documentation; what it leaves open, negative numbers, is NaN."""
    with np.errstate(all="ignore"):
        part, exponent = np.frexp(x.astype(np.float64))
    exponent = exponent - np.where({"up": part <= 0.5, "down": part < 1, "nearest": part < 0.75}[mode], 1, 0)
    small, large = (x == 0) | (exponent < -127), np.isinf(x) | (exponent > 127)
    code = np.clip(exponent, -127, 127) + 127
    code = np.where(np.isinf(x) | large, 254 if saturate else 255, np.where(small, 0 if saturate else 255, code))
    return np.where(np.isnan(x) | (x < 0), 255, code).astype(np.uint8).view(ml_dtypes.float8_e8m0fnu)


def test_casts_of_floats():
    x = many_floats()
    settings = [(t, s, "up") for t in FLOAT8 for s in (1, 0)] + [("FLOAT8E8M0", s, m) for s in (1, 0) for m in ("up", "down", "nearest")]
    for source in ("FLOAT", "FLOAT16", "DOUBLE", "BFLOAT16"):
        data = x.astype(numpy_type(source))
        nodes = [helper.make_node("Cast", ["x"], [f"y{i}"], to=number(t), saturate=s, round_mode=m) for i, (t, s, m) in enumerate(settings)]
        names = {f"y{i}": t for i, (t, _, _) in enumerate(settings)}
        got = run(model(nodes, {"x": source}, names), {"x": data}, names)
        for i, (t, s, m) in enumerate(settings):
            wide = data.astype("f8")
            want = expected_e8m0(wide, m, s) if t == "FLOAT8E8M0" else expected_float8(wide, t, s)
            same(want, got[f"y{i}"], f"{source} to {t}, saturate {s}, {m}")


def test_casts_to_few_bits():
    finite = np.arange(-40, 40, 0.25, dtype=np.float32)
    for t in ("UINT4", "INT4", "UINT2", "INT2", "FLOAT4E2M1"):
        for like in (False, True):
            node = helper.make_node("CastLike", ["x", "t"], ["y"]) if like else helper.make_node("Cast", ["x"], ["y"], to=number(t))
            target = [helper.make_tensor("t", number(t), [1], [1])] if like else []
            for source in ("FLOAT", "INT32", "INT8", "FLOAT16"):
                data = finite.astype(numpy_type(source))
                got = run(model([node], {"x": source}, {"y": t}, target), {"x": data}, ["y"])["y"]
                same(data.astype("f4").astype(numpy_type(t)), got, f"{source} to {t}")


def test_every_code_back():
    for t in BITS:
        data = every_number(t)
        nodes = [helper.make_node("Cast", ["x"], [to], to=number(to)) for to in ("FLOAT", "FLOAT16", "DOUBLE")]
        got = run(model(nodes, {"x": t}, {"FLOAT": "FLOAT", "FLOAT16": "FLOAT16", "DOUBLE": "DOUBLE"}), {"x": data}, ["FLOAT", "FLOAT16", "DOUBLE"])
        for to, array in got.items():
            same(data.astype("f8").astype(numpy_type(to)), array, f"{t} to {to}")


def test_strings():
    nodes = [helper.make_node("Cast", ["x"], ["s"], to=TensorProto.STRING), helper.make_node("Cast", ["s"], ["y"], to=TensorProto.FLOAT8E5M2),
             helper.make_node("Cast", ["w"], ["i"], to=TensorProto.INT4)]
    x = np.array([0.25, -3.5, 57344, np.nan], ml_dtypes.float8_e5m2)
    words = np.array(["-3", "7", "2.9"], object)
    got = run(model(nodes, {"x": "FLOAT8E5M2", "w": "STRING"}, {"s": "STRING", "y": "FLOAT8E5M2", "i": "INT4"}), {"x": x, "w": words}, ["s", "y", "i"])
    same(x, got["y"], "from strings")
    assert list(got["s"][:2]) == ["0.25", "-3.5"], got["s"]
    same(np.array([-3, 7, 2], ml_dtypes.int4), got["i"], "from strings")


# ---- quantisation ----

def test_quantisation():
    """Per tensor, per axis and in blocks, against onnx.reference."""
    rng = np.random.default_rng(1)
    x = (rng.standard_normal((3, 8, 5)) * 6).astype("f4")
    scales = {"tensor": (np.array(0.7, "f4"), {}), "axis": (rng.uniform(0.2, 2, 8).astype("f4"), {"axis": 1}),
              "blocks": (rng.uniform(0.2, 2, (3, 3, 5)).astype("f4"), {"axis": -2, "block_size": 3})}
    for t, (kind, (scale, attrs)) in itertools.product([t for t in BITS if t != "FLOAT8E8M0"], scales.items()):
        nodes = [helper.make_node("QuantizeLinear", ["x", "s"], ["q"], output_dtype=number(t), **attrs),
                 helper.make_node("DequantizeLinear", ["q", "s"], ["y"], **attrs),
                 helper.make_node("DequantizeLinear", ["q", "s"], ["h"], output_dtype=TensorProto.FLOAT16, **attrs)]
        proto = model(nodes, {"x": "FLOAT", "s": "FLOAT"}, {"q": t, "y": "FLOAT", "h": "FLOAT16"})
        want = ReferenceEvaluator(proto).run(None, {"x": x, "s": scale})
        got = run(proto, {"x": x, "s": scale}, ["q", "y", "h"])
        for name, array in zip(["q", "y", "h"], want):
            same(array, got[name], f"{t} by {kind}: {name}")


def test_scales_of_float8e8m0():
    scale = np.array([0.5, 4], ml_dtypes.float8_e8m0fnu)
    x = np.array([[1, -3, 0.3], [9, 25, -100]], "f4")
    nodes = [helper.make_node("QuantizeLinear", ["x", "s"], ["q"], axis=0, output_dtype=TensorProto.FLOAT4E2M1),
             helper.make_node("DequantizeLinear", ["q", "s"], ["y"], axis=0, output_dtype=TensorProto.FLOAT)]
    got = run(model(nodes, {"x": "FLOAT", "s": "FLOAT8E8M0"}, {"q": "FLOAT4E2M1", "y": "FLOAT"}), {"x": x, "s": scale}, ["q", "y"])
    same(np.array([[2, -6, 0.5], [2, 6, -6]], ml_dtypes.float4_e2m1fn), got["q"], "codes")
    same(np.array([[1, -3, 0.25], [8, 24, -24]], "f4"), got["y"], "numbers")


# ---- files ----

def packed(array, name):
    codes, per = codes_of(array).ravel() & (2**BITS[name] - 1), 8 // BITS[name]
    codes = np.append(codes, np.zeros(-codes.size % per, np.uint8)).reshape(-1, per)
    return sum(codes[:, k].astype(np.uint16) << k * BITS[name] for k in range(per)).astype(np.uint8)


def constants(name, array, folder):
    """The same constant as raw data, as numbers, and in a file of its own."""
    raw = TensorProto(name="raw", data_type=number(name), dims=array.shape, raw_data=packed(array, name).tobytes())
    field = TensorProto(name="field", data_type=number(name), dims=array.shape, int32_data=[int(b) for b in packed(array, name)])
    outside = TensorProto(name="outside", data_type=number(name), dims=array.shape, data_location=TensorProto.EXTERNAL)
    with open(os.path.join(folder, f"{name}{array.size}.bin"), "wb") as f:
        f.write(b"\xff" * 3 + packed(array, name).tobytes())
    for key, value in (("location", f"{name}{array.size}.bin"), ("offset", "3"), ("length", str(packed(array, name).size))):
        outside.external_data.add(key=key, value=value)
    return [raw, field, outside]


def test_storage():
    """Read from each kind of storage, saved inside and outside, read again."""
    for t, count in itertools.product(BITS, (0, 1, 3, 5, 8, 5001)):
        array = np.resize(every_number(t), count)
        with tempfile.TemporaryDirectory() as folder:
            path, saved = (os.path.join(folder, f"{n}.onnx") for n in ("model", "saved"))
            nodes = [helper.make_node("Identity", [n], [n + "_out"]) for n in ("raw", "field", "outside")]
            outputs = {n + "_out": t for n in ("raw", "field", "outside")}
            with open(path, "wb") as f:
                f.write(model(nodes, {}, outputs, constants(t, array, folder)).SerializeToString())
            for file, options in ((path, ()), (saved, ("-o", saved)), (saved, ("--external-data", "-o", saved))):
                if options:
                    sard("optimize", path, "-O0", *options)
                    onnx.checker.check_model(file)
                    for constant in onnx.load(file).graph.initializer:
                        assert codes_of(numpy_helper.to_array(constant)).tobytes() == codes_of(array).tobytes(), f"{t}[{count}] {options}"
                for name, got in infer(file, {}, list(outputs)).items():
                    assert codes_of(got).tobytes() == codes_of(array).tobytes(), f"{t}[{count}] {options}: {name}"


def test_numpy_files():
    for t in BITS:
        array = every_number(t)
        with tempfile.TemporaryDirectory() as folder:
            path, own, written, again = (os.path.join(folder, n) for n in ("m.onnx", "own.npy", "written.npy", "again.pb"))
            onnx.save(model([helper.make_node("Identity", ["x"], ["y"])], {"x": t}, {"y": t}), path)
            np.save(own, array)
            sard("run", path, "--input", f"x={own}", "--output", f"y={written}")
            sard("run", path, "--input", f"x={written}", "--output", f"y={again}")
            back = numpy_helper.to_array(onnx.TensorProto.FromString(open(again, "rb").read()))
            assert codes_of(back).tobytes() == codes_of(array).tobytes(), t
            elements = np.load(written)
            if elements.dtype.kind in "iu":
                assert np.array_equal(elements, array.astype(np.int64)), t
            else:
                assert np.array_equal(elements.view(np.uint8), codes_of(array)), t


# ---- moving ----

def test_movement():
    """What only moves elements takes every type: against the same on uint8."""
    ints = {"two_six": [2, 6], "pads": [1, 0, 0, 2], "axis": [0], "shape": [2, 2]}
    constants_ = [numpy_helper.from_array(np.array(v, np.int64), n) for n, v in ints.items()]
    for t in [*BITS, "UINT8"]:
        data = np.resize(every_number(t) if t != "UINT8" else np.arange(256, dtype=np.uint8), (3, 4))
        one = helper.make_tensor("one", number(t), [1], packed(data.ravel()[1:2], t).tobytes() if t != "UINT8" else b"\1", raw=True)
        branch = [helper.make_graph([helper.make_node("Identity", [n], [n + "_b"])], "b", [], [helper.make_tensor_value_info(n + "_b", number(t), None)])
                  for n in ("x", "turned")]
        body = helper.make_graph([helper.make_node("Identity", ["c"], ["c_out"]), helper.make_node("Transpose", ["v"], ["v_out"])], "body",
                                 [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("c", TensorProto.BOOL, []),
                                  helper.make_tensor_value_info("v", number(t), None)],
                                 [helper.make_tensor_value_info("c_out", TensorProto.BOOL, []), helper.make_tensor_value_info("v_out", number(t), None)])
        nodes = [helper.make_node("Transpose", ["x"], ["turned"]), helper.make_node("Reshape", ["turned", "two_six"], ["reshaped"]),
                 helper.make_node("Pad", ["reshaped", "pads"], ["padded"]), helper.make_node("Unsqueeze", ["padded", "axis"], ["more"]),
                 helper.make_node("Squeeze", ["more", "axis"], ["less"]), helper.make_node("Flatten", ["less"], ["flat"]),
                 helper.make_node("ConstantOfShape", ["shape"], ["filled"], value=one), helper.make_node("If", ["cond"], ["chosen"],
                                                                                                          then_branch=branch[0], else_branch=branch[1]),
                 helper.make_node("Loop", ["trips", "", "x"], ["looped"], body=body)]
        outputs = {n: t for n in ("flat", "filled", "chosen", "looped")}
        proto = model(nodes, {"x": t, "cond": "BOOL", "trips": "INT64"}, outputs, constants_)
        got = run(proto, {"x": data, "cond": np.array(False), "trips": np.array(3, np.int64)}, list(outputs))
        reshaped = np.pad(codes_of(data).T.reshape(2, 6), ((1, 0), (0, 2)))
        want = {"flat": reshaped, "filled": np.full((2, 2), codes_of(data).ravel()[1] if t != "UINT8" else 1), "chosen": codes_of(data).T,
                "looped": codes_of(data).T}
        for name, array in want.items():
            assert np.array_equal(codes_of(got[name]), array), f"{t}: {name}\n{codes_of(got[name])}\n{array}"


def main():
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    failures = 0
    for name, test in sorted(globals().items()):
        if name.startswith("test_") and part in name:
            try:
                test()
            except Exception as error:  # one line for each
                failures += 1
                print(f"{name}: {type(error).__name__} {error}")
    print(f"{failures} failed")
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
