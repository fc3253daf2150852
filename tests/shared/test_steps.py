#!/usr/bin/env python3
"""Which operators are steps of their own in exported networks of ../shared/nets: what passes are for is gone; and integers that shapes are
computed from, with a free batch.

usage: test_steps.py [network ...]      SARD is the command, SARD_SHARED the folder if it is not ../shared; exit 77 (skipped) without it
"""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
from steps import integer_nodes, wrong_steps

# What kind it is, and how many layer normalisations it has.
NETWORKS = {
    "inception_v3_ts": ("cnn", 0),
    "googlenet_ts": ("cnn", 0),
    "resnet50_ts": ("cnn", 0),
    "mobilenet_v2_ts": ("mobile", 0),
    "mobilenet_v3_large_ts": ("mobile", 0),
    "mobilenet_v3_large_old": ("mobile", 0),
    "keras_inception_v3": ("cnn", 0),
    "keras_mobilenet_v2": ("mobile", 0),
    "convnext_tiny": ("transformer", 23),
    "vit_b_16": ("transformer", 25),
    "swin_t": ("transformer", 29),
    "shufflenet_v2_ts": (None, 0),
}


def check(path, name):
    kind, norms = NETWORKS[name]
    wrong = wrong_steps(path, kind, norms, 0 if name.startswith("keras") else 1) if kind else []
    return wrong + [f"left: {line}" for line in integer_nodes(path)]


def main():
    folder, names, failed = command.shared_folder("nets"), sys.argv[1:] or list(NETWORKS), 0
    for name in names:
        with tempfile.TemporaryDirectory() as made:
            script = os.path.join(folder, "make_nets.py")
            subprocess.run([sys.executable, script, "-o", made, name], check=True, stdout=subprocess.DEVNULL)
            wrong = check(os.path.join(made, name + ".onnx"), name)
        for line in wrong:
            print(f"WRONG {name}: {line[:160]}")
        failed += bool(wrong)
    print(f"{len(names) - failed} of {len(names)} networks right")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
