#!/usr/bin/env python3
"""A model of 2.5 GB, read and saved again: its constants go into a second file by themselves, and little of them is in memory at a time.

Its weights are mostly holes in a file. exit 77 (skipped) without `onnx`, or where the folder for temporary files has less than 10 GB
usage: test_large_model.py      SARD is the command
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import command
import numpy as np
import onnx
from onnx import TensorProto, helper

GB = 1 << 30
FREE = 10 * GB
WIDTH = 12032  # of matrices of 579 MB
MATRICES = 4
CHANNELS = 7680  # of a 3x3 depthwise and a 1x1 Conv, whose normalisation is folded; the latter has 236 MB
STEP = 16 << 20  # between the parts that are no holes
MOST_MEMORY = 0.1  # times the size; 1.2 would do
SHADOW = 0.05  # of a build with sanitizers: they keep notes on each byte


def write_weights(path, counts):
    """A float32 file of that many elements for each tensor; returns their offsets."""
    offsets, at, rng = [], 0, np.random.default_rng(1)
    with open(path, "wb") as f:
        for count in counts:
            offsets.append(at)
            for start in range(0, 4 * count, STEP):
                f.seek(at + start)
                f.write(rng.standard_normal(min(4096, count - start // 4), np.float32).tobytes())
            at = (at + 4 * count + 4095) // 4096 * 4096
        f.truncate(at)
    return offsets


def outside(name, shape, offset):
    t = TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    for key, value in ("location", "weights.bin"), ("offset", str(offset)), ("length", str(4 * int(np.prod(shape)))):
        t.external_data.add(key=key, value=value)
    return t


def make_model(folder):
    shapes = {f"w{i}": (WIDTH, WIDTH) for i in range(MATRICES)} | {"conv": (CHANNELS, CHANNELS, 1, 1)}
    offsets = write_weights(os.path.join(folder, "weights.bin"), [int(np.prod(s)) for s in shapes.values()])
    nodes = [helper.make_node("MatMul", [f"h{i}" if i else "x", f"w{i}"], [f"h{i + 1}"]) for i in range(MATRICES)]
    norm = [onnx.numpy_helper.from_array(np.random.default_rng(i).uniform(0.5, 2, CHANNELS).astype("f4"), f"n{i}") for i in range(4)]
    nodes += [helper.make_node("Conv", ["p", "conv"], ["c"]), helper.make_node("BatchNormalization", ["c", *(t.name for t in norm)], ["q"])]
    graph = helper.make_graph(
        nodes, "large", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", WIDTH]),
                         helper.make_tensor_value_info("p", TensorProto.FLOAT, ["N", CHANNELS, 1, 1])],
        [helper.make_tensor_value_info(f"h{MATRICES}", TensorProto.FLOAT, ["N", WIDTH]),
         helper.make_tensor_value_info("q", TensorProto.FLOAT, ["N", CHANNELS, 1, 1])],
        [*norm, *(outside(name, shape, offset) for (name, shape), offset in zip(shapes.items(), offsets))])
    path = os.path.join(folder, "in.onnx")
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path, norm


def arrays(path):
    """{name: array that lies in the file}"""
    found = {}
    for t in onnx.load(path, load_external_data=False).graph.initializer:
        if t.data_location == TensorProto.EXTERNAL:
            entry = {e.key: e.value for e in t.external_data}
            assert int(entry["offset"]) % 4096 == 0, entry
            found[t.name] = np.memmap(os.path.join(os.path.dirname(path), entry["location"]), "f4", "r", int(entry["offset"]), tuple(t.dims))
    return found


# A process of little memory between: what the one that starts a command has counts as the command's own.
MEASURE = "import resource, subprocess, sys; s = subprocess.call(sys.argv[1:]); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(s)"


def save(*args):
    """Runs the command; returns its peak memory in bytes."""
    run = subprocess.run([sys.executable, "-c", MEASURE, command.SARD, "optimize", *args], stdout=subprocess.PIPE, text=True)
    assert run.returncode == 0, f"exit status {run.returncode}"
    return int(run.stdout) * 1024


def same(a, b):
    return a.shape == b.shape and all(np.array_equal(a[i : i + 256], b[i : i + 256]) for i in range(0, a.shape[0], 256))


def is_sanitized():
    cache = os.path.join(os.environ.get("SARD_BUILD", os.path.join(command.SOURCE, "build", "dev")), "CMakeCache.txt")
    return os.path.exists(cache) and "-fsanitize" in open(cache, encoding="utf-8").read()


def check(folder):
    path, norm = make_model(folder)
    most = MOST_MEMORY + (SHADOW if is_sanitized() else 0)
    size, made = os.path.getsize(os.path.join(folder, "weights.bin")), os.path.join(folder, "out.onnx")
    assert size > 2.5e9
    source = arrays(path)
    for args in ([path, "-O0"], [made, "-O0"], [path]):
        peak = save(*args, "-o", made)
        print(f"{size / 1e9:.2f} GB {' '.join(os.path.basename(a) for a in args)}: {peak / 1e6:.0f} MB, {peak / size:.2f} of its size")
        assert peak <= most * size, "too much memory"
        others = sorted(set(os.listdir(folder)) - {"in.onnx", "out.onnx", "weights.bin"})
        # saved anew, the data gets another name, and the old file goes
        assert others in (["out.onnx.data"], ["out.onnx.1.data"]), others
        got = arrays(made)
        assert all(same(source[f"w{i}"], got[f"w{i}"]) for i in range(MATRICES)), "other elements"
        if "-O0" in args:
            assert same(source["conv"], got["conv"]), "other elements"
    onnx.checker.check_model(made)
    scale, _, _, variance = (onnx.numpy_helper.to_array(t).astype("f8") for t in norm)
    folded = next(a for a in got.values() if a.ndim == 4)
    expected = (source["conv"][::64].astype("f8") * (scale / np.sqrt(variance + 1e-5))[::64, None, None, None]).astype("f4")
    assert np.allclose(folded[::64], expected, rtol=1e-6, atol=0), "other products"


def main():
    with tempfile.TemporaryDirectory() as folder:
        free = shutil.disk_usage(folder).free
        if free < FREE:
            command.skip(f"{free / GB:.1f} GB are free in {os.path.dirname(folder)}, {FREE // GB} are needed")
        check(folder)


if __name__ == "__main__":
    main()
