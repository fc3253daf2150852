#!/usr/bin/env python3
"""A model that is saved over itself, with external data: whenever the command is killed, what stands there is one whole model.

Folding scales the weights by 4, so that one version's graph with the other's data is far off. tests/frontends/onnx/test_export_data.c kills at each rename.
"""
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx
from onnx import helper, numpy_helper

ROUNDS = 40
SIZE = 700


def build(path):
    """Conv, BatchNormalization"""
    rng = np.random.default_rng(5)
    w = rng.normal(size=(SIZE, SIZE, 1, 1)).astype(np.float32)
    row = np.full(SIZE, 4, np.float32)
    zero, one = np.zeros(SIZE, np.float32), np.ones(SIZE, np.float32)
    names = dict(w=w, scale=row, bias=zero, mean=zero, var=one)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["x", "w"], ["c"]), helper.make_node("BatchNormalization", ["c", "scale", "bias", "mean", "var"], ["y"])],
        "g", [helper.make_tensor_value_info("x", 1, [1, SIZE, 1, 1])], [helper.make_tensor_value_info("y", 1, [1, SIZE, 1, 1])],
        [numpy_helper.from_array(v, k) for k, v in names.items()])
    onnx.save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path, save_as_external_data=True,
                    location=os.path.basename(path) + ".data")


def answer(path, folder):
    out = os.path.join(folder, "y.npy")
    done = subprocess.run([command.SARD, "run", path, "--random", "1", "-o", out], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"FAIL {path} does not load: {done.stderr}")
    return np.load(out)


def main():
    rng = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path, killed = os.path.join(folder, "m.onnx"), 0
        build(path)
        right = answer(path, folder)
        args = [command.SARD, "optimize", path, "-o", path, "--external-data"]
        start = time.time()
        subprocess.run(args, check=True)
        took = time.time() - start
        left = sorted(n for n in os.listdir(folder) if n.endswith(".data"))  # a kill between renaming and removing leaves the old ones
        if len(left) != 1:
            sys.exit(f"FAIL data of old models is left: {left}")
        for i in range(ROUNDS):
            if i % 4 == 0:
                for name in os.listdir(folder):
                    os.remove(os.path.join(folder, name))
                build(path)
            p = subprocess.Popen(args)
            time.sleep(rng.uniform(0, 1.2) * took)
            p.send_signal(signal.SIGKILL)
            killed += p.wait() == -signal.SIGKILL
            off = np.abs(answer(path, folder) - right).max() / np.abs(right).max()
            if off > 1e-4:
                sys.exit(f"FAIL after kill {i} the answer is off by {off}")
        subprocess.run(args, check=True)
        print(f"{killed} of {ROUNDS} were killed, {took:.3f} s each; every model was whole")
        if not killed:
            sys.exit("FAIL nothing was killed")


main()
