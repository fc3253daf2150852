/* Pad-25: more elements before and behind each axis, or with negative pads fewer
 *
 * in   data; pads: int64, what goes before each axis, then what goes behind; constant_value: optional, 0; axes: optional, all
 * out  output. mode constant: the value; edge: the nearest element; reflect: mirrored at the outermost element, which is not repeated;
 *      wrap: from the other end. Negative pads cut first */
#include "ops/pad.h"

#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>

static const char *const modes[] = {"constant", "reflect", "edge", "wrap", NULL};

static const sard_attr_spec attrs[] = {SARD_CHOICE(sard_pad, mode, "constant", modes), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_ALL), SARD_PORT("pads", 'P', SARD_SET(I64)),
                                   SARD_PORT_OPTIONAL("constant_value", 'T', SARD_SET_ALL), SARD_PORT_OPTIONAL("axes", 'A', SARD_SET_INDEX),
                                   SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ALL), SARD_PORTS_END};

/* ---- for others ---- */

bool sard_pads_read(const sard_node *node, sard_pads *out)
{
    const int rank = node->inputs[0]->rank;
    int64_t numbers[2 * SARD_MAX_RANK], axes[SARD_MAX_RANK];
    size_t count, axis_count = (size_t)rank;
    for (int i = 0; i < rank; i++) {
        axes[i] = i;
        out->before[i] = out->behind[i] = 0;
    }
    if (!sard_node_input_ints(node, SARD_PAD_PADS, numbers, 2 * SARD_MAX_RANK, &count) ||
        (sard_has_input(node, SARD_PAD_AXES) && !sard_node_input_ints(node, SARD_PAD_AXES, axes, SARD_MAX_RANK, &axis_count)))
        return false;
    for (size_t i = 0; i < axis_count && count == 2 * axis_count; i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
        out->before[axis] = numbers[i];
        out->behind[axis] = numbers[axis_count + i];
    }
    return count == 2 * axis_count;
}

bool sard_pads_nothing(const sard_node *node)
{
    int64_t numbers[2 * SARD_MAX_RANK];
    size_t count;
    return sard_node_input_ints(node, SARD_PAD_PADS, numbers, 2 * SARD_MAX_RANK, &count) && sard_ints_are((sard_ints){numbers, count}, 0);
}

/* ---- inference ---- */

/* Pads of each axis. *known false: not even which axes. */
static sard_status read_pads(const sard_node *node, sard_content before[SARD_MAX_RANK], sard_content behind[SARD_MAX_RANK], bool *known,
                             sard_error *error)
{
    const int rank = node->inputs[0]->rank;
    int64_t axes[SARD_MAX_RANK], length, axes_length;
    sard_content pads[SARD_MAX_CONTENTS];
    size_t count = (size_t)rank;
    uint32_t mask;
    sard_status status = sard_input_length(node, 1, 2 * SARD_MAX_RANK, "pads", &length, error);
    if (!status && sard_has_input(node, 3))
        status = sard_input_length(node, 3, rank, "axes", &axes_length, error);
    if (status)
        return status;
    for (int i = 0; i < rank; i++) {
        axes[i] = i;
        before[i] = behind[i] = sard_content_of(0);
    }
    *known = !sard_has_input(node, 3) || sard_node_input_ints(node, 3, axes, (size_t)rank, &count);
    if (!*known)
        return SARD_OK;
    if (length >= 0 && length != 2 * (int64_t)count)
        return sard_node_fail(node, error, SARD_SHAPE, "pads has %" PRId64 " elements for %zu axes", length, count);
    status = sard_axes(node, (sard_ints){axes, count}, rank, &mask, error);
    const bool read = sard_input_contents(node, 1, pads) == 2 * (int)count;
    for (size_t i = 0; !status && i < count; i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
        before[axis] = read ? pads[i] : sard_content_of(SARD_UNKNOWN_DIM);
        behind[axis] = read ? pads[count + i] : sard_content_of(SARD_UNKNOWN_DIM);
    }
    return status;
}

static sard_status pad_dim(const sard_node *node, int axis, sard_content before, sard_content behind, int64_t *out, sard_error *error)
{
    const int64_t dim = node->inputs[0]->dims[axis], mode = ((const sard_pad *)node->attrs)->mode;
    *out = SARD_UNKNOWN_DIM;
    if (!before.known || !behind.known)
        return SARD_OK;
    if (before.value == 0 && behind.value == 0)
        *out = dim;
    if (dim < 0)
        return SARD_OK;
    const int64_t cut = (before.value < 0 ? before.value : 0) + (behind.value < 0 ? behind.value : 0);
    if (__builtin_add_overflow(dim, before.value, out) || __builtin_add_overflow(*out, behind.value, out) || *out < 0)
        return sard_node_fail(node, error, SARD_SHAPE, "pads %" PRId64 " and %" PRId64 " are not possible for axis %d of size %" PRId64,
                              before.value, behind.value, axis, dim);
    if (mode != SARD_PAD_CONSTANT && *out > 0 && (before.value < -dim || behind.value < -dim || dim + cut <= 0))
        return sard_node_fail(node, error, SARD_SHAPE, "nothing is left of axis %d of size %" PRId64 " to be repeated", axis, dim);
    if (mode == SARD_PAD_REFLECT && *out > 0 && (before.value >= dim + cut || behind.value >= dim + cut))
        return sard_node_fail(node, error, SARD_SHAPE,
                              "pads %" PRId64 " and %" PRId64 " reflect beyond the %" PRId64 " elements of axis %d", before.value,
                              behind.value, dim + cut, axis);
    return SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0], *value = sard_has_input(node, 2) ? node->inputs[2] : NULL;
    sard_content before[SARD_MAX_RANK], behind[SARD_MAX_RANK];
    int64_t dims[SARD_MAX_RANK];
    bool known;
    if (value && sard_dim_product(value->dims, value->rank) >= 0 && sard_dim_product(value->dims, value->rank) != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "constant_value must have one element");
    sard_status status = read_pads(node, before, behind, &known, error);
    for (int i = 0; !status && i < x->rank; i++) {
        dims[i] = SARD_UNKNOWN_DIM;
        if (known)
            status = pad_dim(node, i, before[i], behind[i], &dims[i], error);
    }
    return status ? status : sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

/* ---- evaluation ---- */

/* Elements of one axis of the result that come from one run of data: forwards (step 1), backwards (-1), or all from the same (0). */
typedef struct segment {
    int64_t count, from, step;
    bool constant;
} segment;

typedef struct job {
    const sard_call *call;
    int64_t mode;
    size_t size;
    int64_t before[SARD_MAX_RANK], first[SARD_MAX_RANK], left[SARD_MAX_RANK]; /* left: of the axis after cutting, from `first` on */
    int64_t x_strides[SARD_MAX_RANK], y_strides[SARD_MAX_RANK];
    int64_t dims[SARD_MAX_RANK], from_strides[SARD_MAX_RANK]; /* the box that is copied next */
    const void *value;
} job;

static int64_t modulo(int64_t a, int64_t n) { return a % n < 0 ? a % n + n : a % n; }

/* The segment that begins at place `at` of the result, without regard to its end. */
static segment segment_at(const job *j, int axis, int64_t at)
{
    const int64_t n = j->left[axis], p = at - j->before[axis], first = j->first[axis], period = 2 * (n - 1);
    if (p >= 0 && p < n)
        return (segment){n - p, first + p, 1, false};
    if (j->mode == SARD_PAD_CONSTANT)
        return (segment){p < 0 ? -p : INT64_MAX, 0, 0, true};
    if (j->mode == SARD_PAD_EDGE || n == 1)
        return (segment){p < 0 ? -p : INT64_MAX, p < 0 ? first : first + n - 1, 0, false};
    if (j->mode == SARD_PAD_WRAP)
        return (segment){n - modulo(p, n), first + modulo(p, n), 1, false};
    const int64_t m = modulo(p, period);
    return m < n ? (segment){n - m, first + m, 1, false} : (segment){period - m, first + period - m, -1, false};
}

/* The box of j->dims at place `to`: from data, or with the value. */
static void fill_box(const job *j, int64_t to, int64_t from, bool constant)
{
    static const int64_t still[SARD_MAX_RANK];
    const sard_tensor *x = &j->call->inputs[0], *y = &j->call->outputs[0];
    const void *src = constant ? j->value : (const char *)x->data + (size_t)from * j->size;
    sard_move(j->call, (char *)y->data + (size_t)to * j->size, j->y_strides, src, constant ? still : j->from_strides, j->dims, y->rank,
              j->size);
}

/* The segments of `axis`, each with those of the axes behind it; where a segment is constant they are one box. */
static void fill_axis(job *j, int axis, int64_t to, int64_t from)
{
    const sard_tensor *y = &j->call->outputs[0];
    if (axis == y->rank) {
        fill_box(j, to, from, false);
        return;
    }
    int64_t count;
    for (int64_t at = 0; at < y->dims[axis]; at += count, to += count * j->y_strides[axis]) {
        const segment s = segment_at(j, axis, at);
        const int64_t rest = y->dims[axis] - at;
        count = s.count < rest ? s.count : rest;
        j->dims[axis] = count;
        j->from_strides[axis] = s.step * j->x_strides[axis];
        if (!s.constant) {
            fill_axis(j, axis + 1, to, from + s.from * j->x_strides[axis]);
            continue;
        }
        for (int i = axis + 1; i < y->rank; i++)
            j->dims[i] = y->dims[i];
        fill_box(j, to, 0, true);
    }
}

static sard_status prepare(job *j)
{
    const sard_tensor *x = &j->call->inputs[0];
    int64_t pads[2 * SARD_MAX_RANK], axes[SARD_MAX_RANK] = {0, 1, 2, 3, 4, 5, 6, 7};
    size_t pad_count, count = (size_t)x->rank;
    sard_status status = sard_call_ints(j->call, 1, pads, 2 * SARD_MAX_RANK, &pad_count);
    if (!status && sard_call_has(j->call, 3))
        status = sard_call_ints(j->call, 3, axes, SARD_MAX_RANK, &count);
    if (status || pad_count != 2 * count)
        return status ? status : sard_call_fail(j->call, SARD_DATA, "%zu pads for %zu axes", pad_count, count);
    for (int i = 0; i < x->rank; i++)
        j->left[i] = x->dims[i];
    for (size_t i = 0; i < count; i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + x->rank : axes[i], before = pads[i], behind = pads[count + i];
        j->before[axis] = before;
        if (j->mode == SARD_PAD_CONSTANT)
            continue;
        j->first[axis] = before < 0 ? -before : 0;
        j->before[axis] = before < 0 ? 0 : before;
        j->left[axis] = x->dims[axis] - j->first[axis] + (behind < 0 ? behind : 0);
    }
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    static const uint64_t zero[2];
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    job j = {.call = call, .mode = ((const sard_pad *)call->attrs)->mode, .size = sard_dtype_size(x->dtype)};
    const sard_status status = prepare(&j);
    if (status || !sard_tensor_count(y))
        return status;
    j.value = sard_call_has(call, 2) ? call->inputs[2].data : zero;
    sard_strides(x->dims, x->rank, j.x_strides);
    sard_strides(y->dims, y->rank, j.y_strides);
    fill_axis(&j, 0, 0, 0);
    return SARD_OK;
}

const sard_op sard_op_pad = {.struct_size = sizeof(sard_op),
                             .domain = "",
                             .name = "Pad",
                             .since = 25,
                             .inputs = inputs,
                             .outputs = outputs,
                             .attrs = attrs,
                             .attrs_size = sizeof(sard_pad),
                             .infer = infer,
                             .eval = eval};
