/* Range-27: start, start + delta, start + 2 delta, ... as long as it is before limit
 *
 * in   start, limit, delta: one element each
 * out  output: max(0, ceil((limit - start) / delta)) elements
 *
 * stash_type changes nothing: floats are computed in double and rounded once. */
#include "ops/lib/contents.h"

#include <inttypes.h>
#include <math.h>

typedef struct range {
    int64_t stash_type;
} range;

#define TYPES (SARD_SET_FLOAT | SARD_SET(I16) | SARD_SET_INDEX)

static const sard_attr_spec attrs[] = {SARD_INT(range, stash_type, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("start", 'T', TYPES), SARD_PORT("limit", 'T', TYPES), SARD_PORT("delta", 'T', TYPES),
                                   SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', TYPES), SARD_PORTS_END};

/* -1: it cannot be counted. */
static int64_t count_floats(double start, double limit, double delta)
{
    const double count = ceil((limit - start) / delta);
    if (!(count < 0x1p62))
        return -1;
    return count > 0 ? (int64_t)count : 0;
}

static int64_t count_ints(int64_t start, int64_t limit, int64_t delta)
{
    const bool back = delta < 0;
    if (back ? limit >= start : limit <= start)
        return 0;
    const uint64_t way = back ? (uint64_t)start - (uint64_t)limit : (uint64_t)limit - (uint64_t)start;
    const uint64_t count = (way - 1) / (back ? 0 - (uint64_t)delta : (uint64_t)delta) + 1;
    return count > INT64_MAX ? -1 : (int64_t)count;
}

static sard_status infer_ints(sard_node *node, int64_t *count, sard_error *error)
{
    sard_content in[3][SARD_MAX_CONTENTS];
    for (size_t i = 0; i < 3; i++)
        if (sard_input_contents(node, i, in[i]) != 1)
            in[i][0] = sard_content_of(SARD_UNKNOWN_DIM);
    if (in[2][0].known && in[2][0].value == 0)
        return sard_node_fail(node, error, SARD_SHAPE, "delta is 0");
    const bool from_zero = in[0][0].known && in[0][0].value == 0 && in[2][0].known && in[2][0].value == 1;
    if (from_zero && !in[1][0].known)
        *count = in[1][0].dim;
    if (!in[0][0].known || !in[1][0].known || !in[2][0].known)
        return SARD_OK;
    *count = count_ints(in[0][0].value, in[1][0].value, in[2][0].value);
    if (*count < 0)
        return sard_node_fail(node, error, SARD_SHAPE, "the range has too many elements");
    return SARD_OK;
}

static sard_status infer_floats(sard_node *node, int64_t *count, sard_error *error)
{
    double in[3];
    for (size_t i = 0; i < 3; i++)
        if (sard_node_input_floats(node, i, &in[i], 1) != 1)
            return SARD_OK;
    if (!(in[2] != 0))
        return sard_node_fail(node, error, SARD_SHAPE, "delta is 0");
    *count = count_floats(in[0], in[1], in[2]);
    if (*count < 0)
        return sard_node_fail(node, error, SARD_SHAPE, "a range from %g to %g by %g cannot be counted", in[0], in[1], in[2]);
    return SARD_OK;
}

static sard_status infer_contents(sard_node *node, int64_t count, sard_error *error)
{
    sard_content contents[SARD_MAX_CONTENTS];
    int64_t start, delta;
    size_t one;
    if (count < 0 || count > SARD_MAX_CONTENTS || !sard_node_input_ints(node, 0, &start, 1, &one) ||
        !sard_node_input_ints(node, 2, &delta, 1, &one))
        return SARD_OK;
    for (int64_t i = 0; i < count; i++)
        contents[i] = (sard_content){.known = true, .value = (int64_t)((uint64_t)start + (uint64_t)i * (uint64_t)delta)};
    return sard_output_contents(node, 0, contents, (size_t)count, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    static const char *const names[] = {"start", "limit", "delta"};
    const sard_dtype dtype = node->inputs[0]->dtype;
    int64_t count = SARD_UNKNOWN_DIM;
    for (size_t i = 0; i < 3; i++) {
        const sard_value *value = node->inputs[i];
        const int64_t elements = sard_dim_product(value->dims, value->rank);
        if (elements >= 0 && elements != 1)
            return sard_node_fail(node, error, SARD_SHAPE, "%s has %" PRId64 " elements, must have one", names[i], elements);
    }
    sard_status status = (sard_dtype_is_float(dtype) ? infer_floats : infer_ints)(node, &count, error);
    if (!status)
        status = sard_node_set_output(node, 0, dtype, 1, &count, error);
    return status ? status : infer_contents(node, count, error);
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *y = &call->outputs[0], *start = &call->inputs[0], *delta = &call->inputs[2];
    const size_t count = sard_tensor_count(y);
    if (sard_dtype_is_float(y->dtype)) {
        const double first = sard_get(start, 0), step = sard_get(delta, 0);
        for (size_t i = 0; i < count; i++)
            sard_set(y, i, first + (double)i * step);
        return SARD_OK;
    }
    const uint64_t first = (uint64_t)sard_get_int(start, 0), step = (uint64_t)sard_get_int(delta, 0);
    for (size_t i = 0; i < count; i++)
        sard_set_int(y, i, (int64_t)(first + i * step));
    return SARD_OK;
}

const sard_op sard_op_range = {.struct_size = sizeof(sard_op),
                               .domain = "",
                               .name = "Range",
                               .since = 27,
                               .inputs = inputs,
                               .outputs = outputs,
                               .attrs = attrs,
                               .attrs_size = sizeof(range),
                               .infer = infer,
                               .eval = eval};
