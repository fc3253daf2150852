/* Quantised operators of com.microsoft: dequantise, apply the float operator, quantise. That is what they are defined by; rounding differs
 * from fixed-point implementations by one step at most. */
#include "frontends/onnx/upgrade.h"

/* A tensor is three inputs in a row: elements, scale, zero point. */
static sard_value *dequantize(sard_onnx_draft *draft, size_t i, const char *role)
{
    sard_value *const inputs[] = {sard_onnx_input(draft, i), sard_onnx_input(draft, i + 1), sard_onnx_input(draft, i + 2)};
    return sard_onnx_node_before(draft, "DequantizeLinear", role, inputs, inputs[2] ? 3 : 2, NULL, 0);
}

/* How the result is quantised: inputs `i` and the next, the scale and the zero point. Without one it is 0, of the type of input `like`. */
typedef struct steps {
    sard_value *scale, *zero;
} steps;

static steps steps_of(sard_onnx_draft *draft, size_t i, size_t like)
{
    steps s = {sard_onnx_input(draft, i), sard_onnx_input(draft, i + 1)};
    const sard_value *x = s.zero ? NULL : sard_onnx_typed_input(draft, like);
    if (x && x->dtype)
        s.zero = sard_onnx_scalar(draft, "zero", x->dtype, 0);
    else if (!s.zero)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "without a zero point of the result, the type of input %zu must be known", like);
    return s;
}

/* What the draft has come to is float: the rest of it quantises that. */
static void quantize(sard_onnx_draft *draft, steps s)
{
    sard_value *result = sard_onnx_split(draft, "float");
    draft->op = "QuantizeLinear";
    sard_onnx_set_input(draft, 0, result);
    sard_onnx_set_input(draft, 1, s.scale);
    sard_onnx_set_input(draft, 2, s.zero);
}

/* The draft becomes `op` of the floats, with the attributes that it has. */
static void become(sard_onnx_draft *draft, const char *op, sard_value *const *floats, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sard_onnx_set_input(draft, i, floats[i]);
    sard_onnx_cut_inputs(draft, count);
    draft->domain = "";
    draft->op = op;
    draft->version = SARD_ONNX_ANY_VERSION - 1;
}

static void apply(sard_onnx_draft *draft, const char *op, sard_value *const *floats, size_t count, steps s)
{
    become(draft, op, floats, count);
    quantize(draft, s);
}

/* ---- N, spatial..., C: turned before and after ---- */

static void set_perm(int64_t *perm, int rank, int shift)
{
    for (int i = 1; i < rank; i++)
        perm[i] = 1 + (i - 1 + shift) % (rank - 1);
    perm[0] = 0;
}

int sard_onnx_enter_nhwc(sard_onnx_draft *draft, bool always)
{
    int64_t perm[SARD_MAX_RANK];
    if (!sard_onnx_take_int(draft, "channels_last", always))
        return 0;
    sard_value *x = sard_onnx_typed_input(draft, 0);
    if (!x || x->rank < 3) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "channels_last needs an input of known rank");
        return 0;
    }
    set_perm(perm, x->rank, x->rank - 2);
    const sard_attr attr = {.name = "perm", .kind = SARD_ATTR_INTS, .ints = perm, .count = (size_t)x->rank};
    sard_onnx_set_input(draft, 0, sard_onnx_node_before(draft, "Transpose", "nchw", &x, 1, &attr, 1));
    return x->rank;
}

void sard_onnx_leave_nhwc(sard_onnx_draft *draft, int rank)
{
    int64_t perm[SARD_MAX_RANK];
    if (!rank || draft->status)
        return;
    sard_value *result = sard_onnx_split(draft, "result");
    set_perm(perm, rank, 1);
    draft->op = "Transpose";
    sard_onnx_set_input(draft, 0, result);
    sard_onnx_set_ints(draft, "perm", perm, (size_t)rank);
}

/* x, then scale and zero point of y. */
static void unary(sard_onnx_draft *draft, const char *op)
{
    const steps y = steps_of(draft, 3, 0);
    sard_value *const x[] = {dequantize(draft, 0, "x")};
    apply(draft, op, x, 1, y);
}

static void binary(sard_onnx_draft *draft, const char *op)
{
    const steps y = steps_of(draft, 6, 0);
    sard_value *const ab[] = {dequantize(draft, 0, "a"), dequantize(draft, 3, "b")};
    apply(draft, op, ab, 2, y);
}

void sard_onnx_qlinear_add(sard_onnx_draft *draft) { binary(draft, "Add"); }
void sard_onnx_qlinear_mul(sard_onnx_draft *draft) { binary(draft, "Mul"); }
void sard_onnx_qlinear_leaky_relu(sard_onnx_draft *draft) { unary(draft, "LeakyRelu"); }
void sard_onnx_qlinear_sigmoid(sard_onnx_draft *draft) { unary(draft, "Sigmoid"); }

void sard_onnx_qlinear_average_pool(sard_onnx_draft *draft)
{
    const int rank = sard_onnx_enter_nhwc(draft, false);
    unary(draft, "AveragePool");
    sard_onnx_leave_nhwc(draft, rank);
}

void sard_onnx_qlinear_global_average_pool(sard_onnx_draft *draft)
{
    const int rank = sard_onnx_enter_nhwc(draft, false);
    unary(draft, "GlobalAveragePool");
    sard_onnx_leave_nhwc(draft, rank);
}

/* Attribute opset: of whose Softmax it has the meaning. */
void sard_onnx_qlinear_softmax(sard_onnx_draft *draft)
{
    const int64_t opset = sard_onnx_take_int(draft, "opset", 13);
    const steps y = steps_of(draft, 3, 0);
    sard_value *const x[] = {dequantize(draft, 0, "x")};
    become(draft, "Softmax", x, 1);
    if (opset < 13)
        sard_onnx_step_softmax(draft);
    quantize(draft, y);
}

void sard_onnx_qlinear_reduce_mean(sard_onnx_draft *draft)
{
    sard_attr axes;
    const steps y = steps_of(draft, 3, 0);
    sard_value *data[] = {dequantize(draft, 0, "x"), NULL};
    if (sard_onnx_take_attr(draft, "axes", SARD_ATTR_INTS, &axes))
        data[1] = sard_onnx_ints(draft, "axes", axes.ints, axes.count);
    apply(draft, "ReduceMean", data, data[1] ? 2 : 1, y);
}

/* Scale and zero point of y, then a triple for each x. */
void sard_onnx_qlinear_concat(sard_onnx_draft *draft)
{
    const size_t count = draft->input_count < 5 ? 0 : (draft->input_count - 2) / 3;
    sard_value **parts = SARD_NEW(draft->scope->importer->scratch, sard_value *, count);
    if (!parts)
        sard_onnx_draft_fail(draft, SARD_NOMEM, "out of memory");
    else if (!count || (draft->input_count - 2) % 3)
        sard_onnx_draft_fail(draft, SARD_MODEL, "%zu inputs, must be 2 and 3 for each part", draft->input_count);
    if (draft->status)
        return;
    const steps y = steps_of(draft, 0, 2);
    for (size_t i = 0; i < count; i++)
        parts[i] = dequantize(draft, 2 + 3 * i, "part");
    apply(draft, "Concat", parts, count, y);
}
