"""One engine in a process of its own, for compare.py: loads a model, then answers each line 'N' with the times of N runs.

usage: engines.py ENGINE MODEL.onnx THREADS SHAPE FOLDER [LIBRARY]

All engines compute in float32 with the settings that are their own best. ncnn and MNN convert the model once, into FOLDER, before the
time is taken. The answer to the first run is left in FOLDER.
"""
import ctypes
import importlib.metadata
import json
import os
import subprocess
import sys
import time

import numpy as np

F32, MOST_RANK = 1, 8


class Tensor(ctypes.Structure):
    """sard_tensor."""
    _fields_ = [("dtype", ctypes.c_int), ("rank", ctypes.c_int32), ("dims", ctypes.c_int64 * MOST_RANK), ("ld", ctypes.c_int64),
                ("data", ctypes.c_void_p), ("bytes", ctypes.c_size_t)]

    def __init__(self, array=None):
        super().__init__()
        if array is not None:
            self.dtype, self.rank, self.data, self.bytes = F32, array.ndim, array.ctypes.data, array.nbytes
            self.dims[:array.ndim] = array.shape


class Error(ctypes.Structure):
    """sard_error."""
    _fields_ = [("status", ctypes.c_int), ("text", ctypes.c_char * 1020)]


class ContextOptions(ctypes.Structure):
    """sard_context_options."""
    _fields_ = [("size", ctypes.c_size_t), ("allocator", ctypes.c_void_p), ("log", ctypes.c_void_p), ("log_user", ctypes.c_void_p),
                ("threads", ctypes.c_int), ("limits", ctypes.c_void_p)]


def make_sard(model, threads, x, library):
    lib, error = ctypes.CDLL(library), Error()

    def call(function, *args):
        if function(*args, ctypes.byref(error)):
            raise RuntimeError(error.text.decode(errors="replace"))

    context, loaded, session = (ctypes.c_void_p() for _ in range(3))
    options = ContextOptions(ctypes.sizeof(ContextOptions), None, None, None, threads, None)
    call(lib.sard_context_new, ctypes.byref(options), ctypes.byref(context))
    call(lib.sard_model_load, context, model.encode(), None, ctypes.byref(loaded))
    call(lib.sard_session_new, loaded, None, ctypes.byref(session))
    given = Tensor(x)

    def run():
        made = Tensor()
        call(lib.sard_session_run, session, ctypes.byref(given), ctypes.c_size_t(1), ctypes.byref(made), ctypes.c_size_t(1))
        shape = made.dims[:made.rank]
        return np.ctypeslib.as_array(ctypes.cast(made.data, ctypes.POINTER(ctypes.c_float)), shape).copy()
    return run


def make_onnxruntime(model, threads, x, _):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = threads, 1, 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: x})[0]


def make_openvino(model, threads, x, _):
    import openvino
    core = openvino.Core()
    loaded = core.read_model(model)
    loaded.reshape(list(x.shape))
    request = core.compile_model(loaded, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False}).create_infer_request()

    def run():
        request.infer({0: x})
        return request.get_output_tensor(0).data.copy()
    return run


def convert(made, command, folder):
    """Runs a converter where what it makes is not there yet."""
    if not os.path.exists(made):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode or not os.path.exists(made):
            raise RuntimeError(f"{os.path.basename(command[0])} can't convert it: {(done.stderr or done.stdout).strip()[-200:]}")


def tool(name):
    return os.path.join(os.path.dirname(sys.executable), name)


def base_of(model, x, folder):
    return os.path.join(folder, os.path.basename(model)[:-5] + "_" + "x".join(map(str, x.shape)))


def convert_ncnn(model, x, folder):
    base = base_of(model, x, folder)
    convert(base + ".ncnn.param", [
        tool("pnnx"), os.path.abspath(model), "inputshape=[" + ",".join(map(str, x.shape)) + "]", "fp16=0", f"ncnnparam={base}.ncnn.param",
        f"ncnnbin={base}.ncnn.bin", f"ncnnpy={base}_ncnn.py", f"pnnxparam={base}.pnnx.param", f"pnnxbin={base}.pnnx.bin",
        f"pnnxpy={base}_pnnx.py", f"pnnxonnx={base}.pnnx.onnx"], folder)


def make_ncnn(model, threads, x, folder):
    import ncnn
    base, net = base_of(model, x, folder), ncnn.Net()
    net.opt.num_threads = threads
    net.opt.use_fp16_storage = net.opt.use_fp16_arithmetic = net.opt.use_fp16_packed = net.opt.use_bf16_storage = False
    if net.load_param(base + ".ncnn.param") or net.load_model(base + ".ncnn.bin"):
        raise RuntimeError("it can't load what pnnx made")
    given = ncnn.Mat(x[0])

    def run():
        extractor = net.create_extractor()
        extractor.input("in0", given)
        return np.array(extractor.extract("out0")[1])
    return run


def convert_mnn(model, x, folder):
    path = base_of(model, x, folder) + ".mnn"
    convert(path, [tool("mnnconvert"), "-f", "ONNX", "--modelFile", os.path.abspath(model), "--MNNModel", path, "--bizCode", "bench"], folder)


def make_mnn(model, threads, x, folder):
    import MNN
    interpreter = MNN.Interpreter(base_of(model, x, folder) + ".mnn")
    session = interpreter.createSession({"backend": "CPU", "numThread": threads, "precision": "high"})
    source, shape = interpreter.getSessionInput(session), tuple(x.shape)
    interpreter.resizeTensor(source, shape)
    interpreter.resizeSession(session)
    given = MNN.Tensor(shape, MNN.Halide_Type_Float, x, MNN.Tensor_DimensionType_Caffe)

    def run():
        source.copyFrom(given)
        interpreter.runSession(session)
        made = interpreter.getSessionOutput(session)
        shape = made.getShape()
        copy = MNN.Tensor(shape, MNN.Halide_Type_Float, np.zeros(shape, np.float32), MNN.Tensor_DimensionType_Caffe)
        made.copyToHostTensor(copy)
        return np.array(copy.getData(), np.float32).reshape(shape)
    return run


def library_bytes(package):
    """All that an installed package brings along as shared objects."""
    files = [f.locate() for f in importlib.metadata.files(package) or [] if ".so" in f.name]
    return sum(os.path.getsize(f) for f in files if not os.path.islink(f))


ENGINES = {"sard": (make_sard, None), "onnxruntime": (make_onnxruntime, None), "openvino": (make_openvino, None),
           "ncnn": (make_ncnn, convert_ncnn), "MNN": (make_mnn, convert_mnn)}


def peak_rss():
    """Of this program alone: getrusage's figure begins with what the parent had."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def say(tag, what):
    print(tag + " " + json.dumps(what), flush=True)


def main():
    engine, model, threads, shape, folder = sys.argv[1:6]
    library = sys.argv[6] if len(sys.argv) > 6 else ""
    make, prepare = ENGINES[engine]
    x = np.random.default_rng(7).standard_normal([int(n) for n in shape.split("x")], np.float32)
    if prepare:
        prepare(model, x, folder)
    start = time.perf_counter()
    run = make(model, int(threads), x, library if engine == "sard" else folder)
    answer = run()
    first = (time.perf_counter() - start) * 1e3
    np.save(os.path.join(folder, f"answer_{engine}_{os.getppid()}.npy"), answer)
    say("READY", {"load_first_ms": first, "peak_rss_bytes": peak_rss(),
                  "library_bytes": os.path.getsize(library) if engine == "sard" else library_bytes(engine)})
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            begin = time.perf_counter()
            run()
            times.append((time.perf_counter() - begin) * 1e3)
        say("TIMES", times)


if __name__ == "__main__":
    main()
