/* GridSample: reads a picture (or a line, or a volume) at places that a second tensor names
 *
 * in   X: N, C, d1 ... dk; grid: N, o1 ... ok, k: places in -1 .. 1, the last dimension of X first
 * out  Y: N, C, o1 ... ok
 *
 * With align_corners -1 and 1 are the centres of the outermost elements, else their outer edges; this is also where `reflection` turns
 * round. nearest takes one element (halves go to the even one), linear 2 and cubic 4 (Keys' kernel with a = -0.75) of each dimension.
 * `border` moves the place itself to the edge, but for cubic only the elements that are read, as PyTorch does.
 * Places are worked out in float, as everywhere else, since `nearest` hangs on a rounding; with a double grid in double. A place that is
 * no number is outside. Integers are computed as floating point and truncated. */
#include "ops/lib/util.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { MAX_SPATIAL = 3, MAX_TAPS = 4, MAX_POINTS = 64, BLOCK = 256 };
enum { LINEAR, NEAREST, CUBIC };
enum { ZEROS, BORDER, REFLECTION };

typedef struct grid_sample {
    int64_t mode, padding_mode, align_corners;
} grid_sample;

static const char *const modes[] = {"linear", "nearest", "cubic", NULL};
static const char *const paddings[] = {"zeros", "border", "reflection", NULL};
static const sard_attr_spec attrs[] = {SARD_CHOICE(grid_sample, mode, "linear", modes),
                                       SARD_CHOICE(grid_sample, padding_mode, "zeros", paddings), SARD_INT(grid_sample, align_corners, 0),
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_ANY), SARD_PORT("grid", 'G', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_ANY), SARD_PORTS_END};

static bool differ(int64_t a, int64_t b) { return a >= 0 && b >= 0 && a != b; }

static sard_status infer(sard_node *node, sard_error *error)
{
    const grid_sample *a = node->attrs;
    const sard_value *x = node->inputs[0], *grid = node->inputs[1];
    const int spatial = x->rank - 2;
    if (spatial < 1 || x->rank != grid->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "X and grid have rank %d and %d, must have the same, 3 or more", x->rank,
                              grid->rank);
    if (spatial > MAX_SPATIAL)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "%d spatial dimensions, at most %d are possible", spatial, MAX_SPATIAL);
    if (differ(grid->dims[spatial + 1], spatial) || differ(x->dims[0], grid->dims[0]))
        return sard_node_fail(node, error, SARD_SHAPE,
                              "grid has %" PRId64 " batches of places with %" PRId64 " numbers, must have %" PRId64 " and %d",
                              grid->dims[0], grid->dims[spatial + 1], x->dims[0], spatial);
    if (x->dtype == SARD_STRING && a->mode != NEAREST)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "strings cannot be interpolated");
    int64_t dims[SARD_MAX_RANK] = {x->dims[0] >= 0 ? x->dims[0] : grid->dims[0], x->dims[1]};
    memcpy(dims + 2, grid->dims + 1, (size_t)spatial * sizeof *dims);
    return sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

/* ---- one dimension of one place ---- */

/* The elements it reads and their weights. index -1: outside, a zero. */
typedef struct taps {
    int count;
    int64_t index[MAX_TAPS];
    double weight[MAX_TAPS];
} taps;

static double denormalize(bool wide, double place, int64_t size, bool align_corners)
{
    if (wide)
        return align_corners ? (place + 1) / 2 * (double)(size - 1) : ((place + 1) * (double)size - 1) / 2;
    const float f = (float)place;
    return (double)(align_corners ? (f + 1) / 2 * (float)(size - 1) : ((f + 1) * (float)size - 1) / 2);
}

/* Back and forth between low and high. */
static double reflect(double x, double low, double high)
{
    const double range = high - low;
    if (range <= 0)
        return low;
    const double far = x < low ? low - x : x - low; /* seen from low, both sides are alike */
    const double rest = fmod(far, 2 * range);
    return low + (rest > range ? 2 * range - rest : rest);
}

static int64_t clamp(int64_t i, int64_t size) { return i < 0 ? 0 : i >= size ? size - 1 : i; }

static int64_t pad(int64_t i, int64_t size, int64_t padding, double low, double high)
{
    if (i >= 0 && i < size)
        return i;
    if (size == 0 || padding == ZEROS)
        return -1;
    return clamp(padding == BORDER ? i : (int64_t)reflect((double)i, low, high), size);
}

/* Keys' cubic convolution: the weight of an element at a distance. */
static double cubic(double distance)
{
    const double a = -0.75, t = fabs(distance);
    if (t <= 1)
        return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}

static taps make_taps(const grid_sample *a, double x, int64_t size)
{
    const double low = a->align_corners ? 0 : -0.5, high = (double)size - (a->align_corners ? 1 : 0.5), far = 1e9;
    taps t = {.count = a->mode == NEAREST ? 1 : a->mode == LINEAR ? 2 : 4};
    x = x != x ? -far : x;
    if (a->mode == NEAREST)
        x = rint(x);
    if (a->padding_mode == BORDER && a->mode != CUBIC)
        x = x < 0 ? 0 : x > (double)(size - 1) ? (double)(size - 1) : x;
    else if (a->padding_mode == REFLECTION && (x < low || x > high))
        x = isfinite(x) ? reflect(x, low, high) : low;
    x = x < -far ? -far : x > far ? far : x;
    const double floor_x = a->mode == NEAREST ? x : floor(x);
    const int64_t first = (int64_t)floor_x - (t.count == 4);
    for (int i = 0; i < t.count; i++) {
        const double distance = fabs(x - (double)(first + i));
        t.index[i] = pad(first + i, size, a->padding_mode, low, high);
        t.weight[i] = a->mode == NEAREST ? 1 : a->mode == LINEAR ? 1 - distance : cubic(distance);
    }
    return t;
}

/* ---- places ---- */

typedef struct job {
    const grid_sample *attrs;
    const sard_tensor *x, *grid;
    char *out;
    int spatial;
    int64_t channels, plane, places, chunks; /* plane: elements of X in a channel; places: in a batch of the grid */
} job;

/* All taps of a place: offsets in a channel of X, and weights. */
typedef struct points {
    int count;
    int64_t offset[MAX_POINTS];
    double weight[MAX_POINTS];
} points;

static points make_points(const job *j, const double *place)
{
    const bool wide = j->grid->dtype == SARD_F64;
    points p = {.count = 1, .offset = {0}, .weight = {1}};
    for (int d = 0; d < j->spatial; d++) {
        const int64_t size = j->x->dims[2 + d];
        const taps t = make_taps(j->attrs, denormalize(wide, place[j->spatial - 1 - d], size, j->attrs->align_corners != 0), size);
        points next = {.count = 0};
        for (int i = 0; i < p.count; i++)
            for (int k = 0; k < t.count; k++)
                if (t.index[k] >= 0) {
                    next.offset[next.count] = p.offset[i] * size + t.index[k];
                    next.weight[next.count++] = p.weight[i] * t.weight[k];
                }
        p = next;
    }
    return p;
}

static double load(const sard_tensor *x, int64_t i)
{
    return x->dtype == SARD_F32 ? (double)((const float *)x->data)[i] : sard_get(x, (size_t)i);
}

static void sample(const job *j, const points *p, int64_t from, char *to)
{
    const size_t size = sard_dtype_size(j->x->dtype);
    if (j->attrs->mode == NEAREST) {
        if (p->count)
            memcpy(to, (const char *)j->x->data + (size_t)(from + p->offset[0]) * size, size);
        else
            memset(to, 0, size);
        return;
    }
    double sum = 0;
    for (int i = 0; i < p->count; i++)
        sum += p->weight[i] * load(j->x, from + p->offset[i]);
    sard_narrow(j->x->dtype, &sum, 1, to);
}

static void sample_block(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t batch = (int64_t)task / j->chunks, first = (int64_t)task % j->chunks * BLOCK;
    const size_t size = sard_dtype_size(j->x->dtype), grid_size = sard_dtype_size(j->grid->dtype);
    for (int64_t i = first; i < j->places && i < first + BLOCK; i++) {
        double place[MAX_SPATIAL];
        sard_widen(j->grid->dtype, (const char *)j->grid->data + (size_t)((batch * j->places + i) * j->spatial) * grid_size,
                   (size_t)j->spatial, place);
        const points p = make_points(j, place);
        for (int64_t c = 0; c < j->channels; c++) {
            const int64_t channel = batch * j->channels + c;
            sample(j, &p, channel * j->plane, j->out + (size_t)(channel * j->places + i) * size);
        }
    }
}

static sard_status eval(const sard_call *call)
{
    job j = {.attrs = call->attrs,
             .x = &call->inputs[0],
             .grid = &call->inputs[1],
             .out = call->outputs[0].data,
             .spatial = call->inputs[0].rank - 2,
             .channels = call->inputs[0].dims[1],
             .plane = 1,
             .places = 1};
    if (!sard_tensor_count(&call->outputs[0]))
        return SARD_OK;
    for (int i = 0; i < j.spatial; i++) {
        j.plane *= j.x->dims[2 + i];
        j.places *= j.grid->dims[1 + i];
    }
    j.chunks = (j.places + BLOCK - 1) / BLOCK;
    sard_call_parallel(call, (size_t)(j.x->dims[0] * j.chunks), sample_block, &j);
    return SARD_OK;
}

/* Cubic takes four places of each axis. */
static double work(const sard_node *node)
{
    double places = 1;
    for (int i = 2; i < node->inputs[0]->rank; i++)
        places *= 4;
    return places * sard_outputs_work(node);
}

const sard_op sard_op_grid_sample = {.struct_size = sizeof(sard_op),
                                     .domain = "",
                                     .name = "GridSample",
                                     .since = 22,
                                     .inputs = inputs,
                                     .outputs = outputs,
                                     .attrs = attrs,
                                     .attrs_size = sizeof(grid_sample),
                                     .infer = infer,
                                     .eval = eval,
                                     .work = work};
