#!/usr/bin/env python3
"""Optimised files of networks and models of ../shared: onnx's checker takes them, they have no node for nothing, and onnxruntime, where
Python has it, gives the answer that it gives to the original.

usage: test_exports.py [--all] [--time SECONDS] [--level N] [NAME or FILE.onnx ...]
--all     every network and model in place of a sample; --time: also how long onnxruntime takes for each, original and optimised in turns
SARD is the command, SARD_SHARED the folder if it is not ../shared; exit 77 (skipped) without it
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
import numpy as np
import onnx
import peer

SAMPLE = ["mobilenet_v2_ts", "shufflenet_v2_ts", "keras_mobilenet_v2", "blazeface", "super_resolution_10", "ultraface_rfb_320"]
SHARE = 1e-5  # of the deviation; of 16-bit and quantised models more, for they round each step
NOISE = 2  # or so many times what onnxruntime's own rewriting moves the answer of the original: some networks amplify rounding
COARSE = {"float16": 2e-2, "quantised": 0.1}
MADE = os.path.join(os.environ.get("SARD_BUILD", os.path.join(command.SOURCE, "build", "dev")), "nets")


class Case:
    def __init__(self, path, inputs):
        self.path, self.inputs = path, inputs
        self.name = os.path.basename(path if inputs is None or "nets" in path else os.path.dirname(path)).removesuffix(".onnx")


def stored_inputs(folder):
    model = onnx.load(os.path.join(folder, "model.onnx"), load_external_data=False)
    constants = {t.name for t in model.graph.initializer}
    names = [i.name for i in model.graph.input if i.name not in constants]
    inputs = {}
    for i, name in enumerate(names):
        path = os.path.join(folder, f"input_{i}.pb")
        if os.path.exists(path):
            t = command.read_tensor(path)
            inputs[t.name or name] = onnx.numpy_helper.to_array(t)
    return inputs


def network(folder, name, info):
    """A network, made in the build folder when first asked for."""
    path = os.path.join(MADE, name + ".onnx")
    if not os.path.exists(path):
        os.makedirs(MADE, exist_ok=True)
        subprocess.run([sys.executable, os.path.join(folder, "make_nets.py"), "-o", MADE, name], check=True, stdout=subprocess.DEVNULL)
    i = info["input"]
    return Case(path, {i["name"]: np.random.default_rng(i["seed"]).standard_normal(i["shape"], np.float32)})


def all_cases(names):
    nets, data = command.shared_folder("nets"), command.shared_folder("data")
    with open(os.path.join(nets, "nets.json"), encoding="utf-8") as f:
        networks = json.load(f)["networks"]
    models = sorted(n for n in os.listdir(data) if os.path.exists(os.path.join(data, n, "model.onnx")))
    for name in names or [*networks, *models]:
        if name.endswith(".onnx"):
            yield Case(name, None)
        elif name in networks:
            yield network(nets, name, networks[name])
        else:
            yield Case(os.path.join(data, name, "model.onnx"), stored_inputs(os.path.join(data, name)))


def allowed(model):
    kinds = {n.op_type for n in model.graph.node}
    if any("Quant" in k or k.startswith("QLinear") or k.endswith("Integer") for k in kinds):
        return COARSE["quantised"]
    half = any(t.data_type == onnx.TensorProto.FLOAT16 for t in model.graph.initializer)
    return COARSE["float16"] if half else SHARE


def count(model):
    return collections.Counter(n.op_type for n in model.graph.node if n.op_type != "Constant")


def idle(before, after):
    """Nodes of the optimised graph that should not be there."""
    wrong = [kind for kind in ("Identity", "Dropout") if after[kind]]
    return wrong + (["Transpose"] if after["Transpose"] > before["Transpose"] else [])


def compare(case, made, limit, seconds):
    """(what is wrong, what to tell) by onnxruntime."""
    a, b = peer.session(case.path), peer.session(made)
    inputs = case.inputs or peer.random_inputs(a)
    expected, got = a.run(None, inputs), b.run(None, inputs)
    off = max(map(peer.distance, expected, got))
    told = f"off by {off:.1e}"
    if off > limit:
        limit = max(limit, NOISE * max(map(peer.distance, expected, peer.session(case.path, plain=True).run(None, inputs))))
        told += f" (allowed {limit:.1e}, for onnxruntime's own rewriting)"
    if seconds:
        del a, b
        # two sessions of each: where the memory of one lies makes a percent or two
        times = peer.best_times([peer.session(path, 1) for path in (case.path, made, made, case.path)], inputs, seconds)
        before, after = min(times[0], times[3]), min(times[1:3])
        told += f", {before:.2f} -> {after:.2f} ms ({after / before:.3f})"
    return ([] if off <= limit else [f"off by {off:.1e} of the deviation, allowed {limit:.0e}"]), told


def check(case, folder, level, seconds):
    """(what is wrong, what to tell)."""
    made = os.path.join(folder, "made.onnx")
    command.sard("optimize", case.path, f"-O{level}", "-o", made)
    onnx.checker.check_model(made, full_check=True)
    before, after = onnx.load(case.path, load_external_data=False), onnx.load(made)
    nodes = count(before), count(after)
    told = f"{sum(nodes[0].values())} -> {sum(nodes[1].values())} nodes, opset {before.opset_import[0].version} -> {after.opset_import[0].version}"
    wrong = [f"has {kind}" for kind in idle(*nodes)]
    if [i.name for i in after.graph.output] != [i.name for i in before.graph.output]:
        wrong.append("other names of outputs")
    if not peer.onnxruntime:
        return wrong, told
    more, answer = compare(case, made, allowed(before), seconds)
    return wrong + more, f"{told}, {answer}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--time", type=float, default=0)
    parser.add_argument("--level", type=int, default=2)
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    if not peer.onnxruntime:
        print("no onnxruntime: answers are not compared")
    failed = total = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in all_cases(args.names or ([] if args.all else SAMPLE)):
            try:
                wrong, told = check(case, folder, args.level, args.time)
            except Exception as error:  # of the command, the checker or onnxruntime
                wrong, told = [str(error).strip().splitlines()[0][:300]], "failed"
            print(f"{case.name}: {told}", flush=True)
            for line in wrong:
                print(f"WRONG {case.name}: {line}")
            failed += bool(wrong)
            total += 1
    print(f"{total - failed} of {total} right")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
