/* Convolutions that run together (chain.h): found from the last one backwards, packed, parted over threads. */
#include "backends/native/common/columns.h"
#include "backends/native/common/cost.h"
#include "backends/native/conv/chain.h"
#include "backends/native/kernels.h"
#include "ir/slots.h"
#include "ops/ops.h"

enum { DEPTHWISE_SLOT = 0, EXPAND_SLOT = 2, PROJECT_SLOT = 4 }; /* weights; the bias is in the next one */

typedef struct job {
    sard_chain_job chain;
    float *scratch; /* of the first slot */
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
           !sard_depthwise_of(node, sard_tier_of(target), &d, NULL) && !d.plain && d.rows.dilation == 1 && d.rows.kernel >= d.rows.stride;
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

static size_t conv_chain_join(const sard_node *node, const sard_target *target, const sard_node *joined[SARD_MOST_JOINED])
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

static double conv_chain_cost(const sard_node *node, const sard_target *target)
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
    const size_t bias_bytes = (size_t)sard_panels_padded(&p->panels) * sizeof(float);
    float *weights = sard_packing_memory(packing, slot, (size_t)sard_panels_size(&p->panels, p->k) * sizeof(float), &fresh);
    float *bias = sard_packing_memory(packing, slot + 1, bias_bytes, &fresh_bias);
    if (!weights || !bias)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    const double *factors;
    const sard_tensor *rows = sard_value_unscaled(node->inputs[1], &factors);
    for (int64_t i = 0; fresh && i < p->panels.count; i++)
        sard_columns_pack(sard_tier_of(sard_packing_target(packing)), &p->panels, rows->data, factors, p->k, 1, i,
                          weights + sard_panel_offset(&p->panels, i, p->k, 0));
    if (fresh_bias)
        sard_columns_pack_bias(&p->panels, 1, sard_has_input(node, 2) ? sard_value_constant(node->inputs[2]) : NULL, bias);
    return SARD_OK;
}

static sard_status conv_chain_pack(const sard_node *node, sard_packing *packing, sard_error *error)
{
    sard_chain c;
    const sard_chain_nodes nodes = nodes_of(node, sard_packing_joined(packing, 0), sard_packing_joined(packing, 1));
    sard_status status = sard_chain_of(&nodes, sard_packing_target(packing), &c, error);
    if (!status)
        status = sard_depthwise_pack(&c.d, nodes.depthwise, packing, DEPTHWISE_SLOT, error);
    if (!status && nodes.expand)
        status = pack_pointwise(&c.expand, nodes.expand, packing, EXPAND_SLOT, error);
    if (!status && nodes.project)
        status = pack_pointwise(&c.project, nodes.project, packing, PROJECT_SLOT, error);
    return status;
}

/* More than threads where what pieces share, which each makes for itself, costs little. */
static int64_t pieces_of(const sard_chain *c, int threads)
{
    const int64_t pieces = threads < 2 ? 1 : is_cut_cheaply(c, 2 * (int64_t)threads) ? 2 * (int64_t)threads : threads;
    return pieces > c->d.rows.out ? c->d.rows.out : pieces;
}

static sard_post post_of(const sard_binding *binding, const sard_node *node, size_t first)
{
    return sard_post_of(node, binding->inputs + first, binding->target);
}

static void bind_pointwise(sard_pointwise *p, const sard_binding *binding, const sard_node *node, size_t slot, size_t first)
{
    p->weights = binding->packed[slot];
    p->bias = binding->packed[slot + 1];
    p->post = post_of(binding, node, first);
    p->first = first;
}

/* A joined node's inputs are the last ones, or stand before those of the nodes joined after it. */
static void bind_convolutions(sard_chain *c, const sard_binding *binding)
{
    const sard_chain_nodes *nodes = &c->nodes;
    size_t end = binding->input_count;
    if (nodes->expand) {
        end -= nodes->expand->input_count;
        bind_pointwise(&c->expand, binding, nodes->expand, EXPAND_SLOT, end);
    }
    if (nodes->project) {
        c->depthwise_first = end - nodes->depthwise->input_count;
        bind_pointwise(&c->project, binding, nodes->project, PROJECT_SLOT, 0);
    }
    c->x = nodes->expand ? end : c->depthwise_first;
    c->depthwise_weights = binding->packed[DEPTHWISE_SLOT];
    c->depthwise_bias = binding->packed[DEPTHWISE_SLOT + 1];
    c->d.post = post_of(binding, nodes->depthwise, c->depthwise_first);
}

static sard_status conv_chain_bind(sard_binding *binding, sard_error *error)
{
    const sard_chain_nodes nodes = nodes_of(binding->node, binding->joined[0], binding->joined_count > 1 ? binding->joined[1] : NULL);
    sard_chain *c = sard_binding_alloc(binding, sizeof *c);
    if (!c)
        return sard_no_memory(error);
    const sard_status status = sard_chain_of(&nodes, binding->target, c, error);
    if (status)
        return status;
    bind_convolutions(c, binding);
    c->x_row = sard_row_of(&binding->inputs[c->x]);
    c->y_row = sard_row_of(&binding->outputs[0]);
    c->d.x_row = nodes.expand ? c->d.channels : c->x_row;
    c->d.y_row = nodes.project ? c->d.channels : c->y_row;
    c->pieces = pieces_of(c, binding->threads);
    sard_binding_scratch(binding, SARD_SLOTS * (size_t)sard_chain_scratch(c) * sizeof(float));
    binding->state = c;
    return SARD_OK;
}

/* ---- the run ---- */

static void conv_chain_work(void *arg, size_t i)
{
    job *j = arg;
    const sard_chain *c = j->chain.plan;
    const int64_t n = (int64_t)i / c->pieces, piece = (int64_t)i % c->pieces, rows = c->d.rows.out;
    const unsigned slot = sard_slot_take(&j->slots);
    sard_chain_run(&j->chain, n, rows * piece / c->pieces, rows * (piece + 1) / c->pieces, j->scratch + slot * sard_chain_scratch(c));
    sard_slot_give(&j->slots, slot);
}

static sard_status conv_chain_run(const sard_call *call)
{
    const sard_chain *c = call->state;
    job j = {.scratch = call->scratch,
             .chain = {.plan = c, .x = call->inputs[c->x].data, .y = call->outputs[0].data, .inputs = call->inputs}};
    j.chain.d = (sard_depthwise_job){&c->d, c->depthwise_weights, c->depthwise_bias, call->inputs + c->depthwise_first};
    sard_slots_init(&j.slots, SARD_SLOTS);
    sard_call_parallel(call, (size_t)(c->d.n * c->pieces), conv_chain_work, &j);
    return SARD_OK;
}

const sard_kernel sard_native_conv_chain = {
    .struct_size = sizeof(sard_kernel),
    .name = "conv_chain",
    .op = "Conv",
    .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED | SARD_KERNEL_PACKED,
    .cost = conv_chain_cost,
    .pack = conv_chain_pack,
    .bind = conv_chain_bind,
    .run = conv_chain_run,
    .join = conv_chain_join,
};
