/* Runs a chain of convolutions a band of rows after the other. */
#include "backends/native/conv/chain.h"

enum { MOST_BAND = 8 };

static sard_pointwise pointwise_of(const sard_node *node, const sard_tier *tier)
{
    const sard_value *w = node->inputs[1];
    return (sard_pointwise){.panels = sard_panels_of(tier, w->dims[0]), .k = w->dims[1]};
}

static int64_t ring_of(const sard_depthwise *d, int64_t band)
{
    return (band - 1) * d->rows.stride + (d->rows.kernel - 1) * d->rows.dilation + 1;
}

int64_t sard_chain_ring(const sard_chain *c) { return c->nodes.expand ? c->ring * c->d.columns.size * c->d.channels : 0; }

int64_t sard_chain_scratch(const sard_chain *c)
{
    return (sard_chain_ring(c) + (c->nodes.project ? c->band * c->d.columns.out * c->d.channels : 0) + 15) / 16 * 16;
}

/* As many rows as leave half of the cache free. */
static void choose_band(sard_chain *c, int64_t cache)
{
    for (c->band = MOST_BAND; c->band; c->band--) {
        c->ring = ring_of(&c->d, c->band);
        if (c->band == 1 || sard_chain_scratch(c) * (int64_t)sizeof(float) <= cache / 2)
            return;
    }
}

sard_status sard_chain_of(const sard_chain_nodes *nodes, const sard_target *target, sard_chain *c, sard_error *error)
{
    const sard_tier *tier = sard_tier_of(target);
    *c = (sard_chain){.nodes = *nodes};
    const sard_status status = sard_depthwise_of(nodes->depthwise, tier, &c->d, error);
    if (status)
        return status;
    if (nodes->expand)
        c->expand = pointwise_of(nodes->expand, tier);
    if (nodes->project)
        c->project = pointwise_of(nodes->project, tier);
    choose_band(c, (int64_t)target->l2);
    return SARD_OK;
}

static void run_pointwise(const sard_chain_job *j, const sard_pointwise *p, const float *x, int64_t x_row, float *y, int64_t y_row,
                          int64_t pixel, int64_t pixels)
{
    const sard_tiles tiles = {.tier = j->plan->d.tier,
                              .panels = p->panels,
                              .k = p->k,
                              .x = x,
                              .weights = p->weights,
                              .bias = p->bias,
                              .y = y,
                              .x_row = x_row,
                              .y_row = y_row,
                              .rows = pixels,
                              .pixel = pixel,
                              .post = &p->post,
                              .inputs = j->inputs + p->first};
    sard_tiles_run(&tiles, 0, p->panels.count);
}

/* Rows of the depthwise convolution's input up to `end`, each at its place in the ring. */
static int64_t fill_ring(const sard_chain_job *j, int64_t n, int64_t from, int64_t end, float *ring)
{
    const sard_chain *c = j->plan;
    const int64_t width = c->d.columns.size;
    while (from < end) {
        const int64_t slot = from % c->ring, room = c->ring - slot, rows = end - from < room ? end - from : room;
        const int64_t pixel = (n * c->d.rows.size + from) * width;
        run_pointwise(j, &c->expand, j->x + pixel * c->x_row, c->x_row, ring + slot * width * c->d.x_row, c->d.x_row, pixel, rows * width);
        from += rows;
    }
    return from;
}

static sard_depthwise_row find_row(const sard_chain_job *j, int64_t n, int64_t at, float *ring, float *made)
{
    const sard_chain *c = j->plan;
    const sard_depthwise *d = &c->d;
    int64_t first, end;
    sard_depthwise_lines(d, at, &first, &end);
    const int64_t top = end > first ? at * d->rows.stride - d->rows.begin + first * d->rows.dilation : 0;
    const int64_t pixel = (n * d->rows.out + at) * d->columns.out, line = d->columns.size * d->x_row;
    sard_depthwise_row r = {
        .weights = j->d.weights + first * sard_depthwise_w_line(d), .y = made, .pixel = pixel, .lines = end - first, .x_line = line};
    if (c->nodes.expand) {
        r.x = ring + top % c->ring * line;
        r.until = c->ring - top % c->ring;
        r.jump = -c->ring * line;
    } else
        r.x = j->x + (n * d->rows.size + top) * line;
    r.residual = sard_post_residual(&d->post, j->d.inputs, pixel);
    return r;
}

/* `count` rows of the depthwise result from `at` on, and what the last convolution makes of them. */
static void run_band(const sard_chain_job *j, int64_t n, int64_t at, int64_t count, float *ring, float *made)
{
    const sard_chain *c = j->plan;
    const sard_depthwise *d = &c->d;
    const int64_t pixel = (n * d->rows.out + at) * d->columns.out, pixels = count * d->columns.out;
    float *y = c->nodes.project ? made : j->y + pixel * c->y_row;
    sard_depthwise_row rows[MOST_BAND];
    for (int64_t r = 0; r < count; r++)
        rows[r] = find_row(j, n, at + r, ring, y + r * d->columns.out * d->y_row);
    sard_depthwise_run(&j->d, rows, count, 0, d->parts);
    if (c->nodes.project)
        run_pointwise(j, &c->project, made, d->y_row, j->y + pixel * c->y_row, c->y_row, pixel, pixels);
}

void sard_chain_run(const sard_chain_job *j, int64_t n, int64_t first, int64_t end, float *scratch)
{
    const sard_chain *c = j->plan;
    const sard_side *s = &c->d.rows;
    float *made = scratch + sard_chain_ring(c);
    int64_t filled = first * s->stride - s->begin > 0 ? first * s->stride - s->begin : 0;
    for (int64_t at = first, count; at < end; at += count) {
        count = end - at < c->band ? end - at : c->band;
        const int64_t wanted = (at + count - 1) * s->stride - s->begin + (s->kernel - 1) * s->dilation + 1;
        if (c->nodes.expand)
            filled = fill_ring(j, n, filled, wanted < s->size ? wanted : s->size, scratch);
        run_band(j, n, at, count, scratch, made);
    }
}
