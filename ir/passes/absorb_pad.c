/* Conv(Pad(x)) -> Conv(x), its pads wider by those of the Pad.
 * needs: the Pad adds zeros, their number is constant, and along axes of the window alone; the Conv's pads are given by number.
 * keeps: every number. Where others read what is padded the Pad stays for them. */
#include "ir/passes/passes.h"

#include "ir/graph.h"
#include "ir/passes/permute.h"
#include "ops/conv.h"
#include "ops/pad.h"

#include <string.h>

/* What goes before each axis, then what goes behind; false: not known, or not zeros. */
static bool read_pads(const sard_node *pad, int rank, int64_t pads[2 * SARD_MAX_RANK])
{
    int64_t numbers[2 * SARD_MAX_RANK], axes[SARD_MAX_RANK];
    double value = 0;
    size_t count, axis_count = (size_t)rank;
    if (((const sard_pad *)pad->attrs)->mode != SARD_PAD_CONSTANT || !sard_node_input_ints(pad, 1, numbers, 2 * SARD_MAX_RANK, &count) ||
        (sard_has_input(pad, 2) && (sard_node_input_floats(pad, 2, &value, 1) != 1 || value != 0)))
        return false;
    for (int i = 0; i < rank; i++)
        axes[i] = i;
    if (sard_has_input(pad, 3) && !sard_node_input_ints(pad, 3, axes, SARD_MAX_RANK, &axis_count))
        return false;
    memset(pads, 0, 2 * (size_t)rank * sizeof *pads);
    for (size_t i = 0; i < axis_count; i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
        pads[axis] = numbers[i];
        pads[rank + axis] = numbers[axis_count + i];
    }
    return count == 2 * axis_count;
}

/* Adds those of the axes of the window to `sums`, before and behind; false: there are others, or some cut. */
static bool add_pads(const sard_node *conv, const int64_t *pads, int64_t *sums)
{
    const int rank = conv->inputs[0]->rank, first = conv->layout == SARD_NHWC ? 1 : 2, count = rank - 2;
    for (int i = 0; i < 2 * rank; i++) {
        const int axis = i % rank - first;
        if (pads[i] < 0 || (pads[i] && (axis < 0 || axis >= count)))
            return false;
        if (axis >= 0 && axis < count)
            sums[i / rank * count + axis] += pads[i];
    }
    return true;
}

static sard_status rewrite(sard_graph *graph, sard_node *conv, bool *edited, sard_error *error)
{
    const sard_node *pad = conv->inputs[0]->producer;
    const int rank = conv->inputs[0]->rank;
    int64_t pads[2 * SARD_MAX_RANK], sums[2 * SARD_MAX_RANK] = {0};
    if (!sard_is_plain(pad, "Pad") || rank < 3)
        return SARD_OK;
    const sard_conv_attrs *old = conv->attrs;
    const size_t count = 2 * (size_t)(rank - 2);
    if (old->auto_pad != SARD_AUTO_NOTSET && old->auto_pad != SARD_AUTO_VALID)
        return SARD_OK;
    if (old->pads.data && old->auto_pad == SARD_AUTO_NOTSET)
        memcpy(sums, old->pads.data, count * sizeof *sums);
    if (!read_pads(pad, rank, pads) || !add_pads(conv, pads, sums))
        return SARD_OK;
    sard_conv_attrs *attrs = sard_arena_copy(graph->arena, old, sizeof *old);
    const int64_t *list = sard_arena_copy(graph->arena, sums, count * sizeof *sums);
    if (!attrs || !list)
        return sard_fail(error, SARD_NOMEM, "out of memory");
    attrs->auto_pad = SARD_AUTO_NOTSET;
    attrs->pads = (sard_ints){list, count};
    conv->attrs = attrs;
    sard_node_set_input(conv, 0, pad->inputs[0]);
    *edited = true;
    return sard_node_infer(conv, error);
}

const sard_pass sard_pass_absorb_pad = {
    .struct_size = sizeof(sard_pass),
    .name = "absorb_pad",
    .reason = "makes zeros around a convolution's input its own pads",
    .level = SARD_O2,
    .op = "Conv",
    .rewrite = rewrite,
};
