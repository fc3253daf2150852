#!/usr/bin/env python3
"""sard beside ONNX Runtime, OpenVINO, ncnn and MNN: the same ONNX file, input, number of threads, and float32 for all.

All engines of a network and a number of threads stay loaded while rounds go from one to the next, so that a machine that slows down slows
all of them. The minimum is the figure; a ratio above 1 says that sard is faster than the fastest peer. Answers are compared with the
median of all; an engine that is far off does not count. Networks are names of `sard zoo` or .onnx files with one picture as input.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(HERE)
PEERS = "onnxruntime,openvino,ncnn,MNN"
NETWORKS = ("inception_v3,vgg16,resnet50,mobilenet_v2,mobilenet_v3_large,squeezenet1_1,googlenet,densenet121,efficientnet_b0,"
            "shufflenet_v2")
ROUND_MS = 400
WRONG = 0.01  # difference from the median answer, as a share of its deviation, from which on an engine does not count


def arguments():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("networks", nargs="*", default=NETWORKS.split(","), help="names of `sard zoo` or files [ten of the zoo]")
    a.add_argument("--threads", default="1,2", help="numbers of threads [1,2]")
    a.add_argument("--peers", default=PEERS, help=f"[{PEERS}]")
    a.add_argument("--rounds", type=int, default=6, help="rounds over all engines [6]")
    a.add_argument("--build", default=os.path.join(SOURCE, "build", "release"), help="folder of a release build [build/release]")
    a.add_argument("--work", default=os.path.join(SOURCE, "build", "compare"), help="folder of environment and networks [build/compare]")
    a.add_argument("--json", default="", help="write all numbers there")
    a.add_argument("--png", default="", help="draw a chart there")
    return a.parse_args()


def enter_environment(work):
    """Starts again with the Python of a virtual environment that has the peers, made when first asked for."""
    python = os.path.join(work, "venv", "bin", "python")
    if os.environ.get("SARD_BENCH_PYTHON"):  # one that has them already
        python = os.environ["SARD_BENCH_PYTHON"]
    elif not os.path.exists(os.path.join(work, "venv", "complete")):
        subprocess.run([sys.executable, "-m", "venv", os.path.join(work, "venv")], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", os.path.join(HERE, "requirements.txt")],
                       check=True)
        open(os.path.join(work, "venv", "complete"), "w", encoding="ascii").close()
    if os.path.abspath(sys.executable) != os.path.abspath(python):
        os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:]])


class Engine:
    """A process of engines.py."""

    def __init__(self, name, model, threads, shape, work, build):
        environment = dict(os.environ, OMP_NUM_THREADS=str(threads), ORT_DISABLE_TELEMETRY="1")
        command = [sys.executable, os.path.join(HERE, "engines.py"), name, model, str(threads), shape, work, os.path.join(build, "libsard.so")]
        self.errors = open(os.path.join(work, f"errors_{name}.txt"), "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, env=environment)
        self.times = []
        try:
            self.facts = self.answer("READY")
        except RuntimeError:
            self.close()
            raise

    def answer(self, tag):
        for line in self.process.stdout:
            if line.startswith(tag + " "):
                return json.loads(line[len(tag):])
        self.errors.seek(0)
        raise RuntimeError((self.errors.read().strip().splitlines() or ["it ended"])[-1])

    def round(self):
        one = min(self.times) if self.times else self.facts["load_first_ms"] / 3
        self.process.stdin.write(f"{max(2, min(100, int(ROUND_MS / one)))}\n")
        self.process.stdin.flush()
        self.times += self.answer("TIMES")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        self.errors.close()


def peak_of(build, threads):
    return json.loads(subprocess.run([os.path.join(build, "bench_peak"), str(threads)], check=True, capture_output=True, text=True).stdout)


def model_of(network, build, work):
    """The file, and the shape of its input with 1 for what is free."""
    import onnx
    path = network
    if not network.endswith(".onnx"):
        path = os.path.join(work, network + ".onnx")
        if not os.path.exists(path):
            part = os.path.join(work, network + ".part.onnx")
            subprocess.run([os.path.join(build, "sard"), "zoo", network, "-o", part], check=True)
            os.replace(part, path)
    graph = onnx.load(path, load_external_data=False).graph
    constants = {t.name for t in graph.initializer}
    source = next(v for v in graph.input if v.name not in constants)
    return path, "x".join(str(d.dim_value or 1) for d in source.type.tensor_type.shape.dim)


def compare_answers(names, work):
    """{engine: mean difference from the median of all answers, as a share of their deviation}."""
    import numpy as np
    answers = {n: np.load(os.path.join(work, f"answer_{n}_{os.getpid()}.npy")).reshape(-1).astype("f8") for n in names}
    if len({a.size for a in answers.values()}) > 1:
        raise SystemExit("answers of different sizes: " + ", ".join(f"{n} {a.size}" for n, a in answers.items()))
    middle = np.median(list(answers.values()), axis=0)
    return {n: float(np.abs(a - middle).mean() / (middle.std() or 1)) for n, a in answers.items()}


def load_engines(a, model, shape, threads):
    engines, refused = {}, {}
    for name in ["sard", *filter(None, a.peers.split(","))]:
        try:
            engines[name] = Engine(name, model, threads, shape, a.work, a.build)
        except RuntimeError as error:
            refused[name] = str(error)
    return engines, refused


def measure(a, network, threads):
    model, shape = model_of(network, a.build, a.work)
    engines, refused = load_engines(a, model, shape, threads)
    peak = peak_of(a.build, threads)
    for _ in range(a.rounds):
        for engine in engines.values():
            engine.round()
        again = peak_of(a.build, threads)
        peak = {key: max(peak[key], again[key]) for key in peak}
    off, rows = compare_answers(engines, a.work), {}
    for name in engines:
        os.remove(os.path.join(a.work, f"answer_{name}_{os.getpid()}.npy"))
    for name, engine in engines.items():
        engine.close()
        rows[name] = {"min_ms": min(engine.times), "median_ms": statistics.median(engine.times), "runs": len(engine.times),
                      "difference": off[name], **engine.facts}
    peers = [r["min_ms"] for name, r in rows.items() if name != "sard" and r["difference"] < WRONG]
    ratio = min(peers) / rows["sard"]["min_ms"] if peers and "sard" in rows else None
    return {"network": os.path.basename(network).removesuffix(".onnx"), "threads": threads, "input": shape, "peak": peak, "engines": rows,
            "refused": refused, "ratio": ratio}


def show(row):
    best = max(value for key, value in row["peak"].items() if key not in ("threads", "memory"))
    print(f"\n{row['network']}  {row['input']}  threads {row['threads']}  FMA peak {best:.0f} GFLOP/s  memory {row['peak']['memory']:.0f} GB/s")
    print(f"  {'engine':12s} {'min ms':>9s} {'median ms':>9s} {'runs':>5s} {'load+first ms':>13s} {'peak MB':>8s} {'library MB':>10s} {'off':>8s}")
    for name, r in row["engines"].items():
        print(f"  {name:12s} {r['min_ms']:9.3f} {r['median_ms']:9.3f} {r['runs']:5d} {r['load_first_ms']:13.1f} {r['peak_rss_bytes'] / 1e6:8.0f} "
              f"{r['library_bytes'] / 1e6:10.1f} {r['difference']:8.1e}{'  WRONG: does not count' if r['difference'] >= WRONG else ''}")
    for name, why in row["refused"].items():
        print(f"  {name:12s} could not run: {why}")
    if row["ratio"]:
        print(f"  ratio of the fastest peer to sard: {row['ratio']:.2f}", flush=True)


def draw(rows, path):
    """Per thread count a panel: times as shares of the fastest peer's."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    counts = sorted({r["threads"] for r in rows})
    names = list(dict.fromkeys(n for r in rows for n in r["engines"]))
    figure, panels = pyplot.subplots(len(counts), 1, figsize=(6 + 1.1 * len(rows) / len(counts), 3.6 * len(counts)), squeeze=False)
    for panel, threads in zip(panels[:, 0], counts):
        part = [r for r in rows if r["threads"] == threads]
        for i, name in enumerate(names):
            fastest = [min(e["min_ms"] for n, e in r["engines"].items() if n != "sard" or len(r["engines"]) == 1) for r in part]
            speed = [base / r["engines"][name]["min_ms"] if name in r["engines"] else 0 for base, r in zip(fastest, part)]
            panel.bar([k + (i - len(names) / 2 + 0.5) * 0.8 / len(names) for k in range(len(part))], speed, 0.8 / len(names), label=name)
        panel.axhline(1, color="black", linewidth=0.8)
        panel.set_xticks(range(len(part)), [r["network"] for r in part], rotation=20, ha="right")
        panel.set_ylabel("speed, fastest peer = 1")
        panel.set_title(f"{threads} thread{'s' if threads > 1 else ''}, float32, batch 1")
    panels[0, 0].legend(ncols=len(names), fontsize="small")
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def cpu_name():
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        return next((line.split(":")[1].strip() for line in f if line.startswith("model name")), "unknown")


def main():
    a = arguments()
    a.work, a.build = os.path.abspath(a.work), os.path.abspath(a.build)
    os.makedirs(a.work, exist_ok=True)
    enter_environment(a.work)
    print(f"CPU: {cpu_name()}")
    rows = []
    for network in a.networks:
        for threads in map(int, a.threads.split(",")):
            rows.append(measure(a, network, threads))
            show(rows[-1])
            if a.json:
                with open(a.json, "w", encoding="utf-8") as f:
                    json.dump({"cpu": cpu_name(), "rows": rows}, f, indent=1)
    if a.png:
        draw(rows, a.png)
    ratios = [r["ratio"] for r in rows if r["ratio"]]
    if ratios:
        print(f"\nratios: least {min(ratios):.2f}, median {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
