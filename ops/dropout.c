/* Dropout-12 .. -22
 *
 * in   data; ratio: a scalar, 0.5 if left out; training_mode: bool, false if left out
 * out  output: data; mask: bool, all true
 *
 * In training each element is dropped with probability `ratio`, the others are divided by 1 - ratio; mask says which are left. The
 * numbers are those of numpy.random.RandomState(seed).uniform (ops/lib/twister.h). Without seed it is 0: the same inputs give the same
 * result. A seed of 0 is not the same as none: others then draw new numbers for each run. */
#include "ops/lib/contents.h"
#include "ops/lib/elementwise.h"
#include "ops/lib/twister.h"

#include <string.h>

enum { DATA, RATIO, TRAINING_MODE };
enum { OUTPUT, MASK };

#define NO_SEED INT64_MIN

typedef struct dropout {
    int64_t seed;
} dropout;

static void drop(const sard_call *call, double ratio, uint8_t *mask)
{
    const sard_tensor *from = &call->inputs[DATA], *to = &call->outputs[OUTPUT];
    const size_t count = sard_tensor_count(from);
    const int64_t seed = ((const dropout *)call->attrs)->seed;
    sard_twister t;
    sard_twister_start(&t, seed == NO_SEED ? 0 : (uint32_t)seed);
    for (size_t i = 0; i < count; i++) {
        const bool stays = sard_twister_uniform(&t) >= ratio;
        if (to->data)
            sard_set(to, i, sard_get(from, i) * (stays ? 1 : 0) / (1 - ratio));
        if (mask)
            mask[i] = stays;
    }
}

static void keep(const sard_call *call, uint8_t *mask)
{
    const sard_tensor *from = &call->inputs[DATA], *to = &call->outputs[OUTPUT];
    const size_t count = sard_tensor_count(from);
    if (to->data && to->data != from->data && count)
        memcpy(to->data, from->data, count * sard_dtype_size(from->dtype));
    if (mask && count)
        memset(mask, true, count);
}

static bool is_one(const sard_value *value)
{
    for (int i = 0; i < value->rank; i++)
        if (value->dims[i] != 1 && value->dims[i] >= 0)
            return false;
    return true;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[DATA];
    for (size_t i = RATIO; i <= TRAINING_MODE; i++)
        if (sard_has_input(node, i) && !is_one(node->inputs[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "%s must be a scalar", i == RATIO ? "ratio" : "training_mode");
    const sard_status status = sard_infer_same(node, error);
    return status ? status : sard_node_set_output(node, MASK, SARD_BOOL, x->rank, x->dims, error);
}

static sard_status eval(const sard_call *call)
{
    const size_t count = call->node->own_count;
    const bool training = count > TRAINING_MODE && call->inputs[TRAINING_MODE].dtype && sard_get_int(&call->inputs[TRAINING_MODE], 0);
    const double ratio = count > RATIO && call->inputs[RATIO].dtype ? sard_get(&call->inputs[RATIO], 0) : 0.5;
    uint8_t *mask = sard_call_wants(call, MASK) ? call->outputs[MASK].data : NULL;
    if (training && !(ratio >= 0 && ratio < 1))
        return sard_call_fail(call, SARD_DATA, "ratio is %g, must be at least 0 and below 1", ratio);
    if (training && ratio > 0)
        drop(call, ratio, mask);
    else
        keep(call, mask);
    return SARD_OK;
}

static const sard_attr_spec attrs[] = {SARD_INT(dropout, seed, NO_SEED), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_FLOAT | SARD_SET_FLOAT8),
                                   SARD_PORT_OPTIONAL("ratio", 'R', SARD_SET_FLOAT | SARD_SET_FLOAT8),
                                   SARD_PORT_OPTIONAL("training_mode", 'B', SARD_SET(BOOL)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_FLOAT | SARD_SET_FLOAT8),
                                    SARD_PORT_OPTIONAL("mask", 'B', SARD_SET(BOOL)), SARD_PORTS_END};

const sard_op sard_op_dropout = {.struct_size = sizeof(sard_op),
                                 .domain = "",
                                 .name = "Dropout",
                                 .since = 22,
                                 .traits = SARD_IN_PLACE,
                                 .inputs = inputs,
                                 .outputs = outputs,
                                 .attrs = attrs,
                                 .attrs_size = sizeof(dropout),
                                 .infer = infer,
                                 .eval = eval};
