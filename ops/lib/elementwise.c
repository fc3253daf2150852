/* The map behind element-wise operators: dimensions that all tensors run through alike are joined, what is left is walked in runs of
 * the innermost one. Tasks are equal stretches of the result. */
#include "ops/lib/elementwise.h"

enum {
    GRAIN = 16384, /* elements of a task */
    CHUNK = 512,   /* elements that are widened at once */
};

typedef struct map {
    sard_row *row;
    const void *arg;
    size_t inputs;
    const char *in[SARD_MAP_INPUTS];
    size_t in_size[SARD_MAP_INPUTS];
    char *out;
    size_t out_size;
    sard_dtype widen;  /* of the inputs, if `row` wants doubles */
    sard_dtype narrow; /* of the result, if `row` gives doubles */
    int rank;          /* at least 1 */
    int64_t dims[SARD_MAX_RANK], strides[SARD_MAP_INPUTS][SARD_MAX_RANK];
    int64_t count;
} map;

/* ---- shapes ---- */

static bool joins(const map *m, int last, const int64_t strides[][SARD_MAX_RANK], int i, int64_t dim)
{
    for (size_t k = 0; k < m->inputs; k++)
        if (m->strides[k][last] != strides[k][i] * dim)
            return false;
    return true;
}

static void join_dims(map *m, const sard_tensor *out, const sard_tensor *in)
{
    int64_t strides[SARD_MAP_INPUTS][SARD_MAX_RANK];
    for (size_t k = 0; k < m->inputs; k++)
        sard_broadcast_strides(&in[k], out->rank, out->dims, strides[k]);
    for (int i = 0; i < out->rank; i++) {
        const int64_t dim = out->dims[i];
        if (dim == 1)
            continue;
        const bool join = m->rank && joins(m, m->rank - 1, strides, i, dim);
        const int to = join ? m->rank - 1 : m->rank++;
        m->dims[to] = join ? m->dims[to] * dim : dim;
        for (size_t k = 0; k < m->inputs; k++)
            m->strides[k][to] = strides[k][i];
    }
    if (!m->rank) {
        m->dims[0] = 1;
        m->rank = 1;
    }
}

/* ---- running ---- */

static void run_widened(const map *m, const void *const *in, const int *step, char *out, size_t n)
{
    double from[SARD_MAP_INPUTS][CHUNK], to[CHUNK];
    const void *rows[SARD_MAP_INPUTS];
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t piece = n - at < CHUNK ? n - at : CHUNK;
        for (size_t k = 0; k < m->inputs; k++) {
            if (step[k] || !at)
                sard_widen(m->widen, (const char *)in[k] + (step[k] ? at * m->in_size[k] : 0), step[k] ? piece : 1, from[k]);
            rows[k] = from[k];
        }
        m->row(m->arg, rows, step, m->narrow ? (void *)to : out + at * m->out_size, piece);
        if (m->narrow)
            sard_narrow(m->narrow, to, piece, out + at * m->out_size);
    }
}

static void run_stretch(void *arg, size_t task)
{
    const map *m = arg;
    const int last = m->rank - 1;
    int64_t at = (int64_t)task * GRAIN, left = m->count - at < GRAIN ? m->count - at : GRAIN;
    int64_t index[SARD_MAX_RANK], rest = at;
    int step[SARD_MAP_INPUTS];
    for (int i = last; i >= 0; i--) {
        index[i] = rest % m->dims[i];
        rest /= m->dims[i];
    }
    for (size_t k = 0; k < m->inputs; k++)
        step[k] = m->strides[k][last] != 0;
    while (left) {
        const int64_t n = m->dims[last] - index[last] < left ? m->dims[last] - index[last] : left;
        const void *in[SARD_MAP_INPUTS];
        for (size_t k = 0; k < m->inputs; k++) {
            int64_t offset = 0;
            for (int i = 0; i <= last; i++)
                offset += index[i] * m->strides[k][i];
            in[k] = m->in[k] + (size_t)offset * m->in_size[k];
        }
        char *out = m->out + (size_t)at * m->out_size;
        if (m->widen)
            run_widened(m, in, step, out, (size_t)n);
        else
            m->row(m->arg, in, step, out, (size_t)n);
        at += n;
        left -= n;
        index[last] += n;
        for (int i = last; i > 0 && index[i] == m->dims[i]; i--) {
            index[i] = 0;
            index[i - 1]++;
        }
    }
}

static sard_status run(const sard_call *call, map *m, const sard_tensor *in)
{
    const sard_tensor *out = &call->outputs[0];
    m->out = out->data;
    m->out_size = sard_dtype_size(out->dtype);
    m->count = (int64_t)sard_tensor_count(out);
    for (size_t k = 0; k < m->inputs; k++) {
        m->in[k] = in[k].data;
        m->in_size[k] = sard_dtype_size(in[k].dtype);
    }
    join_dims(m, out, in);
    if (m->count)
        sard_call_parallel(call, (size_t)((m->count + GRAIN - 1) / GRAIN), run_stretch, m);
    return SARD_OK;
}

sard_status sard_map(const sard_call *call, const sard_tensor *inputs, size_t count, sard_row *row, const void *arg)
{
    map m = {.row = row, .arg = arg, .inputs = count};
    return run(call, &m, inputs);
}

sard_status sard_map_tensors(const sard_call *call, const sard_tensor *inputs, size_t count, sard_row *const rows[SARD_ROW_TYPES],
                             const void *arg)
{
    const sard_dtype dtype = inputs[0].dtype, result = call->outputs[0].dtype;
    map m = {.row = (int)dtype < SARD_ROW_TYPES ? rows[dtype] : NULL, .arg = arg, .inputs = count};
    if (!m.row) {
        m.row = rows[SARD_F64];
        m.widen = dtype;
        m.narrow = result == dtype ? result : SARD_NONE;
    }
    return run(call, &m, inputs);
}

sard_status sard_map_typed(const sard_call *call, size_t count, sard_row *const rows[SARD_ROW_TYPES], const void *arg)
{
    return sard_map_tensors(call, call->inputs, count, rows, arg);
}

/* ---- checks ---- */

sard_status sard_check_divisor(const sard_call *call)
{
    const sard_tensor *b = &call->inputs[1];
    const size_t count = sard_tensor_count(b);
    if (!sard_dtype_is_integral(b->dtype) || !sard_tensor_count(&call->outputs[0]))
        return SARD_OK;
    for (size_t i = 0; i < count; i++)
        if (!sard_get_int(b, i))
            return sard_call_fail(call, SARD_DATA, "division by zero: element %zu of input B", i);
    return SARD_OK;
}

/* ---- inference ---- */

sard_status sard_infer_unary(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    return sard_node_set_output(node, 0, SARD_NONE, x->rank, x->dims, error);
}

sard_content sard_content_wrap(sard_content a, sard_dtype dtype)
{
    if (a.known && sard_dtype_is_integral(dtype)) {
        uint64_t element;
        sard_narrow_int(dtype, &a.value, 1, &element);
        sard_widen_int(dtype, &element, 1, &a.value);
    }
    return a;
}

sard_status sard_infer_contents2(sard_node *node, sard_content2 *fold, sard_error *error)
{
    sard_content a[SARD_MAX_CONTENTS], b[SARD_MAX_CONTENTS], out[SARD_MAX_CONTENTS];
    const sard_dtype dtype = node->inputs[0]->dtype;
    sard_value *result = node->outputs[0];
    if (!result || !sard_dtype_in(dtype, SARD_SET_INDEX | SARD_SET(BOOL)))
        return SARD_OK;
    const int an = sard_value_contents(node->inputs[0], a), bn = sard_value_contents(node->inputs[1], b);
    const int n = an == 1 ? bn : an;
    if (an < 0 || bn < 0 || (bn != n && bn != 1))
        return SARD_OK;
    for (int i = 0; i < n; i++)
        out[i] = sard_content_wrap(fold(a[an == 1 ? 0 : i], b[bn == 1 ? 0 : i]), dtype);
    return sard_value_set_contents(result, out, (size_t)n) ? SARD_OK : sard_no_memory(error);
}
