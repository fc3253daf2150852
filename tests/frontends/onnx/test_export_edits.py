#!/usr/bin/env python3
"""Saved files of random networks, as they are and edited: onnx's checker takes them, and their answer is that of the original.

Answers come from onnxruntime where Python has it, else from sard's own evaluation.
usage: test_export_edits.py [first seed [count]]      SARD is the command; exit 77 (skipped) without `onnx`
"""
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import command
import numpy as np
import onnx
import peer
from onnx import helper, numpy_helper
from random_graphs import random_graph

SHARE = 1e-5  # of an output's deviation


def answer(path, inputs, names):
    """{name: array}"""
    if peer.onnxruntime:
        return dict(zip(names, peer.session(path, 1, plain=True).run(names, inputs)))
    return command.infer(path, inputs, names, "-O0", "--backend", "reference")


def shape_of(value):
    return [d.dim_value if d.WhichOneof("value") == "dim_value" else d.dim_param for d in value.type.tensor_type.shape.dim]


class Case:
    def __init__(self, seed, folder):
        self.model, self.inputs = random_graph(seed)
        self.rng = np.random.default_rng(seed)
        self.path, self.made = os.path.join(folder, f"{seed}.onnx"), os.path.join(folder, f"{seed}_made.onnx")
        onnx.save(self.model, self.path)
        self.names = [o.name for o in self.model.graph.output]
        self.expected = answer(self.path, self.inputs, self.names)

    def save(self, *args):
        command.sard("optimize", self.path, *args, "-o", self.made)
        onnx.checker.check_model(self.made, full_check=True)
        return onnx.load(self.made)

    def compare(self, inputs, expected):
        got = answer(self.made, inputs, list(expected))
        for name, want in expected.items():
            scale = max(float(want.std()), 1e-2) if want.size else 1
            off = np.abs(want - got[name]).max(initial=0) / scale if want.shape == got[name].shape else np.inf
            assert off <= SHARE, f"{name}: {want.shape}, {got[name].shape}: off by {off:.1e} of the deviation"


def count(model, op):
    return sum(n.op_type == op for n in model.graph.node)


def plain(case):
    for level in ("-O0", "-O2", "-O3"):
        model = case.save(level)
        assert [o.name for o in model.graph.output] == case.names
        assert count(model, "Transpose") <= count(case.model, "Transpose"), "has more Transposes"
        assert len({n.name for n in model.graph.node if n.name}) == sum(bool(n.name) for n in model.graph.node), "two nodes have a name"
        case.compare(case.inputs, case.expected)


def other_opsets(case):
    for opset in (13, 18, 24):
        model = case.save("--opset", opset)
        assert model.opset_import[0].version == opset
        if opset < 24 or not peer.onnxruntime:
            case.compare(case.inputs, case.expected)


def external(case):
    case.save("--external-data")
    case.compare(case.inputs, case.expected)


def is_picture(array):
    return array.ndim == 4


def layout(case):
    """Pictures turned on both sides."""
    x = case.inputs["x"]
    if x.shape[3] in (1, 3, 4) and x.shape[1] not in (1, 3, 4):
        return
    model = case.save("--layout", "nhwc")
    turned = {n: v.transpose(0, 2, 3, 1) if is_picture(v) else v for n, v in case.expected.items()}
    assert shape_of(model.graph.input[0])[3] == x.shape[1]
    case.compare({"x": x.transpose(0, 2, 3, 1)}, turned)


def batch(case):
    """Twice the batch: both halves are the answer."""
    n = case.inputs["x"].shape[0]
    try:
        model = case.save("--batch", 2 * n)
    except command.Refused as refused:
        assert any(w in str(refused) for w in ("--batch", "Reshape", "cannot be broadcast")), refused
        return
    assert shape_of(model.graph.input[0])[0] == 2 * n
    case.compare({"x": np.concatenate([case.inputs["x"]] * 2)}, {k: np.concatenate([v] * 2) for k, v in case.expected.items()})


def input_shape(case):
    shape = case.inputs["x"].shape
    model = case.save("--input-shape", "x=" + "x".join(["B", *map(str, shape[1:])]))
    assert shape_of(model.graph.input[0]) == ["B", *shape[1:]]
    case.compare(case.inputs, case.expected)


def extract(case):
    """The graph in two: the first part's results go into the second."""
    made = [o for n in case.model.graph.node if n.op_type != "Constant" for o in n.output]
    middle = made[int(case.rng.integers(len(made)))]
    case.save("--extract", f",{middle}")
    halfway = answer(case.made, case.inputs, [middle])
    last = case.names[-1]
    if last == middle:
        return
    try:
        model = case.save("--extract", f"{middle},{last}")
    except command.Refused as refused:  # the rest depends on x as well, or not on this value
        if "also depends on input 'x'" not in str(refused):
            assert "nothing that is asked for depends" in str(refused), refused
            return
        model = case.save("--extract", f"{middle},{last}", "--extract", "x,")
        halfway["x"] = case.inputs["x"]
    used = {name for n in model.graph.node for name in n.input} | {o.name for o in model.graph.output}
    assert all(t.name in used for t in model.graph.initializer)
    assert {i.name for i in model.graph.input} == set(halfway)
    case.compare(halfway, {last: case.expected[last]})


def fixed_batch(folder):
    """Reshapes to sizes that begin with the batch follow another one; a batch that is written elsewhere is told."""
    path, made = os.path.join(folder, "fixed.onnx"), os.path.join(folder, "fixed_made.onnx")

    def model(sizes, allowzero):
        attrs = {"allowzero": 1} if allowzero else {}
        node = helper.make_node("Reshape", ["x", "sizes"], ["y"], **attrs)
        x, y = (helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in (("x", [1, 4]), ("y", None)))
        graph = helper.make_graph([node], "g", [x], [y], [numpy_helper.from_array(np.array(sizes, "i8"), "sizes")])
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)

    x = np.arange(12, dtype="f4").reshape(3, 4)
    for sizes, allowzero in ((1, 2, 2), False), ((1, 2, 2), True), ((1, -1), False), ((1, 0), False):
        model(sizes, allowzero)
        command.sard("optimize", path, "--batch", 3, "-o", made)
        got = answer(made, {"x": x}, ["y"])["y"]
        assert np.array_equal(got, x.reshape(3, *([-1] if sizes[1] < 1 else sizes[1:]))), (sizes, allowzero, got.shape)
    model((1, 4, 1), False)
    command.sard("optimize", path, "--batch", "N", "-o", made)
    assert shape_of(onnx.load(made).graph.output[0]) == ["N", 4, 1]
    model((1, -1), True)  # neither -1 nor 0 can stand for the batch
    try:
        command.sard("optimize", path, "--batch", 3, "-o", made)
        assert False, "a batch that is written into the graph was not seen"
    except command.Refused as refused:
        assert "output 'y' stays [1, 12], its batch is written into the graph" in str(refused), refused


CHECKS = [plain, other_opsets, external, layout, batch, input_shape, extract]


def check(seed, folder):
    """What is wrong, or ''."""
    at = "original"
    try:
        case = Case(seed, folder)
        for test in CHECKS:
            at = test.__name__
            test(case)
    except Exception as error:
        return f"{at}: {str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__}"
    return ""


def main():
    first, count = [*map(int, sys.argv[1:3]), *(1, 24)[len(sys.argv) - 1 :]]
    seeds = range(first, first + count)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        fixed_batch(folder)
        results = list(pool.map(lambda seed: check(seed, folder), seeds))
    for seed, result in zip(seeds, results):
        if result:
            print(f"seed {seed}: {result}")
    print(f"seeds {first} to {first + count - 1}: {results.count('')} right, {count - results.count('')} wrong")
    sys.exit(any(results))


if __name__ == "__main__":
    main()
