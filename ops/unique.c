/* Unique-28: each element, or with `axis` each slice, once
 *
 * in   X
 * out  Y: in ascending order, or with sorted 0 in the order of their first occurrence; indices: of that occurrence; inverse_indices: of
 *      each element or slice of X its place in Y; counts. Slices sort by their first element that differs. NaNs are one value */
#include "ops/lib/contents.h"
#include "ops/lib/order.h"
#include "ops/lib/text.h"

#include <string.h>

typedef struct unique {
    int64_t axis, sorted; /* axis INT64_MIN: not given */
} unique;

static const sard_attr_spec attrs[] = {SARD_INT(unique, axis, INT64_MIN), SARD_INT(unique, sorted, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_ANY), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_ANY), SARD_PORT_OPTIONAL("indices", 'I', SARD_SET(I64)),
                                    SARD_PORT_OPTIONAL("inverse_indices", 'I', SARD_SET(I64)),
                                    SARD_PORT_OPTIONAL("counts", 'I', SARD_SET(I64)), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const unique *a = node->attrs;
    const sard_value *x = node->inputs[0];
    const bool flat = a->axis == INT64_MIN;
    int64_t dims[SARD_MAX_RANK], all = sard_dim_product(x->dims, x->rank);
    int axis = 0;
    sard_status status = flat ? SARD_OK : sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (status)
        return status;
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    dims[axis] = SARD_UNKNOWN_DIM;
    status = sard_node_set_output(node, 0, x->dtype, flat ? 1 : x->rank, dims, error);
    for (size_t i = 1; !status && i < 4; i++)
        status = sard_node_set_output(node, i, SARD_I64, 1, i != 2 ? &(int64_t){SARD_UNKNOWN_DIM} : flat ? &all : &x->dims[axis], error);
    return status;
}

/* X is outer x count x inner; item k is all elements with k in the middle. Its keys, or if there are none its strings, decide. */
typedef struct items {
    int64_t outer, count, inner;
    const uint64_t *keys; /* outer * inner for each item */
    const sard_string *strings;
} items;

static int compare(const items *x, int64_t a, int64_t b)
{
    const int64_t width = x->outer * x->inner;
    if (x->keys) {
        const uint64_t *p = x->keys + a * width, *q = x->keys + b * width;
        for (int64_t i = 0; i < width; i++)
            if (p[i] != q[i])
                return p[i] < q[i] ? -1 : 1;
        return 0;
    }
    for (int64_t o = 0; o < x->outer; o++)
        for (int64_t i = 0; i < x->inner; i++) {
            const int order =
                sard_string_compare(x->strings[(o * x->count + a) * x->inner + i], x->strings[(o * x->count + b) * x->inner + i]);
            if (order)
                return order;
        }
    return 0;
}

/* Merge sort: equal items stay in order. The result is in `order`. */
static void sort(const items *x, int64_t *order, int64_t *other)
{
    for (int64_t run = 1; run < x->count; run *= 2) {
        for (int64_t first = 0; first < x->count; first += 2 * run) {
            const int64_t middle = first + run < x->count ? first + run : x->count;
            const int64_t end = middle + run < x->count ? middle + run : x->count;
            int64_t a = first, b = middle;
            for (int64_t to = first; to < end; to++)
                other[to] = a < middle && (b >= end || compare(x, order[a], order[b]) <= 0) ? order[a++] : order[b++];
        }
        memcpy(order, other, (size_t)x->count * sizeof *order);
    }
}

/* What is found: of each group its first item and how many there are, of each item its group. */
typedef struct groups {
    int64_t count;
    int64_t *first, *times, *group;
} groups;

/* Groups are numbered as they are sorted. */
static void group_items(const items *x, const int64_t *order, groups *g)
{
    g->count = 0;
    for (int64_t i = 0; i < x->count; i++) {
        if (i == 0 || compare(x, order[i - 1], order[i])) {
            g->first[g->count] = order[i];
            g->times[g->count++] = 0;
        }
        g->times[g->count - 1]++;
        g->group[order[i]] = g->count - 1;
    }
}

/* Numbers the groups by their first items. number, times: room for one of each item. */
static void renumber(const items *x, groups *g, int64_t *number, int64_t *times)
{
    int64_t next = 0;
    for (int64_t i = 0; i < x->count; i++)
        if (g->first[g->group[i]] == i) {
            number[g->group[i]] = next;
            times[next++] = g->times[g->group[i]];
        }
    memcpy(g->times, times, (size_t)g->count * sizeof *times);
    for (int64_t i = x->count - 1; i >= 0; i--)
        g->group[i] = number[g->group[i]];
    for (int64_t i = x->count - 1; i >= 0; i--)
        g->first[g->group[i]] = i;
}

static bool make_keys(const sard_call *call, items *x)
{
    const sard_tensor *in = &call->inputs[0];
    const int64_t width = x->outer * x->inner;
    if (in->dtype == SARD_STRING) {
        x->strings = in->data;
        return true;
    }
    uint64_t *keys = sard_call_alloc(call, sard_tensor_count(in) * sizeof *keys + 1);
    x->keys = keys;
    for (int64_t o = 0; keys && o < x->outer; o++)
        for (int64_t k = 0; k < x->count; k++)
            sard_order_keys(in->dtype, (const char *)in->data + (size_t)((o * x->count + k) * x->inner) * sard_dtype_size(in->dtype), 1,
                            (size_t)x->inner, keys + k * width + o * x->inner);
    return keys != NULL;
}

static sard_status write_values(const sard_call *call, const items *x, const groups *g)
{
    const unique *a = call->attrs;
    const sard_tensor *in = &call->inputs[0];
    const bool flat = a->axis == INT64_MIN;
    const size_t run = (size_t)x->inner * sard_dtype_size(in->dtype);
    int64_t dims[SARD_MAX_RANK];
    memcpy(dims, in->dims, sizeof dims);
    dims[flat ? 0 : a->axis < 0 ? a->axis + in->rank : a->axis] = g->count;
    const sard_status status = sard_call_wants(call, 0) ? sard_call_output(call, 0, flat ? 1 : in->rank, dims) : SARD_OK;
    for (int64_t o = 0; !status && run && sard_call_wants(call, 0) && o < x->outer; o++)
        for (int64_t k = 0; k < g->count; k++)
            memcpy((char *)call->outputs[0].data + (size_t)(o * g->count + k) * run,
                   (const char *)in->data + (size_t)(o * x->count + g->first[k]) * run, run);
    return status;
}

static sard_status write_numbers(const sard_call *call, size_t output, const int64_t *numbers, int64_t count)
{
    if (!sard_call_wants(call, output))
        return SARD_OK;
    const sard_status status = sard_call_output(call, output, 1, &count);
    if (!status && count)
        memcpy(call->outputs[output].data, numbers, (size_t)count * sizeof *numbers);
    return status;
}

static sard_status eval(const sard_call *call)
{
    const unique *a = call->attrs;
    const sard_tensor *in = &call->inputs[0];
    items x = {1, 1, 1, NULL, NULL};
    for (int i = 0; i < in->rank; i++) {
        const int64_t axis = a->axis < 0 ? a->axis + in->rank : a->axis;
        *(a->axis == INT64_MIN || i == axis ? &x.count : i < axis ? &x.outer : &x.inner) *= in->dims[i];
    }
    const size_t n = (size_t)x.count;
    int64_t *order = sard_call_alloc(call, 5 * n * sizeof *order + 1);
    if (!order || !make_keys(call, &x))
        return sard_call_fail(call, SARD_NOMEM, "no memory to sort %zu items", n);
    groups g = {0, order + n, order + 2 * n, order + 3 * n};
    for (int64_t i = 0; i < x.count; i++)
        order[i] = i;
    sort(&x, order, g.first);
    group_items(&x, order, &g);
    if (!a->sorted)
        renumber(&x, &g, order, order + 4 * n);
    sard_status status = write_values(call, &x, &g);
    if (!status)
        status = write_numbers(call, 1, g.first, g.count);
    if (!status)
        status = write_numbers(call, 2, g.group, x.count);
    return status ? status : write_numbers(call, 3, g.times, g.count);
}

const sard_op sard_op_unique = {.struct_size = sizeof(sard_op),
                                .domain = "",
                                .name = "Unique",
                                .since = 28,
                                .traits = SARD_DATA_DEPENDENT,
                                .inputs = inputs,
                                .outputs = outputs,
                                .attrs = attrs,
                                .attrs_size = sizeof(unique),
                                .infer = infer,
                                .eval = eval,
                                .work = sard_order_work};
