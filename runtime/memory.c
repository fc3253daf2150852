/* Offsets of all values in one slab. Values that live at the same time get separate places: the largest first, each at the lowest
 * place that is free while it lives (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020: greedy by
 * size). */
#include "runtime/plan.h"

#include <stdlib.h>
#include <string.h>

#define ALIGN 64
/* Above this many values, whose count is then a model's trick or a generated one's, each gets a place of its own. */
#define MOST_VALUES 20000

typedef struct block {
    size_t id;          /* of the value */
    size_t first, last; /* steps */
    size_t bytes, offset;
} block;

typedef struct layout {
    block *blocks;
    size_t count;
    size_t *of_value; /* place among the blocks + 1, or 0; by root */
    size_t *offsets;  /* in the slab, by root; after placing */
} layout;

static size_t rounded(size_t bytes) { return (bytes + ALIGN - 1) / ALIGN * ALIGN; }

/* The block of the memory in which a value lies; made when first met. */
static block *block_of(const sard_plan *plan, layout *l, const sard_value *value, size_t step)
{
    const size_t root = plan->aliases[value->id].root;
    if (!l->of_value[root]) {
        l->blocks[l->count] = (block){root, step, step, 0, 0};
        l->of_value[root] = ++l->count;
    }
    return &l->blocks[l->of_value[root] - 1];
}

/* Blocks for the outputs of step `s`. */
static sard_status add_outputs(sard_plan *plan, layout *l, size_t s, sard_error *error)
{
    const sard_limits *limits = &plan->model->context->limits;
    const sard_node *node = plan->steps[s].node;
    for (size_t i = 0; i < node->output_count; i++) {
        const sard_value *value = node->outputs[i];
        size_t bytes;
        if (!value)
            continue;
        const sard_value *root = plan->graph->values[plan->aliases[value->id].root];
        if (!sard_bytes(root->dtype, root->dims, root->rank, &bytes) || bytes > limits->value_bytes)
            return sard_node_fail(node, error, SARD_LIMIT, "result '%.100s' is larger than the limit of %llu bytes", value->name,
                                  (unsigned long long)limits->value_bytes);
        block *b = block_of(plan, l, value, s);
        b->bytes = rounded(bytes);
        b->last = value->output_count ? SIZE_MAX : b->last;
    }
    return SARD_OK;
}

static void extend_inputs(const sard_plan *plan, layout *l, size_t s)
{
    const sard_node *node = plan->steps[s].node;
    for (size_t i = 0; i < node->input_count; i++) {
        const size_t place = node->inputs[i] ? l->of_value[plan->aliases[node->inputs[i]->id].root] : 0;
        if (place && l->blocks[place - 1].last < s)
            l->blocks[place - 1].last = s;
    }
}

static int larger_first(const void *a, const void *b)
{
    const block *x = a, *y = b;
    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

/* The lowest gap between those already placed that live at the same time. placed: in order of offset. */
static size_t lowest_gap(block *const *placed, size_t count, const block *b)
{
    size_t offset = 0;
    for (size_t i = 0; i < count; i++) {
        const block *other = placed[i];
        if (other->last < b->first || other->first > b->last)
            continue;
        if (other->offset >= offset + b->bytes)
            break;
        if (other->offset + other->bytes > offset)
            offset = other->offset + other->bytes;
    }
    return offset;
}

static bool place_blocks(sard_plan *plan, layout *l)
{
    block **placed = SARD_NEW(&plan->arena, block *, l->count);
    l->offsets = SARD_NEW(&plan->arena, size_t, plan->graph->value_count);
    if (!placed || !l->offsets)
        return false;
    qsort(l->blocks, l->count, sizeof *l->blocks, larger_first);
    for (size_t i = 0; i < l->count; i++) {
        block *b = &l->blocks[i];
        b->offset = l->count > MOST_VALUES ? plan->slab_bytes : lowest_gap(placed, i, b);
        size_t k = i;
        for (; l->count <= MOST_VALUES && k && placed[k - 1]->offset > b->offset; k--)
            placed[k] = placed[k - 1];
        placed[k] = b;
        l->offsets[b->id] = b->offset;
        if (b->offset + b->bytes > plan->slab_bytes)
            plan->slab_bytes = b->offset + b->bytes;
    }
    return true;
}

static sard_status find_lifetimes(sard_plan *plan, layout *l, sard_error *error)
{
    size_t most = 0;
    for (size_t s = 0; s < plan->step_count; s++)
        most += plan->steps[s].node->output_count;
    l->blocks = SARD_NEW(&plan->arena, block, most);
    l->of_value = SARD_NEW(&plan->arena, size_t, plan->graph->value_count);
    if (!l->blocks || !l->of_value)
        return sard_fail(error, SARD_NOMEM, "out of memory");
    for (size_t s = 0; s < plan->step_count; s++) {
        const sard_status status = plan->steps[s].dynamic ? SARD_OK : add_outputs(plan, l, s, error);
        if (status)
            return status;
        extend_inputs(plan, l, s);
    }
    return SARD_OK;
}

/* Tensors of all values that have memory now. */
static void set_tensors(sard_plan *plan, const layout *l)
{
    for (size_t s = 0; s < plan->step_count; s++) {
        const sard_node *node = plan->steps[s].node;
        for (size_t i = 0; !plan->steps[s].dynamic && i < node->output_count; i++) {
            const sard_value *value = node->outputs[i];
            if (!value)
                continue;
            const sard_alias *alias = &plan->aliases[value->id];
            sard_tensor *tensor = &plan->tensors[value->id];
            *tensor = sard_tensor_make(value->dtype, value->rank, value->dims,
                                       (char *)plan->slab + l->offsets[alias->root] + alias->offset);
            tensor->ld = alias->ld;
        }
    }
}

/* Steps that have nothing to run. */
static void drop_gone(sard_plan *plan)
{
    size_t kept = 0;
    for (size_t s = 0; s < plan->step_count; s++)
        if (!plan->steps[s].gone)
            plan->steps[kept++] = plan->steps[s];
    plan->step_count = kept;
}

sard_status sard_plan_place(sard_plan *plan, sard_error *error)
{
    layout l = {.count = 0};
    const sard_status status = find_lifetimes(plan, &l, error);
    if (status)
        return status;
    if (!place_blocks(plan, &l))
        return sard_fail(error, SARD_NOMEM, "out of memory");
    for (size_t s = 0; s < plan->step_count; s++)
        if (plan->scratch_bytes < plan->steps[s].scratch)
            plan->scratch_bytes = plan->steps[s].scratch;
    if (plan->slab_bytes > plan->model->context->limits.arena_bytes)
        return sard_fail(error, SARD_LIMIT, "the values need %zu bytes, the limit is %llu", plan->slab_bytes,
                         (unsigned long long)plan->model->context->limits.arena_bytes);
    plan->slab = sard_arena_tensor(&plan->arena, plan->slab_bytes);
    plan->scratch = sard_arena_tensor(&plan->arena, plan->scratch_bytes);
    if (!plan->slab || !plan->scratch)
        return sard_fail(error, SARD_NOMEM, "no memory for %zu bytes of values and %zu of scratch", plan->slab_bytes, plan->scratch_bytes);
    set_tensors(plan, &l);
    drop_gone(plan);
    return SARD_OK;
}
