/* RoiAlign: pools regions of a feature map to one size, reading between its elements (He et al., Mask R-CNN, 2017, section 3)
 *
 * in   X: N, C, H, W; rois: R x 4: x1 y1 x2 y2, times spatial_scale; batch_indices: R, which of the N
 * out  Y: R, C, output_height, output_width
 *
 * A bin reads sampling_ratio x sampling_ratio places, or where that is 0 as many as it has elements; each is bilinear and zero beyond one
 * element outside. avg: their mean; max: the largest of the four weighted neighbours of all places, as ONNX has it. half_pixel moves
 * regions by half an element; output_half_pixel does not, and makes them at least 1 x 1.
 * Regions are worked out in float, as everywhere else, since the number of places hangs on a rounding; in double where X is double. */
#include "ops/lib/util.h"

#include <inttypes.h>
#include <math.h>

enum { AVG, MAX };
enum { HALF_PIXEL, OUTPUT_HALF_PIXEL };
enum { MOST_PLACES = 16384, MOST_TASKS = 64 };

typedef struct roi_align {
    int64_t coordinate_transformation_mode, mode, output_height, output_width, sampling_ratio;
    float spatial_scale;
} roi_align;

static const char *const modes[] = {"avg", "max", NULL};
static const char *const transformations[] = {"half_pixel", "output_half_pixel", NULL};
static const sard_attr_spec attrs[] = {
    SARD_CHOICE(roi_align, coordinate_transformation_mode, "half_pixel", transformations),
    SARD_CHOICE(roi_align, mode, "avg", modes),
    SARD_INT_IN(roi_align, output_height, 1, 1, INT32_MAX),
    SARD_INT_IN(roi_align, output_width, 1, 1, INT32_MAX),
    SARD_INT_IN(roi_align, sampling_ratio, 0, 0, MOST_PLACES),
    SARD_FLOAT(roi_align, spatial_scale, 1),
    SARD_ATTRS_END,
};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("rois", 'T', SARD_SET_FLOAT),
                                   SARD_PORT("batch_indices", 'I', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_FLOAT), SARD_PORTS_END};

static bool differ(int64_t a, int64_t b) { return a >= 0 && b >= 0 && a != b; }

static sard_status infer(sard_node *node, sard_error *error)
{
    const roi_align *a = node->attrs;
    const sard_value *x = node->inputs[0], *rois = node->inputs[1], *batches = node->inputs[2];
    if (x->rank != 4 || rois->rank != 2 || batches->rank != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "X, rois and batch_indices have rank %d, %d and %d, must be 4, 2 and 1", x->rank,
                              rois->rank, batches->rank);
    if (differ(rois->dims[1], 4) || differ(rois->dims[0], batches->dims[0]))
        return sard_node_fail(node, error, SARD_SHAPE,
                              "rois are %" PRId64 " x %" PRId64 " with %" PRId64 " batch indices, must be R x 4 with R", rois->dims[0],
                              rois->dims[1], batches->dims[0]);
    const int64_t count = rois->dims[0] >= 0 ? rois->dims[0] : batches->dims[0];
    return sard_node_set_output(node, 0, x->dtype, 4, (int64_t[]){count, x->dims[1], a->output_height, a->output_width}, error);
}

/* ---- one region ---- */

/* One dimension of a region: where it begins, the size of a bin, places in a bin. */
typedef struct side {
    double start, bin;
    int64_t places;
} side;

static double rounded(bool wide, double x) { return wide ? x : sard_to_float(x); }

static side make_side(const roi_align *a, bool wide, double from, double to, int64_t bins)
{
    const double offset = a->coordinate_transformation_mode == HALF_PIXEL ? 0.5 : 0, scale = (double)a->spatial_scale;
    side s = {.start = rounded(wide, rounded(wide, from * scale) - offset)};
    double size = rounded(wide, rounded(wide, rounded(wide, to * scale) - offset) - s.start);
    if (a->coordinate_transformation_mode == OUTPUT_HALF_PIXEL && size < 1)
        size = 1;
    s.bin = rounded(wide, size / (double)bins);
    const double adaptive = ceil(s.bin);
    if (a->sampling_ratio > 0)
        s.places = a->sampling_ratio;
    else
        s.places = adaptive <= 0 ? 0 : adaptive <= MOST_PLACES ? (int64_t)adaptive : -1;
    return isfinite(s.start) && isfinite(s.bin) ? s : (side){.places = -1};
}

/* The two elements around a place along one dimension, and the weight of the second. */
typedef struct between {
    int64_t low, high;
    double weight;
} between;

static bool find_between(double at, int64_t size, between *out)
{
    if (at < -1 || at > (double)size)
        return false;
    at = at < 0 ? 0 : at;
    out->low = (int64_t)at;
    out->high = out->low + 1;
    if (out->low >= size - 1) {
        out->low = out->high = size - 1;
        at = (double)out->low;
    }
    out->weight = at - (double)out->low;
    return true;
}

static double place_at(const side *s, int64_t bin, int64_t place)
{
    return s->start + (double)bin * s->bin + ((double)place + 0.5) * s->bin / (double)s->places;
}

/* ---- bins ---- */

typedef struct job {
    const roi_align *attrs;
    const sard_tensor *x, *rois;
    const int64_t *batches;
    sard_tensor *y;
    int64_t channels, height, width, bins, block; /* bins: of all regions */
    double *sums;                                 /* [task][channel] */
} job;

static double load(const sard_tensor *x, int64_t i)
{
    return x->dtype == SARD_F32 ? (double)((const float *)x->data)[i] : sard_get(x, (size_t)i);
}

static double largest(double a, double b, double c, double d)
{
    const double ab = a > b ? a : b, cd = c > d ? c : d;
    return ab > cd ? ab : cd;
}

/* One place, all channels. */
static void add_place(const job *j, int64_t plane, const between *y, const between *x, bool first, double *sums)
{
    const double wy = y->weight, wx = x->weight;
    for (int64_t c = 0; c < j->channels; c++, plane += j->height * j->width) {
        const int64_t low = plane + y->low * j->width, high = plane + y->high * j->width;
        const double a = (1 - wy) * (1 - wx) * load(j->x, low + x->low), b = (1 - wy) * wx * load(j->x, low + x->high);
        const double d = wy * (1 - wx) * load(j->x, high + x->low), e = wy * wx * load(j->x, high + x->high);
        if (j->attrs->mode == AVG)
            sums[c] += a + b + d + e;
        else if (first || largest(a, b, d, e) > sums[c])
            sums[c] = largest(a, b, d, e);
    }
}

/* What a place outside counts for: zero. */
static void add_nothing(const job *j, bool first, double *sums)
{
    for (int64_t c = 0; c < j->channels && j->attrs->mode == MAX; c++)
        if (first || sums[c] < 0)
            sums[c] = 0;
}

static void pool_bin(const job *j, int64_t index, double *sums)
{
    const int64_t bins = j->attrs->output_height * j->attrs->output_width, roi = index / bins, bin = index % bins;
    const int64_t row = bin / j->attrs->output_width, column = bin % j->attrs->output_width;
    const bool wide = j->x->dtype == SARD_F64;
    double corners[4];
    for (int64_t i = 0; i < 4; i++)
        corners[i] = load(j->rois, 4 * roi + i);
    const side h = make_side(j->attrs, wide, corners[1], corners[3], j->attrs->output_height);
    const side w = make_side(j->attrs, wide, corners[0], corners[2], j->attrs->output_width);
    const int64_t plane = j->batches[roi] * j->channels * j->height * j->width;
    for (int64_t c = 0; c < j->channels; c++)
        sums[c] = 0;
    for (int64_t i = 0; i < h.places; i++) {
        between y, x;
        const bool inside = find_between(place_at(&h, row, i), j->height, &y);
        for (int64_t k = 0; k < w.places; k++) {
            if (inside && find_between(place_at(&w, column, k), j->width, &x))
                add_place(j, plane, &y, &x, i + k == 0, sums);
            else
                add_nothing(j, i + k == 0, sums);
        }
    }
    const double count = j->attrs->mode == AVG && h.places && w.places ? (double)(h.places * w.places) : 1;
    for (int64_t c = 0; c < j->channels; c++)
        sard_set(j->y, (size_t)((roi * j->channels + c) * bins + bin), sums[c] / count);
}

static void pool_block(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->block;
    for (int64_t i = first; i < j->bins && i < first + j->block; i++)
        pool_bin(j, i, j->sums + (int64_t)task * j->channels);
}

static sard_status check_rois(const sard_call *call, const job *j)
{
    for (int64_t i = 0; i < j->rois->dims[0]; i++) {
        const double x0 = load(j->rois, 4 * i), y0 = load(j->rois, 4 * i + 1), x1 = load(j->rois, 4 * i + 2), y1 = load(j->rois, 4 * i + 3);
        const bool wide = j->x->dtype == SARD_F64;
        if (j->batches[i] < 0 || j->batches[i] >= j->x->dims[0])
            return sard_call_fail(call, SARD_DATA, "batch index %" PRId64 " of region %" PRId64 ", but X has %" PRId64 " batches",
                                  j->batches[i], i, j->x->dims[0]);
        if (make_side(j->attrs, wide, x0, x1, j->attrs->output_width).places < 0 ||
            make_side(j->attrs, wide, y0, y1, j->attrs->output_height).places < 0)
            return sard_call_fail(call, SARD_DATA, "region %" PRId64 " (%g %g %g %g) is too large, or no number", i, x0, y0, x1, y1);
    }
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0];
    job j = {.attrs = call->attrs,
             .x = x,
             .rois = &call->inputs[1],
             .batches = call->inputs[2].data,
             .y = &call->outputs[0],
             .channels = x->dims[1],
             .height = x->dims[2],
             .width = x->dims[3]};
    const size_t results = sard_tensor_count(j.y);
    const sard_status status = check_rois(call, &j);
    if (status || !results)
        return status;
    if (!j.height || !j.width)
        return sard_call_fail(call, SARD_SHAPE, "X has no elements");
    j.bins = (int64_t)results / j.channels;
    const int64_t tasks = j.bins < MOST_TASKS ? j.bins : MOST_TASKS;
    j.block = (j.bins + tasks - 1) / tasks;
    j.sums = sard_call_alloc(call, (size_t)(tasks * j.channels) * sizeof *j.sums);
    if (!j.sums)
        return sard_call_fail(call, SARD_NOMEM, "no memory for %" PRId64 " channels", j.channels);
    sard_call_parallel(call, (size_t)tasks, pool_block, &j);
    return SARD_OK;
}

/* Four pixels of each sample; where their number follows from the regions, as many as the picture has. */
static double work(const sard_node *node)
{
    const roi_align *a = node->attrs;
    const sard_value *x = node->inputs[0];
    const double bins = (double)a->output_height * (double)a->output_width, ratio = (double)a->sampling_ratio;
    const double samples = a->sampling_ratio > 0 ? ratio * ratio : 1 + sard_extent(x->dims[2]) * sard_extent(x->dims[3]) / bins;
    return 4 * samples * sard_outputs_work(node);
}

const sard_op sard_op_roi_align = {.struct_size = sizeof(sard_op),
                                   .domain = "",
                                   .name = "RoiAlign",
                                   .since = 22,
                                   .inputs = inputs,
                                   .outputs = outputs,
                                   .attrs = attrs,
                                   .attrs_size = sizeof(roi_align),
                                   .infer = infer,
                                   .eval = eval,
                                   .work = work};
