#!/usr/bin/env python3
"""Which operators are steps of their own in networks of the zoo: what passes are for is gone.

usage: test_steps.py [network ...]      SARD is the command; exit 77 (skipped) without `onnx`
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command
from steps import wrong_steps

KINDS = {"inception_v3": "cnn", "googlenet": "cnn", "resnet50": "cnn", "mobilenet_v2": "mobile", "mobilenet_v3_large": "mobile"}


def main():
    names, failed = sys.argv[1:] or list(KINDS), 0
    for name in names:
        wrong = wrong_steps(command.zoo_network(name), KINDS[name])
        for line in wrong:
            print(f"WRONG {name}: {line}")
        failed += bool(wrong)
    print(f"{len(names) - failed} of {len(names)} networks right")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
