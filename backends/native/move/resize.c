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

/* What a plan knows. */
typedef struct resize {
    const sard_tier *tier;
    sard_taps rows, columns;
    bool nearest;
    int64_t tasks;                  /* rows of all results */
    int64_t channels, x_row, y_row; /* from pixel to pixel */
    sard_post_whole post;
} resize;

typedef struct job {
    const resize *plan;
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

/* The taps of an axis. */
static bool make_taps(sard_binding *binding, const sard_axis_scale *axis, sard_taps *taps)
{
    *taps = (sard_taps){.in = axis->in, .out = axis->out, .count = taps_of(binding->attrs)};
    const size_t count = (size_t)(taps->out * taps->count);
    taps->index = sard_binding_alloc(binding, count * sizeof *taps->index);
    taps->weight = sard_binding_alloc(binding, count * sizeof *taps->weight);
    if (taps->index && taps->weight)
        sard_taps_fill(binding->attrs, axis, taps);
    return taps->index && taps->weight;
}

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const sard_tensor *x = &binding->inputs[0], *y = &binding->outputs[0];
    sard_axis_scale axes[SARD_MAX_RANK];
    resize *r = sard_binding_alloc(binding, sizeof *r);
    if (!r)
        return sard_no_memory(error);
    binding->state = r;
    if (!sard_tensor_count(y))
        return SARD_OK;
    *r = (resize){.tier = sard_tier_of(binding->target),
                  .nearest = ((const sard_resize *)binding->attrs)->mode == SARD_RESIZE_NEAREST,
                  .tasks = y->dims[0] * y->dims[ROWS],
                  .channels = x->dims[3],
                  .x_row = sard_row_of(x),
                  .y_row = sard_row_of(y),
                  .post = sard_post_whole_of(binding)};
    sard_resize_scales(binding->attrs, binding->inputs, binding->node->own_count, y, axes);
    return make_taps(binding, &axes[ROWS], &r->rows) && make_taps(binding, &axes[COLUMNS], &r->columns) ? SARD_OK : sard_no_memory(error);
}

static void resize_work(void *arg, size_t index)
{
    const job *j = arg;
    const resize *p = j->plan;
    const sard_taps *rows = &p->rows, *columns = &p->columns;
    const int64_t n = (int64_t)index / rows->out, row = (int64_t)index % rows->out, taps = rows->count * columns->count;
    const float *x = j->x + n * rows->in * columns->in * p->x_row, *from[MOST_TAPS * MOST_TAPS];
    float weights[MOST_TAPS * MOST_TAPS], *y = j->y + (int64_t)index * columns->out * p->y_row;
    for (int64_t column = 0; column < columns->out; column++, y += p->y_row) {
        for (int64_t t = 0; t < taps; t++) {
            const int64_t r = row * rows->count + t / columns->count, c = column * columns->count + t % columns->count;
            from[t] = x + (rows->index[r] * columns->in + columns->index[c]) * p->x_row;
            weights[t] = p->nearest ? 1 : (float)(rows->weight[r] * columns->weight[c]);
        }
        if (p->nearest)
            memcpy(y, from[0], (size_t)p->channels * sizeof *y);
        else
            p->tier->move.mix(from, weights, taps, p->channels, y);
    }
}

static sard_status resize_run(const sard_call *call)
{
    const resize *r = call->state;
    job j = {.plan = r, .x = call->inputs[0].data, .y = call->outputs[0].data};
    if (!r->tasks)
        return SARD_OK;
    sard_call_parallel(call, (size_t)r->tasks, resize_work, &j);
    sard_post_whole_run(&r->post, call);
    return SARD_OK;
}

const sard_kernel sard_native_resize = {
    .struct_size = sizeof(sard_kernel),
    .name = "resize",
    .op = "Resize",
    .flags = SARD_KERNEL_STRIDED,
    .matches = matches,
    .bind = bind,
    .run = resize_run,
};
