#!/usr/bin/env python3
"""Sequences and optionals as values of a run, compared with ONNX Runtime; what is wrong in a file or at run time is one clear line; what
`optimize -o` writes gives the same.
usage: test_sequence.py      SARD is the command; exit 77 (skipped) without `onnx` and `onnxruntime`
"""
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    import onnxruntime as ort
    from onnx import TensorProto as T
    from onnx import helper as h
    from onnx import numpy_helper
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

SARD = os.environ.get("SARD", "sard")
ort.set_default_logger_severity(4)
F = T.FLOAT


def tensor(name, dtype=F, shape=None):
    return h.make_tensor_value_info(name, dtype, shape)


def sequence(name, dtype=F):
    return h.make_tensor_sequence_value_info(name, dtype, None)


def optional(name, dtype=F):
    return h.make_value_info(name, h.make_optional_type_proto(h.make_tensor_type_proto(dtype, None)))


def ints(name, *values):
    return numpy_helper.from_array(np.array(values if len(values) != 1 else values[0], np.int64), name)


def model(nodes, inputs, outputs, constants=(), opset=18):
    graph = h.make_graph(nodes, "g", inputs, outputs, list(constants))
    return h.make_model(graph, opset_imports=[h.make_opsetid("", opset)], ir_version=10)


def body(nodes, inputs, outputs, constants=()):
    return h.make_graph(nodes, "body", inputs, outputs, list(constants))


N = h.make_node
ROUND = [tensor("i", T.INT64, []), tensor("go", T.BOOL, [])]
FILL = [N("Identity", ["go"], ["go_out"]), N("Cast", ["i"], ["fi"], to=1), N("Add", ["x", "fi"], ["item"])]
TRUE = numpy_helper.from_array(np.array(True), "yes")


def filled_in_a_loop():
    fill = body([*FILL, N("SequenceInsert", ["s", "item"], ["s_out"])], [*ROUND, sequence("s")], [tensor("go_out", T.BOOL), sequence("s_out")])
    return model([N("SequenceEmpty", [], ["s0"]), N("Loop", ["n", "yes", "s0"], ["s"], body=fill),
                  N("ConcatFromSequence", ["s"], ["stacked"], axis=0, new_axis=1), N("ConcatFromSequence", ["s"], ["joined"], axis=-1),
                  N("SequenceLength", ["s"], ["length"])],
                 [tensor("x", F, ["a", "b"]), tensor("n", T.INT64, [])],
                 [tensor("stacked"), tensor("joined"), tensor("length", T.INT64), sequence("s")], [TRUE])


def computed_positions():
    return model([N("SplitToSequence", ["x", "split"], ["s"], axis=1), N("SequenceLength", ["s"], ["length"]),
                  N("Sub", ["length", "one"], ["last"]), N("SequenceAt", ["s", "last"], ["a"]), N("SequenceAt", ["s", "at"], ["b"]),
                  N("SequenceErase", ["s", "at"], ["fewer"]), N("SequenceInsert", ["fewer", "a", "at"], ["more"])],
                 [tensor("x", F, ["a", 5]), tensor("at", T.INT64, [])], [tensor("a"), tensor("b"), sequence("fewer"), sequence("more")],
                 [ints("split", 1, 3, 1), ints("one", 1)])


def split_without_keepdims():
    return model([N("SplitToSequence", ["x"], ["s"], axis=1, keepdims=0), N("SplitToSequence", ["x", "two"], ["pairs"], axis=0)],
                 [tensor("x", F, ["a", "b"])], [sequence("s"), sequence("pairs")], [ints("two", 2)])


def mapped():
    each = body([N("Mul", ["item", "other"], ["m"]), N("Add", ["m", "bias"], ["y"]), N("Shape", ["item"], ["z"])],
                [tensor("item"), tensor("other"), tensor("bias")], [tensor("y"), tensor("z", T.INT64)])
    return model([N("SequenceMap", ["s", "t", "bias"], ["ys", "zs"], body=each)],
                 [sequence("s"), sequence("t"), tensor("bias", F, [1])], [sequence("ys"), sequence("zs", T.INT64)])


def captured_and_nested():
    keep = body([N("SequenceInsert", ["s", "item"], ["kept"])], [], [sequence("kept")])
    leave = body([N("Identity", ["s"], ["left"])], [], [sequence("left")])
    fill = body([N("SequenceAt", ["outer", "i"], ["item"]), N("ReduceSum", ["item"], ["sum"], keepdims=0), N("Greater", ["sum", "zero"], ["more"]),
                 N("If", ["more"], ["s_out"], then_branch=keep, else_branch=leave), N("Identity", ["go"], ["go_out"])],
                [*ROUND, sequence("s")], [tensor("go_out", T.BOOL), sequence("s_out")])
    return model([N("SequenceLength", ["outer"], ["n"]), N("SequenceEmpty", [], ["s0"]), N("Loop", ["n", "yes", "s0"], ["s"], body=fill)],
                 [sequence("outer")], [sequence("s"), tensor("n", T.INT64)], [TRUE, numpy_helper.from_array(np.float32(0), "zero")])


def known_in_a_branch():
    """A list that is known while importing, read by a branch and given out."""
    at = body([N("SequenceAt", ["s", "at"], ["a"])], [], [tensor("a")])
    first = body([N("Identity", ["x"], ["b"])], [], [tensor("b")])
    return model([N("Relu", ["x"], ["r"]), N("SequenceConstruct", ["x", "r"], ["s"]), N("If", ["c"], ["y"], then_branch=at, else_branch=first)],
                 [tensor("x", F, ["a"]), tensor("at", T.INT64, []), tensor("c", T.BOOL, [])], [tensor("y"), sequence("s")])


def strings():
    return model([N("SplitToSequence", ["x"], ["s"], axis=0), N("SequenceInsert", ["s", "x", "at"], ["t"])],
                 [tensor("x", T.STRING, ["a"]), tensor("at", T.INT64, [])], [sequence("t", T.STRING)])


def maybe():
    has = body([N("OptionalGetElement", ["o"], ["e"])], [], [tensor("e")])
    lacks = body([N("Identity", ["x"], ["d"])], [], [tensor("d")])
    return model([N("OptionalHasElement", ["o"], ["has"]), N("If", ["has"], ["y"], then_branch=has, else_branch=lacks)],
                 [optional("o"), tensor("x", F, ["a"])], [tensor("has", T.BOOL), tensor("y")])


def f32(*shape):
    return (np.arange(np.prod(shape, dtype=int)) - 2).reshape(shape).astype(np.float32)


I = np.int64
RIGHT = [
    (filled_in_a_loop(), {"x": f32(2, 3), "n": I(4)}), (filled_in_a_loop(), {"x": f32(2, 0), "n": I(1)}),
    (computed_positions(), {"x": f32(2, 5), "at": I(-1)}), (computed_positions(), {"x": f32(3, 5), "at": I(1)}),
    (split_without_keepdims(), {"x": f32(5, 3)}), (split_without_keepdims(), {"x": f32(0, 3)}),
    (mapped(), {"s": [f32(2), f32(3, 1)], "t": [f32(2), f32(1, 4)], "bias": f32(1)}),
    (captured_and_nested(), {"outer": [f32(3), f32(2, 4), f32(1)]}), (captured_and_nested(), {"outer": [f32(1)]}),
    (known_in_a_branch(), {"x": f32(4), "at": I(-1), "c": np.bool_(True)}), (known_in_a_branch(), {"x": f32(4), "at": I(0), "c": np.bool_(False)}),
    (strings(), {"x": np.array(["a", "", "long enough to matter"], object), "at": I(1)}),
    (maybe(), {"o": f32(2), "x": f32(3)}), (maybe(), {"o": None, "x": f32(3)}),
]


def endless():
    fill = body([*FILL, N("SequenceInsert", ["s", "item"], ["s_out"])], [*ROUND, sequence("s")], [tensor("go_out", T.BOOL), sequence("s_out")])
    return model([N("SequenceEmpty", [], ["s0"]), N("Loop", ["", "yes", "s0"], ["s"], body=fill)], [tensor("x", F, [])], [sequence("s")], [TRUE])


def mixed():
    return model([N("SequenceEmpty", [], ["s0"], dtype=7), N("SequenceInsert", ["s0", "x", "at"], ["s"])],
                 [tensor("x", F, [2]), tensor("at", T.INT64, [])], [sequence("s")])


def other_branch():
    one, two = (body([N("SequenceEmpty", [], [f"b{t}"], dtype=t)], [], [sequence(f"b{t}", t)]) for t in (1, 7))
    return model([N("If", ["c"], ["s"], then_branch=one, else_branch=two)], [tensor("c", T.BOOL, [])], [sequence("s")])


def given_to(op, opset, *more):
    """A list that is known while importing as the input of an operator that knows none."""
    return model([N("SequenceConstruct", ["x"], ["s"]), N(op, ["s", *more], ["y"], name="y")], [tensor("x", F, [2, 3])], [tensor("y")],
                 opset=opset)


WRONG = [
    (computed_positions(), {"x": f32(2, 5), "at": I(3)}, "SequenceAt 'b': position 3 in a sequence of 3"),
    (computed_positions(), {"x": f32(2, 5), "at": I(-4)}, "SequenceAt 'b': position -4 in a sequence of 3"),
    (filled_in_a_loop(), {"x": f32(1, 1), "n": I(0)}, "ConcatFromSequence 'stacked': a sequence without items cannot be concatenated"),
    (endless(), {"x": f32()}, "a sequence of more than"),
    (mixed(), {"x": f32(2), "at": I(0)}, "SequenceInsert 's': input tensor is float32, but the sequence is seq(int64)"),
    (other_branch(), {"c": np.bool_(True)}, "If 's': output 0 is seq(float32) in one branch, seq(int64) in the other"),
    (given_to("LogSoftmax", 11), {"x": f32(2, 3)}, "input data is seq(float32), must be one of"),
    (given_to("SplitToSequence", 18), {"x": f32(2, 3)}, "input input is seq(float32), must be one of"),
    (given_to("SequenceConstruct", 18, "x"), {"x": f32(2, 3)}, "SequenceConstruct 'y': input inputs is seq(float32)"),
    (given_to("SequenceInsert", 18, "s"), {"x": f32(2, 3)}, "'y': input inputs is seq(float32), must be one of"),
    (mapped(), {"s": [f32(1)], "t": [], "bias": f32(1)}, "SequenceMap 'ys': sequences of 1 and 0 items"),
    (mapped(), {"s": [I(1)], "t": [f32(1)], "bias": f32(1)}, "an item is int64, must be float32"),
]


def proto(value, info):
    kind = info.type.WhichOneof("value")
    if kind == "tensor_type":
        return numpy_helper.from_array(np.asarray(value), info.name)
    return (numpy_helper.from_list if kind == "sequence_type" else numpy_helper.from_optional)(value, info.name)


def run(path, file, given, folder):
    args = [SARD, "run", path]
    for info in file.graph.input:
        name = os.path.join(folder, f"{info.name}.pb")
        with open(name, "wb") as f:
            f.write(proto(given[info.name], info).SerializeToString())
        args += ["--input", f"{info.name}={name}"]
    return subprocess.run([*args, "--output", os.path.join(folder, "out.npz")], capture_output=True, text=True, timeout=60)


def flat(name, value):
    return {f"{name}_{i}": v for i, v in enumerate(value)} if isinstance(value, list) else {name: value}


def differences(path, file, given, expected, folder):
    result = run(path, file, given, folder)
    if result.returncode:
        return result.stderr.strip()
    got = dict(np.load(os.path.join(folder, "out.npz"), allow_pickle=True))
    if sorted(got) != sorted(expected):
        return f"outputs are {sorted(got)}, must be {sorted(expected)}"
    wrong = [k for k, v in expected.items() if got[k].shape != np.shape(v) or not (got[k].astype(np.asarray(v).dtype) == v).all()]
    return f"{wrong} differ" if wrong else ""


def save(file, folder):
    path = os.path.join(folder, "model.onnx")
    onnx.save(file, path)
    return path


def check_right(file, given, folder):
    path, saved = save(file, folder), os.path.join(folder, "saved.onnx")
    session = ort.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])
    results = session.run(None, {k: v if v is None or isinstance(v, list) else np.asarray(v) for k, v in given.items()})
    expected = {k: v for o, r in zip(file.graph.output, results) for k, v in flat(o.name, r).items()}
    wrong = differences(path, file, given, expected, folder)
    if wrong:
        return wrong
    export = subprocess.run([SARD, "optimize", path, "-o", saved], capture_output=True, text=True)
    if export.returncode:
        return f"optimize -o: {export.stderr.strip()}"
    ort.InferenceSession(saved, providers=["CPUExecutionProvider"])
    wrong = differences(saved, file, given, expected, folder)
    return f"saved: {wrong}" if wrong else ""


def check_wrong(file, given, text, folder):
    result = run(save(file, folder), file, given, folder)
    lines = result.stderr.strip().splitlines()
    return "" if result.returncode == 2 and len(lines) == 1 and text in lines[0] else f"exit {result.returncode}, {lines}, must say {text!r}"


def check_diff(folder):
    """Lists are not compared; that must not look as if they were equal."""
    run = subprocess.run([SARD, "diff", save(split_without_keepdims(), folder)], capture_output=True, text=True)
    return "" if run.returncode == 2 and "output 's' is seq(float32): diff compares tensors alone" in run.stderr else f"diff: {run}"


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        wrong = check_diff(folder)
    if wrong:
        failed += 1
        print(wrong)
    for check, cases in ((check_right, RIGHT), (check_wrong, WRONG)):
        for i, case in enumerate(cases):
            with tempfile.TemporaryDirectory() as folder:
                wrong = check(*case, folder)
            if wrong:
                failed += 1
                print(f"{check.__name__} {i}: {wrong}")
    print(f"{len(RIGHT) + len(WRONG) + 1} cases, {failed} wrong")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
