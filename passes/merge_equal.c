/* f(x), f(x) -> f(x): nodes that compute the same share one result.
 * needs: operator, attributes, layout, inputs and epilogue are the same; small constants may be the same by their bytes, the two operands
 *        of a commutative operator may have changed places. Nothing random, with subgraphs, or whose shape depends on data.
 * keeps: every number.
 *
 * Nodes are looked up in a table by what makes them twins, so that any number of users of one value takes no longer than others. */
#include "passes/passes.h"

#include "ir/hash.h"
#include "ops/ops.h"

#include <string.h>

/* Constants of more bytes are the same only where they are one value. */
#define MOST_BYTES 4096

static bool has_bytes(const sard_tensor *tensor) { return tensor->bytes <= MOST_BYTES && tensor->dtype != SARD_STRING; }

static bool same_tensor(const sard_tensor *a, const sard_tensor *b)
{
    if (a->dtype != b->dtype || a->rank != b->rank || a->bytes != b->bytes || !has_bytes(a))
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i])
            return false;
    return !a->bytes || !memcmp(a->data, b->data, a->bytes);
}

static bool same_value(const sard_value *a, const sard_value *b)
{
    if (a == b)
        return true;
    return a && b && a->constant && b->constant && !a->scaled && !b->scaled && same_tensor(a->constant, b->constant);
}

static bool same_strings(const sard_attr *a, const sard_attr *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->strings[i].size != b->strings[i].size || memcmp(a->strings[i].data, b->strings[i].data, a->strings[i].size))
            return false;
    return true;
}

/* By their bits: 0 is not -0. */
static bool same_floats(const float *a, const float *b, size_t count) { return !memcmp(a, b, count * sizeof *a); }

static bool same_attr(const sard_attr *a, const sard_attr *b)
{
    if (strcmp(a->name, b->name) || a->count != b->count)
        return false;
    switch (a->kind) {
    case SARD_ATTR_INT:
        return a->i == b->i;
    case SARD_ATTR_FLOAT:
        return same_floats(&a->f, &b->f, 1);
    case SARD_ATTR_STRING:
        return a->s.size == b->s.size && !memcmp(a->s.data, b->s.data, a->s.size);
    case SARD_ATTR_TENSOR:
        return same_tensor(a->tensor, b->tensor);
    case SARD_ATTR_INTS:
        return !memcmp(a->ints, b->ints, a->count * sizeof *a->ints);
    case SARD_ATTR_FLOATS:
        return same_floats(a->floats, b->floats, a->count);
    case SARD_ATTR_STRINGS:
        return same_strings(a, b);
    default:
        return false;
    }
}

static bool same_attrs(const sard_op *op, void *a, void *b)
{
    sard_attr one, two;
    for (size_t i = 0;; i++) {
        const bool more = sard_attrs_write(op, a, i, &one);
        if (more != sard_attrs_write(op, b, i, &two) || (more && !same_attr(&one, &two)))
            return false;
        if (!more)
            return true;
    }
}

static bool same_epilogues(const sard_node *a, const sard_node *b)
{
    for (size_t i = 0; i < a->epilogue_count; i++) {
        const sard_epilogue *one = &a->epilogue[i], *two = &b->epilogue[i];
        if (one->op != two->op || one->slot != two->slot || one->first != two->first || one->input_count != two->input_count ||
            !same_attrs(one->op, one->attrs, two->attrs))
            return false;
    }
    return true;
}

static bool same_inputs(const sard_node *a, const sard_node *b)
{
    size_t first = 0;
    if (a->op->traits & SARD_COMMUTATIVE && a->own_count == 2 && same_value(a->inputs[0], b->inputs[1]) &&
        same_value(a->inputs[1], b->inputs[0]))
        first = 2;
    for (size_t i = first; i < a->input_count; i++)
        if (!same_value(a->inputs[i], b->inputs[i]))
            return false;
    return true;
}

static bool same_outputs(const sard_node *a, const sard_node *b)
{
    for (size_t i = 0; i < a->output_count; i++)
        if (!a->outputs[i] != !b->outputs[i])
            return false;
    return true;
}

static bool are_twins(const sard_node *a, const sard_node *b)
{
    return a != b && a->op == b->op && a->layout == b->layout && a->own_count == b->own_count && a->input_count == b->input_count &&
           a->output_count == b->output_count && a->epilogue_count == b->epilogue_count && same_inputs(a, b) && same_outputs(a, b) &&
           same_attrs(a->op, a->attrs, b->attrs) && same_epilogues(a, b);
}

/* Dropout draws numbers where it is told to train. */
static bool may_have_twins(const sard_node *node)
{
    return !(node->op->traits & (SARD_DATA_DEPENDENT | SARD_NO_FOLD)) && !sard_node_subgraph(node, 0) && !sard_is(node, SARD_OP_dropout);
}

/* Nodes that read constants only are left to folding. */
static bool reads_values(const sard_node *node)
{
    for (size_t i = 0; i < node->own_count; i++)
        if (node->inputs[i] && !node->inputs[i]->constant)
            return true;
    return false;
}

/* ---- hashes: the same for twins ---- */

static uint64_t hash_tensor(const sard_tensor *tensor)
{
    return sard_hash_both(sard_hash(tensor->data, tensor->bytes), (uint64_t)tensor->dtype << 8 | (uint64_t)tensor->rank);
}

static uint64_t hash_value(const sard_value *value)
{
    const bool by_bytes = value && value->constant && !value->scaled && has_bytes(value->constant);
    return by_bytes ? hash_tensor(value->constant) : sard_hash(&value, sizeof value);
}

/* In any order where the operator does not mind. */
static uint64_t hash_inputs(const sard_node *node)
{
    const bool commutes = node->op->traits & SARD_COMMUTATIVE && node->own_count == 2;
    uint64_t hash = node->own_count;
    for (size_t i = 0; i < node->input_count; i++) {
        const uint64_t one = hash_value(node->inputs[i]);
        hash = commutes && i < 2 ? hash + one : sard_hash_both(hash, one);
    }
    return hash;
}

static uint64_t hash_attr(const sard_attr *attr)
{
    switch (attr->kind) {
    case SARD_ATTR_INT:
        return sard_hash(&attr->i, sizeof attr->i);
    case SARD_ATTR_FLOAT:
        return sard_hash(&attr->f, sizeof attr->f);
    case SARD_ATTR_STRING:
        return sard_hash(attr->s.data, attr->s.size);
    case SARD_ATTR_TENSOR:
        return has_bytes(attr->tensor) ? hash_tensor(attr->tensor) : 0;
    case SARD_ATTR_INTS:
        return sard_hash(attr->ints, attr->count * sizeof *attr->ints);
    case SARD_ATTR_FLOATS:
        return sard_hash(attr->floats, attr->count * sizeof *attr->floats);
    default:
        return attr->count;
    }
}

static uint64_t hash_node(const sard_node *node)
{
    sard_attr attr;
    uint64_t hash = sard_hash_both(sard_hash(&node->op, sizeof node->op), hash_inputs(node));
    for (size_t i = 0; sard_attrs_write(node->op, node->attrs, i, &attr); i++)
        hash = sard_hash_both(hash, hash_attr(&attr));
    return sard_hash_both(hash, node->epilogue_count);
}

/* ---- the table ---- */

/* Open addressing; a power of two. */
typedef struct table {
    const sard_node **slots;
    size_t capacity;
} table;

/* The first node that is the twin of one; NULL: this one is the first, and stands in the table now. */
static const sard_node *find_twin(table *t, const sard_node *node)
{
    size_t slot = hash_node(node) & (t->capacity - 1);
    for (; t->slots[slot]; slot = (slot + 1) & (t->capacity - 1))
        if (are_twins(t->slots[slot], node))
            return t->slots[slot];
    t->slots[slot] = node;
    return NULL;
}

static sard_status visit(table *t, sard_node *node, sard_rewriter *rewriter)
{
    const sard_node *twin = sard_node_is_used(node) && may_have_twins(node) && reads_values(node) ? find_twin(t, node) : NULL;
    if (!twin)
        return SARD_OK;
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            sard_value_replace(node->outputs[i], twin->outputs[i]);
    sard_node_remove(node);
    return sard_rewriter_count(rewriter, node);
}

static sard_status run(sard_rewriter *rewriter)
{
    sard_arena arena;
    sard_status status = SARD_OK;
    table t = {.capacity = 16};
    while (t.capacity < 2 * rewriter->graph->node_count)
        t.capacity *= 2;
    sard_arena_init(&arena, rewriter->graph->arena->allocator);
    t.slots = SARD_NEW(&arena, const sard_node *, t.capacity);
    if (!t.slots)
        status = sard_no_memory(rewriter->error);
    for (sard_node *node = rewriter->graph->first, *next; node && !status && sard_rewriter_may_edit(rewriter); node = next) {
        next = node->next;
        status = visit(&t, node, rewriter);
    }
    sard_arena_reset(&arena);
    return status;
}

const sard_pass sard_pass_merge_equal = {
    .struct_size = sizeof(sard_pass),
    .name = "merge_equal",
    .reason = "makes one node of those that compute the same",
    .level = SARD_O1,
    .run = run,
};
