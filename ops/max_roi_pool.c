/* MaxRoiPool: the largest element of each bin of regions of a feature map (Girshick, Fast R-CNN, 2015, section 2.1)
 *
 * in   X: N, C, H, W; rois: R x 5: which of the N, x1 y1 x2 y2, times spatial_scale, halves rounded away from 0
 * out  Y: R, C, pooled_shape
 *
 * A region reaches to its last element and is at least 1 x 1. Bin i of P of S elements are those from floor(i S / P) to
 * ceil((i + 1) S / P); bins may share elements. One outside of X is 0. */
#include "ops/lib/util.h"

#include <inttypes.h>
#include <math.h>

typedef struct max_roi_pool {
    sard_ints pooled_shape;
    float spatial_scale;
} max_roi_pool;

static const sard_attr_spec attrs[] = {
    {.name = "pooled_shape",
     .kind = SARD_ATTR_INTS,
     .flags = SARD_REQUIRED | SARD_RANGED,
     .offset = offsetof(max_roi_pool, pooled_shape),
     .min = 1,
     .max = INT32_MAX},
    SARD_FLOAT(max_roi_pool, spatial_scale, 1),
    SARD_ATTRS_END,
};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("rois", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_ints pooled = ((const max_roi_pool *)node->attrs)->pooled_shape;
    const sard_value *x = node->inputs[0], *rois = node->inputs[1];
    if (x->rank != 4 || rois->rank != 2 || (rois->dims[1] >= 0 && rois->dims[1] != 5))
        return sard_node_fail(node, error, SARD_SHAPE, "X must be N, C, H, W, and rois R x 5");
    if (pooled.count != 2)
        return sard_node_fail(node, error, SARD_MODEL, "pooled_shape has %zu elements, must have 2", pooled.count);
    return sard_node_set_output(node, 0, x->dtype, 4, (int64_t[]){rois->dims[0], x->dims[1], pooled.data[0], pooled.data[1]}, error);
}

/* Elements of one dimension: from `first`, before `end`. */
typedef struct range {
    int64_t first, end;
} range;

static int64_t clamp(int64_t i, int64_t n) { return i < 0 ? 0 : i < n ? i : n; }

static range bin_of(range region, int64_t bin, int64_t bins, int64_t size)
{
    const int64_t length = region.end - region.first;
    return (range){clamp(region.first + bin * length / bins, size), clamp(region.first + ((bin + 1) * length + bins - 1) / bins, size)};
}

typedef struct job {
    const sard_call *call;
    int64_t channels, height, width, rows, columns;
} job;

static double largest_of(const job *j, int64_t plane, range y, range x)
{
    double largest = 0;
    bool any = false;
    for (int64_t row = y.first; row < y.end; row++)
        for (int64_t column = x.first; column < x.end; column++) {
            const double value = sard_get(&j->call->inputs[0], (size_t)((plane * j->height + row) * j->width + column));
            largest = !any || value > largest ? value : largest;
            any = true;
        }
    return largest;
}

/* From corner i to corner i + 2. Corners are known to be small. */
static range side_of(const sard_call *call, int64_t roi, int64_t i)
{
    const float scale = ((const max_roi_pool *)call->attrs)->spatial_scale;
    int64_t corners[2];
    for (int64_t k = 0; k < 2; k++)
        corners[k] = (int64_t)round((double)((float)sard_get(&call->inputs[1], (size_t)(5 * roi + i + 2 * k)) * scale));
    return (range){corners[0], (corners[1] > corners[0] ? corners[1] : corners[0]) + 1};
}

/* One region of one channel. */
static void pool(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t roi = (int64_t)task / j->channels, channel = (int64_t)task % j->channels;
    const int64_t picture = (int64_t)sard_get(&j->call->inputs[1], (size_t)(5 * roi));
    const range w = side_of(j->call, roi, 1), h = side_of(j->call, roi, 2);
    size_t at = task * (size_t)(j->rows * j->columns);
    for (int64_t row = 0; row < j->rows; row++)
        for (int64_t column = 0; column < j->columns; column++)
            sard_set(&j->call->outputs[0], at++,
                     largest_of(j, picture * j->channels + channel, bin_of(h, row, j->rows, j->height),
                                bin_of(w, column, j->columns, j->width)));
}

static sard_status check_rois(const sard_call *call)
{
    const double scale = (double)((const max_roi_pool *)call->attrs)->spatial_scale;
    const int64_t pictures = call->inputs[0].dims[0];
    for (int64_t i = 0; i < call->inputs[1].dims[0]; i++) {
        const double picture = sard_get(&call->inputs[1], (size_t)(5 * i));
        if (!(picture > -1 && picture < (double)pictures))
            return sard_call_fail(call, SARD_DATA, "batch index %g of region %" PRId64 ", but X has %" PRId64 " batches", picture, i,
                                  pictures);
        for (int64_t k = 1; k < 5; k++)
            if (!(fabs(sard_get(&call->inputs[1], (size_t)(5 * i + k)) * scale) < 0x1p31))
                return sard_call_fail(call, SARD_DATA, "region %" PRId64 " is too large, or no number", i);
    }
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    job j = {call, x->dims[1], x->dims[2], x->dims[3], y->dims[2], y->dims[3]};
    const sard_status status = check_rois(call);
    if (!status && sard_tensor_count(y))
        sard_call_parallel(call, (size_t)(y->dims[0] * y->dims[1]), pool, &j);
    return status;
}

const sard_op sard_op_max_roi_pool = {.struct_size = sizeof(sard_op),
                                      .domain = "",
                                      .name = "MaxRoiPool",
                                      .since = 22,
                                      .inputs = inputs,
                                      .outputs = outputs,
                                      .attrs = attrs,
                                      .attrs_size = sizeof(max_roi_pool),
                                      .infer = infer,
                                      .eval = eval};
