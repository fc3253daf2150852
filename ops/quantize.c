/* QuantizeLinear-10 .. -28, DequantizeLinear-10 .. -28, DynamicQuantizeLinear-11
 *
 * QuantizeLinear         in x, y_scale, y_zero_point (optional); out y = saturate(round(x / y_scale) + y_zero_point), halves to even;
 *                        the quotient is rounded to the type `precision`, or that of the scale
 *                        (float32 for float8e8m0). Floats of 8 and 4 bits are rounded by their own type; `saturate` as in Cast
 * DequantizeLinear       in x, x_scale, x_zero_point (optional); out y = (x - x_zero_point) * x_scale
 * DynamicQuantizeLinear  in x: float32; out y: uint8, y_scale, y_zero_point, such that 0 and all of x lie in the range
 *
 * Scale and zero point: one; or of rank 1, one for each index of `axis`; or blocked, with the shape of x but ceil(d / block_size) on
 * the axis. */
#include "ops/axis.h"
#include "ops/lib/elementwise.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { DATA, SCALE, ZERO_POINT, INPUTS };
enum { CHUNK = 512 };

/* ---- shapes ---- */

static bool is_one(const sard_value *value) { return value->rank == 0 || (value->rank == 1 && value->dims[0] == 1); }

static bool differ(int64_t a, int64_t b) { return a >= 0 && b >= 0 && a != b; }

static int64_t blocks(int64_t size, int64_t block) { return size < 0 ? SARD_UNKNOWN_DIM : size / block + (size % block != 0); }

/* The axis of scales that are many. With one axis there is no other. */
static sard_status axis_of(const sard_node *node, int64_t axis, int rank, int *out, sard_error *error)
{
    return sard_axis(node, rank == 1 ? 0 : axis, rank, "axis", out, error);
}

static sard_status check_blocks(const sard_node *node, int axis, int64_t block, sard_error *error)
{
    const sard_value *x = node->inputs[DATA], *scale = node->inputs[SCALE];
    for (int i = 0; i < x->rank; i++) {
        const int64_t want = i == axis ? blocks(x->dims[i], block) : x->dims[i];
        if (differ(scale->dims[i], want))
            return sard_node_fail(node, error, SARD_SHAPE, "the scale has size %" PRId64 " in dimension %d, must be %" PRId64,
                                  scale->dims[i], i, want);
    }
    return SARD_OK;
}

static sard_status check_scale(const sard_node *node, int64_t axis_attr, int64_t block, sard_error *error)
{
    const sard_value *x = node->inputs[DATA], *scale = node->inputs[SCALE];
    const sard_value *zero = sard_has_input(node, ZERO_POINT) ? node->inputs[ZERO_POINT] : NULL;
    if (zero && !(is_one(zero) && is_one(scale))) {
        bool same = zero->rank == scale->rank;
        for (int i = 0; same && i < zero->rank; i++)
            same = !differ(zero->dims[i], scale->dims[i]);
        if (!same)
            return sard_node_fail(node, error, SARD_SHAPE, "scale and zero point have different shapes");
    }
    if (is_one(scale))
        return SARD_OK;
    int axis;
    const sard_status status = axis_of(node, axis_attr, x->rank, &axis, error);
    if (status)
        return status;
    if (block && scale->rank == x->rank)
        return check_blocks(node, axis, block, error);
    if (block || scale->rank != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "the scale has rank %d, must be %d", scale->rank, block ? x->rank : 1);
    if (differ(scale->dims[0], x->dims[axis]))
        return sard_node_fail(node, error, SARD_SHAPE, "%" PRId64 " scales for %" PRId64 " elements of axis %d", scale->dims[0],
                              x->dims[axis], axis);
    return SARD_OK;
}

static sard_status set_output(sard_node *node, int64_t dtype, uint32_t allowed, sard_error *error)
{
    const sard_value *x = node->inputs[DATA];
    if (dtype < 0 || dtype > 31 || !sard_dtype_in((sard_dtype)dtype, allowed))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "output_dtype %" PRId64 " (%s)", dtype,
                              dtype < 0 || dtype > 31 ? "none" : sard_dtype_name((sard_dtype)dtype));
    return sard_node_set_output(node, 0, (sard_dtype)dtype, x->rank, x->dims, error);
}

/* ---- scales that broadcast ---- */

/* Repeats each block's element as often as the axis has it. */
static sard_status expand_blocks(const sard_call *call, const sard_tensor *x, int axis, int64_t block, sard_tensor *tensor)
{
    const size_t size = sard_dtype_size(tensor->dtype);
    size_t bytes, inner = size;
    if (!sard_bytes(tensor->dtype, x->dims, x->rank, &bytes))
        return sard_call_fail(call, SARD_LIMIT, "too many scales");
    const sard_tensor full = sard_tensor_make(tensor->dtype, x->rank, x->dims, bytes ? sard_call_alloc(call, bytes) : NULL);
    if (bytes && !full.data)
        return sard_call_fail(call, SARD_NOMEM, "no memory for %zu bytes of scales", bytes);
    int64_t outer = 1;
    for (int i = 0; i < x->rank; i++) {
        outer *= i < axis ? x->dims[i] : 1;
        inner *= i > axis ? (size_t)x->dims[i] : 1;
    }
    for (int64_t o = 0; bytes && o < outer; o++)
        for (int64_t d = 0; d < x->dims[axis]; d++)
            memcpy((char *)full.data + (size_t)(o * x->dims[axis] + d) * inner,
                   (const char *)tensor->data + (size_t)(o * tensor->dims[axis] + d / block) * inner, inner);
    *tensor = full;
    return SARD_OK;
}

/* The inputs of a call, scale and zero point in shapes that broadcast to x. */
static sard_status prepare(const sard_call *call, int64_t axis_attr, int64_t block, sard_tensor in[INPUTS], size_t *count)
{
    const sard_tensor *x = &call->inputs[DATA];
    *count = sard_has_input(call->node, ZERO_POINT) ? INPUTS : INPUTS - 1;
    in[DATA] = *x;
    for (size_t i = SCALE; i < *count; i++) {
        int axis;
        in[i] = call->inputs[i];
        if (sard_tensor_count(&in[i]) == 1 && in[i].rank <= 1) {
            in[i].rank = 0;
            continue;
        }
        sard_status status = axis_of(call->node, axis_attr, x->rank, &axis, call->error);
        if (!status && block) {
            status = expand_blocks(call, x, axis, block, &in[i]);
        } else if (!status) {
            in[i].rank = x->rank - axis;
            for (int k = 1; k < in[i].rank; k++)
                in[i].dims[k] = 1;
        }
        if (status)
            return status;
    }
    return SARD_OK;
}

/* ---- rows ---- */

/* zero: SARD_NONE if there is none. */
typedef struct types {
    sard_dtype x, scale, zero, y, precision;
    bool saturate;
} types;

typedef struct chunk {
    double x[CHUNK], scale[CHUNK], zero[CHUNK];
} chunk;

static void widen(sard_dtype dtype, const void *from, int step, size_t at, size_t n, double *to)
{
    if (step) {
        sard_widen(dtype, (const char *)from + at * sard_dtype_size(dtype), n, to);
        return;
    }
    sard_widen(dtype, from, 1, to);
    for (size_t i = 1; i < n; i++)
        to[i] = to[0];
}

static void load(const types *t, const void *const *in, const int *step, size_t at, size_t n, chunk *c)
{
    widen(t->x, in[DATA], step[DATA], at, n, c->x);
    widen(t->scale, in[SCALE], step[SCALE], at, n, c->scale);
    if (t->zero)
        widen(t->zero, in[ZERO_POINT], step[ZERO_POINT], at, n, c->zero);
    else
        memset(c->zero, 0, n * sizeof *c->zero);
}

static void round_to(sard_dtype dtype, double *values, size_t n)
{
    uint64_t narrow[CHUNK];
    sard_narrow(dtype, values, n, narrow);
    sard_widen(dtype, narrow, n, values);
}

static void quantize_row(const void *arg, const void *const *in, const int *step, void *out, size_t n)
{
    const types *t = arg;
    const size_t size = sard_dtype_size(t->y);
    const bool integral = sard_dtype_is_integral(t->y);
    chunk c;
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t piece = n - at < CHUNK ? n - at : CHUNK;
        load(t, in, step, at, piece, &c);
        round_to(t->precision, c.x, piece);
        round_to(t->precision, c.scale, piece);
        for (size_t i = 0; i < piece; i++)
            c.x[i] /= c.scale[i];
        round_to(t->precision, c.x, piece);
        for (size_t i = 0; i < piece; i++)
            c.x[i] = (integral ? rint(c.x[i]) : c.x[i]) + c.zero[i];
        if (sard_dtype_in(t->y, SARD_SET_FLOAT8))
            for (size_t i = 0; i < piece; i++)
                ((uint8_t *)out)[at + i] = sard_f64_to_float8(t->y, c.x[i], t->saturate);
        else
            sard_narrow(t->y, c.x, piece, (char *)out + at * size);
    }
}

static void dequantize_row(const void *arg, const void *const *in, const int *step, void *out, size_t n)
{
    const types *t = arg;
    const size_t size = sard_dtype_size(t->y);
    chunk c;
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t piece = n - at < CHUNK ? n - at : CHUNK;
        load(t, in, step, at, piece, &c);
        for (size_t i = 0; i < piece; i++)
            c.x[i] = (c.x[i] - c.zero[i]) * c.scale[i];
        sard_narrow(t->y, c.x, piece, (char *)out + at * size);
    }
}

static types types_of(const sard_call *call, const sard_tensor *in, size_t count)
{
    return (types){.x = in[DATA].dtype,
                   .scale = in[SCALE].dtype,
                   .zero = count > ZERO_POINT ? in[ZERO_POINT].dtype : SARD_NONE,
                   .y = call->outputs[0].dtype};
}

/* ---- QuantizeLinear ---- */

#define REAL (SARD_SET(F32) | SARD_SET(F16) | SARD_SET(BF16))
#define QUANTIZED_FLOAT (SARD_SET_FLOAT8 | SARD_SET(F4E2M1))
#define QUANTIZED (SARD_SET(U8) | SARD_SET(I8) | SARD_SET(U16) | SARD_SET(I16) | SARD_SET_SMALL_INTEGER | QUANTIZED_FLOAT)

static sard_status infer_quantize(sard_node *node, sard_error *error)
{
    const sard_quantize *a = node->attrs;
    const sard_dtype zero = sard_has_input(node, ZERO_POINT) ? node->inputs[ZERO_POINT]->dtype : SARD_NONE;
    if (zero && a->output_dtype && a->output_dtype != (int64_t)zero)
        return sard_node_fail(node, error, SARD_SHAPE, "output_dtype is %" PRId64 ", y_zero_point is %s", a->output_dtype,
                              sard_dtype_name(zero));
    if (a->precision && (a->precision < 0 || a->precision > 31 || !sard_dtype_in((sard_dtype)a->precision, REAL)))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "precision %" PRId64, a->precision);
    const sard_status status = check_scale(node, a->axis, a->block_size, error);
    return status ? status : set_output(node, zero ? (int64_t)zero : a->output_dtype ? a->output_dtype : SARD_U8, QUANTIZED, error);
}

static sard_status eval_quantize_linear(const sard_call *call)
{
    const sard_quantize *a = call->attrs;
    sard_tensor in[INPUTS];
    size_t count;
    const sard_status status = prepare(call, a->axis, a->block_size, in, &count);
    types t = types_of(call, in, count);
    t.saturate = a->saturate != 0;
    t.precision = a->precision                 ? (sard_dtype)a->precision
                : t.scale == SARD_F8E8M0       ? SARD_F32
                : sard_dtype_is_float(t.scale) ? t.scale
                                               : SARD_F64;
    return status ? status : sard_map(call, in, count, quantize_row, &t);
}

static const sard_attr_spec quantize_attrs[] = {
    SARD_INT(sard_quantize, axis, 1),         SARD_INT_IN(sard_quantize, block_size, 0, 0, INT64_MAX),
    SARD_INT(sard_quantize, output_dtype, 0), SARD_INT(sard_quantize, precision, 0),
    SARD_INT(sard_quantize, saturate, 1),     SARD_ATTRS_END};

static const sard_port quantize_linear_inputs[] = {SARD_PORT("x", 'T', REAL | SARD_SET(I32)),
                                                   SARD_PORT("y_scale", 'S', REAL | SARD_SET(I32) | SARD_SET(F8E8M0)),
                                                   SARD_PORT_OPTIONAL("y_zero_point", 'Q', QUANTIZED), SARD_PORTS_END};
static const sard_port quantize_linear_outputs[] = {SARD_PORT("y", 'Q', QUANTIZED), SARD_PORTS_END};
SARD_MAP_OP(quantize_linear, "QuantizeLinear", 28, .infer = infer_quantize, .attrs = quantize_attrs, .attrs_size = sizeof(sard_quantize))

/* ---- DequantizeLinear ---- */

static sard_status infer_dequantize(sard_node *node, sard_error *error)
{
    const sard_quantize *a = node->attrs;
    const sard_status status = check_scale(node, a->axis, a->block_size, error);
    return status ? status : set_output(node, a->output_dtype ? a->output_dtype : (int64_t)node->inputs[SCALE]->dtype, REAL, error);
}

static sard_status eval_dequantize_linear(const sard_call *call)
{
    const sard_quantize *a = call->attrs;
    sard_tensor in[INPUTS];
    size_t count;
    const sard_status status = prepare(call, a->axis, a->block_size, in, &count);
    const types t = types_of(call, in, count);
    return status ? status : sard_map(call, in, count, dequantize_row, &t);
}

static const sard_attr_spec dequantize_attrs[] = {SARD_INT(sard_quantize, axis, 1), SARD_INT_IN(sard_quantize, block_size, 0, 0, INT64_MAX),
                                                  SARD_INT(sard_quantize, output_dtype, 0), SARD_ATTRS_END};

#define CODED (QUANTIZED | SARD_SET(I32))

static const sard_port dequantize_linear_inputs[] = {SARD_PORT("x", 'Q', CODED), SARD_PORT("x_scale", 'S', REAL | SARD_SET(F8E8M0)),
                                                     SARD_PORT_OPTIONAL("x_zero_point", 'Q', CODED), SARD_PORTS_END};
static const sard_port dequantize_linear_outputs[] = {SARD_PORT("y", 'T', REAL), SARD_PORTS_END};
SARD_MAP_OP(dequantize_linear, "DequantizeLinear", 28, .infer = infer_dequantize, .attrs = dequantize_attrs,
            .attrs_size = sizeof(sard_quantize))

/* ---- DynamicQuantizeLinear ---- */

static sard_status infer_dynamic(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[DATA];
    sard_status status = sard_node_set_output(node, 0, SARD_U8, x->rank, x->dims, error);
    if (!status)
        status = sard_node_set_output(node, 1, SARD_F32, 0, NULL, error);
    return status ? status : sard_node_set_output(node, 2, SARD_U8, 0, NULL, error);
}

static sard_status eval_dynamic(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[DATA];
    const float *data = x->data;
    const size_t count = sard_tensor_count(x);
    float low = 0, high = 0;
    for (size_t i = 0; i < count; i++) {
        low = data[i] < low ? data[i] : low;
        high = data[i] > high ? data[i] : high;
    }
    float scale = (high == low ? 1 : high - low) / 255;
    double zero = rint((double)(0 - low / scale));
    uint8_t zero_point;
    sard_narrow(SARD_U8, &zero, 1, &zero_point);
    if (call->outputs[0].data) {
        const sard_tensor in[INPUTS] = {*x, sard_tensor_make(SARD_F32, 0, NULL, &scale), sard_tensor_make(SARD_U8, 0, NULL, &zero_point)};
        const types t = {SARD_F32, SARD_F32, SARD_U8, SARD_U8, SARD_F32, true};
        const sard_status status = sard_map(call, in, INPUTS, quantize_row, &t);
        if (status)
            return status;
    }
    if (call->output_count > 1 && call->outputs[1].data)
        *(float *)call->outputs[1].data = scale;
    if (call->output_count > 2 && call->outputs[2].data)
        *(uint8_t *)call->outputs[2].data = zero_point;
    return SARD_OK;
}

static const sard_port dynamic_inputs[] = {SARD_PORT("x", 'T', SARD_SET(F32)), SARD_PORTS_END};
static const sard_port dynamic_outputs[] = {SARD_PORT("y", 'Q', SARD_SET(U8)), SARD_PORT("y_scale", 'S', SARD_SET(F32)),
                                            SARD_PORT("y_zero_point", 'Q', SARD_SET(U8)), SARD_PORTS_END};
const sard_op sard_op_dynamic_quantize_linear = {.struct_size = sizeof(sard_op),
                                                 .domain = "",
                                                 .name = "DynamicQuantizeLinear",
                                                 .since = 11,
                                                 .inputs = dynamic_inputs,
                                                 .outputs = dynamic_outputs,
                                                 .infer = infer_dynamic,
                                                 .eval = eval_dynamic};
