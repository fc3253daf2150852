/* ConvTranspose as an indirect product for each phase of the stride: the outputs that are a stride apart get the same taps, each reading a
 * row of channels of the input, or zeros. A piece of work is a row of outputs; its phases follow each other. Channels-last. */
#include "ops/conv_transpose.h"

#include "backends/native/common/cost.h"
#include "backends/native/common/panel.h"
#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "backends/slots.h"

#include <string.h>

enum { MOST_PHASES = 1024 };

typedef struct job {
    const sard_tier *tier;
    sard_window window;
    sard_spatial in, out;
    int64_t groups, channels, results; /* of a group */
    sard_panels panels;
    int64_t phases, taps, most_taps; /* taps of all phases; the most of one */
    const float *x, *weights, *bias, *zeros;
    float *y;
    char *slot; /* pointers of the first slot */
    size_t slot_bytes;
    int64_t y_row;
    sard_post post;
    const sard_tensor *inputs;
    sard_slots slots;
} job;

/* One phase: what output + begin leaves when divided by the stride, for each dimension. */
typedef struct phase {
    int64_t rest[SARD_MAX_SPATIAL];
    int64_t taps, first; /* its number of taps, 0 possible; taps of the phases before it */
} phase;

static int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/* How many taps of dimension i reach outputs of that rest; out (may be NULL): which. */
static int64_t list_taps(const sard_window *w, int i, int64_t rest, int64_t *out)
{
    int64_t count = 0;
    for (int64_t k = 0; k < w->kernel[i]; k++)
        if (k * w->dilation[i] % w->stride[i] == rest) {
            if (out)
                out[count] = k;
            count++;
        }
    return count;
}

static int64_t count_taps(const sard_window *w, const int64_t *rest)
{
    int64_t taps = 1;
    for (int i = 0; i < w->count; i++)
        taps *= list_taps(w, i, rest[i], NULL);
    return taps;
}

/* Phases in order, the last dimension fastest: for (phase p = first_phase(j); ...; next_phase(j, &p)). */
static phase first_phase(const job *j)
{
    phase p = {.first = 0};
    p.taps = count_taps(&j->window, p.rest);
    return p;
}

static void next_phase(const job *j, phase *p)
{
    p->first += p->taps;
    for (int i = j->window.count - 1; i >= 0 && ++p->rest[i] == j->window.stride[i]; i--)
        p->rest[i] = 0;
    p->taps = count_taps(&j->window, p->rest);
}

static sard_status describe(const sard_node *node, const sard_tier *tier, int64_t ld, job *j, sard_error *error)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1], *y = node->outputs[0];
    *j = (job){.tier = tier, .phases = 1, .groups = ((const sard_conv_transpose_attrs *)node->attrs)->group};
    const sard_status status = sard_conv_transpose_window(node, &j->window, error);
    if (status)
        return status;
    j->in = sard_spatial_of(node->layout, x->rank, x->dims, ld);
    j->out = sard_spatial_of(node->layout, y->rank, y->dims, 0);
    j->channels = w->dims[0] / j->groups;
    j->results = w->dims[1];
    j->panels = sard_panels_of(tier, j->results);
    for (int i = 0; i < j->window.count && j->phases <= MOST_PHASES; i++)
        j->phases *= j->window.stride[i] <= MOST_PHASES ? j->window.stride[i] : MOST_PHASES + 1;
    if (j->phases > MOST_PHASES)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "strides of more than %d phases", MOST_PHASES);
    phase p = first_phase(j);
    for (int64_t i = 0; i < j->phases; i++, next_phase(j, &p))
        j->most_taps = p.taps > j->most_taps ? p.taps : j->most_taps;
    j->taps = p.first;
    j->most_taps = j->most_taps ? j->most_taps : 1;
    return SARD_OK;
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    const sard_value *w = node->inputs[1];
    *why = "native kernels are channels-last, float32";
    if (node->layout != SARD_NHWC)
        return false;
    *why = "native kernels are float32";
    if (node->inputs[0]->dtype != SARD_F32)
        return false;
    *why = "the weights are not constant";
    if (!w->constant || (sard_has_input(node, 2) && !node->inputs[2]->constant))
        return false;
    *why = "an epilogue of other functions";
    if (!sard_post_takes(node))
        return false;
    *why = "windows or strides are too large";
    int64_t area = 1;
    for (int i = 2; i < w->rank; i++)
        if (__builtin_mul_overflow(area, w->dims[i], &area) || area > 1 << 16)
            return false;
    job j;
    return w->dims[0] && w->dims[1] && area && !describe(node, sard_tier_of(target), 0, &j, NULL);
}

static double cost(const sard_node *node, const sard_target *target)
{
    job j;
    if (describe(node, sard_tier_of(target), 0, &j, NULL))
        return 0;
    double pixels = (double)j.in.n;
    for (int i = 0; i < j.in.count; i++)
        pixels *= (double)j.in.size[i];
    return (sard_cost_products(pixels * (double)(j.taps * j.channels * j.groups * j.panels.vectors)) + SARD_COST_STEP) / SARD_COST_GHZ;
}

/* ---- before the first run ---- */

/* Numbers of a phase's taps in the kernel, row-major. */
static void number_taps(const job *j, const phase *p, int64_t *out)
{
    const sard_window *w = &j->window;
    for (int64_t t = 0; t < p->taps; t++) {
        int64_t number = 0, scale = 1;
        for (int64_t i = w->count - 1, left = t; i >= 0; i--) {
            const int64_t count = list_taps(w, (int)i, p->rest[i], NULL);
            int64_t nth = left % count, k = 0;
            left /= count;
            while (k * w->dilation[i] % w->stride[i] != p->rest[i] || nth--)
                k++;
            number += k * scale;
            scale *= w->kernel[i];
        }
        out[t] = number;
    }
}

/* [group][panel][phase][tap][channel][vector][lane]; 0 beyond the last result. numbers: of all taps. */
static void pack(const job *j, const sard_tensor *w, const int64_t *numbers, int64_t area, float *out)
{
    const char *from = w->data;
    for (int64_t g = 0; g < j->groups; g++)
        for (int64_t panel = 0; panel < j->panels.count; panel++)
            for (int64_t t = 0; t < j->taps; t++)
                for (int64_t c = 0; c < j->channels; c++)
                    for (int64_t m = sard_panel_first(&j->panels, panel); m < sard_panel_first(&j->panels, panel + 1); m++, out++) {
                        *out = 0;
                        if (m < j->results)
                            memcpy(out, from + (size_t)(((g * j->channels + c) * j->results + m) * area + numbers[t]) * sizeof *out,
                                   sizeof *out);
                    }
}

static int64_t padded_results(const job *j) { return j->panels.vectors * j->panels.lanes; }

static void number_all(const job *j, int64_t *numbers)
{
    phase p = first_phase(j);
    for (int64_t i = 0; i < j->phases; i++, next_phase(j, &p))
        number_taps(j, &p, numbers + p.first);
}

static int64_t columns_of(const job *j)
{
    const int last = j->window.count - 1;
    return divide_up(j->window.out[last], j->window.stride[last]);
}

static size_t slot_bytes(const job *j) { return ((size_t)(j->most_taps * columns_of(j)) * sizeof(float *) + 63) / 64 * 64; }

static sard_status prepare(const sard_node *node, sard_packing *packing, sard_error *error)
{
    job j;
    bool fresh_weights, fresh_bias, fresh_numbers;
    const sard_tensor *w = sard_value_constant(node->inputs[1]);
    const sard_status status = describe(node, sard_tier_of(sard_packing_target(packing)), 0, &j, error);
    if (status)
        return status;
    sard_packing_scratch(packing, SARD_SLOTS * slot_bytes(&j) + (size_t)j.channels * sizeof(float));
    int64_t area = 1;
    for (int i = 2; i < w->rank; i++)
        area *= w->dims[i];
    const size_t weights = (size_t)(j.groups * sard_panels_size(&j.panels, j.taps * j.channels)) * sizeof(float);
    const size_t bias = (size_t)(j.groups * padded_results(&j)) * sizeof(float);
    float *packed = sard_packing_memory(packing, 0, weights, &fresh_weights), *padded = sard_packing_memory(packing, 1, bias, &fresh_bias);
    int64_t *numbers = sard_packing_memory(packing, 2, (size_t)j.taps * sizeof(int64_t), &fresh_numbers);
    if (!packed || !padded || !numbers)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh_numbers)
        number_all(&j, numbers);
    if (fresh_weights)
        pack(&j, w, numbers, area, packed);
    if (fresh_bias)
        memset(padded, 0, bias);
    for (int64_t g = 0; fresh_bias && sard_has_input(node, 2) && g < j.groups; g++)
        memcpy(padded + g * padded_results(&j),
               (const char *)sard_value_constant(node->inputs[2])->data + (size_t)(g * j.results) * sizeof(float),
               (size_t)j.results * sizeof(float));
    return SARD_OK;
}

/* ---- the run ---- */

/* The outputs of one phase in a row: `count` of them from column `first` on. */
typedef struct line {
    const float *x; /* the group's channels in the picture */
    float *y;
    const float *residual;
    int64_t at[SARD_MAX_SPATIAL]; /* of the row, plus begin */
    int64_t g, first, count;
} line;

/* Pointers of one tap (nth[i]: which of the phase's in dimension i). */
static void fill_tap(const job *j, const line *l, const int64_t *taps, const float **out)
{
    const sard_window *w = &j->window;
    const int last = w->count - 1;
    bool inside = true;
    int64_t distance = 0;
    for (int i = 0; i < last; i++) {
        const int64_t at = l->at[i] - taps[i] * w->dilation[i];
        inside &= at >= 0 && at / w->stride[i] < j->in.size[i];
        distance += at / w->stride[i] * j->in.stride[i];
    }
    const int64_t reach = l->first + w->begin[last] - taps[last] * w->dilation[last], from = reach / w->stride[last]; /* divides exactly */
    for (int64_t i = 0; i < l->count; i++)
        out[i] = inside && (uint64_t)(from + i) < (uint64_t)j->in.size[last] ? l->x + distance + (from + i) * j->in.stride[last] : j->zeros;
}

static void fill_pointers(const job *j, const line *l, const phase *p, const float **out)
{
    const sard_window *w = &j->window;
    int64_t tap[SARD_MAX_SPATIAL] = {0};
    for (int64_t i = 0; !p->taps && i < l->count; i++)
        out[i] = j->zeros; /* pointers are read, rows are not */
    for (int64_t t = 0; t < p->taps; out += l->count) {
        bool reaches = true;
        for (int i = 0; i < w->count; i++)
            reaches &= tap[i] * w->dilation[i] % w->stride[i] == p->rest[i];
        if (reaches) {
            fill_tap(j, l, tap, out);
            t++;
        } else
            out -= l->count;
        for (int i = w->count - 1; i >= 0 && ++tap[i] == w->kernel[i]; i--)
            tap[i] = 0;
    }
}

/* One tile whose last vector has results beyond the last: through a place of its own. */
static void run_part(const job *j, sard_rows_function *run, const float *const *x, const float *w, float *y, const float *residual,
                     sard_tile tile, int rows, int64_t rest, int64_t width)
{
    float own[SARD_MOST_ROWS * SARD_MOST_VECTORS * 16], other[SARD_MOST_ROWS * SARD_MOST_VECTORS * 16];
    const int64_t y_row = tile.out_row, residual_row = tile.residual_row, ld = width * j->panels.lanes;
    memset(other, 0, sizeof other);
    for (int r = 0; residual && r < rows; r++)
        memcpy(other + r * ld, residual + r * residual_row, (size_t)rest * sizeof *other);
    tile.out_row = tile.residual_row = ld;
    run(x, w, own, residual ? other : NULL, w, &tile, 1);
    for (int r = 0; r < rows; r++)
        memcpy(y + r * y_row, own + r * ld, (size_t)rest * sizeof *own);
}

static void run_panel(const job *j, const line *l, const phase *p, const float *const *pointers, int64_t panel)
{
    const int64_t width = sard_panel_width(&j->panels, panel), k = j->taps * j->channels, channel = sard_panel_first(&j->panels, panel);
    const int64_t rest = sard_panel_first(&j->panels, panel + 1) > j->results ? j->results - channel : 0, most = j->tier->gemm.rows[width];
    const int64_t step = j->window.stride[j->window.count - 1], tiles = divide_up(l->count, most), higher = l->count % tiles;
    const float *w = j->weights + l->g * sard_panels_size(&j->panels, k) + sard_panel_offset(&j->panels, panel, k, p->first * j->channels);
    sard_tile tile = {.k = p->taps ? j->channels : 0, /* without taps: the bias alone */
                      .taps = p->taps ? p->taps : 1,
                      .x_tap = l->count,
                      .out_row = step * j->y_row,
                      .residual_row = step * j->post.residual_row,
                      .bias = j->bias + l->g * padded_results(j) + channel,
                      .absent = rest ? width * j->panels.lanes - rest : 0,
                      .last = true,
                      .low = j->post.low,
                      .high = j->post.high};
    tile.ahead_end = w + tile.taps * tile.k * width * j->panels.lanes;
    for (int64_t i = 0, at = 0; i < tiles; i++) {
        const int64_t rows = l->count / tiles + (i < higher);
        sard_rows_function *run = j->tier->gemm.rowwise[width - 1][rows];
        float *y = l->y + channel + (l->first + at * step) * j->y_row;
        const float *residual = l->residual ? l->residual + channel + (l->first + at * step) * j->post.residual_row : NULL;
        if (rest && !j->tier->tails)
            run_part(j, run, pointers + at, w, y, residual, tile, (int)rows, rest, width);
        else
            run(pointers + at, w, y, residual, w, &tile, 1);
        at += rows;
    }
}

static void work(void *arg, size_t index)
{
    job *j = arg;
    const sard_window *w = &j->window;
    const int last = w->count - 1;
    line l = {.g = (int64_t)index % j->groups};
    int64_t row = (int64_t)index / j->groups, n = row;
    phase p = first_phase(j);
    for (int i = last - 1; i >= 0; i--) {
        l.at[i] = n % w->out[i] + w->begin[i];
        n /= w->out[i];
    }
    l.x = j->x + n * j->in.stride_n + l.g * j->channels;
    l.y = j->y + row * w->out[last] * j->y_row + l.g * j->results;
    l.residual = sard_post_residual(&j->post, j->inputs, row * w->out[last]);
    l.residual = l.residual ? l.residual + l.g * j->results : NULL;
    const unsigned slot = sard_slot_take(&j->slots);
    const float **pointers = (const float **)(j->slot + slot * j->slot_bytes);
    for (int64_t i = 0; i < j->phases; i++, next_phase(j, &p)) {
        bool here = true;
        for (int d = 0; d < last; d++)
            here &= l.at[d] % w->stride[d] == p.rest[d];
        l.first = (p.rest[last] - w->begin[last] % w->stride[last] + w->stride[last]) % w->stride[last];
        l.count = w->out[last] > l.first ? divide_up(w->out[last] - l.first, w->stride[last]) : 0;
        if (!here || !l.count)
            continue;
        fill_pointers(j, &l, &p, pointers);
        for (int64_t panel = 0; panel < j->panels.count; panel++)
            run_panel(j, &l, &p, pointers, panel);
    }
    sard_slot_give(&j->slots, slot);
}

static sard_status run(const sard_call *call)
{
    job j;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const sard_status status = describe(call->node, sard_tier_of(call->target), x->ld, &j, call->error);
    if (status)
        return status;
    int64_t rows = j.in.n * j.groups;
    for (int i = 0; i < j.window.count - 1; i++)
        rows *= j.window.out[i];
    j.x = x->data;
    j.y = y->data;
    j.y_row = sard_row_of(y);
    j.weights = call->packed[0];
    j.bias = call->packed[1];
    j.post = sard_post_of(call->node, call->inputs, call->target);
    j.inputs = call->inputs;
    j.slot = call->scratch;
    j.slot_bytes = slot_bytes(&j);
    float *zeros = (float *)(j.slot + SARD_SLOTS * j.slot_bytes);
    memset(zeros, 0, (size_t)j.channels * sizeof *zeros);
    j.zeros = zeros;
    sard_slots_init(&j.slots, SARD_SLOTS);
    if (j.window.out[j.window.count - 1])
        sard_call_parallel(call, (size_t)rows, work, &j);
    return sard_post_rest(&j.post, call);
}

const sard_kernel sard_native_conv_transpose = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_transpose",
    .op = "ConvTranspose",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED,
    .matches = matches,
    .cost = cost,
    .pack = prepare,
    .run = run,
};
