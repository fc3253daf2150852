/* Resize of pictures, channels-last: each pixel of the result is one pixel of the original, or a weighted sum of 4 or 16 of them. */
#include "ops/resample.h"

#include "backends/native/common/post.h"
#include "backends/native/kernels.h"

#include <string.h>

enum {
    ROWS = 1, /* the axes of a picture */
    COLUMNS,
    MOST_TAPS = 4, /* of an axis */
};

typedef struct job {
    const sard_tier *tier;
    sard_taps rows, columns;
    bool nearest;
    int64_t channels, x_row, y_row; /* from pixel to pixel */
    const float *x;
    float *y;
} job;

static int64_t taps_of(const sard_resize *attrs)
{
    return attrs->mode == SARD_RESIZE_NEAREST ? 1 : attrs->mode == SARD_RESIZE_LINEAR ? 2 : MOST_TAPS;
}

/* Whether pictures and channels keep their number, by the scales too where those are given. */
static bool is_picture(const sard_node *node)
{
    const sard_resize *a = node->attrs;
    const sard_value *x = node->inputs[0], *y = node->outputs[0], *scales = sard_has_input(node, 2) ? node->inputs[2] : NULL;
    double scale[SARD_MAX_RANK];
    if (x->rank != 4 || x->dims[0] != y->dims[0] || x->dims[3] != y->dims[3])
        return false;
    if (!scales || (scales->rank == 1 && scales->dims[0] == 0))
        return true;
    const int64_t count = sard_node_input_floats(node, 2, scale, SARD_MAX_RANK);
    for (int64_t i = 0; i < count; i++) {
        const int64_t axis = a->axes.data ? (a->axes.data[i] + 4) % 4 : i;
        if ((axis == 0 || axis == 3) && scale[i] != 1)
            return false;
    }
    return count > 0;
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    const sard_resize *a = node->attrs;
    (void)target;
    *why = "native kernels are float32";
    if (node->inputs[0]->dtype != SARD_F32)
        return false;
    *why = "more than the height and width of channels-last pictures change";
    if (!is_picture(node))
        return false;
    *why = "an epilogue of other functions";
    if (!sard_post_takes(node))
        return false;
    *why = "antialias, crop or a policy";
    return !a->antialias && a->coordinate_transformation_mode != SARD_COORDINATE_TF_CROP_AND_RESIZE &&
           a->keep_aspect_ratio_policy == SARD_ASPECT_STRETCH;
}

static sard_status prepare(const sard_node *node, sard_packing *packing, sard_error *error)
{
    const int64_t *dims = node->outputs[0]->dims;
    (void)error;
    sard_packing_scratch(packing, (size_t)((dims[ROWS] + dims[COLUMNS]) * taps_of(node->attrs)) * (sizeof(int64_t) + sizeof(double)));
    return SARD_OK;
}

static void work(void *arg, size_t index)
{
    const job *j = arg;
    const sard_taps *rows = &j->rows, *columns = &j->columns;
    const int64_t n = (int64_t)index / rows->out, row = (int64_t)index % rows->out, taps = rows->count * columns->count;
    const float *x = j->x + n * rows->in * columns->in * j->x_row, *from[MOST_TAPS * MOST_TAPS];
    float weights[MOST_TAPS * MOST_TAPS], *y = j->y + (int64_t)index * columns->out * j->y_row;
    for (int64_t column = 0; column < columns->out; column++, y += j->y_row) {
        for (int64_t t = 0; t < taps; t++) {
            const int64_t r = row * rows->count + t / columns->count, c = column * columns->count + t % columns->count;
            from[t] = x + (rows->index[r] * columns->in + columns->index[c]) * j->x_row;
            weights[t] = j->nearest ? 1 : (float)(rows->weight[r] * columns->weight[c]);
        }
        if (j->nearest)
            memcpy(y, from[0], (size_t)j->channels * sizeof *y);
        else
            j->tier->move.mix(from, weights, taps, j->channels, y);
    }
}

/* The taps of an axis, in scratch that it takes. */
static sard_taps take_taps(const sard_call *call, const sard_axis_scale *axis, char **scratch)
{
    sard_taps taps = {.in = axis->in, .out = axis->out, .count = taps_of(call->attrs)};
    const size_t count = (size_t)(taps.out * taps.count);
    taps.index = (int64_t *)*scratch;
    taps.weight = (double *)(*scratch + count * sizeof *taps.index);
    *scratch += count * (sizeof *taps.index + sizeof *taps.weight);
    sard_taps_fill(call->attrs, axis, &taps);
    return taps;
}

static sard_status run(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const sard_resize *attrs = call->attrs;
    char *scratch = call->scratch;
    sard_axis_scale axes[SARD_MAX_RANK];
    if (!sard_tensor_count(y))
        return SARD_OK;
    sard_resize_scales(call, axes);
    job j = {.tier = sard_tier_of(call->target),
             .nearest = attrs->mode == SARD_RESIZE_NEAREST,
             .channels = x->dims[3],
             .x_row = sard_row_of(x),
             .y_row = sard_row_of(y),
             .x = x->data,
             .y = y->data};
    j.rows = take_taps(call, &axes[ROWS], &scratch);
    j.columns = take_taps(call, &axes[COLUMNS], &scratch);
    sard_call_parallel(call, (size_t)(y->dims[0] * y->dims[ROWS]), work, &j);
    const sard_post post = sard_post_steps(call->node, call->inputs, call->target);
    return sard_post_rest(&post, call);
}

const sard_kernel sard_native_resize = {
    .struct_size = sizeof(sard_kernel),
    .name = "resize",
    .op = "Resize",
    .flags = SARD_KERNEL_STRIDED,
    .matches = matches,
    .pack = prepare,
    .run = run,
};
