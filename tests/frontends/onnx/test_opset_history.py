#!/usr/bin/env python3
"""Every version of every operator of the standard: random nodes through the command, onnx.reference and onnxruntime.

usage: test_opset_history.py [operator[-version] ...]   SARD is the command; ROUNDS nodes of each; exit 77 (skipped) without `onnx`
sard must agree with both; where the witnesses differ from each other, RIGHT names the one that the standard's text agrees with and why.
An operator without a generator (tests/support/opset_*.py) fails, as does one that no witness knows, unless EXCLUDED says why.
"""
import os
import sys
import tempfile
import warnings
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import command
import numpy as np
import onnx
import opset_cases  # noqa: F401  the generators register themselves
import opset_layers  # noqa: F401
import opset_random
import opset_twins
import peer
from onnx import helper as h
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator

ROUNDS = int(os.environ.get("ROUNDS", "2"))
EXCLUDED = {
    "Bernoulli": "random numbers, of which no two engines draw the same: tests/ops/test_random.c",
    "Multinomial": "random numbers", "RandomNormal": "random numbers", "RandomNormalLike": "random numbers",
    "RandomUniform": "random numbers", "RandomUniformLike": "random numbers",
    "ImageDecoder": "compressed pictures: the node cases have them", "Optional": "no tensors: the node cases",
    "OptionalGetElement": "no tensors: the node cases", "OptionalHasElement": "no tensors: the node cases",
    "SequenceMap": "no tensors: the node cases", "RegexFullMatch": "strings: the node cases", "StringConcat": "strings: the node cases",
    "StringNormalizer": "strings: the node cases", "StringSplit": "strings: the node cases", "TfIdfVectorizer": "strings: the node cases",
}
LATER = "the reference has the meaning of a later version"
# (operator, first version, last): the witness that the text of the standard agrees with, and what is wrong with the other
RIGHT = {
    ("BatchNormalization", 7, 13): ("onnxruntime", "the reference normalises by the running statistics when it trains"),
    ("Dropout", 7, 11): ("onnxruntime", LATER + ": a mask of True, whatever the type of the data"),
    ("GRU", 1, 99): ("onnxruntime", "the reference ignores clip and sequence_lens"),
    ("GlobalMaxPool", 1, 99): ("onnxruntime", "of an input of rank 3 the reference makes one of rank 2"),
    ("GridSample", 16, 99): ("onnxruntime", "with padding border the reference moves the place, not what is read around it"),
    ("Hardmax", 1, 12): ("onnxruntime", LATER), ("LogSoftmax", 1, 12): ("onnxruntime", LATER), ("Softmax", 1, 12): ("onnxruntime", LATER),
    ("LRN", 1, 99): ("onnxruntime", "the reference counts pictures where it should count channels"),
    ("LSTM", 1, 99): ("onnxruntime", "the reference ignores clip and sequence_lens"),
    ("Loop", 1, 99): ("onnxruntime", "the reference concatenates what is to be stacked"),
    ("LpNormalization", 1, 99): ("onnxruntime", "the reference sums for p = 1 without the absolute value"),
    ("MaxPool", 1, 99): ("onnxruntime", "the reference takes pads in another order where strides are 1"),
    ("MeanVarianceNormalization", 9, 99): ("reference", "onnxruntime gives NaN where all elements are the same"),
    ("RNN", 1, 99): ("onnxruntime", "the reference ignores clip and sequence_lens"),
    ("RoiAlign", 10, 15): ("onnxruntime", LATER),
}


def histories():
    found = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain == "" and not schema.deprecated:
            found.setdefault(schema.name, []).append(schema)
    return {name: sorted(schemas, key=lambda s: s.since_version) for name, schemas in sorted(found.items())}


def types_of(schema):
    names = {"tensor(float)": "float32", "tensor(double)": "float64"}
    return {names.get(t, t[7:-1]) for t in schema.inputs[0].types} if schema.inputs else set()


def model_of(case, op, version, const):
    """(model, what it is fed, names of its outputs); const: which inputs are initialisers."""
    feeds = {f"i{k}": np.asarray(v) for k, v in enumerate(case.inputs) if v is not None}
    const = {f"i{k}" for k in const}
    names = [f"i{k}" if v is not None else "" for k, v in enumerate(case.inputs)]
    outputs = [f"y{k}" for k in range(case.outputs)]
    graph = h.make_graph(case.nodes or [h.make_node(op, names, outputs, **case.attrs)], "g",
                         [h.make_tensor_value_info(n, h.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in feeds.items() if n not in const],
                         [onnx.ValueInfoProto(name=n) for n in outputs],
                         [numpy_helper.from_array(v, n) for n, v in feeds.items() if n in const])
    ir = 4 if version < 11 else 8 if version < 19 else 10
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", version)], ir_version=ir)
    return model, {n: v for n, v in feeds.items() if n not in const}, outputs


def by_reference(model, feeds):
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return [np.asarray(y) for y in ReferenceEvaluator(model).run(None, feeds)]
    except Exception:  # it raises whatever numpy does for what it does not know
        return None


def by_onnxruntime(path, feeds):
    try:
        return peer.session(path, 1, True).run(None, feeds) if peer.onnxruntime else None
    except Exception:  # several types, for operators, versions and element types that it lacks
        return None


def unlike(want, got):
    """'' if they agree."""
    if len(want) > len(got):
        return f"{len(want)} results, not {len(got)}"
    for k, (w, g) in enumerate(zip(want, got)):
        if w.shape != g.shape or w.dtype != g.dtype:
            return f"y{k}: {g.dtype}{list(g.shape)}, not {w.dtype}{list(w.shape)}"
        top = np.abs(w[np.isfinite(w)]).max(initial=1) if w.dtype.kind == "f" else 0
        near = np.isclose(g, w, rtol=1e-4, atol=2e-5 * top, equal_nan=True) if w.dtype.kind == "f" else g == w
        if not near.all():
            return f"y{k}: {g[~near][:4]}, not {w[~near][:4]}"
    return ""


def right_one(op, version):
    return next((name for (o, first, last), (name, _) in RIGHT.items() if o == op and first <= version <= last), None)


def ask(case, op, version, const, path):
    """{witness: answer} of those that the standard agrees with."""
    later, twin = opset_twins.twin_of(op, version, case)
    model, feeds, _ = model_of(twin, op, later, const)
    onnx.save(model, path)
    answers = {"reference": by_reference(model, feeds), "onnxruntime": by_onnxruntime(path, feeds)}
    right = right_one(op, version)
    return {name: y for name, y in answers.items() if y is not None and right in (None, name)}


def check(schema, seed, path):
    """(witnesses that answered, what is wrong)"""
    op, version = schema.name, schema.since_version
    r = opset_random.Random(seed, types_of(schema))
    case = opset_random.GENERATORS[op](r, version, op)
    const = {k for k in range(len(case.inputs)) if k in case.const or (k and r.int(0, 2) == 0)}
    answers = ask(case, op, version, const, path)
    model, feeds, outputs = model_of(case, op, version, const)
    onnx.save(model, path)
    what = f"{op}-{version} {[(v.dtype.name, v.shape) for v in feeds.values()]} {case.attrs if not case.nodes else ''}"
    try:
        got = command.infer(path, feeds, outputs)
    except command.Refused as error:
        return answers, f"{what}: {error}"
    wrong = {name: unlike(y, [got[n] for n in outputs]) for name, y in answers.items()}
    texts = [f"{name} differs: {text}" for name, text in wrong.items() if text]
    return answers, f"{what}: " + "; ".join(texts) if texts else ""


def main():
    wanted, problems, unknown, count = set(sys.argv[1:]), [], [], 0
    with tempfile.TemporaryDirectory() as folder:
        for op, schemas in histories().items():
            for schema in schemas:
                label = f"{op}-{schema.since_version}"
                if wanted and not wanted & {op, label}:
                    continue
                if op in EXCLUDED:
                    continue
                if op not in opset_random.GENERATORS:
                    problems.append(f"{label}: no generator")
                    continue
                seen = set()
                for k in range(ROUNDS):
                    answers, problem = check(schema, zlib.crc32(f"{label} {k}".encode()), os.path.join(folder, "m.onnx"))
                    seen |= set(answers)
                    problems += [problem] if problem else []
                count += 1
                unknown += [label] if not seen else []
    print("\n".join(problems))
    print("no witness:", *unknown)
    print(f"{count} versions, {len(problems)} problems")
    return bool(problems or unknown)


if __name__ == "__main__":
    sys.exit(main())
