/* RotaryEmbedding: turns pairs of elements of each head by angles that grow with the position: (a, b) -> (a cos - b sin, a sin + b cos)
 *
 * in   X: N, heads, length, size, or N, length, heads * size (num_heads); cos_cache, sin_cache: positions, pairs, looked up by
 *      position_ids: N, length; or without these N, length, pairs
 * out  Y: like X
 *
 * The first rotary_embedding_dim elements of a head (0: all) are turned. A pair is element i and i + half of them, or with
 * `interleaved` two neighbours. */
#include "ops/lib/util.h"

#include <inttypes.h>

#define TYPES (SARD_SET(F32) | SARD_SET(F16) | SARD_SET(BF16))

typedef struct rotary {
    int64_t interleaved, num_heads, rotary_embedding_dim;
} rotary;

static const sard_attr_spec attrs[] = {SARD_INT(rotary, interleaved, 0), SARD_INT_IN(rotary, num_heads, 0, 0, INT32_MAX),
                                       SARD_INT_IN(rotary, rotary_embedding_dim, 0, 0, INT32_MAX), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', TYPES), SARD_PORT("cos_cache", 'T', TYPES), SARD_PORT("sin_cache", 'T', TYPES),
                                   SARD_PORT_OPTIONAL("position_ids", 'M', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', TYPES), SARD_PORTS_END};

static sard_status check_head(const sard_node *node, int64_t *size, sard_error *error)
{
    const rotary *a = node->attrs;
    const sard_value *x = node->inputs[0];
    *size = x->dims[x->rank - 1];
    if (x->rank == 3 && (a->num_heads == 0 || (*size >= 0 && *size % a->num_heads)))
        return sard_node_fail(node, error, SARD_SHAPE, "a row of %" PRId64 " elements cannot be %" PRId64 " heads", *size, a->num_heads);
    if (x->rank == 3 && *size >= 0)
        *size /= a->num_heads;
    if (*size >= 0 && a->rotary_embedding_dim > *size)
        return sard_node_fail(node, error, SARD_SHAPE, "rotary_embedding_dim is %" PRId64 ", a head has %" PRId64 " elements",
                              a->rotary_embedding_dim, *size);
    return SARD_OK;
}

static sard_status check_cache(const sard_node *node, size_t input, int64_t turned, int64_t length, sard_error *error)
{
    const sard_value *cache = node->inputs[input], *x = node->inputs[0];
    const int rank = sard_has_input(node, 3) ? 2 : 3;
    if (cache->rank != rank)
        return sard_node_fail(node, error, SARD_SHAPE, "%s has rank %d, must have %d", inputs[input].name, cache->rank, rank);
    const int64_t have = cache->dims[rank - 1];
    if (turned >= 0 && (turned % 2 || (have >= 0 && have != turned / 2)))
        return sard_node_fail(node, error, SARD_SHAPE, "%s has %" PRId64 " angles for %" PRId64 " elements", inputs[input].name, have,
                              turned);
    const int64_t want[2] = {x->dims[0], length};
    for (int i = 0; rank == 3 && i < 2; i++)
        if (cache->dims[i] >= 0 && want[i] >= 0 && cache->dims[i] != want[i])
            return sard_node_fail(node, error, SARD_SHAPE, "dimension %d of %s is %" PRId64 ", must be %" PRId64, i, inputs[input].name,
                                  cache->dims[i], want[i]);
    return SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const rotary *a = node->attrs;
    const sard_value *x = node->inputs[0], *ids = sard_has_input(node, 3) ? node->inputs[3] : NULL;
    int64_t size;
    if (x->rank != 3 && x->rank != 4)
        return sard_node_fail(node, error, SARD_SHAPE, "X has rank %d, must have 3 or 4", x->rank);
    const int64_t length = x->dims[x->rank - 2];
    sard_status status = check_head(node, &size, error);
    for (size_t i = 1; !status && i < 3; i++)
        status = check_cache(node, i, a->rotary_embedding_dim ? a->rotary_embedding_dim : size, length, error);
    if (status)
        return status;
    if (ids && (ids->rank != 2 || (ids->dims[0] >= 0 && x->dims[0] >= 0 && ids->dims[0] != x->dims[0]) ||
                (ids->dims[1] >= 0 && length >= 0 && ids->dims[1] != length)))
        return sard_node_fail(node, error, SARD_SHAPE, "position_ids must be %" PRId64 " x %" PRId64, x->dims[0], length);
    return sard_infer_same(node, error);
}

typedef struct job {
    const sard_call *call;
    bool interleaved;
    int64_t heads, length, size, turned;
    int64_t stride_n, stride_head, stride_length;
} job;

static void turn_head(const job *j, int64_t start, int64_t angles)
{
    const sard_tensor *in = j->call->inputs, *y = &j->call->outputs[0];
    const int64_t half = j->turned / 2;
    for (int64_t i = 0; i < half; i++) {
        const size_t a = (size_t)(start + (j->interleaved ? 2 * i : i)), b = (size_t)(start + (j->interleaved ? 2 * i + 1 : i + half));
        const double c = sard_get(&in[1], (size_t)(angles + i)), s = sard_get(&in[2], (size_t)(angles + i));
        const double left = sard_get(&in[0], a), right = sard_get(&in[0], b);
        sard_set(y, a, left * c - right * s);
        sard_set(y, b, left * s + right * c);
    }
    for (int64_t i = j->turned; i < j->size; i++)
        sard_set(y, (size_t)(start + i), sard_get(&in[0], (size_t)(start + i)));
}

/* One position of one image. */
static void turn(void *arg, size_t index)
{
    const job *j = arg;
    const sard_call *call = j->call;
    const int64_t n = (int64_t)index / j->length, i = (int64_t)index % j->length;
    const bool looked_up = call->input_count > 3 && call->inputs[3].dtype;
    const int64_t row = looked_up ? ((const int64_t *)call->inputs[3].data)[index] : (int64_t)index;
    for (int64_t head = 0; head < j->heads; head++)
        turn_head(j, n * j->stride_n + head * j->stride_head + i * j->stride_length, row * (j->turned / 2));
}

static sard_status check_ids(const sard_call *call)
{
    const sard_tensor *ids = &call->inputs[3];
    for (int i = 1; i < 3; i++)
        for (size_t k = 0; k < sard_tensor_count(ids); k++) {
            const int64_t id = ((const int64_t *)ids->data)[k];
            if (id < 0 || id >= call->inputs[i].dims[0])
                return sard_call_fail(call, SARD_DATA, "position_ids[%zu] is %" PRId64 ", must be 0 to %" PRId64, k, id,
                                      call->inputs[i].dims[0] - 1);
        }
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    const rotary *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const bool split = x->rank == 4;
    job j = {.call = call,
             .interleaved = a->interleaved != 0,
             .heads = split ? x->dims[1] : a->num_heads,
             .length = x->dims[x->rank - 2],
             .size = split ? x->dims[3] : x->dims[2] / a->num_heads};
    j.turned = a->rotary_embedding_dim ? a->rotary_embedding_dim : j.size;
    j.stride_n = j.heads * j.length * j.size;
    j.stride_head = split ? j.length * j.size : j.size;
    j.stride_length = split ? j.size : j.heads * j.size;
    const sard_status status = call->input_count > 3 && call->inputs[3].dtype ? check_ids(call) : SARD_OK;
    if (!status)
        sard_call_parallel(call, (size_t)(x->dims[0] * j.length), turn, &j);
    return status;
}

const sard_op sard_op_rotary_embedding = {.struct_size = sizeof(sard_op),
                                          .domain = "",
                                          .name = "RotaryEmbedding",
                                          .since = 23,
                                          .traits = SARD_IN_PLACE,
                                          .inputs = inputs,
                                          .outputs = outputs,
                                          .attrs = attrs,
                                          .attrs_size = sizeof(rotary),
                                          .infer = infer,
                                          .eval = eval};
