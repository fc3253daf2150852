/* ConvTranspose as an indirect product for each phase of the stride: the outputs that are a stride apart get the same taps, each reading a
 * row of channels of the input, or zeros. A piece of work is a row of outputs; its phases follow each other. Channels-last. */
#include "ops/conv_transpose.h"

#include "backends/native/common/columns.h"
#include "backends/native/common/cost.h"
#include "backends/native/common/panel.h"
#include "backends/native/common/panel_walk.h"
#include "backends/native/kernels.h"
#include "ir/slots.h"

#include <string.h>

enum { MOST_PHASES = 1024 };

/* One phase: what output + begin leaves when divided by the stride, for each dimension. */
typedef struct phase {
    int64_t rest[SARD_MAX_SPATIAL];
    int64_t taps, first; /* its number of taps, 0 possible; taps of the phases before it */
} phase;

/* What a plan knows. */
typedef struct conv_transpose {
    const sard_tier *tier;
    sard_window window;
    sard_spatial in;
    int64_t groups, channels, results; /* of a group */
    sard_panels panels;
    int64_t phases, taps, most_taps; /* taps of all phases; the most of one */
    const phase *each;
    int64_t rows; /* of outputs, for each group: pieces of work */
    size_t slot_bytes;
    int64_t y_row;
    const float *weights, *bias, *zeros;
    sard_post post;
} conv_transpose;

typedef struct job {
    const conv_transpose *plan;
    const float *x;
    float *y;
    const sard_tensor *inputs;
    char *slot; /* pointers of the first slot */
    sard_slots slots;
} job;

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

/* Phases in order, the last dimension fastest: for (phase p = first_phase(c); ...; next_phase(c, &p)). */
static phase first_phase(const conv_transpose *c)
{
    phase p = {.first = 0};
    p.taps = count_taps(&c->window, p.rest);
    return p;
}

static void next_phase(const conv_transpose *c, phase *p)
{
    p->first += p->taps;
    for (int i = c->window.count - 1; i >= 0 && ++p->rest[i] == c->window.stride[i]; i--)
        p->rest[i] = 0;
    p->taps = count_taps(&c->window, p->rest);
}

static sard_status describe(const sard_node *node, const sard_tier *tier, int64_t ld, conv_transpose *c, sard_error *error)
{
    const sard_value *x = node->inputs[0], *w = node->inputs[1];
    *c = (conv_transpose){.tier = tier, .phases = 1, .groups = ((const sard_conv_transpose_attrs *)node->attrs)->group};
    const sard_status status = sard_conv_transpose_window(node, &c->window, error);
    if (status)
        return status;
    c->in = sard_spatial_of(node->layout, x->rank, x->dims, ld);
    c->channels = w->dims[0] / c->groups;
    c->results = w->dims[1];
    c->panels = sard_panels_of(tier, c->results);
    for (int i = 0; i < c->window.count && c->phases <= MOST_PHASES; i++)
        c->phases *= c->window.stride[i] <= MOST_PHASES ? c->window.stride[i] : MOST_PHASES + 1;
    if (c->phases > MOST_PHASES)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "strides of more than %d phases", MOST_PHASES);
    phase p = first_phase(c);
    for (int64_t i = 0; i < c->phases; i++, next_phase(c, &p))
        c->most_taps = p.taps > c->most_taps ? p.taps : c->most_taps;
    c->taps = p.first;
    c->most_taps = c->most_taps ? c->most_taps : 1;
    return SARD_OK;
}

static bool conv_transpose_matches(const sard_node *node, const sard_target *target, const char **why)
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
    conv_transpose c;
    return w->dims[0] && w->dims[1] && area && !describe(node, sard_tier_of(target), 0, &c, NULL);
}

static double conv_transpose_cost(const sard_node *node, const sard_target *target)
{
    conv_transpose c;
    if (describe(node, sard_tier_of(target), 0, &c, NULL))
        return 0;
    double pixels = (double)c.in.n;
    for (int i = 0; i < c.in.count; i++)
        pixels *= (double)c.in.size[i];
    return (sard_cost_products(pixels * (double)(c.taps * c.channels * c.groups * c.panels.vectors)) + SARD_COST_STEP) / SARD_COST_GHZ;
}

/* ---- before the first run ---- */

/* Numbers of a phase's taps in the kernel, row-major. */
static void number_taps(const conv_transpose *c, const phase *p, int64_t *out)
{
    const sard_window *w = &c->window;
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
static void pack_weights(const conv_transpose *c, const sard_tensor *w, const int64_t *numbers, int64_t area, float *out)
{
    const char *from = w->data;
    for (int64_t g = 0; g < c->groups; g++)
        for (int64_t panel = 0; panel < c->panels.count; panel++)
            for (int64_t t = 0; t < c->taps; t++)
                for (int64_t k = 0; k < c->channels; k++)
                    for (int64_t m = sard_panel_first(&c->panels, panel); m < sard_panel_first(&c->panels, panel + 1); m++, out++) {
                        *out = 0;
                        if (m < c->results)
                            memcpy(out, from + (size_t)(((g * c->channels + k) * c->results + m) * area + numbers[t]) * sizeof *out,
                                   sizeof *out);
                    }
}

static void number_all(const conv_transpose *c, int64_t *numbers)
{
    phase p = first_phase(c);
    for (int64_t i = 0; i < c->phases; i++, next_phase(c, &p))
        number_taps(c, &p, numbers + p.first);
}

static int64_t columns_of(const conv_transpose *c)
{
    const int last = c->window.count - 1;
    return sard_divide_up(c->window.out[last], c->window.stride[last]);
}

static size_t slot_bytes(const conv_transpose *c) { return ((size_t)(c->most_taps * columns_of(c)) * sizeof(float *) + 63) / 64 * 64; }

static sard_status conv_transpose_pack(const sard_node *node, sard_packing *packing, sard_error *error)
{
    conv_transpose c;
    bool fresh_weights, fresh_bias, fresh_numbers;
    const sard_tensor *w = sard_value_constant(node->inputs[1]);
    const sard_status status = describe(node, sard_tier_of(sard_packing_target(packing)), 0, &c, error);
    if (status)
        return status;
    int64_t area = 1;
    for (int i = 2; i < w->rank; i++)
        area *= w->dims[i];
    const size_t weights = (size_t)(c.groups * sard_panels_size(&c.panels, c.taps * c.channels)) * sizeof(float);
    const size_t bias = (size_t)(c.groups * sard_panels_padded(&c.panels)) * sizeof(float);
    float *packed = sard_packing_memory(packing, 0, weights, &fresh_weights), *padded = sard_packing_memory(packing, 1, bias, &fresh_bias);
    int64_t *numbers = sard_packing_memory(packing, 2, (size_t)c.taps * sizeof(int64_t), &fresh_numbers);
    if (!packed || !padded || !numbers)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh_numbers)
        number_all(&c, numbers);
    if (fresh_weights)
        pack_weights(&c, w, numbers, area, packed);
    if (fresh_bias)
        sard_columns_pack_bias(&c.panels, c.groups, sard_has_input(node, 2) ? sard_value_constant(node->inputs[2]) : NULL, padded);
    return SARD_OK;
}

static const phase *list_phases(const conv_transpose *c, sard_binding *binding)
{
    phase *all = sard_binding_alloc(binding, (size_t)c->phases * sizeof *all), p = first_phase(c);
    for (int64_t i = 0; all && i < c->phases; i++, next_phase(c, &p))
        all[i] = p;
    return all;
}

static int64_t rows_of(const conv_transpose *c)
{
    const int last = c->window.count - 1;
    int64_t rows = c->window.out[last] ? c->in.n : 0;
    for (int i = 0; i < last; i++)
        rows *= c->window.out[i];
    return rows;
}

static sard_status conv_transpose_bind(sard_binding *binding, sard_error *error)
{
    const sard_tensor *x = &binding->inputs[0];
    conv_transpose *c = sard_binding_alloc(binding, sizeof *c);
    if (!c)
        return sard_no_memory(error);
    const sard_status status = describe(binding->node, sard_tier_of(binding->target), x->ld, c, error);
    if (status)
        return status;
    c->each = list_phases(c, binding);
    c->zeros = sard_binding_alloc(binding, (size_t)c->channels * sizeof(float));
    c->rows = rows_of(c);
    c->slot_bytes = slot_bytes(c);
    c->y_row = sard_row_of(&binding->outputs[0]);
    c->weights = binding->packed[0];
    c->bias = binding->packed[1];
    c->post = sard_post_of(binding->node, binding->inputs, binding->target);
    sard_binding_scratch(binding, SARD_SLOTS * c->slot_bytes);
    binding->state = c;
    return c->each && c->zeros ? SARD_OK : sard_no_memory(error);
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
static void fill_tap(const conv_transpose *c, const line *l, const int64_t *taps, const float **out)
{
    const sard_window *w = &c->window;
    const int last = w->count - 1;
    bool inside = true;
    int64_t distance = 0;
    for (int i = 0; i < last; i++) {
        const int64_t at = l->at[i] - taps[i] * w->dilation[i];
        inside &= at >= 0 && at / w->stride[i] < c->in.size[i];
        distance += at / w->stride[i] * c->in.stride[i];
    }
    const int64_t reach = l->first + w->begin[last] - taps[last] * w->dilation[last], from = reach / w->stride[last]; /* divides exactly */
    for (int64_t i = 0; i < l->count; i++)
        out[i] = inside && (uint64_t)(from + i) < (uint64_t)c->in.size[last] ? l->x + distance + (from + i) * c->in.stride[last] : c->zeros;
}

static void fill_pointers(const conv_transpose *c, const line *l, const phase *p, const float **out)
{
    const sard_window *w = &c->window;
    int64_t tap[SARD_MAX_SPATIAL] = {0};
    for (int64_t i = 0; !p->taps && i < l->count; i++)
        out[i] = c->zeros; /* pointers are read, rows are not */
    for (int64_t t = 0; t < p->taps; out += l->count) {
        bool reaches = true;
        for (int i = 0; i < w->count; i++)
            reaches &= tap[i] * w->dilation[i] % w->stride[i] == p->rest[i];
        if (reaches) {
            fill_tap(c, l, tap, out);
            t++;
        } else
            out -= l->count;
        for (int i = w->count - 1; i >= 0 && ++tap[i] == w->kernel[i]; i--)
            tap[i] = 0;
    }
}

/* All panels of a line, from its pointers. */
static void run_line(const job *j, const line *l, const phase *p, const float *const *pointers)
{
    const conv_transpose *c = j->plan;
    const int64_t k = c->taps * c->channels, step = c->window.stride[c->window.count - 1];
    const sard_panel_walk walk = {.tier = c->tier,
                                  .panels = &c->panels,
                                  .weights = c->weights + l->g * sard_panels_size(&c->panels, k),
                                  .bias = c->bias + l->g * sard_panels_padded(&c->panels),
                                  .k = k,
                                  .step = p->first * c->channels,
                                  .pointers = pointers,
                                  .y = l->y + l->first * c->y_row,
                                  .residual = l->residual ? l->residual + l->first * c->post.residual_row : NULL,
                                  .rows = l->count,
                                  .tile = {.k = p->taps ? c->channels : 0, /* without taps: the bias alone */
                                           .taps = p->taps ? p->taps : 1,
                                           .x_tap = l->count,
                                           .out_row = step * c->y_row,
                                           .residual_row = step * c->post.residual_row,
                                           .last = true,
                                           .low = c->post.low,
                                           .high = c->post.high}};
    for (int64_t panel = 0; panel < c->panels.count; panel++)
        sard_panel_run(&walk, panel, panel);
}

static void conv_transpose_work(void *arg, size_t index)
{
    job *j = arg;
    const conv_transpose *c = j->plan;
    const sard_window *w = &c->window;
    const int last = w->count - 1;
    line l = {.g = (int64_t)index % c->groups};
    int64_t row = (int64_t)index / c->groups, n = row;
    for (int i = last - 1; i >= 0; i--) {
        l.at[i] = n % w->out[i] + w->begin[i];
        n /= w->out[i];
    }
    l.x = j->x + n * c->in.stride_n + l.g * c->channels;
    l.y = j->y + row * w->out[last] * c->y_row + l.g * c->results;
    l.residual = sard_post_residual(&c->post, j->inputs, row * w->out[last]);
    l.residual = l.residual ? l.residual + l.g * c->results : NULL;
    const unsigned slot = sard_slot_take(&j->slots);
    const float **pointers = (const float **)(j->slot + slot * c->slot_bytes);
    for (const phase *p = c->each; p < c->each + c->phases; p++) {
        bool here = true;
        for (int d = 0; d < last; d++)
            here &= l.at[d] % w->stride[d] == p->rest[d];
        l.first = (p->rest[last] - w->begin[last] % w->stride[last] + w->stride[last]) % w->stride[last];
        l.count = w->out[last] > l.first ? sard_divide_up(w->out[last] - l.first, w->stride[last]) : 0;
        if (!here || !l.count)
            continue;
        fill_pointers(c, &l, p, pointers);
        run_line(j, &l, p, pointers);
    }
    sard_post_apply(&c->post, j->inputs, l.y, c->y_row, row * w->out[last], w->out[last], l.g * c->results, c->results);
    sard_slot_give(&j->slots, slot);
}

static sard_status conv_transpose_run(const sard_call *call)
{
    const conv_transpose *c = call->state;
    job j = {.plan = c, .x = call->inputs[0].data, .y = call->outputs[0].data, .inputs = call->inputs, .slot = call->scratch};
    sard_slots_init(&j.slots, SARD_SLOTS);
    sard_call_parallel(call, (size_t)(c->rows * c->groups), conv_transpose_work, &j);
    return SARD_OK;
}

const sard_kernel sard_native_conv_transpose = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_transpose",
    .op = "ConvTranspose",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED,
    .matches = conv_transpose_matches,
    .cost = conv_transpose_cost,
    .pack = conv_transpose_pack,
    .bind = conv_transpose_bind,
    .run = conv_transpose_run,
};
