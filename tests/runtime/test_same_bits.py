#!/usr/bin/env python3
"""Networks of the zoo: the same bits for 1, 2, 3 and 8 threads, for each place in a batch, and at each accuracy.

usage: test_same_bits.py [network ...]      SARD is the command
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx

NETWORKS = ["squeezenet1_1", "mobilenet_v2", "shufflenet_v2", "googlenet", "resnet50"]
FIXED = {"shufflenet_v2"}  # Reshapes for one picture
THREADS, BATCH = (1, 2, 3, 8), 3
OPTIONS = ["--backend", "native,reference"]  # openblas sums one row in another way than several


def free_batch(name, folder):
    """A copy whose input takes any number of pictures; its path, input and output."""
    model = onnx.load(command.zoo_network(name))
    source, target = model.graph.input[0], model.graph.output[0]
    for value in (source, target):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    path = os.path.join(folder, name + ".onnx")
    onnx.save(model, path)
    return path, source, target.name


def check(name, folder):
    path, source, target = free_batch(name, folder)
    shape = [d.dim_value for d in source.type.tensor_type.shape.dim][1:]
    batch = 1 if name in FIXED else BATCH
    x = np.random.default_rng(5).standard_normal([batch, *shape], np.float32)
    wrong = []
    for accuracy in ("default", "exact"):
        options = [*OPTIONS, "--accuracy", accuracy]
        runs = {n: command.infer(path, {source.name: x}, [target], *options, "--threads", n)[target] for n in THREADS}
        first = runs[THREADS[0]]
        wrong += [f"{accuracy}: other bits with {n} threads than with {THREADS[0]}" for n in THREADS if runs[n].tobytes() != first.tobytes()]
        if not np.isfinite(first).all() or len({row.tobytes() for row in first}) != batch:
            wrong.append(f"{accuracy}: answers that do not depend on the picture, or are no numbers")
        for i in range(batch):
            alone = command.infer(path, {source.name: x[i:i + 1]}, [target], *options, "--threads", 2)[target]
            if alone[0].tobytes() != first[i].tobytes():
                wrong.append(f"{accuracy}: picture {i} of {batch} has other bits than alone")
    return wrong


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or NETWORKS:
            wrong = check(name, folder)
            print(f"{name}: {'wrong' if wrong else 'the same bits'}", flush=True)
            for line in wrong:
                print(f"WRONG {name}: {line}")
            failed += bool(wrong)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
