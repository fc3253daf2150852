/* Attention, MultiHeadAttention and QAttention of com.microsoft: products and a softmax, for which there are fast kernels.
 *
 *     scores = scale Q K' + attention_bias + mask      Y = softmax(scores) V
 *
 * The mask is mask_filter_value where a key is padding, and the lowest number where it is in the future (unidirectional). */
#include "frontends/onnx/microsoft.h"

#include <float.h>
#include <math.h>

/* q, k, v: N, length, heads * size; k, v may be N, heads, length, size. mask: as mask_index of the operator is. */
typedef struct attention {
    sard_value *q, *k, *v, *bias, *mask, *past_key, *past_value;
    int64_t heads;
    float scale, filter; /* scale 0: 1 / sqrt(size) */
    bool causal;
} attention;

/* ---- attributes ---- */

static attention read_attributes(sard_onnx_draft *draft)
{
    static const char *const unsupported[] = {"do_rotary", "past_present_share_buffer"};
    for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++)
        if (sard_onnx_take_int(draft, unsupported[i], 0))
            sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "%s is not supported", unsupported[i]);
    const attention a = {.heads = sard_onnx_take_int(draft, "num_heads", 0),
                         .scale = sard_onnx_take_float(draft, "scale", 0),
                         .filter = sard_onnx_take_float(draft, "mask_filter_value", -10000),
                         .causal = sard_onnx_take_int(draft, "unidirectional", 0) != 0};
    if (a.heads <= 0)
        sard_onnx_draft_fail(draft, SARD_MODEL, "num_heads is %lld, must be above 0", (long long)a.heads);
    return a;
}

/* ---- what lies before and after the products ---- */

/* N, length, heads * size to N, heads, length, size. */
static sard_value *heads_first(sard_onnx_draft *draft, const char *role, sard_value *x, int64_t heads)
{
    x = sard_onnx_typed(draft, x);
    if (!x || x->rank == 4)
        return x;
    const int64_t row = x->rank == 3 ? x->dims[2] : -1;
    if (row < 0 || row % heads) {
        sard_onnx_draft_fail(draft, SARD_SHAPE, "%s must have 3 dims, the last known and a multiple of num_heads", role);
        return NULL;
    }
    return sard_onnx_transpose(draft, role, sard_onnx_reshape(draft, role, x, (int64_t[]){0, 0, heads, row / heads}, 4),
                               (int64_t[]){0, 2, 1, 3}, 4);
}

static sard_value *after_past(sard_onnx_draft *draft, const char *role, sard_value *past, sard_value *x)
{
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 2};
    return past ? sard_onnx_node_before(draft, "Concat", role, (sard_value *const[]){past, x}, 2, &axis, 1) : x;
}

/* 0 where `allowed`, else `otherwise`. */
static sard_value *penalty(sard_onnx_draft *draft, const char *role, sard_value *allowed, sard_dtype dtype, double otherwise)
{
    return SARD_ONNX_OP(draft, "Where", role, allowed, sard_onnx_scalar(draft, "zero", dtype, 0),
                        sard_onnx_scalar(draft, "penalty", dtype, otherwise));
}

/* Keys below `end` of each image: N, keys. */
static sard_value *keys_below(sard_onnx_draft *draft, sard_value *end, sard_value *keys)
{
    sard_value *column = sard_onnx_unsqueeze(draft, "column", sard_onnx_cast(draft, "end", end, SARD_I64), (int64_t[]){1}, 1);
    return SARD_ONNX_OP(draft, "Less", "inside", keys, column);
}

/* mask_index of rank 1: lengths, or twice as many, ends and then starts. */
static sard_value *listed(sard_onnx_draft *draft, const attention *a, sard_value *keys)
{
    const sard_value *q = sard_onnx_typed(draft, a->q);
    if (!q || a->mask->dims[0] < 0 || q->dims[0] < 0 || a->mask->dims[0] == q->dims[0])
        return keys_below(draft, a->mask, keys);
    sard_value *parts[2];
    if (a->mask->dims[0] != 2 * q->dims[0]) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "a mask of %lld elements for %lld images", (long long)a->mask->dims[0],
                             (long long)q->dims[0]);
        return NULL;
    }
    if (!sard_onnx_parts(draft, "ends_starts", a->mask, 0, (int64_t[]){q->dims[0], q->dims[0]}, 2, parts))
        return NULL;
    sard_value *outside = keys_below(draft, parts[1], keys);
    return SARD_ONNX_OP(draft, "And", "inside_both", keys_below(draft, parts[0], keys), SARD_ONNX_OP(draft, "Not", "started", outside));
}

/* What is added to scores where keys are padding: broadcast to N, heads, length, keys. */
static sard_value *padding(sard_onnx_draft *draft, const attention *a, sard_value *key, sard_dtype dtype)
{
    static const int64_t axes[] = {1, 2};
    const int rank = a->mask->rank;
    sard_value *allowed = NULL;
    if (rank == 1)
        allowed = listed(draft, a, sard_microsoft_count(draft, "keys", sard_onnx_dim(draft, "key_count", key, 2)));
    else if (rank == 2 || rank == 3)
        allowed = SARD_ONNX_OP(draft, "Greater", "kept", a->mask, sard_onnx_scalar(draft, "none", a->mask->dtype, 0));
    else
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "a mask of %d dims is not supported", rank);
    return penalty(draft, "padding", sard_onnx_unsqueeze(draft, "allowed", allowed, axes, rank == 3 ? 1 : 2), dtype, (double)a->filter);
}

/* What is added where keys are in the future: length, keys. The first query comes after the past. */
static sard_value *future(sard_onnx_draft *draft, const attention *a, sard_value *query, sard_value *key, sard_dtype dtype)
{
    const double lowest = dtype == SARD_F16 ? -65504 : dtype == SARD_F64 ? -DBL_MAX : -(double)FLT_MAX;
    sard_value *queries = sard_microsoft_count(draft, "queries", sard_onnx_dim(draft, "query_count", query, 2));
    if (a->past_key)
        queries = SARD_ONNX_OP(draft, "Add", "places", queries, sard_onnx_dim(draft, "past_count", a->past_key, 2));
    sard_value *keys = sard_microsoft_count(draft, "keys", sard_onnx_dim(draft, "key_count", key, 2));
    sard_value *column = sard_onnx_unsqueeze(draft, "column", queries, (int64_t[]){1}, 1);
    return penalty(draft, "future", SARD_ONNX_OP(draft, "LessOrEqual", "past", keys, column), dtype, lowest);
}

/* The draft's result is the attention; known[1 .. 3]: keys, values and scores. */
static void attend(sard_onnx_draft *draft, const attention *a)
{
    sard_value *q = sard_onnx_typed(draft, heads_first(draft, "query", a->q, a->heads));
    sard_value *k = after_past(draft, "all_keys", a->past_key, heads_first(draft, "key", a->k, a->heads));
    sard_value *v = sard_onnx_typed(draft, after_past(draft, "all_values", a->past_value, heads_first(draft, "value", a->v, a->heads)));
    if (draft->status || !q || !v)
        return;
    if (q->dims[3] <= 0 || v->dims[3] < 0) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "the sizes of heads must be known");
        return;
    }
    const double scale = a->scale != 0 ? (double)a->scale : 1 / sqrt((double)q->dims[3]);
    sard_value *product = SARD_ONNX_OP(draft, "MatMul", "product", q, sard_onnx_transpose(draft, "turned", k, (int64_t[]){0, 1, 3, 2}, 4));
    sard_value *scores = SARD_ONNX_OP(draft, "Mul", "scores", product, sard_onnx_scalar(draft, "scale", q->dtype, scale));
    if (a->bias)
        scores = SARD_ONNX_OP(draft, "Add", "biased", scores, a->bias);
    if (a->mask)
        scores = SARD_ONNX_OP(draft, "Add", "masked", scores, padding(draft, a, k, q->dtype));
    if (a->causal)
        scores = SARD_ONNX_OP(draft, "Add", "causal", scores, future(draft, a, q, k, q->dtype));
    draft->known[1] = k;
    draft->known[2] = v;
    draft->known[3] = scores;
    sard_value *sums = SARD_ONNX_OP(draft, "MatMul", "sums", SARD_ONNX_OP(draft, "Softmax", "weights", scores), v);
    const int64_t row[] = {0, 0, a->heads * v->dims[3]};
    SARD_ONNX_BECOME(draft, "Reshape", sard_onnx_transpose(draft, "rows", sums, (int64_t[]){0, 2, 1, 3}, 4),
                     sard_onnx_ints(draft, "row", row, 3));
}

/* ---- MultiHeadAttention ---- */

static sard_value *part_of(sard_onnx_draft *draft, const char *role, sard_value *packed, int64_t axis, int64_t part)
{
    const sard_attr attr = {.name = "axis", .kind = SARD_ATTR_INT, .i = axis};
    sard_value *const inputs[] = {packed, sard_onnx_scalar(draft, "part", SARD_I64, (double)part)};
    return sard_onnx_node_before(draft, "Gather", role, inputs, 2, &attr, 1);
}

/* N, length, heads, parts, size: each part as N, heads, length, size. */
static sard_value *unpack(sard_onnx_draft *draft, const char *role, sard_value *packed, int64_t part)
{
    return sard_onnx_transpose(draft, role, part_of(draft, role, packed, 3, part), (int64_t[]){0, 2, 1, 3}, 4);
}

static void take_packed(sard_onnx_draft *draft, attention *a)
{
    if (a->q && a->q->rank == 5) {
        a->k = unpack(draft, "key", a->q, 1);
        a->v = unpack(draft, "value", a->q, 2);
        a->q = unpack(draft, "query", a->q, 0);
    } else if (a->k && a->k->rank == 5) {
        a->v = unpack(draft, "value", a->k, 1);
        a->k = unpack(draft, "key", a->k, 0);
    }
    if (!a->q || !a->k || !a->v)
        sard_onnx_draft_fail(draft, SARD_MODEL, "query, key or value is missing");
}

/* Adds the parts of `bias` to query, key and value, which have 3 dims where there is one. */
static void add_bias(sard_onnx_draft *draft, attention *a, sard_value *bias)
{
    sard_value *parts[3], **const to[] = {&a->q, &a->k, &a->v};
    int64_t sizes[3];
    for (size_t i = 0; !draft->status && i < 3; i++) {
        const sard_value *x = sard_onnx_typed(draft, *to[i]);
        sizes[i] = x && x->rank == 3 ? x->dims[2] : -1;
        if (sizes[i] < 0)
            sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "a bias needs query, key and value of 3 dims, the last known");
    }
    if (draft->status || !sard_onnx_parts(draft, "bias", bias, 0, sizes, 3, parts))
        return;
    for (size_t i = 0; i < 3; i++)
        *to[i] = SARD_ONNX_OP(draft, "Add", "biased", *to[i], parts[i]);
}

void sard_microsoft_multi_head_attention(sard_onnx_draft *draft)
{
    attention a = read_attributes(draft);
    if (sard_onnx_input(draft, 8) || sard_onnx_input(draft, 9))
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "past_sequence_length and cache_indirection are not supported");
    a.q = sard_onnx_typed_input(draft, 0);
    a.k = sard_onnx_typed_input(draft, 1);
    a.v = sard_onnx_typed_input(draft, 2);
    a.mask = sard_onnx_typed_input(draft, 4);
    a.bias = sard_onnx_input(draft, 5);
    a.past_key = sard_onnx_input(draft, 6);
    a.past_value = sard_onnx_input(draft, 7);
    take_packed(draft, &a);
    if (sard_onnx_input(draft, 3))
        add_bias(draft, &a, sard_onnx_input(draft, 3));
    attend(draft, &a);
}

/* ---- Attention, QAttention: query, key and value are one product ---- */

/* `projected`: N, length, query, key and value in a row. past: 2, N, heads, length, size; so is the second output. */
static void attend_to_self(sard_onnx_draft *draft, attention *a, sard_value *projected, const int64_t *sizes, sard_value *past)
{
    const bool wants_present = draft->output_count > 1 && *draft->outputs[1];
    sard_value *parts[3] = {NULL};
    if (draft->status || !sard_onnx_parts(draft, "projected", projected, 2, sizes, 3, parts))
        return;
    a->q = parts[0];
    a->k = parts[1];
    a->v = parts[2];
    if (past) {
        a->past_key = part_of(draft, "past_key", past, 0, 0);
        a->past_value = part_of(draft, "past_value", past, 0, 1);
    }
    attend(draft, a);
    if (wants_present && !draft->status) {
        const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = 0};
        sard_value *const present[] = {sard_onnx_unsqueeze(draft, "present_key", draft->known[1], (int64_t[]){0}, 1),
                                       sard_onnx_unsqueeze(draft, "present_value", draft->known[2], (int64_t[]){0}, 1)};
        draft->known[1] = sard_onnx_node_before(draft, "Concat", "present", present, 2, &axis, 1);
    }
}

/* Sizes of query, key and value: as given, or thirds of the weights' columns. */
static bool read_sizes(sard_onnx_draft *draft, const sard_value *weights, int64_t sizes[3])
{
    sard_attr given = {.count = 0};
    sard_onnx_take_attr(draft, "qkv_hidden_sizes", SARD_ATTR_INTS, &given);
    const int64_t columns = weights && weights->rank == 2 ? weights->dims[1] : -1;
    for (size_t i = 0; i < 3; i++)
        sizes[i] = given.count == 3 ? given.ints[i] : columns / 3;
    if (columns < 0 || (given.count != 3 && columns % 3))
        sard_onnx_draft_fail(draft, SARD_SHAPE, "the weights must have 2 dims, the last a known multiple of 3");
    return !draft->status;
}

void sard_microsoft_attention(sard_onnx_draft *draft)
{
    attention a = read_attributes(draft);
    int64_t sizes[3];
    sard_value *past = sard_onnx_input(draft, 4);
    a.mask = sard_onnx_typed_input(draft, 3);
    a.bias = sard_onnx_input(draft, 5);
    if (!read_sizes(draft, sard_onnx_typed_input(draft, 1), sizes))
        return;
    sard_value *projected = SARD_ONNX_OP(draft, "MatMul", "product", sard_onnx_input(draft, 0), sard_onnx_input(draft, 1));
    if (sard_onnx_input(draft, 2))
        projected = SARD_ONNX_OP(draft, "Add", "biased", projected, sard_onnx_input(draft, 2));
    attend_to_self(draft, &a, projected, sizes, past);
}

void sard_microsoft_q_attention(sard_onnx_draft *draft)
{
    attention a = read_attributes(draft);
    int64_t sizes[3];
    sard_value *past = sard_onnx_input(draft, 8);
    a.mask = sard_onnx_typed_input(draft, 5);
    const sard_microsoft_product p = {.a = sard_onnx_input(draft, 0),
                                      .b = sard_onnx_input(draft, 1),
                                      .bias = sard_onnx_input(draft, 2),
                                      .a_scale = sard_onnx_input(draft, 3),
                                      .b_scale = sard_onnx_input(draft, 4),
                                      .a_zero = sard_onnx_input(draft, 6),
                                      .b_zero = sard_onnx_input(draft, 7)};
    if (read_sizes(draft, sard_onnx_typed_input(draft, 1), sizes))
        attend_to_self(draft, &a, sard_microsoft_multiply(draft, &p), sizes, past);
}
