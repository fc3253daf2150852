/* Conv by Winograd's algorithms: inputs to frequencies, a matrix product for each frequency, back to outputs (Lavin and Gray, "Fast
 * Algorithms for Convolutional Neural Networks", 2015). Stride 1; winograd.h says how the work is cut. How an output is summed depends
 * neither on that nor on its place in a tile group. */
#include "backends/native/winograd/winograd.h"
#include "backends/native/common/columns.h"
#include "backends/native/kernels.h"
#include "ir/slots.h"

enum { SLICE = 512 }; /* steps of K at once */

typedef struct job {
    sard_winograd_job run;
    float *v, *m; /* of all blocks or slots */
    sard_slots slots;
} job;

static int64_t v_floats(const sard_winograd *w) { return w->v_group * w->block; }
static int64_t m_floats(const sard_winograd *w) { return w->m_group * w->block; }
/* Pieces that may be worked on at once: each has a slot. */
static int64_t slots_of(const sard_winograd *w)
{
    const int64_t items = w->shared ? w->blocks * w->chunks : w->blocks;
    return items < SARD_SLOTS ? items : SARD_SLOTS;
}
static int64_t padded_channels(const sard_winograd *w) { return w->vectors * w->tier->lanes; }
static int64_t v_size(const sard_winograd *w) { return v_floats(w) * (w->shared ? w->blocks : slots_of(w)); }
static int64_t m_size(const sard_winograd *w) { return m_floats(w) * slots_of(w); }

/* ---- before the first run ---- */

static sard_status winograd_pack_as(sard_winograd_id id, const sard_node *node, sard_packing *packing, sard_error *error)
{
    sard_winograd w;
    const char *why;
    bool fresh_weights, fresh_bias;
    if (!sard_winograd_describe(id, node, sard_packing_target(packing), &w, &why))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "%s", why);
    float *weights = sard_packing_memory(packing, 0, (size_t)sard_winograd_weights(&w) * sizeof(float), &fresh_weights);
    float *bias = sard_packing_memory(packing, 1, (size_t)sard_panels_padded(&w.panels) * sizeof(float), &fresh_bias);
    if (!weights || !bias)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh_weights)
        sard_winograd_pack(&w, node->inputs[1], packing, weights);
    if (fresh_bias)
        sard_columns_pack_bias(&w.panels, 1, sard_has_input(node, 2) ? sard_value_constant(node->inputs[2]) : NULL, bias);
    return SARD_OK;
}

static sard_status winograd_bind_as(sard_winograd_id id, sard_binding *binding, sard_error *error)
{
    const char *why;
    const sard_tensor *x = &binding->inputs[0];
    sard_winograd *w = sard_binding_alloc(binding, sizeof *w);
    if (!w)
        return sard_no_memory(error);
    if (!sard_winograd_describe(id, binding->node, binding->target, w, &why))
        return sard_node_fail(binding->node, error, SARD_UNSUPPORTED, "%s", why);
    sard_winograd_share(w, binding->threads);
    w->in = sard_spatial_of(SARD_NHWC, x->rank, x->dims, x->ld);
    w->weights = binding->packed[0];
    w->bias = binding->packed[1];
    w->zeros = sard_binding_alloc(binding, (size_t)padded_channels(w) * sizeof(float));
    w->y_row = sard_row_of(&binding->outputs[0]);
    w->post = sard_post_of(binding->node, binding->inputs, binding->target);
    sard_binding_scratch(binding, (size_t)(v_size(w) + m_size(w)) * sizeof(float));
    binding->state = w;
    return w->zeros ? SARD_OK : sard_no_memory(error);
}

/* ---- products ---- */

/* One frequency and panel: all groups of a block. */
static void multiply(const sard_winograd *w, int64_t first, int64_t end, const float *v, const float *weights, int width, float *m)
{
    const int64_t lanes = w->tier->lanes, ld = width * lanes, slices = (w->channels + SLICE - 1) / SLICE;
    const int64_t slice = (w->channels / slices + lanes) / lanes * lanes;
    const int most = w->tier->gemm.rows[width];
    static const float none[SARD_MOST_VECTORS * SARD_MOST_LANES];
    for (int64_t c = 0; c < w->channels; c += slice) {
        const int64_t k = w->channels - c < slice ? w->channels - c : slice;
        const float *own = weights + c * ld, *ahead = own + k * ld;
        const int64_t tiles_of_all = (end - first) * ((w->rows + most - 1) / most);
        const sard_tile tile = {.k = k,
                                .x_row = lanes,
                                .x_block = w->v_vector,
                                .x_step = w->v_group,
                                .out_step = w->m_group,
                                .out_row = ld,
                                .bias = c ? NULL : none,
                                .ahead_end = ahead + k * ld,
                                .ahead_lines = sard_panel_ahead(&w->panels, width, tiles_of_all)};
        for (int64_t g = first, next; g < end; g = next) {
            const int64_t tiles = sard_winograd_first(w, g + 1) - sard_winograd_first(w, g);
            for (next = g + 1; next < end && sard_winograd_first(w, next + 1) - sard_winograd_first(w, next) == tiles;)
                next++;
            const int64_t pieces = (tiles + most - 1) / most;
            for (int64_t i = 0; i < pieces; i++) {
                const int64_t t = tiles * i / pieces, rows = tiles * (i + 1) / pieces - t;
                ahead = w->tier->gemm.flat[width - 1][rows](v + (g - first) * w->v_group + c / lanes * w->v_vector + t * lanes, own,
                                                            m + (g - first) * w->m_group + t * ld, NULL, ahead, &tile, next - g);
            }
        }
    }
}

/* ---- the run ---- */

static void run_chunk(const job *j, int64_t block, int64_t chunk, const float *v, float *m)
{
    const sard_winograd *w = j->run.plan;
    const int64_t first = sard_winograd_block(w, block), end = sard_winograd_block(w, block + 1);
    const int64_t begin = sard_winograd_chunk(w, chunk), stop = sard_winograd_chunk(w, chunk + 1), lanes = w->tier->lanes;
    const float *weights = w->weights + sard_panel_first(&w->panels, begin) * w->channels * w->frequencies;
    for (int f = 0; f < w->frequencies; f++)
        for (int64_t p = begin; p < stop; p++) {
            const int width = sard_panel_width(&w->panels, p);
            multiply(w, first, end, v + f * w->rows * lanes, weights, width, m + (p - begin) * w->m_panel + f * w->rows * width * lanes);
            weights += width * lanes * w->channels;
        }
    for (int64_t g = first; g < end; g++) {
        const int64_t tile = sard_winograd_first(w, g), tiles = sard_winograd_first(w, g + 1) - tile;
        for (int64_t p = begin; p < stop; p++)
            for (int64_t t = 0; t < tiles; t++)
                sard_winograd_finish(&j->run, tile + t, p,
                                     m + (g - first) * w->m_group + (p - begin) * w->m_panel + t * sard_panel_width(&w->panels, p) * lanes);
    }
}

static void winograd_work_on_block(void *arg, size_t i)
{
    job *j = arg;
    const sard_winograd *w = j->run.plan;
    const unsigned slot = sard_slot_take(&j->slots);
    const int64_t first = sard_winograd_block(w, (int64_t)i), end = sard_winograd_block(w, (int64_t)i + 1);
    float *v = j->v + slot * v_floats(w), *m = j->m + slot * m_floats(w);
    for (int64_t g = first; g < end; g++)
        sard_winograd_transform(&j->run, g, 0, w->vectors, v + (g - first) * w->v_group);
    for (int64_t chunk = 0; chunk < w->chunks; chunk++)
        run_chunk(j, (int64_t)i, chunk, v, m);
    sard_slot_give(&j->slots, slot);
}

static void winograd_work_on_part(void *arg, size_t i)
{
    const job *j = arg;
    const sard_winograd *w = j->run.plan;
    const int64_t g = (int64_t)i / w->parts, part = (int64_t)i % w->parts;
    sard_winograd_transform(&j->run, g, w->vectors * part / w->parts, w->vectors * (part + 1) / w->parts, j->v + g * w->v_group);
}

static void winograd_work_on_chunk(void *arg, size_t i)
{
    job *j = arg;
    const sard_winograd *w = j->run.plan;
    const unsigned slot = sard_slot_take(&j->slots);
    const int64_t block = (int64_t)i / w->chunks;
    run_chunk(j, block, (int64_t)i % w->chunks, j->v + sard_winograd_block(w, block) * w->v_group, j->m + slot * m_floats(w));
    sard_slot_give(&j->slots, slot);
}

static sard_status winograd_run(const sard_call *call)
{
    const sard_winograd *w = call->state;
    job j = {.run = {.plan = w, .x = call->inputs[0].data, .y = call->outputs[0].data, .inputs = call->inputs}, .v = call->scratch};
    j.m = j.v + v_size(w);
    sard_slots_init(&j.slots, slots_of(w));
    if (w->shared) {
        sard_call_parallel(call, (size_t)(w->groups * w->parts), winograd_work_on_part, &j);
        sard_call_parallel(call, (size_t)(w->blocks * w->chunks), winograd_work_on_chunk, &j);
    } else
        sard_call_parallel(call, (size_t)w->blocks, winograd_work_on_block, &j);
    return SARD_OK;
}

/* ---- the kernels ---- */

static bool winograd_matches_as(sard_winograd_id id, const sard_node *node, const sard_target *target, const char **why)
{
    sard_winograd w;
    *why = "exact sums are asked for";
    if (target->accuracy == SARD_EXACT)
        return false;
    *why = "epilogue";
    return sard_post_takes(node) && sard_winograd_describe(id, node, target, &w, why);
}

static double winograd_cost_as(sard_winograd_id id, const sard_node *node, const sard_target *target)
{
    sard_winograd w;
    const char *why;
    return sard_winograd_describe(id, node, target, &w, &why) ? sard_winograd_cost(&w) : 0;
}

#define WINOGRAD_KERNEL(id, text, points, outputs, plane)                                                    \
    static bool winograd_matches_##text(const sard_node *node, const sard_target *target, const char **why)  \
    {                                                                                                        \
        return winograd_matches_as(SARD_WINOGRAD_##id, node, target, why);                                   \
    }                                                                                                        \
    static double winograd_cost_##text(const sard_node *node, const sard_target *target)                     \
    {                                                                                                        \
        return winograd_cost_as(SARD_WINOGRAD_##id, node, target);                                           \
    }                                                                                                        \
    static sard_status winograd_pack_##text(const sard_node *node, sard_packing *packing, sard_error *error) \
    {                                                                                                        \
        return winograd_pack_as(SARD_WINOGRAD_##id, node, packing, error);                                   \
    }                                                                                                        \
    static sard_status winograd_bind_##text(sard_binding *binding, sard_error *error)                        \
    {                                                                                                        \
        return winograd_bind_as(SARD_WINOGRAD_##id, binding, error);                                         \
    }                                                                                                        \
    const sard_kernel sard_native_conv_winograd_##text = {                                                   \
        .struct_size = sizeof(sard_kernel),                                                                  \
        .name = "conv_winograd_" #text,                                                                      \
        .op = "Conv",                                                                                        \
        .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED | SARD_KERNEL_PACKED,                           \
        .matches = winograd_matches_##text,                                                                  \
        .cost = winograd_cost_##text,                                                                        \
        .pack = winograd_pack_##text,                                                                        \
        .bind = winograd_bind_##text,                                                                        \
        .run = winograd_run,                                                                                 \
    };
SARD_WINOGRAD_LIST(WINOGRAD_KERNEL)
