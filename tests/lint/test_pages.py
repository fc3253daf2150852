#!/usr/bin/env python3
"""What pages quote is what stands in the tree: a block of code whose first line names a file (```c ops/trilu.c) is a part of that file."""
import glob
import os
import re
import sys

SOURCE = os.environ.get("SARD_SOURCE", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BLOCK = re.compile(r"^```\w* (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main():
    wrong = quoted = 0
    for page in sorted(glob.glob(os.path.join(SOURCE, "docs", "*.md")) + glob.glob(os.path.join(SOURCE, "*.md"))):
        text = open(page, encoding="utf-8").read()
        for name, code in BLOCK.findall(text):
            quoted += 1
            path = os.path.join(SOURCE, name)
            if not os.path.isfile(path):
                problem = "there is no such file"
            elif code not in open(path, encoding="utf-8").read():
                problem = "this is not a part of it:\n" + code
            else:
                continue
            wrong += 1
            print(f"{os.path.relpath(page, SOURCE)} quotes {name}: {problem}")
    if quoted < 10:
        print(f"only {quoted} blocks of code name their file")
    return 1 if wrong or quoted < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
