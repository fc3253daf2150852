#!/usr/bin/env python3
"""Saved files against onnx: its checker takes them, and its reference computes what the official node cases expect.

Each node case is saved again as it is (-O0), in opset 17 or what its operators need above it.
usage: test_export_cases.py [part of a case's name]      exit 77 (skipped) without `onnx`
"""
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    import onnx
    from onnx.backend.test.case.node import collect_testcases
    from onnx.reference import ReferenceEvaluator
except ImportError:
    sys.exit(77)

warnings.filterwarnings("ignore")
SARD = os.environ.get("SARD", "sard")

# The checker wants a rank for each output, which inference cannot always tell; the file is right without it.
NO_SHAPE = "Field 'shape' of 'type' is required but missing"
# Cases that cannot be compared.
KNOWN = {
    "test_training_dropout": "random, but for a seed of 0, which is taken for none",
    "test_training_dropout_default": "the same",
    "test_training_dropout_default_mask": "the same",
    "test_training_dropout_mask": "the same",
    "test_mvn": "the checker expands the operator into a Constant that it then refuses",
    "test_quantizelinear_blocked_symmetric": "its expected output is no array",
}


def equal(expected, got):
    if isinstance(expected, list) or isinstance(got, list):  # sequences
        return isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got) and all(map(equal, expected, got))
    expected, got = np.asarray(expected), np.asarray(got)
    if expected.shape != got.shape or expected.dtype != got.dtype:
        return False
    if expected.dtype.kind in "OUS":
        return bool((expected == got).all())
    return np.allclose(expected.astype("f8"), got.astype("f8"), rtol=1e-3, atol=1e-5, equal_nan=True)


def reference(path, inputs):
    """Outputs, or None where the reference does not know the operator or the version of it."""
    try:
        model = ReferenceEvaluator(path)
        return model.run(None, dict(zip(model.input_names, inputs)))
    except Exception:
        return None


def check(case, folder):
    """'': right; 'refused', 'unchecked'; or what is wrong."""
    source, target = os.path.join(folder, "in.onnx"), os.path.join(folder, "out.onnx")
    onnx.save(case.model, source)
    run = subprocess.run([SARD, "optimize", source, "-O0", "-o", target], capture_output=True, text=True)
    if run.returncode:
        return "refused" if run.returncode == 2 and "opset" not in run.stderr else run.stderr.strip() or f"exit {run.returncode}"
    try:
        onnx.checker.check_model(target, full_check=True)
    except Exception as error:
        if NO_SHAPE not in str(error):
            return str(error).splitlines()[0]
    for inputs, outputs in case.data_sets:
        before, after = reference(source, inputs), reference(target, inputs)
        if before is None or after is None or not all(equal(e, g) for e, g in zip(outputs, before)):
            return "unchecked"
        if not all(equal(e, g) for e, g in zip(outputs, after)):
            return "onnx's reference gives other outputs"
    return ""


def main():
    part = sys.argv[1] if len(sys.argv) > 1 else ""
    counts, failed = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for case in collect_testcases(None):
            if case.model is None or part not in case.name or case.name in KNOWN:
                continue
            result = check(case, folder)
            kind = result if result in ("", "refused", "unchecked") else "wrong"
            counts[kind or "right"] = counts.get(kind or "right", 0) + 1
            if kind == "wrong":
                failed.append(f"{case.name}: {result}")
    print(", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())))
    for line in failed:
        print(line)
    sys.exit(bool(failed) or (not part and counts.get("right", 0) < 500))


if __name__ == "__main__":
    main()
