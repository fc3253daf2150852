/* f(x), f(x) -> f(x): nodes that compute the same share one result.
 * needs: operator, attributes, layout, inputs and epilogue are the same; small constants may be the same by their bytes, the two operands
 *        of a commutative operator may have changed places. Nothing random, with subgraphs, or whose shape depends on data.
 * keeps: every number.
 *
 * Twins read the same values, so those of a node are found among the users of one of them. The first takes in all the others: none of them
 * stands before the node at hand. */
#include "ir/passes/passes.h"

#include "ir/graph.h"

#include <string.h>

/* Constants of more bytes are the same only where they are one value. */
#define MOST_BYTES 4096

static bool same_tensor(const sard_tensor *a, const sard_tensor *b)
{
    if (a->dtype != b->dtype || a->rank != b->rank || a->bytes != b->bytes || a->bytes > MOST_BYTES || a->dtype == SARD_STRING)
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
    return !(node->op->traits & (SARD_DATA_DEPENDENT | SARD_NO_FOLD)) && !sard_node_subgraph(node, 0) && strcmp(node->op->name, "Dropout");
}

/* The value that the node reads and that has the fewest users; NULL where it reads constants only. */
static sard_value *rarest_input(const sard_node *node)
{
    sard_value *rarest = NULL;
    for (size_t i = 0; i < node->own_count; i++) {
        sard_value *value = node->inputs[i];
        if (value && !value->constant && (!rarest || value->use_count < rarest->use_count))
            rarest = value;
    }
    return rarest;
}

static sard_status rewrite(sard_graph *graph, sard_node *node, bool *edited, sard_error *error)
{
    const sard_value *x = may_have_twins(node) ? rarest_input(node) : NULL;
    (void)graph;
    (void)error;
    for (const sard_use *use = x ? x->uses : NULL, *next; use; use = next) {
        const sard_node *twin = use->node;
        next = use->next;
        if (!sard_node_is_used(twin) || !are_twins(node, twin))
            continue;
        for (size_t i = 0; i < node->output_count; i++)
            if (node->outputs[i])
                sard_value_replace(twin->outputs[i], node->outputs[i]);
        *edited = true;
    }
    return SARD_OK;
}

const sard_pass sard_pass_merge_equal = {
    .struct_size = sizeof(sard_pass),
    .name = "merge_equal",
    .reason = "makes one node of those that compute the same",
    .level = SARD_O1,
    .rewrite = rewrite,
};
