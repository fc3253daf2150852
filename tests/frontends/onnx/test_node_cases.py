#!/usr/bin/env python3
"""The official node cases of the PyPI `onnx` through the command, plain ones and those written out as function bodies.

Cases of EXCLUDED are not run. A case is right when sard's outputs are those expected, or when sard refuses it for a good reason: an operator that `sard ops` does
not list (one that is written out in others may want a constant), an element type that it does not list for that input, a sequence or
an optional where the graph's own inputs have one.
usage: test_node_cases.py [part of a case's name]      SARD is the command; exit 77 (skipped) without `onnx`
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor

try:
    import numpy as np
    import onnx
    from onnx import numpy_helper
    from onnx.backend.test.case.node import collect_testcases
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

warnings.filterwarnings("ignore")
SARD = os.environ.get("SARD", "sard")

# So many of the plain cases pass: a lost operator shows.
PLAIN_CASES = 1386
# Cases that are not run, by the beginnings of their names.
EXCLUDED = {
    "test_adagrad": "training: ai.onnx.preview.training",
    "test_adam": "training: ai.onnx.preview.training",
    "test_momentum": "training: ai.onnx.preview.training",
    "test_nesterov_momentum": "training: ai.onnx.preview.training",
    "test_gradient": "training: ai.onnx.preview.training",
    "test_bernoulli": "its numbers are NumPy's, from a state that no seed gives; tests/ops/test_random.py compares those of a seed",
}
# Not run either, by whole names, as their bodies are: NumPy rounds to bfloat16 after each step, within the softmax too; sard rounds once.
STEPWISE = {"test_attention_4d_causal_bf16", "test_attention_4d_padded_kv_bf16", "test_attention_4d_causal_padded_kv_bf16",
            "test_attention_4d_attn_mask_causal_bf16", "test_attention_3d_causal_bf16"}
# Element types that sard knows by name only.
NAMES_ONLY = {"complex64", "complex128", "float6e2m3", "float6e3m2"}
# Function bodies round after each operator, and each implementation rounds elsewhere.
BODY_TOLERANCE = {"float16": 2**-9, "bfloat16": 2**-6}


def is_excluded(name):
    return name in STEPWISE or name.startswith(tuple(EXCLUDED))


def listed_operators():
    out = subprocess.run([SARD, "ops", "--json"], check=True, capture_output=True, text=True).stdout
    return {op["name"]: {port["name"]: set(port["dtypes"]) for port in op["inputs"]} for op in json.loads(out)["operators"]}


def good_reason(line, listed):
    """Whether a line of a refusal names something that sard says it does not have."""
    operator = re.search(r": (\w+) '[^']*': (there is no such operator|\w+ must be known before the run)", line)
    if operator:
        return operator[1] not in listed or " in domain " in line
    port = re.search(r": (\w+) '[^']*': input (\S+) is (\w+), must be one of ", line)
    if port:
        return port[3] not in listed[port[1]][port[2]]
    if re.search(r": ImageDecoder '[^']*': encoded_stream: a (JPEG 2000|TIFF|WebP) file; ", line):
        return True
    type_name = re.search(r"(?:: |\()(\w+)(?:\), which)? is not supported", line)
    if type_name:
        return type_name[1] in NAMES_ONLY
    return False


def refusal(run, path, listed):
    """'' if a refusal is as it should be, else what is wrong."""
    lines = run.stderr.splitlines()
    if run.returncode != 2 or len(lines) != 1 or run.stdout:
        return f"exit {run.returncode}, {len(lines)} lines: {(run.stderr or run.stdout).strip()[:300]}"
    if not lines[0].startswith(f"sard: {path}: ") or not good_reason(lines[0], listed):
        return f"refused: {lines[0]}"
    return ""


def proto(value, info):
    """A value of a case as the message of its kind."""
    kind = info.type.WhichOneof("value")
    if kind == "optional_type":
        return numpy_helper.from_optional(value, info.name)
    if kind == "sequence_type":
        return numpy_helper.from_list(list(value), info.name)
    return value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(np.asarray(value), info.name)


def items(message):
    """The arrays of a message; of a list, one or none each."""
    if isinstance(message, onnx.TensorProto):
        return [numpy_helper.to_array(message)]
    if isinstance(message, onnx.SequenceProto):
        return [numpy_helper.to_array(t) for t in message.tensor_values]
    if message.HasField("sequence_value"):
        return items(message.sequence_value)
    return items(message.tensor_value) if message.HasField("tensor_value") else []


def difference(case, expected, got):
    """'' if equal within the case's tolerance, else what differs."""
    if (expected.shape, expected.dtype) != (got.shape, got.dtype):
        return f"{got.dtype}{list(got.shape)}, must be {expected.dtype}{list(expected.shape)}"
    if expected.dtype.kind in "OUSb":
        return "" if np.array_equal(expected, got) else "other values"
    rtol = max(case.rtol, BODY_TOLERANCE.get(str(expected.dtype), 0) if "_expanded" in case.name else 0)
    wide = [x.astype("f8") for x in (got, expected)]
    wrong = ~np.isclose(*wide, rtol=rtol, atol=case.atol, equal_nan=True)
    if not wrong.any():
        return ""
    at = tuple(np.argwhere(wrong)[0])
    return f"{wrong.sum()} of {wrong.size} differ; at {[int(i) for i in at]} {wide[0][at]:.9g}, must be {wide[1][at]:.9g}"


def run_case(case, inputs, outputs, path, listed):
    """'' right, 'refused', or what is wrong."""
    args, targets = [SARD, "run", path], {}
    for i, (info, t) in enumerate(zip(case.model.graph.input, inputs)):
        file = f"{path}.{i}.in.pb"
        with open(file, "wb") as f:
            f.write(t.SerializeToString())
        args += ["--input", f"{info.name}={file}"]
    for i, info in enumerate(case.model.graph.output):
        targets[info.name] = f"{path}.{i}.out.pb"
        args += ["--output", f"{info.name}={targets[info.name]}"]
    run = subprocess.run(args, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=120)
    if run.returncode:
        wrong = refusal(run, path, listed)
        return wrong or ("files are written all the same" if any(map(os.path.exists, targets.values())) else "refused")
    for info, t in zip(case.model.graph.output, outputs):
        with open(targets[info.name], "rb") as f:
            got, expected = items(type(t).FromString(f.read())), items(t)
        if len(got) != len(expected):
            return f"{info.name}: {len(got)} items, must be {len(expected)}"
        for wrong in map(difference, [case] * len(got), expected, got):
            if wrong:
                return f"{info.name}: {wrong}"
    return ""


def check(case, listed):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "case.onnx")
        with open(path, "wb") as f:
            f.write(case.model.SerializeToString())
        for inputs, outputs in case.data_sets:
            ins = [proto(v, i) for v, i in zip(inputs, case.model.graph.input)]
            outs = [proto(v, o) for v, o in zip(outputs, case.model.graph.output)]
            result = run_case(case, ins, outs, path, listed)
            if result:
                return result
    return ""


def main():
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    cases = [c for c in collect_testcases(None) if c.model is not None and part in c.name and not is_excluded(c.name)]
    listed = listed_operators()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda case: check(case, listed), cases))
    plain = sum(not r and "_expanded" not in c.name for c, r in zip(cases, results))
    passed, refused = results.count(""), results.count("refused")
    for case, result in zip(cases, results):
        if result not in ("", "refused"):
            print(f"{case.name}: {result}")
    all_plain = sum("_expanded" not in c.name for c in cases)
    print(f"{passed} passed ({plain} of them plain, of {all_plain}), {refused} rightly refused, {len(cases) - passed - refused} wrong")
    if not part and plain < PLAIN_CASES:
        print(f"{PLAIN_CASES} plain cases must pass")
    sys.exit(passed + refused < len(cases) or (not part and plain < PLAIN_CASES))


if __name__ == "__main__":
    main()
