/* Offsets of all values in one slab. Values that live at the same time get separate places: one after the other, each at the lowest
 * place that is free while it lives. Several orders are tried (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net
 * Inference", 2020: greedy by size, by breadth), and the best result is kept: no order is the best for all networks. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#define ALIGN 64
/* Above this many values, whose count is then a model's trick or a generated one's, each gets a place of its own. */
#define MOST_VALUES 20000
/* Up to so many values all orders are tried, and up to so many each with a few improvements: a placement takes their number squared. */
#define ORDERED_VALUES 2000
#define IMPROVED_VALUES 500
#define IMPROVEMENTS 8

typedef struct block {
    size_t id;          /* of the value */
    size_t first, last; /* steps */
    size_t bytes, offset;
    size_t fullest; /* bytes alive at the fullest step of its life */
} block;

typedef struct layout {
    block *blocks;
    size_t count;
    size_t *of_value; /* place among the blocks + 1, or 0; by root */
    size_t *offsets;  /* in the slab, by root; after placing */
    size_t *alive;    /* bytes by step */
    block **placed;   /* in order of offset */
} layout;

static size_t rounded(size_t bytes) { return (bytes + ALIGN - 1) / ALIGN * ALIGN; }

/* The block of the memory in which a value lies; made when first met. */
static block *block_of(const sard_plan *plan, layout *l, const sard_value *value, size_t step)
{
    const size_t root = plan->aliases[value->id].root;
    if (!l->of_value[root]) {
        l->blocks[l->count] = (block){.id = root, .first = step, .last = step};
        l->of_value[root] = ++l->count;
    }
    return &l->blocks[l->of_value[root] - 1];
}

/* Blocks for the outputs of step `s`. */
static void add_outputs(sard_plan *plan, layout *l, size_t s)
{
    const sard_node *node = plan->steps[s].node;
    for (size_t i = 0; i < node->output_count; i++) {
        const sard_value *value = node->outputs[i];
        if (!value)
            continue;
        const sard_value *root = plan->graph->values[plan->aliases[value->id].root];
        block *b = block_of(plan, l, value, s);
        b->bytes = rounded(sard_tensor_make(root->dtype, root->rank, root->dims, NULL).bytes);
        b->last = value->output_count ? SIZE_MAX : b->last;
    }
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

/* ---- orders in which blocks are placed ---- */

static int compare(size_t x, size_t y) { return x > y ? -1 : x < y; }

static size_t lifetime(const block *b) { return b->last == SIZE_MAX ? 1000000 : b->last - b->first + 1; }

static int larger_first(const void *a, const void *b)
{
    const block *x = a, *y = b;
    return x->bytes != y->bytes ? compare(x->bytes, y->bytes) : compare(y->id, x->id);
}

static int larger_and_longer_first(const void *a, const void *b)
{
    const block *x = a, *y = b;
    const size_t left = x->bytes * lifetime(x), right = y->bytes * lifetime(y);
    return left != right ? compare(left, right) : larger_first(a, b);
}

/* Those of the fullest step, then those of the next fullest, ... */
static int fullest_step_first(const void *a, const void *b)
{
    const block *x = a, *y = b;
    return x->fullest != y->fullest ? compare(x->fullest, y->fullest) : larger_first(a, b);
}

static int earlier_first(const void *a, const void *b)
{
    const block *x = a, *y = b;
    return x->first != y->first ? compare(y->first, x->first) : larger_first(a, b);
}

static int later_first(const void *a, const void *b)
{
    const block *x = a, *y = b;
    return x->last != y->last ? compare(x->last, y->last) : larger_first(a, b);
}

typedef int order_function(const void *, const void *);

static order_function *const orders[] = {larger_first, larger_and_longer_first, fullest_step_first, earlier_first, later_first};

/* ---- placing ---- */

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

/* Bytes alive at each step; the most of them is what no placement can go below. */
static size_t find_fullest(const sard_plan *plan, layout *l)
{
    size_t most = 0;
    for (size_t i = 0; i < l->count; i++)
        for (size_t s = l->blocks[i].first; s <= l->blocks[i].last && s < plan->step_count; s++)
            l->alive[s] += l->blocks[i].bytes;
    for (size_t i = 0; i < l->count; i++)
        for (size_t s = l->blocks[i].first; s <= l->blocks[i].last && s < plan->step_count; s++)
            l->blocks[i].fullest = l->alive[s] > l->blocks[i].fullest ? l->alive[s] : l->blocks[i].fullest;
    for (size_t s = 0; s < plan->step_count; s++)
        most = l->alive[s] > most ? l->alive[s] : most;
    return most;
}

/* Gives all blocks places in the order in which they stand; returns where the last one ends. */
static size_t place_in_order(layout *l)
{
    size_t end = 0;
    for (size_t i = 0; i < l->count; i++) {
        block *b = &l->blocks[i];
        b->offset = lowest_gap(l->placed, i, b);
        size_t k = i;
        for (; k && l->placed[k - 1]->offset > b->offset; k--)
            l->placed[k] = l->placed[k - 1];
        l->placed[k] = b;
        end = b->offset + b->bytes > end ? b->offset + b->bytes : end;
    }
    return end;
}

static void remember(layout *l)
{
    for (size_t i = 0; i < l->count; i++)
        l->offsets[l->blocks[i].id] = l->blocks[i].offset;
}

/* Blocks that stick out the most go to the front of the order: what was placed late and badly gets the first choice. */
static void promote_highest(layout *l)
{
    size_t highest = 0;
    for (size_t i = 1; i < l->count; i++)
        if (l->blocks[i].offset + l->blocks[i].bytes > l->blocks[highest].offset + l->blocks[highest].bytes)
            highest = i;
    const block first = l->blocks[highest];
    memmove(l->blocks + 1, l->blocks, highest * sizeof *l->blocks);
    l->blocks[0] = first;
}

/* Keeps the best of all orders, each improved a few times. */
static size_t place_well(layout *l, size_t bound)
{
    size_t best = SIZE_MAX;
    const int rounds = l->count <= IMPROVED_VALUES ? 1 + IMPROVEMENTS : 1;
    const size_t tried = l->count <= ORDERED_VALUES ? sizeof orders / sizeof *orders : 1;
    for (size_t o = 0; o < tried && best > bound; o++) {
        qsort(l->blocks, l->count, sizeof *l->blocks, orders[o]);
        for (int round = 0; round < rounds && best > bound; round++) {
            const size_t end = place_in_order(l);
            if (end < best) {
                best = end;
                remember(l);
            }
            promote_highest(l);
        }
    }
    return best;
}

static bool place_blocks(sard_plan *plan, layout *l)
{
    l->placed = SARD_NEW(&plan->arena, block *, l->count);
    l->alive = SARD_NEW(&plan->arena, size_t, plan->step_count);
    l->offsets = SARD_NEW(&plan->arena, size_t, plan->graph->value_count);
    if (!l->placed || !l->alive || !l->offsets)
        return false;
    for (size_t i = 0; l->count > MOST_VALUES && i < l->count; i++) {
        l->offsets[l->blocks[i].id] = plan->slab_bytes;
        plan->slab_bytes += l->blocks[i].bytes;
    }
    if (l->count && l->count <= MOST_VALUES)
        plan->slab_bytes = place_well(l, find_fullest(plan, l));
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
        return sard_no_memory(error);
    for (size_t s = 0; s < plan->step_count; s++) {
        if (!plan->steps[s].dynamic)
            add_outputs(plan, l, s);
        extend_inputs(plan, l, s);
    }
    return SARD_OK;
}

/* Dims and distances of all values that runs make, and of the inputs; their addresses come later. */
static void set_tensors(sard_plan *plan, const layout *l)
{
    for (size_t i = 0; i < plan->graph->input_count; i++) {
        const sard_value *value = plan->graph->inputs[i];
        if (!plan->tensors[value->id].data)
            plan->tensors[value->id] = sard_tensor_make(value->dtype, value->rank, value->dims, NULL);
    }
    for (size_t s = 0; s < plan->step_count; s++) {
        const sard_node *node = plan->steps[s].node;
        for (size_t i = 0; !plan->steps[s].dynamic && i < node->output_count; i++) {
            const sard_value *value = node->outputs[i];
            if (!value)
                continue;
            const sard_alias *alias = &plan->aliases[value->id];
            plan->tensors[value->id] = sard_tensor_make(value->dtype, value->rank, value->dims, NULL);
            plan->tensors[value->id].ld = alias->ld;
            plan->offsets[value->id] = l->offsets[alias->root] + (size_t)alias->offset;
            plan->place_count++;
        }
    }
}

sard_status sard_plan_place(sard_plan *plan, sard_error *error)
{
    layout l = {.count = 0};
    plan->slab_bytes = plan->place_count = 0;
    const sard_status status = find_lifetimes(plan, &l, error);
    if (status)
        return status;
    plan->offsets = SARD_NEW(&plan->arena, size_t, plan->graph->value_count);
    if (!plan->offsets || !place_blocks(plan, &l))
        return sard_no_memory(error);
    memset(plan->offsets, 0xff, plan->graph->value_count * sizeof *plan->offsets);
    set_tensors(plan, &l);
    return SARD_OK;
}
