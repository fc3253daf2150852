#!/usr/bin/env python3
"""Full-size networks of ../shared/nets, rebuilt into the build folder, against answers in double; other picture sizes against
onnxruntime where Python has it.

usage: test_nets.py [network ...]      SARD is the command, SARD_SHARED the folder if it is not ../shared; exit 77 (skipped) without it
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx

NETWORKS = ["inception_v3_ts", "mobilenet_v2_ts", "vit_b_16"]
# The backends of their own choice, and the library's alone.
BACKENDS = [], ["--backend", "openblas,reference"]
# The mean error may be so many times that of the worst float engine that nets.json knows.
FACTOR = 2
# Batch, height, width that are not those of the export; the deviation's share that an output may be off. Winograd's convolutions, which
# the backends of choice have, round more.
SIZES, SHARES = [(4, 299, 299), (1, 224, 224), (1, 427, 331)], [3e-5, 1e-5]
MADE = os.path.join(os.environ.get("SARD_BUILD", os.path.join(command.SOURCE, "build", "dev")), "nets")


def check_network(make_nets, folder, name, info, backends):
    """A list of what is wrong."""
    path, expected = os.path.join(MADE, name + ".onnx"), np.load(os.path.join(folder, name + ".expected.npz"))
    inputs = {info["input"]["name"]: make_nets.make_input(info["input"])}
    one, two = (command.infer(path, inputs, expected.files, *backends, "--threads", n) for n in (1, 2))
    wrong = [f"{n}: other bits with 2 threads than with 1" for n in command.same_bits(one, two)]
    for output in info["outputs"]:
        n = output["name"]
        allowed = FACTOR * max(engine[n]["mean"] for engine in info["float32_error"].values())
        if list(two[n].shape) != output["shape"]:
            wrong.append(f"{n}: {list(two[n].shape)}, must be {output['shape']}")
            continue
        part = two[n][tuple(slice(None, None, step) for step in output.get("stored_steps", [1] * two[n].ndim))]
        mean = float(np.abs(part.astype("f8") - expected[n]).mean())
        print(f"{name}: {n}: mean error {mean:.2e}, allowed {allowed:.2e}")
        wrong += [] if mean <= allowed else [f"{n}: mean error {mean:.2e}, allowed {allowed:.2e}"]
    return wrong


def free_sizes(name):
    """A copy of a network whose input has names for all of its dimensions but the channels."""
    path = os.path.join(MADE, name + "_sizes.onnx")
    model = onnx.load(os.path.join(MADE, name + ".onnx"))
    dims = model.graph.input[0].type.tensor_type.shape.dim
    for at, symbol in (0, "N"), (2, "H"), (3, "W"):
        dims[at].dim_param = symbol
    onnx.save(model, path)
    return path, model.graph.input[0].name, model.graph.output[0].name


def check_sizes(name, backends, share):
    try:
        import onnxruntime
    except ImportError:
        print("other picture sizes skipped: no onnxruntime")
        return []
    path, source, target = free_sizes(name)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    peer, wrong = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]), []
    for batch, height, width in SIZES:
        x = np.random.default_rng(height).standard_normal((batch, 3, height, width), np.float32)
        expected, got = peer.run([target], {source: x})[0], command.infer(path, {source: x}, [target], *backends)[target]
        said = command.unlike(expected, got)
        off = 0 if said else float(np.abs(expected - got).max() / expected.std())
        print(f"{name}: {batch}x3x{height}x{width}: off by {off:.1e} of the deviation")
        if said or off > share:
            wrong.append(f"{batch}x3x{height}x{width}: {said or f'off by {off:.1e} of the deviation, allowed {share:.0e}'}")
    return wrong


def main():
    folder, names = command.shared_folder("nets"), sys.argv[1:] or NETWORKS
    with open(os.path.join(folder, "nets.json"), encoding="utf-8") as f:
        nets = json.load(f)["networks"]
    os.makedirs(MADE, exist_ok=True)
    subprocess.run([sys.executable, os.path.join(folder, "make_nets.py"), "-o", MADE, *names], check=True, stdout=subprocess.DEVNULL)
    sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    import make_nets
    failed = 0
    for name in names:
        try:
            wrong = []
            for backends, share in zip(BACKENDS, SHARES):
                wrong += check_network(make_nets, folder, name, nets[name], backends)
                wrong += check_sizes(name, backends, share) if name == NETWORKS[0] else []
        except command.Refused as refused:
            wrong = [str(refused)]
        for line in wrong:
            print(f"WRONG {name}: {line}")
        failed += bool(wrong)
    print(f"{len(names) - failed} of {len(names)} networks right")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
