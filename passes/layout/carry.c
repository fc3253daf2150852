/* Carrying a Transpose over a node: the frame, and the rules of element-wise and spatial operators. */
#include "passes/layout/carry.h"

#include "ir/rewrite.h"
#include <string.h>

/* ---- rules for whole traits ---- */

/* Operands that broadcast follow: of full rank, constant, or a single element, which has no order. */
static bool can_elementwise(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    *out = *in;
    for (size_t i = 0; i < node->own_count; i++) {
        const sard_value *value = node->inputs[i];
        if (!value || sard_is_single(value))
            continue;
        if (value->constant ? !sard_can_permute_constant(value, in) : value->rank != in->rank)
            return false;
    }
    return true;
}

/* Pools, normalisations and their like, where the order is that of the other layout. Weighted sums come to channels last and stay there;
 * those of other types than float32 have kernels for one layout only. */
static bool can_spatial(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    const sard_perm wanted = node->layout == SARD_NCHW ? sard_perm_to_nchw(in->rank) : sard_perm_to_nhwc(in->rank);
    *out = *in;
    for (size_t i = 1; i < node->output_count; i++)
        if (node->outputs[i])
            return false;
    if (node->graph->rewriter->portable && node->layout == SARD_NCHW)
        return false;
    if (node->op->traits & SARD_MACS && (node->inputs[0]->dtype != SARD_F32 || node->layout != SARD_NCHW))
        return false;
    return in->rank >= 3 && sard_perm_same(in, &wanted);
}

static sard_status change_spatial(sard_node *node, const sard_perm *in, sard_error *error)
{
    (void)in;
    (void)error;
    node->layout = node->layout == SARD_NCHW ? SARD_NHWC : SARD_NCHW;
    return SARD_OK;
}

static const sard_carry_rule elementwise = {SARD_OP_NONE, true, can_elementwise, NULL};
static const sard_carry_rule spatial = {SARD_OP_NONE, false, can_spatial, change_spatial};

/* ---- finding ---- */

static bool epilogue_has_no_order(const sard_node *node)
{
    for (size_t i = node->own_count; i < node->input_count; i++)
        if (node->inputs[i] && !sard_is_single(node->inputs[i]))
            return false;
    return true;
}

static const sard_carry_rule *find_rule(const sard_node *node)
{
    static const sard_carry_rule *const tables[] = {sard_carry_axis_rules, sard_carry_list_rules, sard_carry_shape_rules};
    if (!sard_is_onnx(node) || sard_node_subgraph(node, 0) || !epilogue_has_no_order(node))
        return NULL;
    if (node->op->traits & SARD_ELEMENTWISE)
        return &elementwise;
    if (node->op->traits & SARD_SPATIAL)
        return &spatial;
    if (node->epilogue_count)
        return NULL;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const sard_carry_rule *rule = tables[t]; rule->op; rule++)
            if (sard_is(node, rule->op))
                return rule;
    return NULL;
}

size_t sard_carry_inputs(const sard_node *node)
{
    const sard_carry_rule *rule = find_rule(node);
    return rule && rule->all ? node->own_count : node->own_count > 0;
}

bool sard_can_carry(const sard_node *node, const sard_perm *in, sard_perm *out)
{
    const sard_carry_rule *rule = find_rule(node);
    if (!rule || !node->own_count || !node->inputs[0] || !node->output_count || !node->outputs[0])
        return false;
    if (!rule->all && (node->inputs[0]->rank != in->rank || node->inputs[0]->constant))
        return false;
    if (!rule->can(node, in, out))
        return false;
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i] && node->outputs[i]->rank != out->rank)
            return false;
    return true;
}

/* ---- doing ---- */

static sard_status carry_input(sard_node *node, size_t i, const sard_perm *to, bool broadcasts, sard_error *error)
{
    sard_value *value = node->inputs[i], *moved;
    if (!value || (broadcasts && sard_is_single(value)))
        return SARD_OK;
    const sard_status status = sard_permute(value, to, &moved, error);
    if (!status && broadcasts && moved->constant && !(moved = sard_shorten_constant(moved)))
        return sard_no_memory(error);
    if (!status)
        sard_node_set_input(node, i, moved);
    return status;
}

/* The node gets a new value for output i; the old one is left to whoever makes it now. */
static sard_value *detach_output(sard_node *node, size_t i)
{
    sard_value *old = node->outputs[i], *made = sard_graph_add_value(node->graph, old->name);
    if (!made)
        return NULL;
    made->producer = node;
    made->output = i;
    node->outputs[i] = made;
    old->producer = NULL;
    return old;
}

/* Dims that inference lost are those of the old value. */
static void keep_dims(sard_value *made, const sard_value *old, const sard_perm *out)
{
    if (made->rank != out->rank)
        return;
    for (int i = 0; i < out->rank; i++)
        if (made->dims[out->axis[i]] == SARD_UNKNOWN_DIM)
            made->dims[out->axis[i]] = old->dims[i];
}

static sard_status attach_transpose(sard_node *node, sard_value *made, sard_value *old, const sard_perm *out, sard_error *error)
{
    int64_t axes[SARD_MAX_RANK];
    for (int i = 0; i < out->rank; i++)
        axes[i] = out->axis[i];
    const sard_attr perm = {.name = "perm", .kind = SARD_ATTR_INTS, .count = (size_t)out->rank, .ints = axes};
    const sard_node_parts parts = {.op = sard_op_table_own(node->graph->ops, SARD_OP_transpose),
                                   .name = old->name,
                                   .inputs = &made,
                                   .input_count = 1,
                                   .attrs = &perm,
                                   .attr_count = 1,
                                   .output_names = (const char *const[]){""},
                                   .output_count = 1,
                                   .before = node->next};
    sard_node *transpose;
    const sard_status status = sard_graph_make_node(node->graph, &parts, &transpose, error);
    if (status)
        return status;
    transpose->outputs[0] = old;
    old->producer = transpose;
    old->output = 0;
    return sard_node_infer(transpose, error);
}

static sard_status carry_outputs(sard_node *node, const sard_perm *out, sard_error *error)
{
    sard_value **old = SARD_NEW(node->graph->arena, sard_value *, node->output_count);
    if (!old)
        return sard_no_memory(error);
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i] && !(old[i] = detach_output(node, i)))
            return sard_no_memory(error);
    sard_status status = sard_node_infer(node, error);
    for (size_t i = node->output_count; !status && i-- > 0;) {
        if (!old[i])
            continue;
        keep_dims(node->outputs[i], old[i], out);
        status = attach_transpose(node, node->outputs[i], old[i], out, error);
    }
    return status;
}

sard_status sard_carry(sard_node *node, const sard_perm *in, sard_error *error)
{
    const sard_carry_rule *rule = find_rule(node);
    const sard_perm to = sard_perm_inverse(in);
    sard_perm out;
    if (!rule || !rule->can(node, in, &out))
        return sard_node_fail(node, error, SARD_ARGUMENT, "cannot work on permuted inputs");
    sard_status status = rule->change ? rule->change(node, in, error) : SARD_OK;
    for (size_t i = 0; !status && i < (rule->all ? node->own_count : 1); i++)
        status = carry_input(node, i, &to, rule == &elementwise, error);
    if (status)
        return status;
    return sard_perm_is_identity(&out) ? sard_node_infer(node, error) : carry_outputs(node, &out, error);
}

/* ---- for the rules ---- */

sard_status sard_carry_put_ints(sard_node *node, size_t i, const int64_t *numbers, size_t count, sard_error *error)
{
    sard_value *list = sard_add_ints(node->graph, node->name, numbers, count);
    if (!list || (i >= node->own_count && !sard_node_set_input_count(node, i + 1)))
        return sard_no_memory(error);
    sard_node_set_input(node, i, list);
    return SARD_OK;
}
