/* MaxPool and AveragePool: for each row of outputs the taps that lie in the picture, as distances; the columns whose windows lie inside
 * share one list, the others have their own. Channels-last. */
#include "ops/pool.h"

#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "backends/slots.h"

#include <string.h>

enum {
    MOST_TAPS = 16384,     /* larger windows are left to others: each thread keeps a list of them */
    LEAST_READS = 1 << 16, /* elements that a piece of work reads */
};

typedef struct job {
    const sard_tier *tier;
    const sard_pool_attrs *attrs;
    bool largest;
    sard_window window;
    sard_spatial in, out;
    const float *x;
    float *y;
    int64_t rows, piece; /* rows of outputs of all pictures; of a piece of work */
    int64_t *taps;       /* of all slots */
    int64_t area;
    sard_slots slots;
} job;

/* Taps first .. end-1 of one dimension. */
typedef struct range {
    int64_t first, end;
} range;

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* The taps of output `at` of dimension i that lie at low .. high-1. */
static range taps_within(const sard_window *w, int i, int64_t at, int64_t low, int64_t high)
{
    const int64_t start = at * w->stride[i] - w->begin[i], step = w->dilation[i];
    const int64_t first = start >= low ? 0 : divide_up(low - start, step), end = start >= high ? 0 : divide_up(high - start, step);
    const int64_t last = end < w->kernel[i] ? end : w->kernel[i];
    return (range){first, last < first ? first : last};
}

static range taps_inside(const job *j, int i, int64_t at) { return taps_within(&j->window, i, at, 0, j->in.size[i]); }

/* What dimension i of a window contributes to the number that its sum is divided by. */
static double weight_of(const job *j, int i, int64_t at, range inside)
{
    const sard_window *w = &j->window;
    if (!j->attrs->count_include_pad)
        return (double)(inside.end - inside.first);
    const range padded = taps_within(w, i, at, -w->begin[i], j->in.size[i] + w->end[i]);
    return (double)(padded.end - padded.first);
}

/* Distances of the taps in these ranges from the first of them. */
static int64_t list_taps(const job *j, const range *ranges, int64_t *out)
{
    int64_t index[SARD_MAX_SPATIAL] = {0}, distance = 0, count = 0;
    for (int i = 0; i < j->window.count; i++)
        if (ranges[i].first >= ranges[i].end)
            return 0;
    for (int i = 0; i >= 0;) {
        out[count++] = distance;
        for (i = j->window.count - 1; i >= 0; i--) {
            const int64_t step = j->window.dilation[i] * j->in.stride[i];
            distance += step;
            if (++index[i] < ranges[i].end - ranges[i].first)
                break;
            distance -= index[i] * step;
            index[i] = 0;
        }
    }
    return count;
}

/* Where a row of outputs stands. */
typedef struct row {
    const float *x; /* of the picture */
    float *y;
    range ranges[SARD_MAX_SPATIAL]; /* of its outer dimensions; the last one is the column's */
    int64_t from;                   /* distance of the outer dimensions' first taps */
    double weight;
} row;

static row find_row(const job *j, int64_t index)
{
    row r = {.y = j->y + index * j->out.size[j->out.count - 1] * j->out.stride[j->out.count - 1], .weight = 1};
    for (int i = j->out.count - 2; i >= 0; i--) {
        const int64_t at = index % j->out.size[i];
        index /= j->out.size[i];
        r.ranges[i] = taps_inside(j, i, at);
        r.weight *= weight_of(j, i, at, r.ranges[i]);
        r.from += (at * j->window.stride[i] - j->window.begin[i] + r.ranges[i].first * j->window.dilation[i]) * j->in.stride[i];
    }
    r.x = j->x + index * j->in.stride_n;
    return r;
}

/* Outputs first .. first+count-1 of a row; their windows have the same taps. */
static void run_columns(const job *j, row *r, int64_t first, int64_t count, int64_t *taps)
{
    const int last = j->window.count - 1;
    const sard_window *w = &j->window;
    range *columns = &r->ranges[last];
    *columns = taps_inside(j, last, first);
    const double weight = r->weight * weight_of(j, last, first, *columns);
    const int64_t from = first * w->stride[last] - w->begin[last] + columns->first * w->dilation[last],
                  found = list_taps(j, r->ranges, taps);
    const sard_pool_tile tile = {.channels = j->in.c,
                                 .outputs = count,
                                 .x_step = w->stride[last] * j->in.stride[last],
                                 .out_step = j->out.stride[last],
                                 .scale = weight > 0 ? (float)(1 / weight) : 0};
    sard_pool_function *pool = j->largest ? j->tier->pool.max : j->tier->pool.sum;
    pool(found ? r->x + r->from + from * j->in.stride[last] : r->x, taps, found, r->y + first * j->out.stride[last], &tile);
}

static void run_row(const job *j, int64_t index, int64_t *taps)
{
    const int last = j->window.count - 1;
    const sard_window *w = &j->window;
    const int64_t columns = w->out[last], reach = (w->kernel[last] - 1) * w->dilation[last];
    row r = find_row(j, index);
    int64_t first = divide_up(w->begin[last], w->stride[last]), end = j->in.size[last] + w->begin[last] - reach;
    end = end > 0 ? divide_up(end, w->stride[last]) : 0;
    first = first < columns ? first : columns;
    end = end < first ? first : end < columns ? end : columns;
    for (int64_t i = 0; i < first; i++)
        run_columns(j, &r, i, 1, taps);
    if (first < end)
        run_columns(j, &r, first, end - first, taps);
    for (int64_t i = end; i < columns; i++)
        run_columns(j, &r, i, 1, taps);
}

static void work(void *arg, size_t i)
{
    job *j = arg;
    const unsigned slot = sard_slot_take(&j->slots);
    const int64_t first = (int64_t)i * j->piece, end = first + j->piece < j->rows ? first + j->piece : j->rows;
    for (int64_t row = first; row < end; row++)
        run_row(j, row, j->taps + (int64_t)slot * j->area);
    sard_slot_give(&j->slots, slot);
}

static int64_t area_of(const sard_window *w)
{
    int64_t area = 1;
    for (int i = 0; i < w->count; i++)
        if (__builtin_mul_overflow(area, w->kernel[i], &area))
            return INT64_MAX;
    return area;
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    sard_window window;
    (void)target;
    *why = "native kernels are channels-last, float32";
    if (node->layout != SARD_NHWC)
        return false;
    *why = "native kernels are float32";
    if (node->inputs[0]->dtype != SARD_F32)
        return false;
    *why = "indices are wanted";
    if (!node->outputs[0] || (node->output_count > 1 && node->outputs[1]))
        return false;
    *why = "an epilogue of other functions";
    if (!sard_post_takes(node))
        return false;
    *why = "the window is too large";
    return !sard_pool_window(node, &window, NULL) && area_of(&window) <= MOST_TAPS;
}

static sard_status prepare(const sard_node *node, sard_packing *packing, sard_error *error)
{
    sard_window window;
    const sard_status status = sard_pool_window(node, &window, error);
    if (!status)
        sard_packing_scratch(packing, SARD_SLOTS * (size_t)area_of(&window) * sizeof(int64_t));
    return status;
}

static sard_status pool(const sard_call *call, bool largest)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    job j = {.tier = sard_tier_of(call->target), .attrs = call->attrs, .largest = largest, .x = x->data, .y = y->data};
    const sard_status status = sard_pool_window(call->node, &j.window, call->error);
    if (status)
        return status;
    j.in = sard_spatial_of(SARD_NHWC, x->rank, x->dims, x->ld);
    j.out = sard_spatial_of(SARD_NHWC, y->rank, y->dims, y->ld);
    j.area = area_of(&j.window);
    j.taps = call->scratch;
    j.rows = j.out.n;
    for (int i = 0; i < j.out.count - 1; i++)
        j.rows *= j.out.size[i];
    const int64_t reads = j.out.size[j.out.count - 1] * j.area * j.in.c + 1;
    j.piece = divide_up(LEAST_READS, reads);
    sard_slots_init(&j.slots, SARD_SLOTS);
    sard_call_parallel(call, (size_t)divide_up(j.rows, j.piece), work, &j);
    const sard_post post = sard_post_steps(call->node, call->inputs, call->target);
    return sard_post_rest(&post, call);
}

static sard_status run_max(const sard_call *call) { return pool(call, true); }
static sard_status run_average(const sard_call *call) { return pool(call, false); }

const sard_kernel sard_native_max_pool = {
    .struct_size = sizeof(sard_kernel),
    .name = "max_pool",
    .op = "MaxPool",
    .flags = SARD_KERNEL_STRIDED,
    .matches = matches,
    .pack = prepare,
    .run = run_max,
};

const sard_kernel sard_native_average_pool = {
    .struct_size = sizeof(sard_kernel),
    .name = "average_pool",
    .op = "AveragePool",
    .flags = SARD_KERNEL_STRIDED,
    .matches = matches,
    .pack = prepare,
    .run = run_average,
};
