/* Broadcasting before opset 7: the second operand is laid along axes of the first, told by attributes; today shapes say it all. */
#include "frontends/onnx/upgrade.h"

/* Gives input 1 dims of 1 behind its own so that its first dim stands at `axis` of input 0. */
static void lay_at(sard_onnx_draft *draft, int64_t axis)
{
    const sard_value *a = sard_onnx_typed_input(draft, 0);
    sard_value *b = sard_onnx_typed_input(draft, 1);
    if (!a || !b || a->rank < 0 || b->rank < 0) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "in this opset its axis needs inputs of known rank");
        return;
    }
    axis += axis < 0 ? a->rank : 0;
    if (axis < 0 || axis + b->rank > a->rank)
        sard_onnx_draft_fail(draft, SARD_MODEL, "axis %d for an input of rank %d and one of rank %d", (int)axis, a->rank, b->rank);
    else
        sard_onnx_set_input(draft, 1, sard_onnx_append_dims(draft, "laid", b, (size_t)(a->rank - axis - b->rank)));
}

/* Add, And, Div, Equal, Greater, Less, Mul, Or, Pow, Sub, Xor 1-6. */
void sard_onnx_step_broadcast(sard_onnx_draft *draft)
{
    sard_attr axis;
    const bool wanted = sard_onnx_take_int(draft, "broadcast", 0) != 0;
    if (sard_onnx_take_attr(draft, "axis", SARD_ATTR_INT, &axis) && wanted && !draft->status)
        lay_at(draft, axis.i);
}

/* PRelu 1-6: a slope with several elements has one for each channel. */
void sard_onnx_step_prelu(sard_onnx_draft *draft)
{
    const sard_value *x = sard_onnx_typed_input(draft, 0), *slope = sard_onnx_typed_input(draft, 1);
    if (x && slope && slope->rank == 1 && slope->dims[0] != 1 && x->rank != 2)
        lay_at(draft, 1);
}
