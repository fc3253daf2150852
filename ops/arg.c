/* ArgMax, ArgMin
 *
 * in   data
 * out  reduced: int64, where along `axis` the largest (smallest) element stands: the first of equals, or with select_last_index the
 *      last one; the axis has size 1, or with keepdims 0 is gone
 *
 * NaN wins in both, as in numpy. */
#include "ops/axis.h"
#include "ops/lib/order.h"
#include "ops/lib/util.h"

static const sard_attr_spec attrs[] = {SARD_INT(sard_arg, axis, 0), SARD_INT(sard_arg, keepdims, 1),
                                       SARD_INT(sard_arg, select_last_index, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_NUMBER), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("reduced", 'I', SARD_SET(I64)), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_arg *a = node->attrs;
    const sard_value *x = node->inputs[0];
    int axis, rank = 0;
    const sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (status)
        return status;
    if (x->dims[axis] == 0)
        return sard_node_fail(node, error, SARD_SHAPE, "axis %d has size 0", axis);
    int64_t dims[SARD_MAX_RANK];
    for (int i = 0; i < x->rank; i++)
        if (i != axis || a->keepdims)
            dims[rank++] = i == axis ? 1 : x->dims[i];
    return sard_node_set_output(node, 0, SARD_I64, rank, dims, error);
}

/* Results that are found together: neighbours in memory if the axis is not the last one. */
enum { CHUNK = 256 };

/* The tensor is outer x axis x inner; a task is one outer index and up to CHUNK inner ones. */
typedef struct job {
    sard_dtype dtype;
    const char *data;
    int64_t *out;
    int64_t axis, inner, chunks;
    bool smallest, last;
} job;

/* NaN stays the highest. */
static void invert(const job *j, uint64_t *keys, size_t n)
{
    const bool nan = sard_dtype_is_float(j->dtype);
    for (size_t i = 0; i < n; i++)
        keys[i] = nan && keys[i] == UINT64_MAX ? keys[i] : ~keys[i];
}

static void look_at(const job *j, const char *from, size_t n, uint64_t *keys)
{
    sard_order_keys(j->dtype, from, 1, n, keys);
    if (j->smallest)
        invert(j, keys, n);
}

static void search_rows(const job *j, const char *from, size_t n, int64_t *out)
{
    uint64_t best[CHUNK], keys[CHUNK];
    const size_t row = (size_t)j->inner * sard_dtype_size(j->dtype);
    for (int64_t k = 0; k < j->axis; k++) {
        look_at(j, from + (size_t)k * row, n, keys);
        for (size_t i = 0; i < n; i++) {
            const bool better = k == 0 || keys[i] > best[i] || (j->last && keys[i] == best[i]);
            best[i] = better ? keys[i] : best[i];
            out[i] = better ? k : out[i];
        }
    }
}

static void search_line(const job *j, const char *from, int64_t *out)
{
    uint64_t best = 0, keys[CHUNK];
    *out = 0;
    for (int64_t k = 0; k < j->axis; k += CHUNK) {
        const size_t n = (size_t)(j->axis - k < CHUNK ? j->axis - k : CHUNK);
        look_at(j, from + (size_t)k * sard_dtype_size(j->dtype), n, keys);
        for (size_t i = 0; i < n; i++)
            if (keys[i] > best || (j->last && keys[i] == best)) {
                best = keys[i];
                *out = k + (int64_t)i;
            }
    }
}

static void search(void *user, size_t task)
{
    const job *j = user;
    const int64_t outer = (int64_t)task / j->chunks, first = (int64_t)task % j->chunks * CHUNK;
    const int64_t n = j->inner - first < CHUNK ? j->inner - first : CHUNK;
    const char *from = j->data + (size_t)(outer * j->axis * j->inner + first) * sard_dtype_size(j->dtype);
    int64_t *out = j->out + outer * j->inner + first;
    if (j->inner == 1)
        search_line(j, from, out);
    else
        search_rows(j, from, (size_t)n, out);
}

static sard_status eval(const sard_call *call, bool smallest)
{
    const sard_arg *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const size_t results = sard_tensor_count(&call->outputs[0]);
    const int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    if (!results)
        return SARD_OK;
    job j = {x->dtype, x->data, call->outputs[0].data, x->dims[axis], 1, 1, smallest, a->select_last_index != 0};
    for (int i = axis + 1; i < x->rank; i++)
        j.inner *= x->dims[i];
    j.chunks = (j.inner + CHUNK - 1) / CHUNK;
    sard_call_parallel(call, results / (size_t)j.inner * (size_t)j.chunks, search, &j);
    return SARD_OK;
}

static sard_status eval_max(const sard_call *call) { return eval(call, false); }
static sard_status eval_min(const sard_call *call) { return eval(call, true); }

#define ARG(row, text, function)                                   \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op), \
                                   .domain = "",                   \
                                   .name = text,                   \
                                   .since = 13,                    \
                                   .inputs = inputs,               \
                                   .outputs = outputs,             \
                                   .attrs = attrs,                 \
                                   .attrs_size = sizeof(sard_arg), \
                                   .infer = infer,                 \
                                   .eval = function};

ARG(arg_max, "ArgMax", eval_max)
ARG(arg_min, "ArgMin", eval_min)
