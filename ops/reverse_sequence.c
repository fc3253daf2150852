/* ReverseSequence-28: the first elements of each sequence of a batch in reverse order
 *
 * in   input; sequence_lens: int64, how many of each sequence
 * out  Y. batch_axis and time_axis are 0 and 1, or 1 and 0 */
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>

typedef struct reverse_sequence {
    int64_t batch_axis, time_axis;
} reverse_sequence;

static const sard_attr_spec attrs[] = {SARD_INT_IN(reverse_sequence, batch_axis, 1, 0, 1),
                                       SARD_INT_IN(reverse_sequence, time_axis, 0, 0, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_ANY), SARD_PORT("sequence_lens", 'L', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'T', SARD_SET_ANY), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const reverse_sequence *a = node->attrs;
    const sard_value *x = node->inputs[0], *lens = node->inputs[1];
    int64_t batch;
    if (a->batch_axis == a->time_axis)
        return sard_node_fail(node, error, SARD_MODEL, "batch_axis and time_axis are both %" PRId64, a->time_axis);
    if (x->rank < 2 || lens->rank != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "input has rank %d, must be at least 2; sequence_lens has %d, must be 1", x->rank,
                              lens->rank);
    if (!sard_dim_merge(x->dims[a->batch_axis], lens->dims[0], &batch))
        return sard_node_fail(node, error, SARD_SHAPE, "sequence_lens has %" PRId64 " elements for a batch of %" PRId64, lens->dims[0],
                              x->dims[a->batch_axis]);
    return sard_infer_same(node, error);
}

static sard_status eval(const sard_call *call)
{
    const reverse_sequence *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const int64_t batch = x->dims[a->batch_axis], time = x->dims[a->time_axis], *lens = call->inputs[1].data;
    const size_t size = sard_dtype_size(x->dtype);
    int64_t strides[SARD_MAX_RANK], inner;
    sard_strides(x->dims, x->rank, strides);
    if (!sard_count(x->dims + 2, x->rank - 2, &inner))
        return SARD_OK;
    for (int64_t b = 0; b < batch; b++) {
        if (lens[b] < 0 || lens[b] > time)
            return sard_call_fail(call, SARD_DATA, "sequence %" PRId64 " has length %" PRId64 ", must be 0 to %" PRId64, b, lens[b], time);
        if (!inner || !time)
            continue;
        const int64_t step = strides[a->time_axis], first = b * strides[a->batch_axis], last = first + (lens[b] - 1) * step;
        const int64_t rest = first + lens[b] * step;
        sard_move(call, (char *)y->data + (size_t)first * size, (int64_t[]){step, 1}, (const char *)x->data + last * (int64_t)size,
                  (int64_t[]){-step, 1}, (int64_t[]){lens[b], inner}, 2, size);
        sard_move(call, (char *)y->data + (size_t)rest * size, (int64_t[]){step, 1}, (const char *)x->data + (size_t)rest * size,
                  (int64_t[]){step, 1}, (int64_t[]){time - lens[b], inner}, 2, size);
    }
    return SARD_OK;
}

const sard_op sard_op_reverse_sequence = {.struct_size = sizeof(sard_op),
                                          .domain = "",
                                          .name = "ReverseSequence",
                                          .since = 28,
                                          .inputs = inputs,
                                          .outputs = outputs,
                                          .attrs = attrs,
                                          .attrs_size = sizeof(reverse_sequence),
                                          .infer = infer,
                                          .eval = eval};
