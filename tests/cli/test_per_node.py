#!/usr/bin/env python3
"""sard diff --per-node names the value at which two sides part: a wrong kernel, another constant, with and without common names.

SARD is the command, SARD_BUILD the build; exit 77 (skipped) without `onnx`
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PLUGIN = os.path.join(os.environ.get("SARD_BUILD", os.path.join(command.SOURCE, "build", "dev")), "tests", "plugin_cli_wrong_kernel.so")
LAYERS, CHANNELS = 4, 8


def network(rename="", changed=None):
    """A chain of convolutions, c0, r0, c1, ...; the bias of layer `changed` is another one."""
    random = np.random.default_rng(1)
    constants, nodes, x = [], [], "x"
    for i in range(LAYERS):
        w, b = random.uniform(-0.3, 0.3, (CHANNELS, CHANNELS, 3, 3)).astype("f4"), random.uniform(-1, 1, CHANNELS).astype("f4")
        if i == changed:
            b[3] += 1e-3
        constants += [numpy_helper.from_array(w, f"w{i}"), numpy_helper.from_array(b, f"b{i}")]
        nodes += [helper.make_node("Conv", [x, f"w{i}", f"b{i}"], [f"{rename}c{i}"], f"{rename}conv{i}", pads=[1] * 4),
                  helper.make_node("Relu", [f"{rename}c{i}"], [f"{rename}r{i}"], f"{rename}relu{i}")]
        x = f"{rename}r{i}"
    dims = [1, CHANNELS, 16, 16]
    graph = helper.make_graph(nodes, "chain", [helper.make_tensor_value_info("x", TensorProto.FLOAT, dims)],
                              [helper.make_tensor_value_info(x, TensorProto.FLOAT, dims)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def main():
    wrong = []

    def check(first, matched_by, matched, *args):
        """first: the value that has to be named, None where the sides agree; matched: how many values have to be compared."""
        run = subprocess.run([command.SARD, "diff", *args, "--per-node", "--json"], capture_output=True, text=True)
        said = json.loads(run.stdout) if run.stdout else {}
        named = said.get("first") and said["first"].split("_")[0]  # a number behind it: the same with channels last
        got = run.returncode, named, said.get("matched_by"), len(said.get("values", []))
        if got != (1 if first else 0, first, matched_by, matched):
            wrong.append(f"{' '.join(args)}: {got} {run.stderr}")

    with tempfile.TemporaryDirectory() as folder:
        path = {}
        for name, model in {"same": network(), "renamed": network("other"), "changed": network(changed=2),
                            "both": network("other", changed=2)}.items():
            path[name] = os.path.join(folder, name + ".onnx")
            onnx.save(model, path[name])
        kernel = "--plugin", PLUGIN, "--backend", "wrong,reference", "-O0"
        check("r0", "name", 2 * LAYERS, path["same"], *kernel, "--against", "reference")
        check(None, "name", 2 * LAYERS, path["same"], *kernel, "--against", "wrong,reference")
        check(None, "name", 2 * LAYERS, path["same"], path["same"], "-O0")
        check("c2", "name", 2 * LAYERS, path["same"], path["changed"], "-O0")
        check(None, "order", 2 * LAYERS, path["same"], path["renamed"], "-O0")
        check("c2", "order", 2 * LAYERS, path["same"], path["both"], "-O0")
        # Channels last, against channels first; the result twice.
        check(None, "name", LAYERS + 1, path["same"], "-O2")
        check("r0", "name", LAYERS + 1, path["same"], "--plugin", PLUGIN, "--against", "wrong,reference,O0")
    print("\n".join(wrong) or "all found")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
