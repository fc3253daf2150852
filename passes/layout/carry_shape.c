/* Rules for Reshape, Flatten, Shape and Size.
 *
 * The dims before and behind a Reshape fall into groups, each of which becomes one of the other side: N -> N, C -> 2 x C/2. Where the
 * members of each group are neighbours in x too, the groups may be put into the order of x first, and permuted as a whole afterwards. */
#include "passes/layout/carry_shape.h"

#include "ops/axis.h"
#include "ops/shape.h"
#include "passes/layout/carry.h"

#include <limits.h>
#include <string.h>

/* ---- groups ---- */

typedef struct group {
    int first, count; /* axes before */
    int made, makes;  /* axes behind */
    int place;        /* of its first axis in x, for the order */
} group;

typedef struct groups {
    group list[2 * SARD_MAX_RANK];
    int count;
} groups;

/* The least dims from a[i] and b[j] on that have the same product. */
static bool next_group(const sard_value *x, const sard_value *y, group *g)
{
    const int i = g->first, j = g->made;
    int64_t a, b;
    g->count = i < x->rank;
    g->makes = j < y->rank;
    if (g->count && g->makes && x->dims[i] == y->dims[j])
        return x->dims[i] != SARD_UNKNOWN_DIM && x->dims[i] != 0;
    if (g->count && x->dims[i] == 1)
        return g->makes = 0, true;
    if (g->makes && y->dims[j] == 1)
        return g->count = 0, true;
    if (!g->count || !g->makes || x->dims[i] < 1 || y->dims[j] < 1)
        return false;
    for (a = x->dims[i], b = y->dims[j]; a != b;) {
        const bool more = a < b;
        const int k = more ? i + g->count++ : j + g->makes++;
        if (k >= (more ? x : y)->rank || (more ? x : y)->dims[k] < 1 ||
            __builtin_mul_overflow(more ? a : b, (more ? x : y)->dims[k], more ? &a : &b))
            return false;
    }
    return true;
}

static bool find_groups(const sard_value *x, const sard_value *y, groups *out)
{
    int i = 0, j = 0;
    for (out->count = 0; i < x->rank || j < y->rank; out->count++) {
        group *g = &out->list[out->count];
        *g = (group){.first = i, .made = j};
        if (!next_group(x, y, g))
            return false;
        i += g->count;
        j += g->makes;
    }
    return true;
}

/* A Flatten makes two groups, whatever the dims. */
static bool flatten_groups(const sard_node *node, groups *out)
{
    const int rank = node->inputs[0]->rank;
    const int at = sard_axis_of(node);
    *out = (groups){{{0, at, 0, 1, 0}, {at, rank - at, 1, 1, 0}}, 2};
    return true;
}

/* Groups in the order in which x has them; those of single elements follow the one before them. */
static void order_groups(groups *g, const sard_value *value, const sard_perm *in)
{
    int last = -1;
    for (int k = 0; k < g->count; k++) {
        int place = INT_MAX;
        for (int i = g->list[k].first; i < g->list[k].first + g->list[k].count; i++)
            if (value->dims[i] != 1 && in->axis[i] < place)
                place = in->axis[i];
        g->list[k].place = last = place == INT_MAX ? last : place;
    }
    for (int k = 1; k < g->count; k++) /* few: by insertion, which keeps the order of equals */
        for (int i = k; i > 0 && g->list[i].place < g->list[i - 1].place; i--) {
            const group other = g->list[i];
            g->list[i] = g->list[i - 1];
            g->list[i - 1] = other;
        }
}

bool sard_regroup_find(const sard_node *node, const sard_perm *in, sard_regroup *out)
{
    const sard_value *x = node->inputs[0], *y = node->outputs[0];
    const bool flatten = sard_is(node, SARD_OP_flatten);
    groups g;
    if (x->rank != in->rank || y->rank < 0 || !(find_groups(x, y, &g) || (flatten && flatten_groups(node, &g))))
        return false;
    order_groups(&g, x, in);
    *out = (sard_regroup){.inner = {.rank = 0}, .out = {.rank = y->rank}};
    int made = 0;
    for (int k = 0; k < g.count; k++) {
        for (int i = 0; i < g.list[k].count; i++)
            out->inner.axis[out->inner.rank++] = in->axis[g.list[k].first + i];
        for (int j = 0; j < g.list[k].makes; j++) {
            out->out.axis[g.list[k].made + j] = made;
            out->dims[made++] = y->dims[g.list[k].made + j];
        }
    }
    return true;
}

/* ---- dims as a constant ---- */

/* Does the node find that dim as what is left of the elements? Then it cannot where another one is 0. */
static bool leaves(const sard_node *node, int64_t dim)
{
    sard_content contents[SARD_MAX_CONTENTS];
    const sard_value *y = node->outputs[0];
    const int count = sard_is_plain(node, SARD_OP_reshape) ? sard_value_contents(node->inputs[1], contents) : -1;
    for (int i = 0; i < count && i < y->rank; i++)
        if (contents[i].known && contents[i].value == -1)
            return y->dims[i] == dim;
    return false;
}

/* Nothing that is left can be found of no elements, so a dim that may be 0, as all that are copied from x may, does not stand beside -1. */
static bool write(const sard_node *node, const int64_t *dims, int rank, const int64_t *from, int from_rank, int64_t *out)
{
    bool open = false, copied = false;
    int64_t left = 0;
    for (int i = 0; i < rank; i++) {
        out[i] = dims[i];
        if (dims[i] > 0)
            continue;
        if (dims[i] == 0)
            return false;
        const bool same = i < from_rank && dims[i] == from[i] && dims[i] != SARD_UNKNOWN_DIM;
        out[i] = same ? 0 : -1;
        if (!same && open)
            return false;
        left = same ? left : dims[i];
        open |= !same;
        copied |= same;
    }
    return !open || !copied || leaves(node, left);
}

bool sard_can_write_dims(const sard_node *node, const int64_t *dims, int rank, const int64_t *from, int from_rank)
{
    int64_t out[SARD_MAX_RANK];
    return write(node, dims, rank, from, from_rank, out);
}

sard_status sard_write_dims(sard_node *node, const int64_t *dims, int rank, const int64_t *from, int from_rank, sard_error *error)
{
    int64_t out[SARD_MAX_RANK];
    const sard_op *op = sard_op_table_own(node->graph->ops, SARD_OP_reshape);
    void *attrs = op ? sard_arena_alloc(node->graph->arena, 1, op->attrs_size) : NULL;
    if (!attrs || !write(node, dims, rank, from, from_rank, out))
        return sard_no_memory(error);
    node->op = op;
    node->attrs = attrs;
    return sard_carry_put_ints(node, 1, out, (size_t)rank, error);
}

/* ---- Reshape, Flatten ---- */

/* The dims of what the node will read: before `in`. */
static void dims_before(const sard_value *value, const sard_perm *in, int64_t *dims)
{
    for (int i = 0; i < in->rank; i++)
        dims[in->axis[i]] = value->dims[i];
}

static bool find_reshape(const sard_node *node, const sard_perm *in, sard_regroup *r, int64_t *from)
{
    if (!sard_regroup_find(node, in, r))
        return false;
    dims_before(node->inputs[0], in, from);
    return sard_can_write_dims(node, r->dims, r->out.rank, from, in->rank);
}

static bool can_reshape(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    sard_regroup r;
    int64_t from[SARD_MAX_RANK];
    if (!find_reshape(node, in, &r, from))
        return false;
    sard_value before = {.rank = in->rank};
    memcpy(before.dims, from, sizeof from);
    *out = r.out;
    return sard_perm_moves_nothing(&r.inner, &before);
}

static sard_status change_reshape(sard_node *node, const sard_perm *in, sard_error *error)
{
    sard_regroup r;
    int64_t from[SARD_MAX_RANK];
    if (!find_reshape(node, in, &r, from))
        return sard_node_fail(node, error, SARD_ARGUMENT, "dims are not known");
    return sard_write_dims(node, r.dims, r.out.rank, from, in->rank, error);
}

/* ---- Shape, Size ---- */

/* The dims taken, by their places in the input. */
static size_t taken(const sard_node *node, int rank, int64_t *places)
{
    int first;
    const int count = sard_shape_taken(node->attrs, rank, &first);
    for (int i = 0; i < count; i++)
        places[i] = first + i;
    return (size_t)count;
}

static bool can_shape(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    (void)node;
    (void)in;
    *out = (sard_perm){.rank = 1};
    return true;
}

static bool set_whole(sard_node *node)
{
    sard_shape *attrs = SARD_NEW(node->graph->arena, sard_shape, 1);
    if (!attrs)
        return false;
    *attrs = (sard_shape){.end = INT64_MAX};
    node->attrs = attrs;
    return true;
}

/* Shape(Transpose(x)) -> Gather(Shape(x)) */
static sard_status change_shape(sard_node *node, const sard_perm *in, sard_error *error)
{
    int64_t places[SARD_MAX_RANK];
    sard_graph *graph = node->graph;
    sard_value *old = node->outputs[0], *made = sard_graph_add_value(graph, old->name);
    const size_t count = taken(node, in->rank, places);
    for (size_t i = 0; i < count; i++)
        places[i] = in->axis[places[i]];
    sard_value *index = sard_add_ints(graph, node->name, places, count);
    if (!made || !index || !set_whole(node))
        return sard_no_memory(error);
    sard_value_set_type(made, SARD_I64, 1, (const int64_t[]){in->rank});
    made->producer = node;
    node->outputs[0] = made;
    old->producer = NULL;
    const sard_node_parts parts = {.op = sard_op_table_own(graph->ops, SARD_OP_gather),
                                   .name = node->name,
                                   .inputs = (sard_value *[]){made, index},
                                   .input_count = 2,
                                   .output_names = (const char *const[]){""},
                                   .output_count = 1,
                                   .before = node->next};
    sard_node *gather;
    const sard_status status = sard_graph_make_node(graph, &parts, &gather, error);
    if (status)
        return status;
    gather->outputs[0] = old;
    old->producer = gather;
    return SARD_OK;
}

static bool can_size(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    (void)node;
    (void)in;
    *out = (sard_perm){.rank = 0};
    return true;
}

const sard_carry_rule sard_carry_shape_rules[] = {
    {SARD_OP_reshape, false, can_reshape, change_reshape},
    {SARD_OP_flatten, false, can_reshape, change_reshape},
    {SARD_OP_shape, false, can_shape, change_shape},
    {SARD_OP_size, false, can_size, NULL},
    {SARD_OP_NONE, false, NULL, NULL},
};
