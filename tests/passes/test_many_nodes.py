#!/usr/bin/env python3
"""Graphs of many nodes, each of a shape for which some loop could look at all nodes for each node: they load, are optimised and are saved in
a time that a few times as many nodes do not make many times longer.

usage: test_many_nodes.py [nodes]      SARD is the command; exit 77 (skipped) without `onnx`
"""
import os
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import onnx
from onnx import TensorProto, helper

# Debug builds verify the graph over and over; release ones take a second for 100,000 nodes.
NODES, SECONDS, MOST_MEMORY = 20_000, 20, 1 << 30
SQUARE = [1, 3, 4, 4]


def value(name, shape=(4,), dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def number(name, x):
    return helper.make_tensor(name, TensorProto.FLOAT, [], [x])


def chain(ops, n):
    """Each node takes the result of the one before it; ops[k](from, to)."""
    names = ["x"] + [f"t{i}" for i in range(n)]
    return [ops[i % len(ops)](names[i], names[i + 1]) for i in range(n)], names[-1]


def fan(n, **attrs):
    return [helper.make_node("LeakyRelu", ["x"], [f"t{i}"], **{k: v(i) for k, v in attrs.items()}) for i in range(n)]


def sums_of_constants(n):
    nodes, y = chain([lambda a, b: helper.make_node("Add", [a, "w"], [b])], n)
    return nodes, [value("x")], [value(y)], [number("w", 1)]


def transposed_sums(n):
    turn = lambda perm: lambda a, b: helper.make_node("Transpose", [a], [b], perm=perm)
    nodes, y = chain([turn([0, 2, 3, 1]), lambda a, b: helper.make_node("Add", [a, "w"], [b]), turn([0, 3, 1, 2])], n // 3 * 3)
    return nodes, [value("x", SQUARE)], [value(y, SQUARE)], [number("w", 0.5)]


def taken_names(n):
    """What passes call their values is what the file calls others."""
    nodes = [helper.make_node("Elu", ["x"], [f"w_{i}"], alpha=0.5 + i / n) for i in range(n)]
    more, y = chain([lambda a, b: helper.make_node("Add", [a, "w"], [b])], n)
    return nodes + more, [value("x")], [value(y), *(value(f"w_{i}") for i in range(n))], [number("w", 1)]


def users_of_one_value(n):
    return fan(n, alpha=lambda i: i / n) + [helper.make_node("Sum", [f"t{i}" for i in range(n)], ["y"])], [value("x")], [value("y")], []


def twins(n):
    return fan(n, alpha=lambda i: 0.5) + [helper.make_node("Sum", [f"t{i}" for i in range(n)], ["y"])], [value("x")], [value("y")], []


def branches(n):
    nodes = fan(n, alpha=lambda i: i / n) + [helper.make_node("Concat", [f"t{i}" for i in range(n)], ["c"], axis=1)]
    return nodes + [helper.make_node("Transpose", ["c"], ["y"], perm=[0, 2, 3, 1])], [value("x", SQUARE)], [value("y", None)], []


def transposed_branches(n):
    nodes = fan(n // 2, alpha=lambda i: i / n)
    nodes += [helper.make_node("Transpose", [f"t{i}"], [f"u{i}"], perm=[0, 2, 3, 1]) for i in range(n // 2)]
    return nodes + [helper.make_node("Sum", [f"u{i}" for i in range(n // 2)], ["y"])], [value("x", SQUARE)], [value("y", None)], []


def outputs(n):
    return fan(n, alpha=lambda i: i / n), [value("x")], [value(f"t{i}") for i in range(n)], []


def equal_outputs(n):
    return fan(n, alpha=lambda i: 0.5), [value("x")], [value(f"t{i}") for i in range(n)], []


def captures(n):
    inner = helper.make_graph([helper.make_node("Sum", [f"t{i}" for i in range(n)], ["s"])], "then", [], [value("s")])
    other = helper.make_graph([helper.make_node("Relu", ["x"], ["o"])], "else", [], [value("o")])
    choice = helper.make_node("If", ["p"], ["y"], then_branch=inner, else_branch=other)
    return fan(n, alpha=lambda i: i / n) + [choice], [value("x"), value("p", [], TensorProto.BOOL)], [value("y")], []


def inputs(n):
    nodes = [helper.make_node("Relu", [f"x{i}"], [f"y{i}"]) for i in range(n)]
    return nodes, [value(f"x{i}", [f"d{i}"]) for i in range(n)], [value(f"y{i}", [f"d{i}"]) for i in range(n)], []


def colliding_names(n):
    """Names that FNV-1a, without a secret, puts into one place of a table: the same low bits of their hashes."""
    names, i = [], 0
    while len(names) < min(n, 1000):
        h = 14695981039346656037
        for c in f"n{i}".encode():
            h = (h ^ c) * 1099511628211 & (1 << 64) - 1
        if h & 127 == 0:
            names.append(f"n{i}")
        i += 1
    ends = ["x"] + names
    return [helper.make_node("Sigmoid", [a], [b]) for a, b in zip(ends, ends[1:])], [value("x")], [value(ends[-1])], []


FORMS = [sums_of_constants, transposed_sums, taken_names, users_of_one_value, twins, branches, transposed_branches, outputs, equal_outputs,
         captures, inputs, colliding_names]


def bounded():
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))


def run(*args):
    """(seconds, what is wrong)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([command.SARD, *args], capture_output=True, text=True, preexec_fn=bounded)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = f"exit {done.returncode}: {done.stderr[:200]}" if done.returncode else ""
    return seconds, said or (f"{after.ru_maxrss >> 10} MB" if after.ru_maxrss * 1024 > MOST_MEMORY else "")


def main():
    n, failed = int(sys.argv[1]) if len(sys.argv) > 1 else NODES, 0
    for form in FORMS:
        nodes, ins, outs, constants = form(n)
        graph = helper.make_graph(nodes, form.__name__, ins, outs, constants)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "m.onnx")
            onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
            runs = [run("check", path), run("optimize", path, "-O3"), run("optimize", path, "-o", os.path.join(folder, "saved.onnx"))]
            if form is inputs:
                runs.append(run("run", path, "--random", "1", "--json"))
        print(form.__name__, *(f"{seconds:.2f} s {said}" for seconds, said in runs), flush=True)
        failed += any(said for _, said in runs)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
