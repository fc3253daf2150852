"""onnxruntime as a witness, where Python has it: what it answers to a model, and how long it takes."""
import time

import numpy as np

try:
    import onnxruntime
except ImportError:
    onnxruntime = None


def session(path, threads=0, plain=False):
    """plain: without onnxruntime's own rewriting."""
    options = onnxruntime.SessionOptions()
    if plain:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def random_inputs(peer, seed=1):
    """Normal numbers for each float input, zeros for others; a free dim is 1, or 224 where a picture's side stands."""
    rng, inputs = np.random.default_rng(seed), {}
    for i in peer.get_inputs():
        rank = len(i.shape)
        shape = [d if isinstance(d, int) else 224 if rank == 4 and k > 0 else 1 for k, d in enumerate(i.shape)]
        kind = {"tensor(float)": "f4", "tensor(float16)": "f2", "tensor(double)": "f8", "tensor(int64)": "i8", "tensor(uint8)": "u1"}[i.type]
        inputs[i.name] = rng.standard_normal(shape).astype(kind) if kind[0] == "f" else np.zeros(shape, kind)
    return inputs


def distance(expected, got):
    """The largest difference as a share of the expected array's deviation; infinite for other shapes, types or words."""
    if expected.shape != got.shape or expected.dtype != got.dtype:
        return np.inf
    if expected.dtype.kind != "f":
        return 0.0 if np.array_equal(expected, got) else np.inf
    if not expected.size or np.array_equal(expected, got, equal_nan=True):
        return 0.0
    a, b = expected.astype("f8"), got.astype("f8")
    return float(np.abs(a - b).max() / (a.std() or np.abs(a).max() or 1))


def best_times(sessions, inputs, seconds):
    """The least milliseconds of each session, which take turns: what disturbs the machine disturbs all of them."""
    best, end = [np.inf] * len(sessions), time.perf_counter() + seconds
    rounds = 0
    while time.perf_counter() < end or rounds < 3:
        for i, s in enumerate(sessions):
            start = time.perf_counter()
            s.run(None, inputs)
            best[i] = min(best[i], 1e3 * (time.perf_counter() - start))
        rounds += 1
    return best
