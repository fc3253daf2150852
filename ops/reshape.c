/* Reshape-25: the same elements with other dims
 *
 * in   data; shape: int64. -1 (once): what is left of the elements; 0: the dim of data in that place, or with allowzero 0
 * out  reshaped
 *
 * Dims that are not numbers yet: a symbol of `shape` is kept; one dim that is not known follows from the others where data's dims,
 * numbers and symbols, divide by them. */
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>

typedef struct reshape {
    int64_t allowzero;
} reshape;

static const sard_attr_spec attrs[] = {SARD_INT(reshape, allowzero, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_ALL), SARD_PORT("shape", 'S', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("reshaped", 'T', SARD_SET_ALL), SARD_PORTS_END};

/* Dims of the result as `shape` gives them. open: the place whose dim follows from the others; -1: there is none, or more than one. */
typedef struct target {
    int rank, open;
    bool must_fit; /* `open` was asked for with -1 */
    int64_t dims[SARD_MAX_RANK];
} target;

static sard_status read_dim(const sard_node *node, int i, sard_content content, target *t, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    t->dims[i] = sard_content_dim(content);
    if (!content.known || content.value > 0 || (content.value == 0 && ((const reshape *)node->attrs)->allowzero))
        return SARD_OK;
    if (content.value == 0) {
        if (x->rank >= 0 && i >= x->rank)
            return sard_node_fail(node, error, SARD_SHAPE, "shape[%d] is 0, but data has rank %d", i, x->rank);
        t->dims[i] = x->rank < 0 ? SARD_UNKNOWN_DIM : x->dims[i];
        return SARD_OK;
    }
    if (content.value != -1 || t->must_fit)
        return sard_node_fail(node, error, SARD_SHAPE, "shape[%d] is %" PRId64 "%s", i, content.value,
                              content.value == -1 ? " for the second time" : "");
    t->must_fit = true;
    return SARD_OK;
}

static sard_status read_target(const sard_node *node, target *t, sard_error *error)
{
    sard_content contents[SARD_MAX_CONTENTS];
    int64_t length;
    *t = (target){.open = -1};
    const sard_status status = sard_input_length(node, 1, SARD_MAX_RANK, "shape", &length, error);
    if (status)
        return status;
    const int count = sard_input_contents(node, 1, contents);
    t->rank = count >= 0 ? count : (int)length;
    int unknown = 0;
    for (int i = 0; i < t->rank; i++) {
        t->dims[i] = SARD_UNKNOWN_DIM;
        const sard_status one = count >= 0 ? read_dim(node, i, contents[i], t, error) : SARD_OK;
        if (one)
            return one;
        if (t->dims[i] == SARD_UNKNOWN_DIM) {
            t->open = i;
            unknown++;
        }
    }
    t->open = unknown == 1 ? t->open : -1;
    return SARD_OK;
}

/* Multiplies the numbers of dims, also those in symbols such as 64*N. False: it is not known, or too large. *base: what a symbol leaves. */
static bool take_dim(const sard_graph *graph, int64_t dim, int64_t *product, int64_t *base)
{
    const int64_t number = dim >= 0 ? dim : sard_dim_factor(graph, dim, base);
    return dim != SARD_UNKNOWN_DIM && !__builtin_mul_overflow(*product, number, product);
}

/* Numbers of data and of the result multiplied, symbols that both have left out; *symbol: the one that is left of data's, or 0. False:
 * more is left, or something is not known. */
static bool reduce(const sard_value *x, const target *t, int64_t *have, int64_t *want, int64_t *symbol)
{
    int64_t bases[SARD_MAX_RANK] = {0}, base = 0;
    int left = 0;
    *have = *want = 1;
    for (int k = 0; k < x->rank; k++) {
        if (!take_dim(x->graph, x->dims[k], have, &bases[left]))
            return false;
        left += x->dims[k] < 0;
    }
    for (int i = 0; i < t->rank; i++) {
        int k = 0;
        if (i == t->open)
            continue;
        if (!take_dim(x->graph, t->dims[i], want, &base))
            return false;
        while (t->dims[i] < 0 && k < left && bases[k] != base)
            k++;
        if (t->dims[i] < 0 && k == left)
            return false;
        if (t->dims[i] < 0)
            bases[k] = bases[--left];
    }
    *symbol = left ? bases[0] : 0;
    return left <= 1;
}

static sard_status fit(const sard_node *node, target *t, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t have, want, symbol;
    if (x->rank < 0 || t->rank < 0 || !reduce(x, t, &have, &want, &symbol))
        return SARD_OK;
    if (t->open < 0 && (symbol || have == want))
        return SARD_OK;
    const bool divides = want > 0 && have % want == 0;
    if (!symbol && (t->open < 0 || (t->must_fit && !divides)))
        return sard_node_fail(node, error, SARD_SHAPE, "%" PRId64 " elements cannot be given a shape of %" PRId64 "%s", have, want,
                              t->open < 0 ? "" : " and -1");
    if (t->open >= 0 && divides)
        t->dims[t->open] = symbol ? sard_dim_multiple(x->graph, symbol, have / want) : have / want;
    return SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    target t;
    sard_status status = read_target(node, &t, error);
    if (!status)
        status = fit(node, &t, error);
    if (!status)
        status = sard_node_set_output(node, 0, node->inputs[0]->dtype, t.rank, t.dims, error);
    return status ? status : sard_pass_contents(node, error);
}

const sard_op sard_op_reshape = {.struct_size = sizeof(sard_op),
                                 .domain = "",
                                 .name = "Reshape",
                                 .since = 25,
                                 .traits = SARD_IN_PLACE | SARD_UNKNOWN_RANKS,
                                 .inputs = inputs,
                                 .outputs = outputs,
                                 .attrs = attrs,
                                 .attrs_size = sizeof(reshape),
                                 .infer = infer,
                                 .eval = sard_move_whole};
