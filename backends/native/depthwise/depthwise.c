/* Rows of depthwise convolutions: parted into tiles. */
#include "backends/native/depthwise/depthwise.h"

#include <string.h>

enum { NEAR = 8000 }; /* floats that the tiles of neighbouring rows may read and write, so that they find them in L1 */

static sard_side side_of(const sard_window *w, const sard_spatial *in, int i)
{
    if (i < 0)
        return (sard_side){1, 1, 1, 1, 0, 1};
    return (sard_side){in->size[i], w->kernel[i], w->stride[i], w->dilation[i], w->begin[i], w->out[i]};
}

static bool is_plain(const sard_depthwise *d)
{
    const sard_side *c = &d->columns;
    return d->channels < d->tier->lanes || c->kernel < 3 || c->kernel > 7 || c->kernel % 2 == 0 || c->stride > 2 ||
           (c->dilation > 1 && c->stride > 1);
}

static int64_t parts_of(const sard_depthwise *d)
{
    const int64_t lanes = d->tier->lanes, most = (SARD_DEPTHWISE_OUTPUTS - 1) * d->columns.stride + d->columns.kernel;
    const int64_t reach = most < d->columns.size ? most : d->columns.size;
    const int64_t near = NEAR / (d->rows.kernel * reach + SARD_DEPTHWISE_OUTPUTS + d->taps), parts = (d->channels + near / 2) / (near + 1);
    const int64_t vectors = d->channels / lanes;
    return parts < 1 || d->plain ? 1 : parts < vectors ? parts : vectors;
}

sard_status sard_depthwise_of(const sard_node *node, const sard_tier *tier, sard_depthwise *d, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    sard_window w;
    *d = (sard_depthwise){.tier = tier};
    const sard_status status = sard_conv_window(node, &w, error);
    if (status)
        return status;
    const sard_spatial in = sard_spatial_of(SARD_NHWC, x->rank, x->dims, 0);
    d->rows = side_of(&w, &in, w.count - 2);
    d->columns = side_of(&w, &in, w.count - 1);
    d->n = in.n;
    d->channels = in.c;
    d->padded = sard_divide_up(in.c, tier->lanes) * tier->lanes;
    d->width = node->inputs[1]->dims[1];
    d->taps = d->rows.kernel * d->columns.kernel * d->width;
    d->plain = is_plain(d);
    d->parts = parts_of(d);
    return SARD_OK;
}

/* ---- before the first run ---- */

/* Vectors of channels, the last one ending with the last channel; 0 beyond it where there is less than a vector. */
void sard_depthwise_pack_weights(const sard_depthwise *d, const sard_tensor *w, const double *factors, float *out)
{
    const int64_t lanes = d->tier->lanes, area = d->rows.kernel * d->columns.kernel, last = d->channels > lanes ? d->channels - lanes : 0;
    memset(out, 0, (size_t)(d->taps * d->padded) * sizeof *out);
    for (int64_t i = 0; i < d->padded; i++) {
        const int64_t first = i / lanes * lanes, m = (first < last ? first : last) + i % lanes;
        for (int64_t c = 0; c < d->width && m < d->channels; c++)
            for (int64_t t = 0; t < area; t++) {
                const int64_t line = t / d->columns.kernel, tap = t % d->columns.kernel;
                float *to = out + (i / lanes * d->taps + (line * d->width + c) * d->columns.kernel + tap) * lanes + i % lanes;
                memcpy(to, (const char *)w->data + (size_t)((m * d->width + c) * area + t) * sizeof *to, sizeof *to);
                *to = factors ? (float)((double)*to * factors[m]) : *to;
            }
    }
}

void sard_depthwise_pack_bias(const sard_depthwise *d, const sard_tensor *bias, float *out)
{
    memset(out, 0, (size_t)d->padded * sizeof *out);
    if (bias)
        memcpy(out, bias->data, (size_t)d->channels * sizeof *out);
}

int64_t sard_depthwise_weights(const sard_depthwise *d) { return d->taps * d->padded; }
int64_t sard_depthwise_bias(const sard_depthwise *d) { return d->padded; }

sard_status sard_depthwise_pack(const sard_depthwise *d, const sard_node *node, sard_packing *packing, size_t slot, sard_error *error)
{
    bool fresh_weights = false, fresh_bias = false;
    const bool later = sard_is_computed(node, 1), later_bias = sard_is_computed(node, 2);
    const size_t weights_bytes = (size_t)sard_depthwise_weights(d) * sizeof(float),
                 bias_bytes = (size_t)sard_depthwise_bias(d) * sizeof(float);
    float *weights = later ? NULL : sard_packing_memory(packing, slot, weights_bytes, &fresh_weights);
    float *bias = later_bias ? NULL : sard_packing_memory(packing, slot + 1, bias_bytes, &fresh_bias);
    if ((!weights && !later) || (!bias && !later_bias))
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    const double *factors;
    const sard_tensor *w = fresh_weights ? sard_value_unscaled(node->inputs[1], &factors) : NULL;
    if (w)
        sard_depthwise_pack_weights(d, w, factors, weights);
    if (fresh_bias)
        sard_depthwise_pack_bias(d, sard_has_input(node, 2) ? sard_value_constant(node->inputs[2]) : NULL, bias);
    return SARD_OK;
}

/* ---- the run ---- */

/* Taps first .. end-1 of the window of output `at` lie in the picture. */
static void taps_inside(const sard_side *s, int64_t at, int64_t *first, int64_t *end)
{
    const int64_t start = at * s->stride - s->begin;
    *first = start >= 0 ? 0 : sard_divide_up(-start, s->dilation);
    *end = start >= s->size ? 0 : sard_divide_up(s->size - start, s->dilation);
    *end = *end > s->kernel ? s->kernel : *end;
    *end = *end < *first ? *first : *end;
}

void sard_depthwise_lines(const sard_depthwise *d, int64_t at, int64_t *first, int64_t *end) { taps_inside(&d->rows, at, first, end); }

int64_t sard_depthwise_w_line(const sard_depthwise *d) { return d->columns.kernel * d->width * d->tier->lanes; }

/* Channels of a tile; the first one begins a vector. */
typedef struct channels {
    int64_t first, count;
} channels;

static sard_depthwise_tile tile_of(const sard_depthwise_job *j, const sard_depthwise_row *r, channels c)
{
    const sard_depthwise *d = j->plan;
    return (sard_depthwise_tile){.channels = c.count,
                                 .lines = r->lines,
                                 .until = r->until,
                                 .jump = r->jump,
                                 .x_line = r->x_line,
                                 .taps = d->columns.kernel,
                                 .x_step = d->columns.stride * d->x_row,
                                 .x_tap = d->columns.dilation * d->x_row,
                                 .w_line = sard_depthwise_w_line(d),
                                 .w_vector = d->taps * d->tier->lanes,
                                 .out_step = d->y_row,
                                 .residual_step = d->post.residual_row,
                                 .bias = j->bias + c.first,
                                 .low = d->post.low,
                                 .high = d->post.high};
}

/* A tile of `outputs` outputs from `first` on, `step` apart, with the epilogue; column: where the first tap of its window stands. */
static void run_tile(const sard_depthwise_job *j, const sard_depthwise_row *r, sard_depthwise_function *run,
                     const sard_depthwise_tile *tile, channels c, int64_t first, int64_t outputs, int64_t step, int64_t column)
{
    const sard_depthwise *d = j->plan;
    float *y = r->y + first * d->y_row + c.first;
    const float *residual = r->residual ? r->residual + first * d->post.residual_row + c.first : NULL;
    run(r->x + column * d->x_row + c.first, r->weights + c.first * d->taps, y, residual, tile);
    const int64_t together = step == 1 ? outputs : 1;
    for (int64_t i = 0; d->post.count && i < outputs; i += together)
        sard_post_apply(&d->post, j->inputs, y + i * tile->out_step, d->y_row, r->pixel + first + i * step, together, c.first, c.count);
}

/* One output of the plain form whose window sticks out at the side. */
static void run_border(const sard_depthwise_job *j, const sard_depthwise_row *r, channels c, int64_t at)
{
    const sard_depthwise *d = j->plan;
    int64_t first, end;
    sard_depthwise_tile tile = tile_of(j, r, c);
    taps_inside(&d->columns, at, &first, &end);
    tile.taps = end - first;
    tile.lines = tile.taps ? tile.lines : 0;
    sard_depthwise_row own = *r;
    own.weights += first * d->tier->lanes;
    run_tile(j, &own, d->tier->depthwise.plain_one, &tile, c, at, 1, 1,
             tile.taps ? at * d->columns.stride - d->columns.begin + first * d->columns.dilation : 0);
}

static void run_plain(const sard_depthwise_job *j, const sard_depthwise_row *r, channels c)
{
    const sard_depthwise *d = j->plan;
    const sard_side *s = &d->columns;
    const sard_depthwise_tile tile = tile_of(j, r, c);
    const int64_t reach = (s->kernel - 1) * s->dilation, room = s->size + s->begin - reach;
    int64_t at = 0, end = room > 0 ? sard_divide_up(room, s->stride) : 0;
    end = end < s->out ? end : s->out;
    for (; at < s->out && at * s->stride < s->begin; at++)
        run_border(j, r, c, at);
    for (; at + SARD_DEPTHWISE_PLAIN <= end; at += SARD_DEPTHWISE_PLAIN)
        run_tile(j, r, d->tier->depthwise.plain, &tile, c, at, SARD_DEPTHWISE_PLAIN, 1, at * s->stride - s->begin);
    for (; at < s->out; at++)
        run_border(j, r, c, at);
}

/* Every dilation-th output from `phase` on, as a row without dilation: its columns start at `start` and are `dilation` apart. */
static void run_phase(const sard_depthwise_job *j, const sard_depthwise_row *rows, int64_t count, channels own, int64_t phase)
{
    const sard_depthwise *d = j->plan;
    const sard_side *c = &d->columns;
    const int64_t outputs = sard_divide_up(c->out - phase, c->dilation), start = phase * c->stride - c->begin;
    const int64_t present = start < 0 ? sard_divide_up(-start, c->dilation) : 0,
                  gone = start < c->size ? sard_divide_up(c->size - start, c->dilation) : 0;
    const int64_t tiles = sard_divide_up(outputs, SARD_DEPTHWISE_OUTPUTS), higher = outputs % tiles;
    for (int64_t i = 0, at = 0; i < tiles; i++) {
        const int64_t height = outputs / tiles + (i < higher), first = present - at * c->stride, end = gone - at * c->stride;
        const int64_t reach = (height - 1) * c->stride + c->kernel;
        const bool edge = first > 0 || end < reach;
        sard_depthwise_function *run = d->width == 1 ? d->tier->depthwise.tiles[c->kernel / 2 - 1][c->stride - 1][height][edge]
                                                     : d->tier->depthwise.grouped[d->width / 8][c->stride - 1][height][edge];
        for (int64_t r = 0; r < count; r++) {
            sard_depthwise_tile tile = tile_of(j, &rows[r], own);
            tile.x_step *= c->dilation;
            tile.out_step *= c->dilation;
            tile.residual_step *= c->dilation;
            tile.first = first;
            tile.end = end < reach ? end : reach;
            tile.outputs = height;
            run_tile(j, &rows[r], run, &tile, own, phase + at * c->dilation, height, c->dilation, start + at * c->stride * c->dilation);
        }
        at += height;
    }
}

/* The first channel of a part. */
static int64_t part_first(const sard_depthwise *d, int64_t part)
{
    const int64_t lanes = d->tier->lanes;
    return part == d->parts ? d->channels : d->channels / lanes * part / d->parts * lanes;
}

static void run_channels(const sard_depthwise_job *j, const sard_depthwise_row *rows, int64_t count, channels c)
{
    const sard_depthwise *d = j->plan;
    if (d->plain)
        for (int64_t r = 0; r < count; r++)
            run_plain(j, &rows[r], c);
    else
        for (int64_t phase = 0; phase < d->columns.dilation && phase < d->columns.out; phase++)
            run_phase(j, rows, count, c, phase);
}

void sard_depthwise_run(const sard_depthwise_job *j, const sard_depthwise_row *rows, int64_t count, int64_t first, int64_t end)
{
    const sard_depthwise *d = j->plan;
    for (int64_t part = first; part < end; part++) {
        const int64_t channel = part_first(d, part);
        run_channels(j, rows, count, (channels){channel, part_first(d, part + 1) - channel});
    }
}
