"""What tests in Python share: runs of the command on tensors, and the folder of models and networks beside the project."""
import json
import os
import subprocess
import sys
import tempfile

SARD = os.environ.get("SARD", "sard")
SOURCE = os.environ.get("SARD_SOURCE", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


try:
    import numpy as np
    import onnx
    from onnx import numpy_helper
except ImportError as error:
    skip(error)


class Refused(Exception):
    """An exit status other than 0; its text is what stood on stderr."""


def shared_folder(name):
    """A folder of ../shared, or of what the environment's SARD_SHARED names; skips the test without it."""
    folder = os.path.join(os.environ.get("SARD_SHARED") or os.path.join(SOURCE, "..", "shared"), name)
    if not os.path.isdir(folder):
        skip(f"no folder {os.path.normpath(folder)}")
    return os.path.abspath(folder)


def sard(*args, isa=None):
    """Runs the command; returns stdout. isa: the widest instruction set it may use."""
    env = {**os.environ, "SARD_ISA": isa} if isa else None
    run = subprocess.run([SARD, *map(str, args)], capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL, env=env)
    if run.returncode:
        raise Refused(f"exit {run.returncode}: {run.stderr.strip()}")
    return run.stdout


def zoo_networks():
    """Names of all networks of the zoo."""
    return [row["name"] for row in json.loads(sard("zoo", "--json"))["networks"]]


def zoo_network(name):
    """The file of a network of the zoo, made in the build folder when first asked for."""
    folder = os.path.join(os.environ.get("SARD_BUILD", os.path.join(SOURCE, "build", "dev")), "zoo")
    path = os.path.join(folder, name + ".onnx")
    if not os.path.exists(path):
        os.makedirs(folder, exist_ok=True)
        part = f"{path}.{os.getpid()}.onnx"
        sard("zoo", name, "-o", part)
        os.replace(part, path)
    return path


def read_tensor(path):
    with open(path, "rb") as f:
        return onnx.TensorProto.FromString(f.read())


def infer(model, inputs, outputs, *args, isa=None):
    """{name: array} of the outputs named, from {name: array or TensorProto}."""
    with tempfile.TemporaryDirectory() as folder:
        options = []
        for i, (name, value) in enumerate(inputs.items()):
            t = value if isinstance(value, onnx.TensorProto) else numpy_helper.from_array(np.asarray(value), name)
            path = os.path.join(folder, f"in{i}.pb")
            with open(path, "wb") as f:
                f.write(t.SerializeToString())
            options += ["--input", f"{name}={path}"]
        paths = {name: os.path.join(folder, f"out{i}.pb") for i, name in enumerate(outputs)}
        for name, path in paths.items():
            options += ["--output", f"{name}={path}"]
        sard("run", model, *options, *args, isa=isa)
        return {name: numpy_helper.to_array(read_tensor(path)) for name, path in paths.items()}


def same_bits(a, b):
    """Where two answers of infer differ in a bit: the names."""
    return [name for name in a if (a[name].shape, a[name].dtype) != (b[name].shape, b[name].dtype) or a[name].tobytes() != b[name].tobytes()]


def unlike(expected, got):
    """'' if shape and element type are the expected ones, else a text."""
    if (expected.shape, expected.dtype) == (got.shape, got.dtype):
        return ""
    return f"{got.dtype}{list(got.shape)}, must be {expected.dtype}{list(expected.shape)}"
