/* MaxPool and AveragePool: for each row of outputs the taps that lie in the picture, as distances; the columns whose windows lie inside
 * share one list, the others have their own. Channels-last. */
#include "ops/pool.h"

#include "backends/native/common/post.h"
#include "backends/native/kernels.h"

#include <string.h>

enum {
    MOST_TAPS = 16384,     /* larger windows are left to others: each thread keeps a list of them */
    LEAST_READS = 1 << 16, /* elements that a piece of work reads */
};

/* What a plan knows. */
typedef struct pool {
    sard_pool_function *pool;
    bool counts_pads;
    sard_window window;
    sard_spatial in, out;
    int64_t rows, piece; /* rows of outputs of all pictures; of a piece of work */
    int64_t area;        /* taps of a window */
    sard_post_whole post;
} pool;

typedef struct job {
    const pool *plan;
    const float *x;
    float *y;
    int64_t *taps; /* of all slots */
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

static range taps_inside(const pool *p, int i, int64_t at) { return taps_within(&p->window, i, at, 0, p->in.size[i]); }

/* What dimension i of a window contributes to the number that its sum is divided by. */
static double weight_of(const pool *p, int i, int64_t at, range inside)
{
    const sard_window *w = &p->window;
    if (!p->counts_pads)
        return (double)(inside.end - inside.first);
    const range padded = taps_within(w, i, at, -w->begin[i], p->in.size[i] + w->end[i]);
    return (double)(padded.end - padded.first);
}

/* Distances of the taps in these ranges from the first of them. */
static int64_t list_taps(const pool *p, const range *ranges, int64_t *out)
{
    int64_t index[SARD_MAX_SPATIAL] = {0}, distance = 0, count = 0;
    for (int i = 0; i < p->window.count; i++)
        if (ranges[i].first >= ranges[i].end)
            return 0;
    for (int i = 0; i >= 0;) {
        out[count++] = distance;
        for (i = p->window.count - 1; i >= 0; i--) {
            const int64_t step = p->window.dilation[i] * p->in.stride[i];
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
    const pool *p = j->plan;
    row r = {.y = j->y + index * p->out.size[p->out.count - 1] * p->out.stride[p->out.count - 1], .weight = 1};
    for (int i = p->out.count - 2; i >= 0; i--) {
        const int64_t at = index % p->out.size[i];
        index /= p->out.size[i];
        r.ranges[i] = taps_inside(p, i, at);
        r.weight *= weight_of(p, i, at, r.ranges[i]);
        r.from += (at * p->window.stride[i] - p->window.begin[i] + r.ranges[i].first * p->window.dilation[i]) * p->in.stride[i];
    }
    r.x = j->x + index * p->in.stride_n;
    return r;
}

/* Outputs first .. first+count-1 of a row; their windows have the same taps. */
static void run_columns(const job *j, row *r, int64_t first, int64_t count, int64_t *taps)
{
    const pool *p = j->plan;
    const sard_window *w = &p->window;
    const int last = w->count - 1;
    range *columns = &r->ranges[last];
    *columns = taps_inside(p, last, first);
    const double weight = r->weight * weight_of(p, last, first, *columns);
    const int64_t from = first * w->stride[last] - w->begin[last] + columns->first * w->dilation[last],
                  found = list_taps(p, r->ranges, taps);
    const sard_pool_tile tile = {.channels = p->in.c,
                                 .outputs = count,
                                 .x_step = w->stride[last] * p->in.stride[last],
                                 .out_step = p->out.stride[last],
                                 .scale = weight > 0 ? (float)(1 / weight) : 0};
    p->pool(found ? r->x + r->from + from * p->in.stride[last] : r->x, taps, found, r->y + first * p->out.stride[last], &tile);
}

static void run_row(const job *j, int64_t index, int64_t *taps)
{
    const sard_window *w = &j->plan->window;
    const int last = w->count - 1;
    const int64_t columns = w->out[last], reach = (w->kernel[last] - 1) * w->dilation[last];
    row r = find_row(j, index);
    int64_t first = divide_up(w->begin[last], w->stride[last]), end = j->plan->in.size[last] + w->begin[last] - reach;
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

static void pool_work(void *arg, size_t i, unsigned slot)
{
    const job *j = arg;
    const pool *p = j->plan;
    const int64_t first = (int64_t)i * p->piece, end = first + p->piece < p->rows ? first + p->piece : p->rows;
    for (int64_t row = first; row < end; row++)
        run_row(j, row, j->taps + (int64_t)slot * p->area);
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

static sard_status bind(sard_binding *binding, bool largest, sard_error *error)
{
    const sard_tensor *x = &binding->inputs[0], *y = &binding->outputs[0];
    const sard_pool_table *functions = &sard_tier_of(binding->target)->pool;
    pool *p = sard_binding_alloc(binding, sizeof *p);
    if (!p)
        return sard_no_memory(error);
    const sard_status status = sard_pool_window(binding->node, &p->window, error);
    if (status)
        return status;
    p->pool = largest ? functions->max : functions->sum;
    p->counts_pads = ((const sard_pool_attrs *)binding->attrs)->count_include_pad;
    p->in = sard_spatial_of(SARD_NHWC, x->rank, x->dims, x->ld);
    p->out = sard_spatial_of(SARD_NHWC, y->rank, y->dims, y->ld);
    p->area = area_of(&p->window);
    p->rows = p->out.n;
    for (int i = 0; i < p->out.count - 1; i++)
        p->rows *= p->out.size[i];
    p->piece = divide_up(LEAST_READS, p->out.size[p->out.count - 1] * p->area * p->in.c + 1);
    p->post = sard_post_whole_of(binding);
    sard_binding_scratch(binding, SARD_SLOTS * (size_t)p->area * sizeof(int64_t));
    binding->state = p;
    return SARD_OK;
}

static sard_status bind_max(sard_binding *binding, sard_error *error) { return bind(binding, true, error); }
static sard_status bind_average(sard_binding *binding, sard_error *error) { return bind(binding, false, error); }

static sard_status pool_run(const sard_call *call)
{
    const pool *p = call->state;
    job j = {.plan = p, .x = call->inputs[0].data, .y = call->outputs[0].data, .taps = call->scratch};
    sard_call_parallel_slots(call, (size_t)divide_up(p->rows, p->piece), pool_work, &j);
    sard_post_whole_run(&p->post, call);
    return SARD_OK;
}

const sard_kernel sard_native_max_pool = {
    .struct_size = sizeof(sard_kernel),
    .name = "max_pool",
    .op = "MaxPool",
    .flags = SARD_KERNEL_STRIDED,
    .matches = matches,
    .bind = bind_max,
    .run = pool_run,
};

const sard_kernel sard_native_average_pool = {
    .struct_size = sizeof(sard_kernel),
    .name = "average_pool",
    .op = "AveragePool",
    .flags = SARD_KERNEL_STRIDED,
    .matches = matches,
    .bind = bind_average,
    .run = pool_run,
};
