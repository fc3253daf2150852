/* FlexAttention-1 of ai.onnx.preview: attention whose scores and weights subgraphs may change
 *
 * in   Q: [B, heads, L, size]; K: [B, kv_heads, S, size]; V: [B, kv_heads, S, v_size]; neighbouring heads of Q share one of K and V
 * out  Y: [B, heads, L, v_size] = prob_mod(softmax(score_mod(scale * Q K'))) V
 *
 * score_mod, prob_mod: one input and one output, [B, heads, L, S] of type softmax_precision (float64 where Q is, else float32, if left
 * out). A query that sees no key, with all scores -infinity, gives zeros. */
#include "ops/lib/contents.h"
#include "ops/lib/line.h"
#include "ops/lib/product.h"
#include "ops/lib/subgraph.h"

#include <inttypes.h>
#include <math.h>

enum { Q, K, V };
enum { BATCH, HEADS, LENGTH, SIZE, RANK };

/* scale NaN: 1 / sqrt(size); softmax_precision 0: as above. */
typedef struct flex_attention {
    sard_graph *score_mod, *prob_mod;
    int64_t softmax_precision;
    float scale;
} flex_attention;

#define MODIFIER(member)                                                                     \
    {                                                                                        \
        .name = #member, .kind = SARD_ATTR_GRAPH, .offset = offsetof(flex_attention, member) \
    }

static const sard_attr_spec attrs[] = {MODIFIER(score_mod), MODIFIER(prob_mod), SARD_INT(flex_attention, softmax_precision, 0),
                                       SARD_FLOAT(flex_attention, scale, NAN), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("Q", 'T', SARD_SET_FLOAT), SARD_PORT("K", 'T', SARD_SET_FLOAT),
                                   SARD_PORT("V", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

/* ---- shapes ---- */

static sard_dtype precision(const flex_attention *a, sard_dtype q)
{
    return a->softmax_precision ? (sard_dtype)a->softmax_precision : q == SARD_F64 ? SARD_F64 : SARD_F32;
}

static bool merge(const sard_value *a, int i, const sard_value *b, int k)
{
    int64_t dim;
    return sard_dim_merge(a->dims[i], b->dims[k], &dim);
}

static sard_status check_inputs(const sard_node *node, sard_error *error)
{
    const int64_t type = ((const flex_attention *)node->attrs)->softmax_precision;
    const sard_value *q = node->inputs[Q], *k = node->inputs[K], *v = node->inputs[V];
    for (size_t i = Q; i <= V; i++)
        if (node->inputs[i]->rank != RANK)
            return sard_node_fail(node, error, SARD_SHAPE, "%s has rank %d, must be %d", inputs[i].name, node->inputs[i]->rank, RANK);
    if (type < 0 || type > 31 || (type && !sard_dtype_is_float((sard_dtype)type)))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "softmax_precision %" PRId64, type);
    if (!merge(q, BATCH, k, BATCH) || !merge(k, BATCH, v, BATCH) || !merge(k, HEADS, v, HEADS) || !merge(k, LENGTH, v, LENGTH) ||
        !merge(q, SIZE, k, SIZE))
        return sard_node_fail(node, error, SARD_SHAPE, "Q, K and V do not fit each other");
    if (q->dims[HEADS] >= 0 && k->dims[HEADS] >= 0 && (!k->dims[HEADS] || q->dims[HEADS] % k->dims[HEADS]))
        return sard_node_fail(node, error, SARD_SHAPE, "%" PRId64 " heads of Q cannot share %" PRId64 " of K", q->dims[HEADS],
                              k->dims[HEADS]);
    return SARD_OK;
}

static sard_status infer_modifier(const sard_node *node, sard_graph *graph, const char *name, const int64_t *dims, sard_error *error)
{
    const sard_dtype dtype = precision(node->attrs, node->inputs[Q]->dtype);
    if (!graph)
        return SARD_OK;
    if (graph->input_count != 1 || graph->output_count != 1)
        return sard_node_fail(node, error, SARD_MODEL, "%s has %zu inputs and %zu outputs, must have one each", name, graph->input_count,
                              graph->output_count);
    sard_value_set_type(graph->inputs[0], dtype, RANK, dims);
    const sard_status status = sard_subgraph_infer(node, graph, error);
    const sard_value *out = graph->outputs[0];
    bool same = (!out->dtype || out->dtype == dtype) && (out->rank < 0 || out->rank == RANK);
    for (int i = 0; same && i < out->rank; i++)
        same = merge(out, i, graph->inputs[0], i);
    return status || same ? status : sard_node_fail(node, error, SARD_SHAPE, "%s changes the shape or the type", name);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const flex_attention *a = node->attrs;
    const sard_value *q = node->inputs[Q], *k = node->inputs[K], *v = node->inputs[V];
    sard_status status = check_inputs(node, error);
    const int64_t scores[RANK] = {q->dims[BATCH], q->dims[HEADS], q->dims[LENGTH], k->dims[LENGTH]};
    const int64_t y[RANK] = {q->dims[BATCH], q->dims[HEADS], q->dims[LENGTH], v->dims[SIZE]};
    if (!status)
        status = infer_modifier(node, a->score_mod, "score_mod", scores, error);
    if (!status)
        status = infer_modifier(node, a->prob_mod, "prob_mod", scores, error);
    return status ? status : sard_node_set_output(node, 0, q->dtype, RANK, y, error);
}

/* ---- rows of scores ---- */

/* from and to: [B, heads, L, S]; to is what a step writes. */
typedef struct job {
    const sard_tensor *q, *k, *v, *y;
    sard_tensor from, to;
    double scale;
} job;

/* Where the head of K or V begins that a row of scores is about, in heads. */
static int64_t shared_head(const job *j, size_t row)
{
    const int64_t head = (int64_t)row / j->q->dims[LENGTH], heads = j->q->dims[HEADS], shared = j->k->dims[HEADS];
    return head / heads * shared + head % heads / (heads / shared);
}

static const char *at(const sard_tensor *x, int64_t i) { return (const char *)x->data + i * (int64_t)sard_dtype_size(x->dtype); }

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static void score(void *arg, size_t row)
{
    const job *j = arg;
    const int64_t keys = j->k->dims[LENGTH], size = j->q->dims[SIZE], first = shared_head(j, row) * keys;
    for (int64_t key = 0; key < keys; key += SARD_LINE) {
        double sums[SARD_LINE] = {0};
        const int64_t n = least(keys - key, SARD_LINE);
        const sard_product p = {
            .v = at(j->q, (int64_t)row * size), .step = 1, .m = at(j->k, (first + key) * size), .row = 1, .column = size, .depth = size};
        sard_product_of(j->q->dtype, j->k->dtype)(&p, n, sums);
        for (int64_t i = 0; i < n; i++)
            sums[i] *= j->scale;
        sard_line_write(j->to.dtype, j->to.data, (int64_t)row * keys + key, 1, n, sums);
    }
}

static void softmax(void *arg, size_t row)
{
    const job *j = arg;
    const int64_t keys = j->k->dims[LENGTH], start = (int64_t)row * keys;
    double x[SARD_LINE], max = -INFINITY, sum = 0;
    for (int64_t key = 0; key < keys; key++) {
        const double one = sard_get(&j->from, (size_t)(start + key));
        max = one > max || one != one ? one : max;
    }
    for (int64_t key = 0; key < keys; key++)
        sum += exp(sard_get(&j->from, (size_t)(start + key)) - max);
    for (int64_t key = 0; key < keys; key += SARD_LINE) {
        const int64_t n = least(keys - key, SARD_LINE);
        sard_line_read(j->from.dtype, j->from.data, start + key, 1, n, x);
        for (int64_t i = 0; i < n; i++)
            x[i] = max == -INFINITY ? 0 : exp(x[i] - max) / sum;
        sard_line_write(j->to.dtype, j->to.data, start + key, 1, n, x);
    }
}

static void mix(void *arg, size_t row)
{
    const job *j = arg;
    const int64_t keys = j->k->dims[LENGTH], size = j->v->dims[SIZE], first = shared_head(j, row) * keys;
    for (int64_t e = 0; e < size; e += SARD_LINE) {
        double sums[SARD_LINE] = {0}, part[SARD_LINE];
        const int64_t n = least(size - e, SARD_LINE);
        for (int64_t key = 0; key < keys; key++) {
            const double weight = sard_get(&j->from, row * (size_t)keys + (size_t)key);
            if (weight == 0) /* a key that is not seen may hold anything */
                continue;
            sard_line_read(j->v->dtype, j->v->data, (first + key) * size + e, 1, n, part);
            for (int64_t i = 0; i < n; i++)
                sums[i] += weight * part[i];
        }
        sard_line_write(j->y->dtype, j->y->data, (int64_t)row * size + e, 1, n, sums);
    }
}

/* ---- the operator ---- */

/* `from` becomes what the subgraph makes of `to`, or that itself. */
static sard_status modify(const sard_call *call, job *j, const sard_graph *graph)
{
    j->from = j->to;
    if (!graph)
        return SARD_OK;
    const sard_status status = sard_call_subgraph(call, graph, &j->to, 1, &j->from, 1);
    bool same = !status && j->from.dtype == j->to.dtype && j->from.rank == RANK;
    for (int i = 0; same && i < RANK; i++)
        same = j->from.dims[i] == j->to.dims[i];
    return status || same ? status : sard_call_fail(call, SARD_SHAPE, "a modifier changes the shape or the type");
}

static sard_status make_room(const sard_call *call, job *j)
{
    size_t bytes;
    if (!sard_bytes(j->to.dtype, j->to.dims, RANK, &bytes))
        return sard_call_fail(call, SARD_LIMIT, "too many scores");
    j->to.bytes = bytes;
    j->to.data = sard_call_alloc(call, bytes ? bytes : 1);
    return j->to.data ? SARD_OK : sard_call_fail(call, SARD_NOMEM, "no memory for %zu bytes of scores", bytes);
}

static sard_status eval(const sard_call *call)
{
    const flex_attention *a = call->attrs;
    const sard_tensor *q = &call->inputs[Q], *k = &call->inputs[K], *v = &call->inputs[V];
    const int64_t dims[RANK] = {q->dims[BATCH], q->dims[HEADS], q->dims[LENGTH], v->dims[SIZE]};
    job j = {.q = q, .k = k, .v = v, .y = &call->outputs[0]};
    int64_t rows;
    j.scale = isnan(a->scale) ? 1 / sqrt((double)q->dims[SIZE]) : (double)a->scale;
    j.to = (sard_tensor){.dtype = precision(a, q->dtype), .rank = RANK, .dims = {dims[0], dims[1], dims[2], k->dims[LENGTH]}};
    sard_status status = sard_call_output(call, 0, RANK, dims);
    if (!status)
        status = make_room(call, &j);
    if (status)
        return status;
    if (!sard_count(dims, RANK - 1, &rows))
        return sard_call_fail(call, SARD_LIMIT, "too many queries");
    sard_call_parallel(call, (size_t)rows, score, &j);
    status = modify(call, &j, a->score_mod);
    if (!status)
        status = make_room(call, &j);
    if (status)
        return status;
    sard_call_parallel(call, (size_t)rows, softmax, &j);
    status = modify(call, &j, a->prob_mod);
    if (!status)
        sard_call_parallel(call, (size_t)rows, mix, &j);
    return status;
}

static double macs(const sard_node *node)
{
    const sard_value *q = node->inputs[Q], *k = node->inputs[K], *v = node->inputs[V];
    if (check_inputs(node, NULL))
        return 0;
    const double rows = (double)q->dims[BATCH] * (double)q->dims[HEADS] * (double)q->dims[LENGTH];
    return rows * (double)k->dims[LENGTH] * ((double)q->dims[SIZE] + (double)v->dims[SIZE]);
}

const sard_op sard_op_flex_attention = {.struct_size = sizeof(sard_op),
                                        .domain = "ai.onnx.preview",
                                        .name = "FlexAttention",
                                        .since = 1,
                                        .traits = SARD_DATA_DEPENDENT | SARD_MACS,
                                        .inputs = inputs,
                                        .outputs = outputs,
                                        .attrs = attrs,
                                        .attrs_size = sizeof(flex_attention),
                                        .infer = infer,
                                        .eval = eval,
                                        .macs = macs};
