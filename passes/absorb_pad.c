/* Conv(Pad(x)) -> Conv(x), its pads wider by those of the Pad; likewise AveragePool, which then counts pads, and MaxPool.
 * needs: the Pad adds zeros, their number is constant, and along axes of the window alone; the Conv's pads are given by number. Of pools
 *        every window begins and ends in what is padded (no ceil_mode, pads smaller than the window). An AveragePool counts its own pads
 *        too, or has none. A MaxPool takes zeros where x has nothing below, or -infinity.
 * keeps: every number. Where others read what is padded the Pad stays for them. */
#include "passes/passes.h"

#include "ops/conv.h"
#include "ops/pad.h"
#include "ops/pool.h"
#include "passes/lib/permute.h"

#include <math.h>
#include <string.h>

/* *value: what the Pad adds; false: it does something else, or what is not known. */
static bool read_pads(const sard_node *pad, sard_pads *pads, double *value)
{
    *value = 0;
    return ((const sard_pad *)pad->attrs)->mode == SARD_PAD_CONSTANT && sard_pads_read(pad, pads) &&
           (!sard_has_input(pad, SARD_PAD_VALUE) || sard_node_input_floats(pad, SARD_PAD_VALUE, value, 1) == 1);
}

/* Adds those of the axes of the window to `sums`, before and behind; false: there are others, or some cut. */
static bool add_pads(const sard_node *node, const sard_pads *pads, int64_t *sums)
{
    const int rank = node->inputs[0]->rank, first = node->layout == SARD_NHWC ? 1 : 2, count = rank - 2;
    for (int i = 0; i < rank; i++) {
        const bool inside = i >= first && i < first + count;
        if (pads->before[i] < 0 || pads->behind[i] < 0 || ((pads->before[i] || pads->behind[i]) && !inside))
            return false;
        if (inside) {
            sums[i - first] += pads->before[i];
            sums[count + i - first] += pads->behind[i];
        }
    }
    return true;
}

/* ---- pools ---- */

static bool has_nothing_below_zero(const sard_value *x)
{
    double low;
    switch (x->producer ? sard_node_id(x->producer) : SARD_OP_NONE) {
    case SARD_OP_relu:
    case SARD_OP_sigmoid:
    case SARD_OP_hard_sigmoid:
    case SARD_OP_softmax:
    case SARD_OP_softplus:
    case SARD_OP_exp:
    case SARD_OP_abs:
        return true;
    case SARD_OP_clip:
        return !x->producer->epilogue_count && sard_node_input_floats(x->producer, 1, &low, 1) == 1 && low >= 0;
    default:
        return false;
    }
}

static bool pool_takes(const sard_node *node, const sard_value *x, double value)
{
    const sard_pool_attrs *a = node->attrs;
    if (a->ceil_mode || !sard_ints_are(a->dilations, 1) || (node->output_count > 1 && node->outputs[1]))
        return false;
    if (sard_is_plain(node, SARD_OP_max_pool))
        return (value == 0 && has_nothing_below_zero(x)) || value == -INFINITY;
    return value == 0 && (a->count_include_pad || a->auto_pad != SARD_AUTO_NOTSET || sard_ints_are(a->pads, 0));
}

static bool are_narrow(const sard_node *node, const int64_t *sums, size_t count)
{
    const sard_ints kernel = ((const sard_pool_attrs *)node->attrs)->kernel_shape;
    for (size_t i = 0; i < 2 * count; i++)
        if (sums[i] >= kernel.data[i % count])
            return false;
    return true;
}

/* ---- both ---- */

/* A copy of the node's attributes with these pads. False when memory runs out. */
static bool set_pads(sard_node *node, bool pool, const int64_t *sums, size_t count)
{
    void *attrs = sard_arena_copy(node->graph->arena, node->attrs, node->op->attrs_size);
    const sard_ints pads = {sard_arena_copy(node->graph->arena, sums, count * sizeof *sums), count};
    if (!attrs || !pads.data)
        return false;
    if (pool) {
        ((sard_pool_attrs *)attrs)->auto_pad = SARD_AUTO_NOTSET;
        ((sard_pool_attrs *)attrs)->count_include_pad = sard_is(node, SARD_OP_average_pool);
        ((sard_pool_attrs *)attrs)->pads = pads;
    } else {
        ((sard_conv_attrs *)attrs)->auto_pad = SARD_AUTO_NOTSET;
        ((sard_conv_attrs *)attrs)->pads = pads;
    }
    node->attrs = attrs;
    return true;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    sard_pads pads;
    int64_t sums[2 * SARD_MAX_RANK] = {0};
    double value;
    const bool pool = sard_is(node, SARD_OP_max_pool) || sard_is(node, SARD_OP_average_pool);
    if ((!pool && !sard_is(node, SARD_OP_conv)) || !sard_is_plain(node->inputs[0]->producer, SARD_OP_pad) || node->inputs[0]->rank < 3)
        return SARD_OK;
    const sard_node *pad = node->inputs[0]->producer;
    const size_t count = (size_t)node->inputs[0]->rank - 2;
    const sard_ints own = pool ? ((const sard_pool_attrs *)node->attrs)->pads : ((const sard_conv_attrs *)node->attrs)->pads;
    const int64_t how = pool ? ((const sard_pool_attrs *)node->attrs)->auto_pad : ((const sard_conv_attrs *)node->attrs)->auto_pad;
    if (how != SARD_AUTO_NOTSET && how != SARD_AUTO_VALID)
        return SARD_OK;
    if (own.count && how == SARD_AUTO_NOTSET)
        memcpy(sums, own.data, 2 * count * sizeof *sums);
    if (!read_pads(pad, &pads, &value) || !add_pads(node, &pads, sums) ||
        (pool ? !pool_takes(node, pad->inputs[0], value) || !are_narrow(node, sums, count) : value != 0))
        return SARD_OK;
    if (!set_pads(node, pool, sums, 2 * count))
        return sard_no_memory(rewriter->error);
    sard_node_set_input(node, 0, pad->inputs[0]);
    rewriter->edited = true;
    return sard_node_infer(node, rewriter->error);
}

const sard_pass sard_pass_absorb_pad = {
    .struct_size = sizeof(sard_pass),
    .name = "absorb_pad",
    .reason = "makes zeros around the input of convolutions and pools their own pads",
    .level = SARD_O2,
    .rewrite = rewrite,
};
