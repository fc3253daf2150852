/* Resize-19: another size of pictures, or of any tensor
 *
 * in   X; roi: starts, then ends of axes as parts of them (tf_crop_and_resize only); scales: float32, or sizes: int64, of `axes` (all)
 * out  Y: sizes, or floor(dim * scale). keep_aspect_ratio_policy: one scale for all axes so that none is larger, or smaller, than its
 *      size
 *
 * tf_half_pixel_for_nn is of opsets 11 and 12.
 *
 * Axes are resized one after the other, the one that shrinks most first: the modes are separable. f32 in f32, other types in double,
 * integers rounded to the nearest even and saturated. */
#include "ops/resize.h"

#include "ops/lib/contents.h"
#include "ops/lib/move.h"
#include "ops/resample.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char *const modes[] = {"nearest", "linear", "cubic", NULL};
static const char *const coordinates[] = {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",   "align_corners",
                                          "asymmetric", "tf_crop_and_resize",   "tf_half_pixel_for_nn", NULL};
static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil", NULL};
static const char *const policies[] = {"stretch", "not_larger", "not_smaller", NULL};

static const sard_attr_spec attrs[] = {SARD_CHOICE(sard_resize, mode, "nearest", modes),
                                       SARD_CHOICE(sard_resize, coordinate_transformation_mode, "half_pixel", coordinates),
                                       SARD_CHOICE(sard_resize, nearest_mode, "round_prefer_floor", roundings),
                                       SARD_CHOICE(sard_resize, keep_aspect_ratio_policy, "stretch", policies),
                                       SARD_INT(sard_resize, antialias, 0),
                                       SARD_INT(sard_resize, exclude_outside, 0),
                                       SARD_FLOAT(sard_resize, cubic_coeff_a, -0.75f),
                                       SARD_FLOAT(sard_resize, extrapolation_value, 0),
                                       SARD_LIST(sard_resize, axes),
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {
    SARD_PORT("X", 'T', SARD_SET_ANY), SARD_PORT_OPTIONAL("roi", 'R', SARD_SET(F16) | SARD_SET(F32) | SARD_SET(F64)),
    SARD_PORT_OPTIONAL("scales", 'F', SARD_SET(F32)), SARD_PORT_OPTIONAL("sizes", 'S', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_ANY), SARD_PORTS_END};

enum { ROI = 1, SCALES, SIZES };

/* ---- sizes ---- */

/* The i-th axis that scales and sizes speak of. */
static int axis_of(const sard_resize *a, int rank, int i)
{
    if (!a->axes.data)
        return i;
    return (int)(a->axes.data[i] < 0 ? a->axes.data[i] + rank : a->axes.data[i]);
}

static int axis_count(const sard_resize *a, int rank) { return a->axes.data ? (int)a->axes.count : rank; }

/* As float: other runtimes round the product the same way. */
static bool scaled(int64_t dim, float scale, int64_t *out)
{
    const float product = floorf((float)dim * scale);
    *out = product < 0x1p62f ? (int64_t)product : 0;
    return product < 0x1p62f;
}

/* One scale for all axes from sizes that are all known: that of the axis which is given. */
static int policy_axis(const sard_resize *a, int rank, const int64_t *dims, const int64_t *sizes)
{
    int found = 0;
    for (int i = 1; i < axis_count(a, rank); i++) {
        const int64_t in = dims[axis_of(a, rank, i)], best = dims[axis_of(a, rank, found)];
        const double one = (double)sizes[i] / (double)in, other = (double)sizes[found] / (double)best;
        if (a->keep_aspect_ratio_policy == SARD_ASPECT_NOT_LARGER ? one < other : one > other)
            found = i;
    }
    return found;
}

/* dim * size / of, halves up. */
static bool rounded(int64_t dim, int64_t size, int64_t of, int64_t *out)
{
    const double product = floor((2 * (double)dim * (double)size + (double)of) / (2 * (double)of));
    *out = product < 0x1p62 ? (int64_t)product : 0;
    return product >= 0 && product < 0x1p62;
}

/* ---- inference ---- */

/* Is the input given, and not an empty list, which means the same as none? */
static bool is_given(const sard_node *node, size_t i)
{
    return sard_has_input(node, i) && !(node->inputs[i]->rank == 1 && node->inputs[i]->dims[0] == 0);
}

static sard_status check_inputs(const sard_node *node, sard_error *error)
{
    static const char *const names[] = {"X", "roi", "scales", "sizes"};
    const sard_resize *a = node->attrs;
    const int rank = node->inputs[0]->rank, count = axis_count(a, rank);
    const bool scales = is_given(node, SCALES), sizes = is_given(node, SIZES);
    const bool crop = a->coordinate_transformation_mode == SARD_COORDINATE_TF_CROP_AND_RESIZE;
    int64_t length;
    uint32_t mask;
    sard_status status = sard_axes(node, a->axes, rank, &mask, error);
    if (!status && scales == sizes)
        status = sard_node_fail(node, error, SARD_SHAPE, "%s scales and sizes are given, must be one of them", scales ? "both" : "neither");
    if (!status && crop && !is_given(node, ROI))
        status = sard_node_fail(node, error, SARD_SHAPE, "tf_crop_and_resize needs roi");
    if (!status && a->mode != SARD_RESIZE_NEAREST && node->inputs[0]->dtype == SARD_STRING)
        status = sard_node_fail(node, error, SARD_UNSUPPORTED, "strings cannot be mixed by mode %s", modes[a->mode]);
    for (size_t i = crop ? ROI : SCALES; !status && i <= SIZES; i++) {
        const int64_t want = i == ROI ? 2 * count : count;
        if (!is_given(node, i))
            continue;
        status = sard_input_length(node, i, want, names[i], &length, error);
        if (!status && length >= 0 && length != want)
            status = sard_node_fail(node, error, SARD_SHAPE, "%s has %" PRId64 " elements, must have %" PRId64, names[i], length, want);
    }
    return status;
}

static sard_status dims_from_scales(const sard_node *node, int64_t *dims, sard_error *error)
{
    const sard_resize *a = node->attrs;
    const sard_value *x = node->inputs[0];
    double scales[SARD_MAX_RANK];
    const int count = axis_count(a, x->rank);
    const bool known = sard_node_input_floats(node, SCALES, scales, SARD_MAX_RANK) == count;
    for (int i = 0; i < count; i++) {
        const int axis = axis_of(a, x->rank, i);
        dims[axis] = SARD_UNKNOWN_DIM;
        if (!known)
            continue;
        if (!(scales[i] > 0) || isinf(scales[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "scale %g of axis %d must be above 0", scales[i], axis);
        if (scales[i] == 1)
            dims[axis] = x->dims[axis];
        else if (x->dims[axis] >= 0 && !scaled(x->dims[axis], (float)scales[i], &dims[axis]))
            return sard_node_fail(node, error, SARD_SHAPE, "size %" PRId64 " times %g is too large", x->dims[axis], scales[i]);
    }
    return SARD_OK;
}

static sard_status dims_from_policy(const sard_node *node, const sard_content *sizes, int64_t *dims, sard_error *error)
{
    const sard_resize *a = node->attrs;
    const sard_value *x = node->inputs[0];
    const int count = axis_count(a, x->rank);
    int64_t numbers[SARD_MAX_RANK];
    bool known = true;
    for (int i = 0; i < count; i++) {
        const int axis = axis_of(a, x->rank, i);
        numbers[i] = sizes[i].value;
        known &= sizes[i].known && x->dims[axis] >= 0;
        dims[axis] = SARD_UNKNOWN_DIM;
    }
    if (!known || !count)
        return SARD_OK;
    const int best = policy_axis(a, x->rank, x->dims, numbers);
    const int64_t of = x->dims[axis_of(a, x->rank, best)];
    for (int i = 0; i < count; i++) {
        const int axis = axis_of(a, x->rank, i);
        if (!rounded(x->dims[axis], numbers[best], of, &dims[axis]))
            return sard_node_fail(node, error, SARD_SHAPE, "size %" PRId64 " times %" PRId64 " / %" PRId64 " is not possible",
                                  x->dims[axis], numbers[best], of);
    }
    return SARD_OK;
}

static sard_status dims_from_sizes(const sard_node *node, int64_t *dims, sard_error *error)
{
    const sard_resize *a = node->attrs;
    const int rank = node->inputs[0]->rank, count = axis_count(a, rank);
    sard_content sizes[SARD_MAX_CONTENTS];
    if (sard_input_contents(node, SIZES, sizes) != count)
        for (int i = 0; i < count; i++)
            sizes[i] = sard_content_of(SARD_UNKNOWN_DIM);
    for (int i = 0; i < count; i++) {
        if (sizes[i].known && sizes[i].value < 0)
            return sard_node_fail(node, error, SARD_SHAPE, "sizes[%d] is %" PRId64, i, sizes[i].value);
        dims[axis_of(a, rank, i)] = sard_content_dim(sizes[i]);
    }
    return a->keep_aspect_ratio_policy == SARD_ASPECT_STRETCH ? SARD_OK : dims_from_policy(node, sizes, dims, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t dims[SARD_MAX_RANK];
    sard_status status = check_inputs(node, error);
    if (status)
        return status;
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    status = (is_given(node, SCALES) ? dims_from_scales : dims_from_sizes)(node, dims, error);
    for (int i = 0; !status && i < x->rank; i++)
        if (x->dims[i] == 0 && dims[i] > 0)
            status = sard_node_fail(node, error, SARD_SHAPE, "axis %d without elements cannot get size %" PRId64, i, dims[i]);
    return status ? status : sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

/* ---- evaluation ---- */

void sard_resize_scales(const sard_resize *a, const sard_tensor *inputs, size_t input_count, const sard_tensor *y,
                        sard_axis_scale axes[SARD_MAX_RANK])
{
    const sard_tensor *x = &inputs[0];
    const bool by_scales = input_count > SCALES && inputs[SCALES].dtype && sard_tensor_count(&inputs[SCALES]);
    const bool crop = a->coordinate_transformation_mode == SARD_COORDINATE_TF_CROP_AND_RESIZE;
    const int count = axis_count(a, x->rank);
    const bool one = !by_scales && count && a->keep_aspect_ratio_policy != SARD_ASPECT_STRETCH;
    const int64_t *sizes = by_scales ? NULL : inputs[SIZES].data;
    const int best = one ? policy_axis(a, x->rank, x->dims, sizes) : 0;
    for (int i = 0; i < x->rank; i++)
        axes[i] = (sard_axis_scale){x->dims[i], y->dims[i], 1, 1, 0, 1};
    for (int i = 0; i < count; i++) {
        sard_axis_scale *axis = &axes[axis_of(a, x->rank, i)];
        axis->over = one ? (double)sizes[best] : (double)axis->out;
        axis->under = (double)(one ? x->dims[axis_of(a, x->rank, best)] : axis->in);
        if (by_scales)
            sard_axis_set_scale(axis, ((const float *)inputs[SCALES].data)[i]);
        if (crop) {
            axis->start = (float)sard_get(&inputs[ROI], (size_t)i);
            axis->end = (float)sard_get(&inputs[ROI], (size_t)count + (size_t)i);
        }
    }
}

/* Gives the places that lie outside of the original their value. */
static void extrapolate(const sard_call *call, const sard_taps *taps, int axis)
{
    const sard_tensor *y = &call->outputs[0];
    const double value = (double)((const sard_resize *)call->attrs)->extrapolation_value;
    const size_t size = sard_dtype_size(y->dtype);
    uint64_t element[2] = {0, 0};
    int64_t outer = 1, inner = 1;
    for (int i = 0; i < y->rank; i++)
        *(i < axis ? &outer : &inner) *= i == axis ? 1 : y->dims[i];
    if (y->dtype != SARD_STRING)
        sard_narrow(y->dtype, &value, 1, element);
    for (int64_t i = 0; taps->outside && i < taps->out; i++)
        if (taps->outside[i])
            sard_move(call, (char *)y->data + (size_t)(i * inner) * size, (int64_t[]){taps->out * inner, 1}, element, (int64_t[]){0, 0},
                      (int64_t[]){outer, inner}, 2, size);
}

/* Axes that change, the one that shrinks most first, of equals the inner one: its rows are in the cache. */
static int order_axes(const sard_resize *a, const sard_axis_scale *axes, int rank, int order[SARD_MAX_RANK])
{
    int count = 0;
    for (int i = rank - 1; i >= 0; i--) {
        if (sard_axis_is_same(a, &axes[i]))
            continue;
        int k = count++;
        for (; k > 0 && sard_axis_ratio(&axes[i]) < sard_axis_ratio(&axes[order[k - 1]]); k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
    return count;
}

static sard_status eval(const sard_call *call)
{
    const sard_resize *a = call->attrs;
    const int rank = call->inputs[0].rank;
    sard_axis_scale axes[SARD_MAX_RANK] = {{.in = 0}};
    sard_taps taps[SARD_MAX_RANK] = {{.in = 0}};
    int order[SARD_MAX_RANK];
    if (!sard_tensor_count(&call->outputs[0]))
        return SARD_OK;
    sard_resize_scales(a, call->inputs, call->input_count, &call->outputs[0], axes);
    const int count = order_axes(a, axes, rank, order);
    sard_status status = SARD_OK;
    for (int i = 0; !status && i < count; i++)
        status = sard_taps_make(call, &axes[order[i]], &taps[order[i]]);
    if (status || !count)
        return status ? status : sard_move_whole(call);
    if (a->mode == SARD_RESIZE_NEAREST)
        sard_resize_nearest(call, taps);
    else
        status = sard_resize_mix(call, taps, order, count);
    for (int i = 0; !status && i < count; i++)
        extrapolate(call, &taps[order[i]], order[i]);
    return status;
}

/* Four places of each axis, or as many as one result covers of a larger picture. */
static double work(const sard_node *node)
{
    return 4 * (node->inputs[0]->rank + 1) * (sard_value_elements(node->inputs[0]) + sard_outputs_work(node));
}

const sard_op sard_op_resize = {.struct_size = sizeof(sard_op),
                                .domain = "",
                                .name = "Resize",
                                .since = 19,
                                .inputs = inputs,
                                .outputs = outputs,
                                .attrs = attrs,
                                .attrs_size = sizeof(sard_resize),
                                .infer = infer,
                                .eval = eval,
                                .work = work};
