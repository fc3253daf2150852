#!/usr/bin/env python3
"""Models of ../shared/data and networks of ../shared/nets that take any number of pictures, or can be given one: each picture has the same
bits alone and at each place of batches of 2, 5 and 8, and what runs without pictures as it is runs so at the default level.

usage: test_batches.py [name ...]      SARD is the command, SARD_SHARED the folder if it is not ../shared; exit 77 (skipped) without it;
       nets stands for all networks, some 20 minutes
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx

BATCHES = [2, 5, 8]
OPTIONS = ["--backend", "native,reference"]  # openblas sums one row in another way than several
NETWORKS = ["mobilenet_v2_ts", "vit_b_16"]
SLOW = {"style_starry_night_fp16"}  # as 16-bit floats have no fast kernels
MADE = os.path.join(os.environ.get("SARD_BUILD", os.path.join(command.SOURCE, "build", "dev")), "nets")


def inputs_of(model):
    constants = {t.name for t in model.graph.initializer}
    return [i for i in model.graph.input if i.name not in constants]


def dims_of(value, folder, index):
    """Those of the stored tensor, or of the file."""
    path = os.path.join(folder, f"input_{index}.pb")
    if os.path.exists(path):
        return list(command.read_tensor(path).dims)
    return [d.dim_value or 1 for d in value.type.tensor_type.shape.dim]


def pictures(value, dims, count):
    """Each another one."""
    kind, rng = onnx.helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type), np.random.default_rng(7)
    x = rng.standard_normal((count, *dims[1:])) if kind.kind == "f" else rng.integers(0, 127, (count, *dims[1:]))
    return x.astype(kind)


def check(path, folder):
    """A list of what is wrong, or why the model is left out."""
    model = onnx.load(path)
    values = inputs_of(model)
    dims = [dims_of(v, folder, i) for i, v in enumerate(values)]
    outputs = [o.name for o in model.graph.output]
    if len(values) != 1 or len(dims[0]) < 2 or dims[0][0] != 1:
        return "more inputs than one, or no batch"
    with tempfile.TemporaryDirectory() as made:
        free = os.path.join(made, "free.onnx")
        try:
            command.sard("optimize", path, "-O0", "--batch", "N", "-o", free)
        except command.Refused as refused:
            return str(refused)[-100:]
        return check_batches(free, values[0], pictures(values[0], dims[0], max(BATCHES)), outputs)


def check_batches(path, value, x, outputs):
    run = lambda rows, *args: command.infer(path, {value.name: rows}, outputs, *OPTIONS, *args)
    alone, wrong = [run(x[i:i + 1]) for i in range(len(x))], []
    per_picture = [o for o in outputs if alone[0][o].ndim and alone[0][o].shape[0] == 1]
    if not per_picture:
        return "no output has a row for each picture"
    for count in BATCHES:
        together = run(x[:count])
        for o in per_picture:
            if together[o].shape[0] != count:
                return f"{o} has {together[o].shape[0]} rows for {count} pictures"
            other = [i for i in range(count) if together[o][i].tobytes() != alone[i][o][0].tobytes()]
            wrong += [f"{o}: pictures {other} of {count} have other bits than alone"] if other else []
    try:
        run(x[:0], "-O0")
    except command.Refused:
        return wrong
    try:
        run(x[:0])
    except command.Refused as refused:
        wrong.append(f"without pictures: {refused}")
    return wrong


def models(names):
    """(name, file, folder of stored tensors)."""
    data = command.shared_folder("data")
    for name in sorted(os.listdir(data)):
        path = os.path.join(data, name, "model.onnx")
        if os.path.exists(path) and (name in names or not names and name not in SLOW):
            yield name, path, os.path.join(data, name)
    nets = command.shared_folder("nets")
    known = sorted(f[:-len(".skeleton.onnx")] for f in os.listdir(nets) if f.endswith(".skeleton.onnx"))
    wanted = known if "nets" in names else [n for n in names or NETWORKS if n in known]
    os.makedirs(MADE, exist_ok=True)
    for name in wanted:
        subprocess.run([sys.executable, os.path.join(nets, "make_nets.py"), "-o", MADE, name], check=True, stdout=subprocess.DEVNULL)
        yield name, os.path.join(MADE, name + ".onnx"), ""


def main():
    failed = total = 0
    for name, path, folder in models(sys.argv[1:]):
        try:
            said = check(path, folder)
        except command.Refused as refused:
            said = [str(refused)]
        if isinstance(said, str):
            print(f"{name}: left out: {said}", flush=True)
            continue
        print(f"{name}: {'; '.join(said) or 'the same bits'}", flush=True)
        total, failed = total + 1, failed + bool(said)
    print(f"{total - failed} of {total} have the same bits in every batch")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
