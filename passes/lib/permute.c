/* Values in another order. */
#include "passes/lib/permute.h"

#include "ir/rewrite.h"
#include "ops/lib/util.h"
#include "ops/transpose.h"

#include <string.h>

const sard_node *sard_transpose_of(const sard_value *value)
{
    return sard_is_plain(value->producer, SARD_OP_transpose) && value->producer->inputs[0]->rank >= 0 ? value->producer : NULL;
}

bool sard_is_permuted(const sard_value *value, const sard_perm *p)
{
    const sard_node *transpose = sard_transpose_of(value);
    const sard_perm own = transpose ? sard_perm_of(transpose) : (sard_perm){.rank = -1};
    return sard_perm_same(&own, p);
}

int64_t sard_permute_cost(const sard_perm *p, const sard_value *value)
{
    int64_t count = 1;
    if (sard_perm_moves_nothing(p, value))
        return 0;
    for (int i = 0; i < value->rank; i++)
        if (value->dims[i] > 0 && __builtin_mul_overflow(count, value->dims[i], &count))
            return INT64_MAX >> 8; /* sums of such costs must not overflow */
    return count < INT64_MAX >> 8 ? count : INT64_MAX >> 8;
}

bool sard_is_single(const sard_value *value)
{
    for (int i = 0; i < value->rank; i++)
        if (value->dims[i] != 1)
            return false;
    return value->rank >= 0;
}

sard_value *sard_add_ints(sard_graph *graph, const char *name, const int64_t *numbers, size_t count)
{
    sard_tensor tensor = sard_tensor_make(SARD_I64, 1, (const int64_t[]){(int64_t)count}, NULL);
    tensor.data = sard_graph_alloc(graph, tensor.bytes);
    if (tensor.data && count)
        memcpy(tensor.data, numbers, count * sizeof *numbers);
    return tensor.data ? sard_graph_add_constant(graph, name, &tensor) : NULL;
}

/* ---- constants ---- */

/* The constant as a tensor of that rank, in its own order. */
static sard_tensor extended(const sard_value *value, int rank)
{
    int64_t dims[SARD_MAX_RANK];
    const int more = rank - value->rank;
    for (int i = 0; i < rank; i++)
        dims[i] = i < more ? 1 : value->dims[i - more];
    return sard_tensor_make(value->dtype, rank, dims, sard_value_constant(value)->data);
}

static bool stays_in_order(const sard_tensor *tensor, const sard_perm *p)
{
    sard_value value = {.rank = 0};
    sard_value_set_type(&value, tensor->dtype, tensor->rank, tensor->dims);
    return sard_perm_moves_nothing(p, &value);
}

bool sard_can_permute_constant(const sard_value *value, const sard_perm *p)
{
    if (!value->constant || value->rank > p->rank)
        return false;
    const sard_tensor tensor = extended(value, p->rank);
    return stays_in_order(&tensor, p) ||
           (value->dtype != SARD_STRING && sard_dtype_size(value->dtype) && tensor.bytes <= value->graph->rewriter->budget.bytes);
}

void *sard_take_elements(sard_graph *graph, const sard_tensor *tensor, int64_t first, const int64_t *from, const int64_t *dims)
{
    const sard_tensor taken = sard_tensor_make(tensor->dtype, tensor->rank, dims, NULL);
    const size_t size = sard_dtype_size(tensor->dtype);
    int64_t to[SARD_MAX_RANK];
    sard_arena arena;
    sard_arena_init(&arena, graph->arena->allocator);
    const sard_tensor *aligned = sard_tensor_align(&arena, tensor);
    void *data = aligned ? sard_graph_alloc(graph, taken.bytes) : NULL;
    sard_strides(dims, tensor->rank, to);
    if (data)
        sard_copy(data, to, (const char *)aligned->data + first * (int64_t)size, from, dims, tensor->rank, size);
    sard_arena_reset(&arena);
    return data;
}

sard_value *sard_permute_tensor(sard_graph *graph, const char *name, const sard_tensor *tensor, const sard_perm *p)
{
    int64_t dims[SARD_MAX_RANK], own[SARD_MAX_RANK], from[SARD_MAX_RANK];
    sard_strides(tensor->dims, tensor->rank, own);
    for (int i = 0; i < p->rank; i++) {
        dims[i] = tensor->dims[p->axis[i]];
        from[i] = own[p->axis[i]];
    }
    sard_tensor permuted = sard_tensor_make(tensor->dtype, p->rank, dims, tensor->data);
    if (!stays_in_order(tensor, p))
        permuted.data = sard_take_elements(graph, tensor, 0, from, dims);
    return permuted.data ? sard_graph_add_constant(graph, name, &permuted) : NULL;
}

static sard_status permute_constant(const sard_value *value, const sard_perm *p, sard_value **out, sard_error *error)
{
    uint64_t *left = &value->graph->rewriter->budget.bytes;
    const sard_tensor tensor = extended(value, p->rank);
    *out = sard_permute_tensor(value->graph, value->name, &tensor, p);
    if (!*out)
        return sard_no_memory(error);
    if ((*out)->constant->data != tensor.data)
        *left -= tensor.bytes < *left ? tensor.bytes : *left;
    return SARD_OK;
}

sard_value *sard_shorten_constant(sard_value *value)
{
    int ones = 0;
    while (ones < value->rank && value->dims[ones] == 1)
        ones++;
    if (!ones)
        return value;
    const sard_tensor tensor = sard_tensor_make(value->dtype, value->rank - ones, value->dims + ones, sard_value_constant(value)->data);
    return sard_graph_add_constant(value->graph, value->name, &tensor);
}

/* ---- Transposes ---- */

static sard_node *find_transpose(const sard_value *value, const sard_perm *p)
{
    int most = SARD_MOST_USERS;
    for (const sard_use *use = value->uses; use && most--; use = use->next)
        if (sard_is_plain(use->node, SARD_OP_transpose) && use->node->outputs[0] && sard_is_permuted(use->node->outputs[0], p))
            return use->node;
    return NULL;
}

/* A new one, as early as possible, in place of one that stands later. */
static sard_status add_transpose(sard_value *value, const sard_perm *p, sard_value **out, sard_error *error)
{
    int64_t axes[SARD_MAX_RANK];
    sard_node *at = value->producer ? value->producer->next : value->graph->first, *old = find_transpose(value, p), *node;
    if (old && old == at) {
        *out = old->outputs[0];
        return SARD_OK;
    }
    for (int i = 0; i < p->rank; i++)
        axes[i] = p->axis[i];
    const sard_attr perm = {.name = "perm", .kind = SARD_ATTR_INTS, .count = (size_t)p->rank, .ints = axes};
    const sard_status status = sard_insert(value->graph, at, SARD_OP_transpose, value->name, &value, 1, &perm, 1, &node, error);
    if (status)
        return status;
    *out = node->outputs[0];
    if (old)
        sard_value_replace(old->outputs[0], *out);
    return SARD_OK;
}

sard_status sard_permute(sard_value *value, const sard_perm *p, sard_value **out, sard_error *error)
{
    sard_perm all = *p;
    for (const sard_node *before; (before = sard_transpose_of(value)); value = before->inputs[0]) {
        const sard_perm first = sard_perm_of(before);
        all = sard_perm_then(&first, &all);
    }
    *out = value;
    if (value->constant)
        return permute_constant(value, &all, out, error);
    return sard_perm_is_identity(&all) ? SARD_OK : add_transpose(value, &all, out, error);
}
