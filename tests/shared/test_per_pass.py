#!/usr/bin/env python3
"""sard diff --per-pass on the models and networks of ../shared: at every level the mean error from float64 is rounding's.

usage: test_per_pass.py [model or network ...]      SARD is the command, SARD_SHARED the folder if it is not ../shared; exit 77
(skipped) without it. By default all models but the slow ones and a few networks.
"""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command

LEVELS = "-O1", "-O2", "-O3"
NETWORKS = ["squeezenet1_1_ts", "mobilenet_v2_ts", "shufflenet_v2_ts"]
# Minutes of float16 on reference; made-up inputs of a usual size are too small for this one.
SLOW, STORED = {"squeezenet_fp16", "style_starry_night_fp16"}, {"silero_vad_half"}
# Of twelve outputs the worst counts, which takes more samples to be sure of.
COUNTS = {"yunet_s_dynamic": ["--count", "40"]}
# OpenBLAS, which runs -O0, takes its plainest kernels, with sums in another order, on CPUs that it does not know.
with open("/proc/cpuinfo", encoding="utf-8") as cpus:
    os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX" if "avx512f" in cpus.read() else "Haswell")
MADE = os.path.join(os.environ.get("SARD_BUILD", os.path.join(command.SOURCE, "build", "dev")), "nets")


def check(path, *args):
    """A list of what is wrong; None where the model has no float64."""
    wrong = []
    for level in LEVELS:
        run = subprocess.run([command.SARD, "diff", path, "--per-pass", level, "--accuracy", "exact", "--json", *args], capture_output=True, text=True)
        if run.returncode == 2 and "no float64" in run.stderr:
            return None
        if run.returncode:
            found = json.loads(run.stdout)["found"] if run.stdout else run.stderr
            wrong.append(f"{level}: {found}")
    return wrong


def main():
    data, nets = command.shared_folder("data"), command.shared_folder("nets")
    models = sorted(n for n in os.listdir(data) if os.path.exists(os.path.join(data, n, "model.onnx")))
    with open(os.path.join(nets, "nets.json"), encoding="utf-8") as f:
        known = json.load(f)["networks"]
    names = sys.argv[1:] or [n for n in models if n not in SLOW] + NETWORKS
    made = [n for n in names if n in known]
    os.makedirs(MADE, exist_ok=True)
    if made:
        subprocess.run([sys.executable, os.path.join(nets, "make_nets.py"), "-o", MADE, *made], check=True, stdout=subprocess.DEVNULL)
    failed = skipped = 0
    for name in names:
        folder = os.path.join(data, name)
        if name in known:
            wrong = check(os.path.join(MADE, name + ".onnx"), "--count", "2")
        else:
            wrong = check(os.path.join(folder, "model.onnx"), *(["--data", folder] if name in STORED else COUNTS.get(name, [])))
        skipped += wrong is None
        for line in wrong or []:
            print(f"WRONG {name}: {line}")
        failed += bool(wrong)
    print(f"{len(names) - failed - skipped} right, {failed} wrong, {skipped} without float64")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
