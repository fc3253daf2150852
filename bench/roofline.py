#!/usr/bin/env python3
"""A roofline picture of a network, as SVG: each step at its operations per byte and its GFLOP/s, under the two roofs of the machine (bytes
read a second, multiply-adds a second), measured in the same run. Steps without multiply-adds stand at the left edge by their bytes.

usage: roofline.py NETWORK|FILE.onnx OUT.svg [--threads N] [--build FOLDER] [--seconds S]

A step above the roof of multiply-adds is a convolution that a transform (Winograd's) makes cheaper than its definition, by which it is
counted; one above the slope has its tensors in cache.
"""
import argparse
import json
import math
import os
import subprocess
import tempfile

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WIDTH, HEIGHT, LEFT, TOP = 760, 420, 60, 40
COLOURS = {"conv_direct": "#4e79a7", "winograd": "#e15759", "depthwise": "#59a14f", "gemm": "#76b7b2", "other": "#9c755f"}


def run(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure(a, path):
    sard, probe = os.path.join(a.build, "sard"), os.path.join(a.build, "bench_peak")
    before = run(probe, str(a.threads))
    facts = run(sard, "bench", path, "--threads", str(a.threads), "--seconds", str(a.seconds), "--profile", "--json")
    after = run(probe, str(a.threads))
    return {key: max(before[key], after[key]) for key in before}, facts


def colour_of(kernel):
    for name in ("winograd", "depthwise", "conv_direct"):
        if name in kernel:
            return COLOURS[name]
    return COLOURS["gemm"] if kernel.startswith(("gemm", "matmul", "mat", "rows", "full")) else COLOURS["other"]


class Axes:
    """Both logarithmic: operations per byte, GFLOP/s."""

    def __init__(self, peak):
        self.x0, self.x1 = math.log10(0.1), math.log10(1000)
        self.y1 = math.log10(peak * 4)
        self.y0 = self.y1 - 3.5

    def x(self, value):
        return LEFT + WIDTH * min(1, max(0, (math.log10(max(value, 1e-9)) - self.x0) / (self.x1 - self.x0)))

    def y(self, value):
        return TOP + HEIGHT * (1 - min(1, max(0, (math.log10(max(value, 1e-9)) - self.y0) / (self.y1 - self.y0))))


def text(x, y, what, extra=""):
    what = what.replace("&", "&amp;").replace("<", "&lt;")
    return f'<text x="{x:.0f}" y="{y:.0f}"{extra}>{what}</text>'


def frame(axes, peak, memory):
    lines = [f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#888"/>']
    for power in range(-1, 4):
        lines.append(text(axes.x(10 ** power), TOP + HEIGHT + 15, f"{10.0 ** power:g}", ' text-anchor="middle"'))
    for power in range(math.ceil(axes.y0), math.floor(axes.y1) + 1):
        lines.append(text(LEFT - 5, axes.y(10 ** power) + 4, f"{10.0 ** power:g}", ' text-anchor="end"'))
    low, knee = memory * 0.1, peak / memory
    lines.append(f'<path d="M{axes.x(0.1):.0f} {axes.y(low):.0f}L{axes.x(knee):.0f} {axes.y(peak):.0f}L{axes.x(1000):.0f} {axes.y(peak):.0f}" '
                 'fill="none" stroke="#000" stroke-width="1.5"/>')
    lines.append(text(LEFT + WIDTH - 6, axes.y(peak) - 5, f"{peak:.0f} GFLOP/s", ' text-anchor="end"'))
    lines.append(text(axes.x(0.12), axes.y(low) - 14, f"{memory:.0f} GB/s"))
    lines.append(text(LEFT + WIDTH / 2, TOP + HEIGHT + 30, "operations per byte (each tensor counted once)", ' text-anchor="middle"'))
    lines.append(text(8, TOP - 8, "GFLOP/s"))
    lines += [f'<circle cx="{LEFT + 90 * i + 5}" cy="{TOP + HEIGHT + 44}" r="5" fill="{c}"/>' + text(LEFT + 90 * i + 14, TOP + HEIGHT + 48, n)
              for i, (n, c) in enumerate(COLOURS.items())]
    return lines


def draw(name, peak, facts, threads):
    top = max(value for key, value in peak.items() if key not in ("threads", "memory"))
    axes, lines = Axes(top), []
    total = sum(s["ms"] for s in facts["steps"]) or 1
    macs = sum(s["macs"] for s in facts["steps"])
    for step in sorted(facts["steps"], key=lambda s: -s["ms"]):
        if step["ms"] <= 0 or step["ms"] < total / 2000:
            continue
        work = 2 * step["macs"]
        x = work / step["bytes"] if work and step["bytes"] else 0.1
        y = 1e-6 * (work or step["bytes"] * 0.1) / step["ms"]
        lines.append(f'<circle cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" r="{max(2, 22 * math.sqrt(step["ms"] / total)):.1f}" '
                     f'fill="{colour_of(step["kernel"])}" fill-opacity=".5"><title>{step["op"]} {step["kernel"]} '
                     f'{step["ms"]:.3f} ms</title></circle>')
    title = (f"{name}, {threads} thread{'s' if threads > 1 else ''}: {facts['min_ms']:.2f} ms, {macs / 1e9:.2f} GMAC, "
             f"{2e-6 * macs / facts['min_ms']:.0f} GFLOP/s as a whole; areas are shares of the time")
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {TOP + HEIGHT + 60}" '
                      'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="#fff"/>',
                      text(LEFT + 80, TOP - 14, title), *lines, *frame(axes, top, peak["memory"]), "</svg>\n"])


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("network")
    a.add_argument("out")
    a.add_argument("--threads", type=int, default=1)
    a.add_argument("--seconds", type=float, default=2)
    a.add_argument("--build", default=os.path.join(SOURCE, "build", "release"))
    a = a.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = a.network
        if not path.endswith(".onnx"):
            path = os.path.join(folder, a.network + ".onnx")
            subprocess.run([os.path.join(a.build, "sard"), "zoo", a.network, "-o", path], check=True)
        peak, facts = measure(a, path)
    with open(a.out, "w", encoding="utf-8") as f:
        f.write(draw(os.path.basename(a.network).removesuffix(".onnx"), peak, facts, a.threads))


if __name__ == "__main__":
    main()
