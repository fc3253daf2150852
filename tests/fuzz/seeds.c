/* Small models that have something of everything: free dims, epilogues, shape arithmetic, windows, subgraphs, types. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

static const char *const texts[] = {
    "graph sums {\n input x: float32[N,3]\n input m: float32[?,?]\n const w: float32[3,2] = {1, 2, 3, 4, 5, 6}\n s = MatMul(x, w)\n a = "
    "Add(s, m)\n"
    " y = Relu(a)\n output y\n}\n",
    "graph fixed {\n input x: float32[4,3]\n input m: float32[?,?]\n const w: float32[3,2] = {1, 2, 3, 4, 5, 6}\n s = MatMul(x, w)\n a = "
    "Mul(s, m)\n"
    " y = Relu(a)\n output y\n}\n",
    "graph fixed_conv {\n input x: float32[1,2,4,5]\n input r: float32[?,?,?,?]\n const w: float32[3,2,1,1] = {1, -1, 2, 0.5, 1, 1}\n"
    " c = Conv(x, w)\n s = Add(c, r)\n t = Transpose(s)\n y = Concat(t, t) {axis = 0}\n output y\n}\n",
    "graph conv {\n input x: float32[N,2,H,5]\n input r: float32[?,?,?,?]\n const w: float32[2,2,1,3] = {1, -1, 2, 0.5, 1, 1, 3, 2, 1, 0, "
    "1, 2}\n"
    " c = Conv(x, w) {pads = [0, 1, 0, 1]}\n s = Mul(c, r)\n p = MaxPool(s) {kernel_shape = [1, 2]}\n g = GlobalAveragePool(p)\n y = "
    "Flatten(g)\n"
    " output y\n}\n",
    "graph shapes {\n input x: float32[N,?,4]\n const zero: int64[1] = {0}\n const two: int64[1] = {2}\n const minus: int64[1] = {-1}\n"
    " s = Shape(x)\n b = Slice(s, zero, two)\n t = Concat(b, minus) {axis = 0}\n y = Reshape(x, t)\n z = Expand(y, s)\n output z\n}\n",
    "graph loop {\n input x: float32[?]\n input n: int64[]\n input c: bool[]\n y, ys = Loop(n, c, x) {body = graph body {\n  input i: "
    "int64[]\n"
    "  input k: bool[]\n  input v: float32[?]\n  w = Add(v, x)\n  output k\n  output w\n  output w2 = w\n }}\n output y\n output ys\n}\n",
    "graph branch {\n input x: float32[?,?]\n input c: bool[]\n y = If(c) {then_branch = graph a {\n  p = Relu(x)\n  output p\n }, "
    "else_branch = graph b {\n"
    "  q = Transpose(x)\n  output q\n }}\n output y\n}\n",
    "graph select {\n input x: float32[N,M]\n const k: int64[1] = {2}\n const i: int64[2] = {0, 1}\n v, w = TopK(x, k)\n g = Gather(v, i) "
    "{axis = 1}\n"
    " n = NonZero(x)\n y = Softmax(g)\n output y\n output n\n output w\n}\n",
    "graph types {\n input x: uint8[N,4]\n const s: float32[] = {0.5}\n const z: uint8[] = {3}\n d = DequantizeLinear(x, s, z)\n h = "
    "Cast(d) {to = 10}\n"
    " e = Exp(h)\n f = Cast(e) {to = 1}\n y = QuantizeLinear(f, s, z)\n output y\n}\n",
    "graph norms {\n input x: float32[N,C,L]\n const e: float32[] = {1e-5}\n const axes: int64[1] = {-1}\n m = ReduceMean(x, axes)\n d = "
    "Sub(x, m)\n"
    " q = Mul(d, d)\n v = ReduceMean(q, axes)\n p = Add(v, e)\n r = Sqrt(p)\n y = Div(d, r)\n output y\n}\n",
};

const char *fuzz_text(size_t i) { return i < sizeof texts / sizeof *texts ? texts[i] : NULL; }

size_t fuzz_text_as_model(size_t i, uint8_t *out, size_t most)
{
    sard_context *context;
    sard_graph *graph = NULL;
    size_t size = 0;
    if (!fuzz_text(i) || sard_context_new(NULL, &context, NULL))
        return 0;
    if (!sard_graph_parse(context, fuzz_text(i), strlen(fuzz_text(i)), &graph, NULL) &&
        !sard_graph_save(graph, fuzz_path(".onnx"), NULL, NULL))
        size = fuzz_read(fuzz_path(".onnx"), out, most);
    sard_graph_free(graph);
    sard_context_free(context);
    return size;
}
