/* Convolutions that run together (chain.h): found from the last one backwards, packed, parted over threads. */
#include "backends/native/common/columns.h"
#include "backends/native/common/cost.h"
#include "backends/native/conv/chain.h"
#include "backends/native/kernels.h"
#include "backends/slots.h"
#include "ops/ops.h"

#include <string.h>

enum { DEPTHWISE_SLOT = 0, EXPAND_SLOT = 2, PROJECT_SLOT = 4 }; /* weights; the bias is in the next one */

typedef struct job {
    sard_chain chain;
    sard_slots slots;
} job;

/* ---- which ---- */

static bool is_conv(const sard_node *node)
{
    return sard_is(node, SARD_OP_conv) && node->layout == SARD_NHWC && node->inputs[0]->dtype == SARD_F32 && node->inputs[0]->rank == 4 &&
           node->inputs[1]->constant && (!sard_has_input(node, 2) || node->inputs[2]->constant) && sard_post_takes(node);
}

static bool is_pointwise(const sard_node *node)
{
    sard_window w;
    return is_conv(node) && ((const sard_conv_attrs *)node->attrs)->group == 1 && !sard_conv_window(node, &w, NULL) &&
           sard_window_is_point(&w);
}

static bool is_depthwise(const sard_node *node, const sard_target *target)
{
    sard_depthwise d;
    return is_conv(node) && node->inputs[1]->dims[1] == 1 && node->inputs[1]->dims[0] == ((const sard_conv_attrs *)node->attrs)->group &&
           !sard_depthwise_of(node, sard_tier_of(target), &d, NULL) && !sard_depthwise_is_plain(&d) && d.rows.dilation == 1 &&
           d.rows.kernel >= d.rows.stride;
}

static bool find_nodes(const sard_node *last, const sard_target *target, sard_chain_nodes *nodes)
{
    *nodes = (sard_chain_nodes){.depthwise = last};
    if (is_pointwise(last)) {
        nodes->project = last;
        nodes->depthwise = last->inputs[0]->producer;
    }
    if (!is_depthwise(nodes->depthwise, target))
        return false;
    nodes->expand = nodes->depthwise->inputs[0]->producer;
    if (!is_pointwise(nodes->expand) || nodes->depthwise->inputs[0]->use_count > 1)
        nodes->expand = NULL;
    return nodes->expand || nodes->project;
}

static size_t bytes_of(const sard_value *value, int first)
{
    size_t bytes = sizeof(float);
    for (int i = first; i < value->rank; i++)
        bytes *= (size_t)value->dims[i];
    return bytes;
}

/* Rows that each of two pieces makes for itself, beside all that there are. */
static bool is_cut_cheaply(const sard_chain *c, int64_t pieces)
{
    const sard_side *s = &c->d.rows;
    return !c->nodes.expand || pieces * (s->kernel - s->stride) * 8 <= s->out * s->stride;
}

/* Worth it where what lies between does not stay in the cache by itself, and the weights, read for each band, do. */
static bool is_worth_it(const sard_chain *c, const sard_target *target)
{
    const sard_chain_nodes *nodes = &c->nodes;
    const sard_value *wide = nodes->expand ? nodes->expand->outputs[0] : nodes->depthwise->outputs[0];
    size_t weights = 0;
    if (nodes->expand)
        weights += bytes_of(nodes->expand->inputs[1], 0);
    if (nodes->project)
        weights += bytes_of(nodes->project->inputs[1], 0);
    return bytes_of(wide, 1) > target->l2 / 4 && weights < target->l2 / 4 && is_cut_cheaply(c, 2);
}

static size_t join(const sard_node *node, const sard_target *target, const sard_node *joined[SARD_MOST_JOINED])
{
    sard_chain_nodes nodes;
    sard_chain c;
    size_t count = 0;
    if (!find_nodes(node, target, &nodes) || sard_chain_of(&nodes, target, &c, NULL) || !is_worth_it(&c, target))
        return 0;
    if (nodes.project)
        joined[count++] = nodes.depthwise;
    if (nodes.expand)
        joined[count++] = nodes.expand;
    return count;
}

static double products(const sard_pointwise *p, int64_t pixels)
{
    return sard_cost_products((double)p->panels.vectors * (double)p->k * (double)pixels);
}

static double cost(const sard_node *node, const sard_target *target)
{
    sard_chain_nodes nodes;
    sard_chain c;
    if (!find_nodes(node, target, &nodes) || sard_chain_of(&nodes, target, &c, NULL))
        return 0;
    const sard_depthwise *d = &c.d;
    double cycles = sard_cost_products((double)(d->rows.out * d->columns.out * d->taps * d->padded / d->tier->lanes)) / 0.4;
    if (nodes.expand)
        cycles += products(&c.expand, d->rows.size * d->columns.size);
    if (nodes.project)
        cycles += products(&c.project, d->rows.out * d->columns.out);
    return (cycles + SARD_COST_STEP) / SARD_COST_GHZ;
}

/* ---- before the first run ---- */

/* From the nodes that join told. */
static sard_chain_nodes nodes_of(const sard_node *node, const sard_node *first, const sard_node *second)
{
    if (is_pointwise(node) && first)
        return (sard_chain_nodes){.project = node, .depthwise = first, .expand = second};
    return (sard_chain_nodes){.depthwise = node, .expand = first};
}

static sard_status pack_pointwise(const sard_pointwise *p, const sard_node *node, sard_packing *packing, size_t slot, sard_error *error)
{
    bool fresh, fresh_bias;
    const size_t bias_bytes = (size_t)(p->panels.vectors * p->panels.lanes) * sizeof(float);
    float *weights = sard_packing_memory(packing, slot, (size_t)sard_panels_size(&p->panels, p->k) * sizeof(float), &fresh);
    float *bias = sard_packing_memory(packing, slot + 1, bias_bytes, &fresh_bias);
    if (!weights || !bias)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    const double *factors;
    const sard_tensor *rows = sard_value_unscaled(node->inputs[1], &factors);
    for (int64_t i = 0; fresh && i < p->panels.count; i++)
        sard_columns_pack(sard_tier_of(sard_packing_target(packing)), &p->panels, rows->data, factors, p->k, 1, i,
                          weights + sard_panel_offset(&p->panels, i, p->k, 0));
    if (fresh_bias) {
        memset(bias, 0, bias_bytes);
        if (sard_has_input(node, 2))
            memcpy(bias, sard_value_constant(node->inputs[2])->data, (size_t)p->panels.channels * sizeof(float));
    }
    return SARD_OK;
}

static sard_status prepare(const sard_node *node, sard_packing *packing, sard_error *error)
{
    sard_chain c;
    const sard_chain_nodes nodes = nodes_of(node, sard_packing_joined(packing, 0), sard_packing_joined(packing, 1));
    sard_status status = sard_chain_of(&nodes, sard_packing_target(packing), &c, error);
    if (!status)
        status = sard_depthwise_prepare(&c.d, nodes.depthwise, packing, DEPTHWISE_SLOT, error);
    if (!status && nodes.expand)
        status = pack_pointwise(&c.expand, nodes.expand, packing, EXPAND_SLOT, error);
    if (!status && nodes.project)
        status = pack_pointwise(&c.project, nodes.project, packing, PROJECT_SLOT, error);
    sard_packing_scratch(packing, SARD_SLOTS * (size_t)sard_chain_scratch(&c) * sizeof(float));
    return status;
}

/* ---- the run ---- */

static void work(void *arg, size_t i)
{
    job *j = arg;
    const sard_chain *c = &j->chain;
    const int64_t n = (int64_t)i / c->pieces, piece = (int64_t)i % c->pieces, rows = c->d.rows.out;
    const unsigned slot = sard_slot_take(&j->slots);
    sard_chain_run(c, n, rows * piece / c->pieces, rows * (piece + 1) / c->pieces, c->scratch + slot * sard_chain_scratch(c));
    sard_slot_give(&j->slots, slot);
}

/* More than threads where what pieces share, which each makes for itself, costs little. */
static int64_t pieces_of(const sard_chain *c, int threads)
{
    const int64_t pieces = threads < 2 ? 1 : is_cut_cheaply(c, 2 * (int64_t)threads) ? 2 * (int64_t)threads : threads;
    return pieces > c->d.rows.out ? c->d.rows.out : pieces;
}

/* A joined node's inputs are the last ones, or stand before those of the nodes joined after it. */
static sard_post post_of(const sard_call *call, const sard_node *node, size_t *end, const sard_tensor **inputs)
{
    *end -= node->input_count;
    *inputs = call->inputs + *end;
    sard_post post = sard_post_of(node, *inputs, call->target);
    post.applied = true;
    return post;
}

/* The tensor that the first node reads. */
static const sard_tensor *bind(job *j, const sard_call *call)
{
    sard_chain *c = &j->chain;
    size_t end = call->input_count;
    const sard_tensor *x = NULL;
    if (c->nodes.expand) {
        c->expand.post = post_of(call, c->nodes.expand, &end, &c->expand.inputs);
        x = &call->inputs[end];
    }
    if (c->nodes.project) {
        c->d.post = post_of(call, c->nodes.depthwise, &end, &c->d.inputs);
        x = x ? x : &call->inputs[end];
    }
    sard_post *last = c->nodes.project ? &c->project.post : &c->d.post;
    *last = sard_post_of(call->node, call->inputs, call->target);
    *(c->nodes.project ? &c->project.inputs : &c->d.inputs) = call->inputs;
    last->applied = true;
    return x;
}

static sard_status run(const sard_call *call)
{
    job j;
    sard_chain *c = &j.chain;
    const sard_chain_nodes nodes = nodes_of(call->node, call->joined[0], call->joined_count > 1 ? call->joined[1] : NULL);
    const sard_status status = sard_chain_of(&nodes, call->target, c, call->error);
    if (status)
        return status;
    const sard_tensor *x = bind(&j, call), *y = &call->outputs[0];
    c->x = x->data;
    c->y = y->data;
    c->x_row = sard_row_of(x);
    c->y_row = sard_row_of(y);
    c->scratch = call->scratch;
    c->d.x_row = nodes.expand ? c->d.channels : c->x_row;
    c->d.y_row = nodes.project ? c->d.channels : c->y_row;
    c->d.weights = call->packed[DEPTHWISE_SLOT];
    c->d.bias = call->packed[DEPTHWISE_SLOT + 1];
    if (nodes.expand) {
        c->expand.weights = call->packed[EXPAND_SLOT];
        c->expand.bias = call->packed[EXPAND_SLOT + 1];
    }
    if (nodes.project) {
        c->project.weights = call->packed[PROJECT_SLOT];
        c->project.bias = call->packed[PROJECT_SLOT + 1];
    }
    c->pieces = pieces_of(c, sard_call_threads(call));
    sard_slots_init(&j.slots, SARD_SLOTS);
    sard_call_parallel(call, (size_t)(c->d.n * c->pieces), work, &j);
    return sard_post_rest(nodes.project ? &c->project.post : &c->d.post, call);
}

const sard_kernel sard_native_conv_chain = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_chain",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED | SARD_KERNEL_PACKED,
    .cost = cost,
    .pack = prepare,
    .run = run,
    .join = join,
};
