#!/usr/bin/env python3
"""The plan's memory, from its steps alone, for every network of the zoo: no two values that live at the same time overlap, and the arena
is within 5 % of the most that lives at any step.

usage: test_memory_bound.py [network or FILE.onnx ...]      SARD is the command
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import command

ALIGN, SHARE = 64, 1.05


def lifetimes(plan):
    """{value: (first step, last step)} from the inputs and outputs of the steps."""
    lives = {}
    for number, step in enumerate(plan["steps"]):
        for name in filter(None, step["inputs"] + step["outputs"]):
            lives[name] = (lives.get(name, (number,))[0], number)
    for value in plan["outputs"]:
        last = len(plan["steps"]) - 1
        lives[value["name"]] = (lives.get(value["name"], (last,))[0], last)
    return lives


def blocks_of(plan, lives):
    """Values that share memory as one: [first step, last step, offset, end]."""
    blocks = {}
    for value in plan["values"]:
        first, last = lives[value["name"]]
        one = (first, last, value["offset"], value["offset"] + value["bytes"])
        old = blocks.get(value["owner"], one)
        blocks[value["owner"]] = (min(old[0], one[0]), max(old[1], one[1]), min(old[2], one[2]), max(old[3], one[3]))
    return blocks


def overlaps(blocks):
    """Pairs of names that are in each other's way."""
    found, rows = [], sorted((b, name) for name, b in blocks.items())
    for i, (a, x) in enumerate(rows):
        for b, y in rows[i + 1:]:
            if b[0] > a[1]:
                break
            if a[2] < b[3] and b[2] < a[3]:
                found.append((x, y))
    return found


def bound(blocks, steps):
    """The most bytes that live at one step."""
    sizes = [(first, last, -(-(end - start) // ALIGN) * ALIGN) for first, last, start, end in blocks.values()]
    return max(sum(size for first, last, size in sizes if first <= step <= last) for step in range(steps))


def check(path, name):
    plan = json.loads(command.sard("inspect", path, "--plan", "--json"))
    blocks = blocks_of(plan, lifetimes(plan))
    least, arena = bound(blocks, len(plan["steps"])), plan["arena_bytes"]
    wrong = [f"{x} and {y} overlap" for x, y in overlaps(blocks)[:5]]
    if max(b[3] for b in blocks.values()) > arena:
        wrong.append("a value reaches beyond the arena")
    if arena > SHARE * least:
        wrong.append(f"arena {arena} bytes, {arena / least:.3f} times what lives at once")
    print(f"{name:22s} arena {arena / 1e6:7.3f} MB, bound {least / 1e6:7.3f} MB, ratio {arena / least:.3f}")
    return wrong


def main():
    failed = 0
    for name in sys.argv[1:] or command.zoo_networks():
        wrong = check(name if name.endswith(".onnx") else command.zoo_network(name), os.path.basename(name))
        for line in wrong:
            print(f"WRONG {name}: {line}")
        failed += bool(wrong)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
