/* Attention: Y = softmax(scale * Q K' + bias) V for each image and head of Q; several heads of Q may share one of K and V
 *
 * in   Q, K, V: N, heads, length, size, or N, length, heads * size (q_num_heads, kv_num_heads); attn_mask: broadcast to N, heads of Q,
 *      length of Q, keys, added to the scores, or bool: false forbids; what its last dimension lacks is forbidden; past_key, past_value:
 *      N, heads, length, size: keys that come before K's; nonpad_kv_seqlen: N, keys that count
 * out  Y: like Q with the size of V; present_key, present_value: all keys and values; qk_matmul_output: the scores, raw (mode 0), after
 *      softcap (1), after the bias (2) or after the softmax (3)
 *
 * Query i stands at p = i + offset, where offset is the length of the past, or nonpad_kv_seqlen - length of Q, or 0. Key j is forbidden if
 * j > p (is_causal), j < p - left_window_size or j > p + right_window_size. A query that sees no key gives zeros.
 * All steps are done in double and rounded once, whatever softmax_precision says. */
#include "ops/lib/line.h"
#include "ops/lib/product.h"
#include "ops/lib/util.h"

#include <inttypes.h>
#include <math.h>

/* scale 0: 1 / sqrt(size); softcap 0: none; heads 0: not given. */
typedef struct attention {
    float scale, softcap;
    int64_t is_causal, q_num_heads, kv_num_heads, softmax_precision, qk_matmul_output_mode, left_window_size, right_window_size;
} attention;

#define WINDOW_MAX (INT64_MAX / 4)
#define TYPES SARD_SET_FLOAT

static const sard_attr_spec attrs[] = {SARD_FLOAT(attention, scale, 0),
                                       SARD_FLOAT(attention, softcap, 0),
                                       SARD_INT(attention, is_causal, 0),
                                       SARD_INT_IN(attention, q_num_heads, 0, 0, INT32_MAX),
                                       SARD_INT_IN(attention, kv_num_heads, 0, 0, INT32_MAX),
                                       SARD_INT(attention, softmax_precision, 0),
                                       SARD_INT_IN(attention, qk_matmul_output_mode, 0, 0, 3),
                                       SARD_INT_IN(attention, left_window_size, -1, -1, WINDOW_MAX),
                                       SARD_INT_IN(attention, right_window_size, -1, -1, WINDOW_MAX),
                                       SARD_ATTRS_END};

enum { Q, K, V, MASK, PAST_KEY, PAST_VALUE, NONPAD };
static const sard_port inputs[] = {SARD_PORT("Q", '1', TYPES),
                                   SARD_PORT("K", '1', TYPES),
                                   SARD_PORT("V", '2', TYPES),
                                   SARD_PORT_OPTIONAL("attn_mask", 'U', SARD_SET_NUMBER | SARD_SET(BOOL)),
                                   SARD_PORT_OPTIONAL("past_key", '1', TYPES),
                                   SARD_PORT_OPTIONAL("past_value", '2', TYPES),
                                   SARD_PORT_OPTIONAL("nonpad_kv_seqlen", 'I', SARD_SET(I64)),
                                   SARD_PORTS_END};
enum { Y, PRESENT_KEY, PRESENT_VALUE, SCORES };
static const sard_port outputs[] = {SARD_PORT("Y", '1', TYPES), SARD_PORT_OPTIONAL("present_key", '1', TYPES),
                                    SARD_PORT_OPTIONAL("present_value", '2', TYPES), SARD_PORT_OPTIONAL("qk_matmul_output", '1', TYPES),
                                    SARD_PORTS_END};

/* ---- shapes ---- */

/* A tensor of heads in either of its forms. Strides in elements. */
typedef struct view {
    const sard_tensor *tensor;
    int64_t n, heads, length, size;
    int64_t stride_n, stride_head, stride_length;
} view;

/* heads: where the rank doesn't tell; the sizes may be unknown. */
static view view_of(int rank, const int64_t *dims, int64_t heads)
{
    if (rank == 4)
        return (view){.n = dims[0], .heads = dims[1], .length = dims[2], .size = dims[3]};
    return (view){.n = dims[0], .heads = heads, .length = dims[1], .size = dims[2] < 0 || !heads ? SARD_UNKNOWN_DIM : dims[2] / heads};
}

static sard_status check_view(const sard_node *node, size_t input, int64_t heads, view *out, sard_error *error)
{
    const sard_value *x = node->inputs[input];
    if (x->rank != 4 && (x->rank != 3 || input >= PAST_KEY))
        return sard_node_fail(node, error, SARD_SHAPE, "%s has rank %d", inputs[input].name, x->rank);
    if (x->rank == 3 && (heads == 0 || (x->dims[2] >= 0 && x->dims[2] % heads)))
        return sard_node_fail(node, error, SARD_SHAPE, "%s has %" PRId64 " elements in a row, %s is %" PRId64, inputs[input].name,
                              x->dims[2], input == Q ? "q_num_heads" : "kv_num_heads", heads);
    *out = view_of(x->rank, x->dims, heads);
    return SARD_OK;
}

/* Two sizes that must be the same as far as they are known; *a learns from b. */
static sard_status agree(const sard_node *node, int64_t *a, int64_t b, const char *what, sard_error *error)
{
    if (*a >= 0 && b >= 0 && *a != b)
        return sard_node_fail(node, error, SARD_SHAPE, "%s: %" PRId64 " and %" PRId64 " differ", what, *a, b);
    *a = *a < 0 ? b : *a;
    return SARD_OK;
}

typedef struct shapes {
    view q, k, v;
    int64_t past, total; /* keys */
} shapes;

static sard_status check_past(const sard_node *node, shapes *s, sard_error *error)
{
    view key = {.tensor = NULL}, value = key;
    s->total = s->k.length;
    if (sard_has_input(node, PAST_KEY) != sard_has_input(node, PAST_VALUE))
        return sard_node_fail(node, error, SARD_MODEL, "past_key and past_value go together");
    if (!sard_has_input(node, PAST_KEY))
        return SARD_OK;
    sard_status status = check_view(node, PAST_KEY, 0, &key, error);
    if (!status)
        status = check_view(node, PAST_VALUE, 0, &value, error);
    if (!status)
        status = agree(node, &key.length, value.length, "lengths of past_key and past_value", error);
    if (!status)
        status = agree(node, &s->k.n, key.n, "batches of K and past_key", error);
    if (!status)
        status = agree(node, &s->v.n, value.n, "batches of V and past_value", error);
    if (!status)
        status = agree(node, &s->k.heads, key.heads, "heads of K and past_key", error);
    if (!status)
        status = agree(node, &s->v.heads, value.heads, "heads of V and past_value", error);
    if (!status)
        status = agree(node, &s->k.size, key.size, "sizes of K and past_key", error);
    if (!status)
        status = agree(node, &s->v.size, value.size, "sizes of V and past_value", error);
    s->past = key.length;
    if (s->past < 0 || s->k.length < 0 || __builtin_add_overflow(s->past, s->k.length, &s->total))
        s->total = SARD_UNKNOWN_DIM;
    return status;
}

static sard_status check_mask(const sard_node *node, const shapes *s, sard_error *error)
{
    const sard_value *mask = sard_has_input(node, MASK) ? node->inputs[MASK] : NULL;
    const int64_t dims[4] = {s->q.n, s->q.heads, s->q.length, s->total};
    if (mask && (mask->rank < 1 || mask->rank > 4))
        return sard_node_fail(node, error, SARD_SHAPE, "attn_mask has rank %d, must have 1 to 4", mask->rank);
    for (int i = 0; mask && i < mask->rank; i++) {
        const int64_t have = mask->dims[i], want = dims[4 - mask->rank + i];
        const bool last = i == mask->rank - 1;
        if (have >= 0 && want >= 0 && (last ? have > want : have != 1 && have != want))
            return sard_node_fail(node, error, SARD_SHAPE, "attn_mask has size %" PRId64 " where the scores have %" PRId64, have, want);
    }
    if (sard_has_input(node, NONPAD)) {
        const sard_value *v = node->inputs[NONPAD];
        if (v->rank != 1 || (v->dims[0] >= 0 && s->q.n >= 0 && v->dims[0] != s->q.n))
            return sard_node_fail(node, error, SARD_SHAPE, "nonpad_kv_seqlen must be a vector of %" PRId64 " elements", s->q.n);
    }
    return SARD_OK;
}

static sard_status check_shapes(const sard_node *node, shapes *s, sard_error *error)
{
    const attention *a = node->attrs;
    sard_status status = check_view(node, Q, a->q_num_heads, &s->q, error);
    if (!status)
        status = check_view(node, K, a->kv_num_heads, &s->k, error);
    if (!status)
        status = check_view(node, V, a->kv_num_heads, &s->v, error);
    if (!status)
        status = agree(node, &s->q.n, s->k.n, "batches of Q and K", error);
    if (!status)
        status = agree(node, &s->q.n, s->v.n, "batches of Q and V", error);
    if (!status)
        status = agree(node, &s->q.size, s->k.size, "sizes of Q and K", error);
    if (!status)
        status = agree(node, &s->k.heads, s->v.heads, "heads of K and V", error);
    if (!status)
        status = agree(node, &s->k.length, s->v.length, "lengths of K and V", error);
    if (!status && s->q.heads >= 0 && s->k.heads >= 0 && (s->k.heads == 0 ? s->q.heads != 0 : s->q.heads % s->k.heads != 0))
        status = sard_node_fail(node, error, SARD_SHAPE, "%" PRId64 " heads of Q cannot share %" PRId64 " of K", s->q.heads, s->k.heads);
    if (!status)
        status = check_past(node, s, error);
    return status ? status : check_mask(node, s, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    shapes s = {.past = 0};
    sard_status status = check_shapes(node, &s, error);
    if (status)
        return status;
    const sard_value *q = node->inputs[Q], *v = node->inputs[V];
    int64_t row = SARD_UNKNOWN_DIM;
    if (s.v.size >= 0 && s.q.heads >= 0 && __builtin_mul_overflow(s.v.size, s.q.heads, &row))
        return sard_node_fail(node, error, SARD_SHAPE, "the result is too large");
    const int64_t y4[] = {s.q.n, s.q.heads, s.q.length, s.v.size}, y3[] = {s.q.n, s.q.length, row};
    const int64_t key[] = {s.q.n, s.k.heads, s.total, s.k.size}, value[] = {s.q.n, s.k.heads, s.total, s.v.size};
    const int64_t scores[] = {s.q.n, s.q.heads, s.q.length, s.total};
    status = sard_node_set_output(node, Y, q->dtype, q->rank, q->rank == 4 ? y4 : y3, error);
    if (!status)
        status = sard_node_set_output(node, PRESENT_KEY, q->dtype, 4, key, error);
    if (!status)
        status = sard_node_set_output(node, PRESENT_VALUE, v->dtype, 4, value, error);
    return status ? status : sard_node_set_output(node, SCORES, q->dtype, 4, scores, error);
}

/* ---- evaluation ---- */

typedef struct job {
    const sard_call *call;
    const attention *a;
    view q, k, v, past_key, past_value, y;
    int64_t past, total;
    double scale;
    const sard_tensor *mask; /* NULL: none */
    int64_t mask_strides[4], mask_keys;
    const int64_t *nonpad; /* NULL: all */
    sard_product_function *product;
    double *rows; /* one row of scores for each head of each image */
} job;

static bool given(const sard_call *call, size_t i) { return call->input_count > i && call->inputs[i].dtype; }
static bool wanted(const sard_call *call, size_t i) { return call->output_count > i && call->outputs[i].dtype; }

static view view_tensor(const sard_tensor *t, int64_t heads)
{
    view v = view_of(t->rank, t->dims, heads);
    v.tensor = t;
    v.stride_n = v.heads * v.length * v.size;
    v.stride_head = t->rank == 4 ? v.length * v.size : v.size;
    v.stride_length = t->rank == 4 ? v.size : v.heads * v.size;
    return v;
}

static int64_t place(const view *v, int64_t n, int64_t head, int64_t i)
{
    return n * v->stride_n + head * v->stride_head + i * v->stride_length;
}

static const void *element(const view *v, int64_t at)
{
    return (const char *)v->tensor->data + at * (int64_t)sard_dtype_size(v->tensor->dtype);
}

/* scores[j] = scale * q . k[j] for the keys of one tensor */
static void multiply_keys(const job *j, int64_t n, int64_t head, int64_t i, const view *keys, double *scores)
{
    const int64_t shared = head / (j->q.heads / j->k.heads);
    for (int64_t at = 0; at < keys->length; at += SARD_LINE) {
        const int64_t count = keys->length - at < SARD_LINE ? keys->length - at : SARD_LINE;
        const sard_product p = {.v = element(&j->q, place(&j->q, n, head, i)),
                                .step = 1,
                                .m = element(keys, place(keys, n, shared, at)),
                                .row = 1,
                                .column = keys->stride_length,
                                .depth = j->q.size};
        for (int64_t k = 0; k < count; k++)
            scores[at + k] = 0;
        j->product(&p, count, scores + at);
        for (int64_t k = 0; k < count; k++)
            scores[at + k] *= j->scale;
    }
}

/* What is added to a score; -infinity where the key is forbidden. */
static double bias(const job *j, int64_t n, int64_t head, int64_t i, int64_t key)
{
    const attention *a = j->a;
    const int64_t offset = given(j->call, PAST_KEY) ? j->past : j->nonpad ? j->nonpad[n] - j->q.length : 0, p = i + offset;
    if ((a->is_causal && key > p) || (a->left_window_size >= 0 && key < p - a->left_window_size) ||
        (a->right_window_size >= 0 && key > p + a->right_window_size) || (j->nonpad && key >= j->nonpad[n]))
        return -INFINITY;
    if (!j->mask)
        return 0;
    if (key >= j->mask_keys)
        return -INFINITY;
    const int64_t *s = j->mask_strides;
    const double value = sard_get(j->mask, (size_t)(n * s[0] + head * s[1] + i * s[2] + key * s[3]));
    return j->mask->dtype == SARD_BOOL ? (value != 0 ? 0 : -INFINITY) : value;
}

static void write_scores(const job *j, int mode, int64_t n, int64_t head, int64_t i, const double *scores)
{
    const sard_tensor *out = &j->call->outputs[SCORES];
    if (wanted(j->call, SCORES) && j->a->qk_matmul_output_mode == mode)
        sard_narrow(out->dtype, scores, (size_t)j->total,
                    (char *)out->data + ((n * j->q.heads + head) * j->q.length + i) * j->total * (int64_t)sard_dtype_size(out->dtype));
}

/* Turns scores into weights; `seen`: the query sees a key. */
static void softmax(double *scores, int64_t count, bool seen)
{
    double max = -INFINITY, sum = 0;
    for (int64_t k = 0; k < count; k++)
        if (scores[k] > max || scores[k] != scores[k])
            max = scores[k];
    for (int64_t k = 0; k < count; k++) {
        scores[k] = !seen || max == -INFINITY ? 0 : exp(scores[k] - max);
        sum += scores[k];
    }
    for (int64_t k = 0; k < count; k++)
        scores[k] = sum == 0 ? 0 : scores[k] / sum;
}

static void score(const job *j, int64_t n, int64_t head, int64_t i, double *scores)
{
    const double cap = (double)j->a->softcap;
    bool seen = false;
    if (j->past_key.tensor)
        multiply_keys(j, n, head, i, &j->past_key, scores);
    multiply_keys(j, n, head, i, &j->k, scores + j->past);
    write_scores(j, 0, n, head, i, scores);
    for (int64_t k = 0; cap != 0 && k < j->total; k++)
        scores[k] = cap * tanh(scores[k] / cap);
    write_scores(j, 1, n, head, i, scores);
    for (int64_t k = 0; k < j->total; k++) {
        const double b = bias(j, n, head, i, k);
        seen |= b != -INFINITY;
        scores[k] += b;
    }
    write_scores(j, 2, n, head, i, scores);
    softmax(scores, j->total, seen);
    write_scores(j, 3, n, head, i, scores);
}

static void add_values(const job *j, int64_t n, int64_t head, const view *values, int64_t first, int64_t count, const double *weights,
                       double *sums)
{
    double row[SARD_LINE];
    const int64_t shared = head / (j->q.heads / j->k.heads);
    for (int64_t key = 0; key < values->length; key++) {
        if (weights[key] == 0) /* a forbidden key may hold anything */
            continue;
        sard_line_read(values->tensor->dtype, values->tensor->data, place(values, n, shared, key) + first, 1, count, row);
        for (int64_t e = 0; e < count; e++)
            sums[e] += weights[key] * row[e];
    }
}

/* One head of one image. */
static void attend(void *arg, size_t index)
{
    const job *j = arg;
    const int64_t n = (int64_t)index / j->q.heads, head = (int64_t)index % j->q.heads;
    double *scores = j->rows + (int64_t)index * j->total;
    for (int64_t i = 0; i < j->q.length; i++) {
        score(j, n, head, i, scores);
        for (int64_t first = 0; j->y.tensor && first < j->v.size; first += SARD_LINE) {
            double sums[SARD_LINE] = {0};
            const int64_t count = j->v.size - first < SARD_LINE ? j->v.size - first : SARD_LINE;
            if (j->past_value.tensor)
                add_values(j, n, head, &j->past_value, first, count, scores, sums);
            add_values(j, n, head, &j->v, first, count, scores + j->past, sums);
            sard_line_write(j->y.tensor->dtype, j->y.tensor->data, place(&j->y, n, head, i) + first, 1, count, sums);
        }
    }
}

/* Past and new ones behind one another. */
static void join(const view *past, const view *fresh, const sard_tensor *out)
{
    const int64_t behind = past->tensor ? past->length : 0;
    const view to = view_tensor(out, 0);
    const int64_t to_strides[] = {to.stride_n, to.stride_head, to.stride_length, 1};
    const size_t size = sard_dtype_size(out->dtype);
    for (int i = 0; i < 2; i++) {
        const view *from = i ? fresh : past;
        if (!from->tensor)
            continue;
        const int64_t dims[] = {from->n, from->heads, from->length, from->size};
        const int64_t strides[] = {from->stride_n, from->stride_head, from->stride_length, 1};
        char *at = (char *)out->data + (i ? behind * to.stride_length : 0) * (int64_t)size;
        sard_copy(at, to_strides, from->tensor->data, strides, dims, 4, size);
    }
}

static void read_mask(job *j, const sard_tensor *mask)
{
    int64_t own[SARD_MAX_RANK];
    sard_strides(mask->dims, mask->rank, own);
    j->mask = mask;
    j->mask_keys = mask->dims[mask->rank - 1];
    for (int i = 0; i < mask->rank; i++)
        j->mask_strides[4 - mask->rank + i] = i < mask->rank - 1 && mask->dims[i] == 1 ? 0 : own[i];
}

static sard_status read_nonpad(const sard_call *call, job *j)
{
    j->nonpad = call->inputs[NONPAD].data;
    for (int64_t n = 0; n < j->q.n; n++)
        if (j->nonpad[n] < 0 || j->nonpad[n] > j->total)
            return sard_call_fail(call, SARD_DATA, "nonpad_kv_seqlen[%" PRId64 "] is %" PRId64 ", must be 0 to %" PRId64, n, j->nonpad[n],
                                  j->total);
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    const attention *a = call->attrs;
    const sard_tensor *in = call->inputs;
    job j = {.call = call,
             .a = a,
             .q = view_tensor(&in[Q], a->q_num_heads),
             .k = view_tensor(&in[K], a->kv_num_heads),
             .v = view_tensor(&in[V], a->kv_num_heads),
             .product = sard_product_of(in[Q].dtype, in[Q].dtype)};
    int64_t cells;
    if (given(call, PAST_KEY)) {
        j.past_key = view_tensor(&in[PAST_KEY], 0);
        j.past_value = view_tensor(&in[PAST_VALUE], 0);
        j.past = j.past_key.length;
    }
    j.total = j.past + j.k.length;
    j.scale = a->scale != 0 ? (double)a->scale : 1 / sqrt((double)j.q.size);
    if (given(call, MASK))
        read_mask(&j, &in[MASK]);
    const sard_status status = given(call, NONPAD) ? read_nonpad(call, &j) : SARD_OK;
    if (status)
        return status;
    if (wanted(call, Y))
        j.y = view_tensor(&call->outputs[Y], j.q.heads);
    if (wanted(call, PRESENT_KEY))
        join(&j.past_key, &j.k, &call->outputs[PRESENT_KEY]);
    if (wanted(call, PRESENT_VALUE))
        join(&j.past_value, &j.v, &call->outputs[PRESENT_VALUE]);
    if (!sard_count((const int64_t[]){j.q.n, j.q.heads, j.total + 1, (int64_t)sizeof *j.rows}, 4, &cells))
        return sard_call_fail(call, SARD_LIMIT, "too many keys");
    j.rows = sard_call_alloc(call, (size_t)cells);
    if (!j.rows)
        return sard_call_fail(call, SARD_NOMEM, "no memory for %" PRId64 " bytes of scores", cells);
    sard_call_parallel(call, (size_t)(j.q.n * j.q.heads), attend, &j);
    return SARD_OK;
}

static double macs(const sard_node *node)
{
    shapes s = {.past = 0};
    if (check_shapes(node, &s, NULL))
        return 0;
    return (double)s.q.n * (double)s.q.heads * (double)s.q.length * (double)s.total * ((double)s.q.size + (double)s.v.size);
}

const sard_op sard_op_attention = {.struct_size = sizeof(sard_op),
                                   .domain = "",
                                   .name = "Attention",
                                   .since = 25,
                                   .traits = SARD_MACS,
                                   .inputs = inputs,
                                   .outputs = outputs,
                                   .attrs = attrs,
                                   .attrs_size = sizeof(attention),
                                   .infer = infer,
                                   .eval = eval,
                                   .macs = macs};
