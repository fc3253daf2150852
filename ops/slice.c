/* Slice-13: numpy's data[start:end:step, ...]
 *
 * in   data; starts, ends: one for each axis; axes: optional, the first ones; steps: optional, 1. Negative starts and ends count from
 *      the end of the axis and all are clamped to it; negative steps go backwards
 * out  output: the elements start, start + step, ... before end */
#include "ops/slice.h"

#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>
#include <string.h>

static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_ANY),
                                   SARD_PORT("starts", 'I', SARD_SET_INDEX),
                                   SARD_PORT("ends", 'I', SARD_SET_INDEX),
                                   SARD_PORT_OPTIONAL("axes", 'I', SARD_SET_INDEX),
                                   SARD_PORT_OPTIONAL("steps", 'I', SARD_SET_INDEX),
                                   SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

/* What is taken of one axis. */
typedef struct range {
    int64_t start, step, count;
} range;

static int64_t clamp(int64_t x, int64_t low, int64_t high) { return x < low ? low : x > high ? high : x; }

/* step is not 0. */
static range range_of(int64_t dim, int64_t start, int64_t end, int64_t step)
{
    const int64_t back = step < 0;
    range r = {.step = step};
    r.start = clamp(start < 0 ? start + dim : start, 0, dim - back);
    end = clamp(end < 0 ? end + dim : end, -back, dim - back);
    const uint64_t stride = back ? 0 - (uint64_t)step : (uint64_t)step;
    const int64_t way = dim == 0 ? 0 : back ? r.start - end : end - r.start; /* nothing has no last element */
    r.count = way > 0 ? (int64_t)((uint64_t)(way - 1) / stride) + 1 : 0;
    if (r.count < 2)
        r.step = 1; /* a large one would overflow as a stride */
    return r;
}

/* ---- for others ---- */

/* The numbers of each slice along an axis: starts, ends, axes and steps by input. False: some are not known. */
static bool read_numbers(const sard_node *node, size_t *count, int64_t values[SARD_SLICE_STEPS + 1][SARD_MAX_RANK])
{
    size_t found;
    for (size_t k = 0; k < SARD_MAX_RANK; k++) {
        values[SARD_SLICE_AXES][k] = (int64_t)k;
        values[SARD_SLICE_STEPS][k] = 1;
    }
    for (size_t i = SARD_SLICE_STARTS; i <= SARD_SLICE_STEPS; i++) {
        if (sard_has_input(node, i) && !sard_node_input_ints(node, i, values[i], SARD_MAX_RANK, &found))
            return false;
        *count = i == SARD_SLICE_STARTS ? found : *count;
    }
    return true;
}

bool sard_slice_read(const sard_node *node, sard_slice *out)
{
    const sard_value *x = node->inputs[0];
    int64_t values[SARD_SLICE_STEPS + 1][SARD_MAX_RANK];
    size_t count;
    if (x->rank < 0 || !sard_value_is_static(x) || !read_numbers(node, &count, values))
        return false;
    for (int i = 0; i < x->rank; i++) {
        out->start[i] = 0;
        out->step[i] = 1;
        out->count[i] = x->dims[i];
    }
    for (size_t i = 0; i < count; i++) {
        const int64_t axis = values[SARD_SLICE_AXES][i] < 0 ? values[SARD_SLICE_AXES][i] + x->rank : values[SARD_SLICE_AXES][i];
        const range r = range_of(x->dims[axis], values[SARD_SLICE_STARTS][i], values[SARD_SLICE_ENDS][i], values[SARD_SLICE_STEPS][i]);
        out->start[axis] = r.start;
        out->step[axis] = r.step;
        out->count[axis] = r.count;
    }
    return true;
}

/* Does input i hold nothing but that number, or is it left out? */
static bool all_are(const sard_node *node, size_t i, int64_t wanted)
{
    int64_t numbers[SARD_MAX_RANK];
    size_t count = 0;
    if (sard_has_input(node, i) && !sard_node_input_ints(node, i, numbers, SARD_MAX_RANK, &count))
        return false;
    return sard_ints_are((sard_ints){numbers, count}, wanted);
}

/* From the beginning to an end that is so large that no dimension reaches it. */
static bool is_unbounded(const sard_node *node)
{
    int64_t ends[SARD_MAX_RANK];
    size_t count;
    if (!all_are(node, SARD_SLICE_STARTS, 0) || !sard_node_input_ints(node, SARD_SLICE_ENDS, ends, SARD_MAX_RANK, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (ends[i] < INT32_MAX)
            return false;
    return true;
}

bool sard_slice_takes_all(const sard_node *node)
{
    return all_are(node, SARD_SLICE_STEPS, 1) && (sard_value_same_shape(node->inputs[0], node->outputs[0]) || is_unbounded(node));
}

/* ---- inference ---- */

typedef struct known {
    int count; /* of slices, -1: not known */
    bool axes_known;
    sard_content start[SARD_MAX_CONTENTS], end[SARD_MAX_CONTENTS], step[SARD_MAX_CONTENTS];
    int axis[SARD_MAX_RANK];
} known;

static sard_status read_count(const sard_node *node, known *k, sard_error *error)
{
    static const char *const names[] = {"data", "starts", "ends", "axes", "steps"};
    k->count = -1;
    for (size_t i = SARD_SLICE_STARTS; i <= SARD_SLICE_STEPS; i++) {
        int64_t length = -1;
        const sard_status status =
            sard_has_input(node, i) ? sard_input_length(node, i, node->inputs[0]->rank, names[i], &length, error) : SARD_OK;
        if (status)
            return status;
        if (k->count >= 0 && length >= 0 && length != k->count)
            return sard_node_fail(node, error, SARD_SHAPE, "%s has %" PRId64 " elements, but starts has %d", names[i], length, k->count);
        if (length >= 0)
            k->count = (int)length;
    }
    return SARD_OK;
}

static void read_or(const sard_node *node, size_t i, int count, sard_content other, sard_content *out)
{
    if (sard_input_contents(node, i, out) == count)
        return;
    for (int k = 0; k < count; k++)
        out[k] = other;
}

static sard_status read_known(const sard_node *node, known *k, sard_error *error)
{
    const sard_content unknown = sard_content_of(SARD_UNKNOWN_DIM), one = sard_content_of(1);
    sard_content axes[SARD_MAX_CONTENTS];
    sard_status status = read_count(node, k, error);
    if (status || k->count < 0)
        return status;
    read_or(node, SARD_SLICE_STARTS, k->count, unknown, k->start);
    read_or(node, SARD_SLICE_ENDS, k->count, unknown, k->end);
    read_or(node, SARD_SLICE_STEPS, k->count, sard_has_input(node, SARD_SLICE_STEPS) ? unknown : one, k->step);
    read_or(node, SARD_SLICE_AXES, k->count, unknown, axes);
    uint32_t seen = 0;
    k->axes_known = true;
    for (int i = 0; i < k->count; i++) {
        k->axis[i] = i;
        if (k->step[i].known && k->step[i].value == 0)
            return sard_node_fail(node, error, SARD_SHAPE, "step %d is 0", i);
        if (!sard_has_input(node, SARD_SLICE_AXES))
            continue;
        k->axes_known &= axes[i].known;
        if (!axes[i].known)
            continue;
        status = sard_axis(node, axes[i].value, node->inputs[0]->rank, "axis", &k->axis[i], error);
        if (!status && seen & 1u << k->axis[i])
            status = sard_node_fail(node, error, SARD_SHAPE, "axis %d is given twice", k->axis[i]);
        if (status)
            return status;
        seen |= 1u << k->axis[i];
    }
    return SARD_OK;
}

/* Without the axis' size: the whole of it, or what begins at 0 and ends at the symbol that is its size. */
static bool takes_all(int64_t dim, sard_content start, sard_content end, int64_t step)
{
    if (!start.known)
        return false;
    if (step == -1)
        return start.value >= INT32_MAX && end.known && end.value <= INT32_MIN;
    return step == 1 && start.value == 0 && (end.known ? end.value >= INT32_MAX : end.dim == dim && dim != SARD_UNKNOWN_DIM);
}

static int64_t dim_after(int64_t dim, sard_content start, sard_content end, sard_content step)
{
    if (!step.known || !start.known || dim == 0)
        return dim == 0 ? 0 : SARD_UNKNOWN_DIM;
    if (dim >= 0 && end.known)
        return range_of(dim, start.value, end.value, step.value).count;
    return takes_all(dim, start, end, step.value) ? dim : SARD_UNKNOWN_DIM;
}

static sard_status infer_contents(sard_node *node, const known *k, sard_error *error)
{
    sard_content all[SARD_MAX_CONTENTS], some[SARD_MAX_CONTENTS];
    const int found = sard_input_contents(node, 0, all);
    if (found < 0 || node->inputs[0]->rank != 1 || k->count < 0 || !k->axes_known)
        return SARD_OK;
    if (k->count == 0)
        return sard_pass_contents(node, error);
    if (!k->start[0].known || !k->end[0].known || !k->step[0].known)
        return SARD_OK;
    const range r = range_of(found, k->start[0].value, k->end[0].value, k->step[0].value);
    for (int64_t i = 0; i < r.count; i++)
        some[i] = all[r.start + i * r.step];
    return sard_output_contents(node, 0, some, (size_t)r.count, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    known k;
    sard_status status = read_known(node, &k, error);
    if (status)
        return status;
    int64_t dims[SARD_MAX_RANK];
    for (int i = 0; i < x->rank; i++)
        dims[i] = k.count < 0 || !k.axes_known ? SARD_UNKNOWN_DIM : x->dims[i];
    for (int i = 0; i < k.count && k.axes_known; i++)
        dims[k.axis[i]] = dim_after(x->dims[k.axis[i]], k.start[i], k.end[i], k.step[i]);
    status = sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
    return status ? status : infer_contents(node, &k, error);
}

/* ---- evaluation ---- */

static sard_status read_inputs(const sard_call *call, size_t *count, int64_t values[SARD_SLICE_STEPS + 1][SARD_MAX_RANK])
{
    size_t found;
    *count = 0;
    for (size_t k = 0; k < SARD_MAX_RANK; k++) {
        values[SARD_SLICE_AXES][k] = (int64_t)k;
        values[SARD_SLICE_STEPS][k] = 1;
    }
    for (size_t i = SARD_SLICE_STARTS; i <= SARD_SLICE_STEPS; i++) {
        const sard_status status = sard_call_ints(call, i, values[i], SARD_MAX_RANK, &found);
        if (status)
            return status;
        *count = i == SARD_SLICE_STARTS ? found : *count;
    }
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    int64_t values[SARD_SLICE_STEPS + 1][SARD_MAX_RANK], from[SARD_MAX_RANK], to[SARD_MAX_RANK], first = 0;
    size_t count;
    const sard_status status = read_inputs(call, &count, values);
    if (status)
        return status;
    sard_strides(x->dims, x->rank, from);
    sard_strides(y->dims, y->rank, to);
    for (size_t i = 0; i < count; i++) {
        const int64_t axis = values[SARD_SLICE_AXES][i] < 0 ? values[SARD_SLICE_AXES][i] + x->rank : values[SARD_SLICE_AXES][i];
        const range r = range_of(x->dims[axis], values[SARD_SLICE_STARTS][i], values[SARD_SLICE_ENDS][i], values[SARD_SLICE_STEPS][i]);
        first += r.start * from[axis];
        from[axis] *= r.step;
    }
    const size_t size = sard_dtype_size(x->dtype);
    if (sard_tensor_count(y))
        sard_move(call, y->data, to, (const char *)x->data + first * (int64_t)size, from, y->dims, y->rank, size);
    return SARD_OK;
}

const sard_op sard_op_slice = {.struct_size = sizeof(sard_op),
                               .domain = "",
                               .name = "Slice",
                               .since = 13,
                               .inputs = inputs,
                               .outputs = outputs,
                               .infer = infer,
                               .eval = eval,
                               .work = sard_outputs_work};
