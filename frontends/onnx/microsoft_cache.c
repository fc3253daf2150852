/* RotaryEmbedding and GroupQueryAttention of com.microsoft, made of the standard's RotaryEmbedding, TensorScatter and Attention. */
#include "frontends/onnx/microsoft.h"

/* ---- RotaryEmbedding ---- */

typedef struct rotation {
    sard_value *cos, *sin, *positions; /* positions: N, length */
    int64_t interleaved, heads, size;  /* heads 0: x has 4 dims; size 0: all of a head */
} rotation;

static void set_rotation(sard_attr attrs[3], const rotation *r)
{
    attrs[0] = (sard_attr){.name = "interleaved", .kind = SARD_ATTR_INT, .i = r->interleaved};
    attrs[1] = (sard_attr){.name = "num_heads", .kind = SARD_ATTR_INT, .i = r->heads};
    attrs[2] = (sard_attr){.name = "rotary_embedding_dim", .kind = SARD_ATTR_INT, .i = r->size};
}

/* Position ids of one element are where each row begins. */
static sard_value *all_positions(sard_onnx_draft *draft, sard_value *x, sard_value *first)
{
    sard_value *count = sard_onnx_dim(draft, "length", x, x->rank - 2), *images = sard_onnx_dim(draft, "images", x, 0);
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *shape = sard_onnx_node_before(draft, "Concat", "grid", (sard_value *const[]){images, count}, 2, &axis, 1);
    return SARD_ONNX_OP(draft, "Expand", "positions", SARD_ONNX_OP(draft, "Add", "row", sard_microsoft_count(draft, "steps", count), first),
                        shape);
}

void sard_microsoft_rotary_embedding(sard_onnx_draft *draft)
{
    sard_value *x = sard_onnx_typed_input(draft, 0), *positions = sard_onnx_typed_input(draft, 1), *cos = sard_onnx_typed_input(draft, 2);
    rotation r = {.cos = cos,
                  .sin = sard_onnx_input(draft, 3),
                  .interleaved = sard_onnx_take_int(draft, "interleaved", 0),
                  .heads = sard_onnx_take_int(draft, "num_heads", 0),
                  .size = sard_onnx_take_int(draft, "rotary_embedding_dim", 0)};
    sard_attr attrs[3];
    if (sard_onnx_take_int(draft, "is_packed_batching", 0) || sard_onnx_take_float(draft, "scale", 1) != 1)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "is_packed_batching and scale are not supported");
    if (!x || !positions || !cos || x->rank < 3 || cos->rank != 2)
        sard_onnx_draft_fail(draft, SARD_SHAPE, "input must have 3 or 4 dims, cos_cache 2");
    if (draft->status)
        return;
    if (x->rank == 3 && !r.heads) { /* a head has as many elements as the angles turn */
        if (x->dims[2] < 0 || cos->dims[1] <= 0 || x->dims[2] % (2 * cos->dims[1]))
            sard_onnx_draft_fail(draft, SARD_SHAPE, "num_heads is not given, and does not follow from the shapes");
        else
            r.heads = x->dims[2] / (2 * cos->dims[1]);
    }
    r.positions = positions->rank == 2 ? positions : all_positions(draft, x, positions);
    set_rotation(attrs, &r);
    SARD_ONNX_BECOME(draft, "RotaryEmbedding", x, r.cos, r.sin, r.positions);
    for (size_t i = 0; i < 3; i++)
        sard_onnx_set_attr(draft, attrs[i]);
}

/* ---- GroupQueryAttention ---- */

/* Keys and values lie in buffers of `room` places; those of image n end at ends[n], the queries are the last of them. With a prompt, where
 * there are as many queries as places are used, the first query is the first place of each image. */
typedef struct group_attention {
    sard_value *q, *k, *v, *past_key, *past_value; /* q, k, v: N, heads, length, size */
    sard_value *ends, *starts;                     /* N: places used after, and before; int64 */
    sard_value *room;                              /* of rank 1 */
    int64_t heads, kv_heads, window;               /* window -1: all */
    bool causal;
} group_attention;

static sard_value *split_heads(sard_onnx_draft *draft, const char *role, sard_value *x, int64_t heads)
{
    const int64_t row = x && x->rank == 3 ? x->dims[2] : -1;
    if (row < 0 || heads <= 0 || row % heads) {
        sard_onnx_draft_fail(draft, SARD_SHAPE, "%s must have 3 dims, the last known and a multiple of its heads", role);
        return NULL;
    }
    return sard_onnx_transpose(draft, role, sard_onnx_reshape(draft, role, x, (int64_t[]){0, 0, heads, row / heads}, 4),
                               (int64_t[]){0, 2, 1, 3}, 4);
}

/* Query, key and value, which may be one tensor. */
static void take_inputs(sard_onnx_draft *draft, group_attention *g)
{
    sard_value *parts[3] = {sard_onnx_typed_input(draft, 0), sard_onnx_typed_input(draft, 1), sard_onnx_typed_input(draft, 2)};
    const int64_t all = g->heads + 2 * g->kv_heads, row = parts[0] && parts[0]->rank == 3 ? parts[0]->dims[2] : -1;
    if (!parts[1] && row >= 0 && all > 0) {
        const int64_t size = row / all, sizes[] = {g->heads * size, g->kv_heads * size, g->kv_heads * size};
        if (!sard_onnx_parts(draft, "packed", parts[0], 2, sizes, 3, parts) || !sard_onnx_typed(draft, parts[0]))
            return;
    }
    g->q = split_heads(draft, "query", parts[0], g->heads);
    g->k = split_heads(draft, "key", parts[1], g->kv_heads);
    g->v = split_heads(draft, "value", parts[2], g->kv_heads);
}

/* starts: ends less the number of queries, but 0 in a prompt, where that number is the largest of the ends. */
static void find_places(sard_onnx_draft *draft, group_attention *g)
{
    sard_value *one = sard_onnx_scalar(draft, "one", SARD_I64, 1), *zero = sard_onnx_scalar(draft, "zero", SARD_I64, 0);
    sard_value *last =
        sard_onnx_cast(draft, "last", sard_onnx_reshape(draft, "lasts", sard_onnx_input(draft, 5), (int64_t[]){-1}, 1), SARD_I64);
    sard_value *total =
        sard_onnx_cast(draft, "total", sard_onnx_reshape(draft, "totals", sard_onnx_input(draft, 6), (int64_t[]){1}, 1), SARD_I64);
    sard_value *length = sard_onnx_dim(draft, "length", g->q, 2);
    sard_value *prompt = SARD_ONNX_OP(draft, "Equal", "prompt", total, length);
    g->ends = SARD_ONNX_OP(draft, "Add", "ends", last, one);
    g->starts = SARD_ONNX_OP(draft, "Where", "starts", prompt, zero, SARD_ONNX_OP(draft, "Sub", "before", g->ends, length));
    g->room = total;
    if (g->past_key)
        g->room = SARD_ONNX_OP(draft, "Max", "room", total, sard_onnx_dim(draft, "past_room", g->past_key, 2));
}

/* The buffer after `fresh` is written at each image's start. */
static sard_value *write_cache(sard_onnx_draft *draft, const char *role, const group_attention *g, sard_value *past, sard_value *fresh)
{
    if (!past)
        return fresh;
    const sard_attr concat_axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 0};
    sard_value *more = SARD_ONNX_OP(draft, "Sub", "more", g->room, sard_onnx_dim(draft, "past_room", past, 2));
    sard_value *const pads[] = {sard_onnx_ints(draft, "none", (int64_t[]){0, 0, 0, 0, 0, 0}, 6), more,
                                sard_onnx_ints(draft, "end", (int64_t[]){0}, 1)};
    sard_value *cache = SARD_ONNX_OP(draft, "Pad", "cache", past, sard_onnx_node_before(draft, "Concat", "pads", pads, 3, &concat_axis, 1));
    return SARD_ONNX_OP(draft, "TensorScatter", role, cache, fresh, g->starts);
}

/* Which keys a query may see: N, 1, length, keys. */
static sard_value *visible(sard_onnx_draft *draft, const group_attention *g, sard_value *keys)
{
    sard_value *key = sard_microsoft_count(draft, "keys", sard_onnx_dim(draft, "key_count", keys, 2));
    sard_value *step = sard_microsoft_count(draft, "steps", sard_onnx_dim(draft, "length", g->q, 2));
    sard_value *start = sard_onnx_unsqueeze(draft, "start", g->starts, (int64_t[]){1, 2, 3}, 3);
    sard_value *place = SARD_ONNX_OP(draft, "Add", "places", start, sard_onnx_unsqueeze(draft, "column", step, (int64_t[]){1}, 1));
    sard_value *end = sard_onnx_unsqueeze(draft, "end", g->ends, (int64_t[]){1, 2, 3}, 3);
    sard_value *seen = SARD_ONNX_OP(draft, "Less", "used", key, end);
    if (g->causal)
        seen = SARD_ONNX_OP(draft, "And", "past", seen, SARD_ONNX_OP(draft, "LessOrEqual", "before", key, place));
    if (g->window >= 0) {
        sard_value *oldest = SARD_ONNX_OP(draft, "Sub", "oldest", place, sard_onnx_scalar(draft, "window", SARD_I64, (double)g->window));
        seen = SARD_ONNX_OP(draft, "And", "near", seen, SARD_ONNX_OP(draft, "Greater", "young", key, oldest));
    }
    return seen;
}

/* attention_bias is added; what may not be seen is far below it. */
static sard_value *mask(sard_onnx_draft *draft, const group_attention *g, sard_value *keys, sard_value *bias)
{
    sard_value *seen = visible(draft, g, keys);
    bias = sard_onnx_typed(draft, bias);
    if (!bias)
        return seen;
    const double low = bias->dtype == SARD_F16 ? -65504 : -3e38;
    return SARD_ONNX_OP(draft, "Where", "mask", seen, bias, sard_onnx_scalar(draft, "low", bias->dtype, low));
}

static void turn(sard_onnx_draft *draft, group_attention *g, int64_t interleaved)
{
    rotation r = {.cos = sard_onnx_input(draft, 7), .sin = sard_onnx_input(draft, 8), .interleaved = interleaved};
    const sard_value *q = sard_onnx_typed(draft, g->q), *cos = sard_onnx_typed_input(draft, 7);
    sard_attr attrs[3];
    if (!q || !cos || cos->rank != 2 || cos->dims[1] < 0) {
        sard_onnx_draft_fail(draft, SARD_MODEL, "do_rotary needs cos_cache and sin_cache of 2 known dims");
        return;
    }
    r.size = 2 * cos->dims[1] == q->dims[3] ? 0 : 2 * cos->dims[1];
    sard_value *step = sard_microsoft_count(draft, "steps", sard_onnx_dim(draft, "length", g->q, 2));
    r.positions = sard_onnx_input(draft, 9);
    if (!r.positions)
        r.positions = SARD_ONNX_OP(draft, "Add", "positions", sard_onnx_unsqueeze(draft, "start", g->starts, (int64_t[]){1}, 1), step);
    set_rotation(attrs, &r);
    sard_value *const q_inputs[] = {g->q, r.cos, r.sin, r.positions}, *const k_inputs[] = {g->k, r.cos, r.sin, r.positions};
    g->q = sard_onnx_node_before(draft, "RotaryEmbedding", "turned_query", q_inputs, 4, attrs, 3);
    g->k = sard_onnx_node_before(draft, "RotaryEmbedding", "turned_key", k_inputs, 4, attrs, 3);
}

static void refuse(sard_onnx_draft *draft)
{
    static const char *const ints[] = {"sliding_window_cache", "kv_cache_bit_width", "qk_output"};
    for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
        if (sard_onnx_take_int(draft, ints[i], 0))
            sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "%s is not supported", ints[i]);
    if (sard_onnx_take_int(draft, "smooth_softmax", -1) == 1)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "smooth_softmax is not supported");
    for (size_t i = 11; i < 16; i++)
        if (sard_onnx_input(draft, i))
            sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "input %zu (head_sink, scales and norms of keys and values) is not supported", i);
    sard_onnx_drop_attr(draft, "k_quant_type");
    sard_onnx_drop_attr(draft, "v_quant_type");
}

void sard_microsoft_group_query_attention(sard_onnx_draft *draft)
{
    group_attention g = {.past_key = sard_onnx_input(draft, 3),
                         .past_value = sard_onnx_input(draft, 4),
                         .heads = sard_onnx_take_int(draft, "num_heads", 0),
                         .kv_heads = sard_onnx_take_int(draft, "kv_num_heads", 0),
                         .window = sard_onnx_take_int(draft, "local_window_size", -1),
                         .causal = sard_onnx_take_int(draft, "causal", 1) != 0};
    const float scale = sard_onnx_take_float(draft, "scale", 0), softcap = sard_onnx_take_float(draft, "softcap", 0);
    const int64_t rotary = sard_onnx_take_int(draft, "do_rotary", 0), interleaved = sard_onnx_take_int(draft, "rotary_interleaved", 0);
    refuse(draft);
    take_inputs(draft, &g);
    find_places(draft, &g);
    if (rotary)
        turn(draft, &g, interleaved);
    sard_value *bias = sard_onnx_input(draft, 10), *keys = write_cache(draft, "keys_after", &g, g.past_key, g.k);
    sard_value *values = write_cache(draft, "values_after", &g, g.past_value, g.v);
    sard_value *const inputs[] = {g.q, keys, values, mask(draft, &g, keys, bias)};
    const sard_attr attrs[] = {{.name = "scale", .kind = SARD_ATTR_FLOAT, .f = scale},
                               {.name = "softcap", .kind = SARD_ATTR_FLOAT, .f = softcap}};
    sard_value *y = sard_onnx_node_before(draft, "Attention", "attention", inputs, 4, attrs, 2);
    const sard_value *v = sard_onnx_typed(draft, g.v);
    draft->known[1] = keys;
    draft->known[2] = values;
    if (!v)
        return;
    const int64_t row[] = {0, 0, g.heads * v->dims[3]};
    SARD_ONNX_BECOME(draft, "Reshape", sard_onnx_transpose(draft, "rows", y, (int64_t[]){0, 2, 1, 3}, 4),
                     sard_onnx_ints(draft, "row", row, 3));
}
