/* CausalConvWithState-27: a depthwise convolution of sequences that sees what came before alone
 *
 * in   input: [N, C, length]; weight: [C, 1, k]; bias: [C], optional; past_state: [N, C, k - 1], what stood before input, optional, zeros
 * out  output: like input; present_state: the last k - 1 of past_state and input together
 *
 * activation: none, or silu, also called swish. */
#include "ops/lib/contents.h"

#include <inttypes.h>
#include <math.h>

enum { INPUT, WEIGHT, BIAS, PAST };
enum { OUTPUT, PRESENT };
enum { NO_ACTIVATION };
static const char *const activations[] = {"none", "silu", "swish", NULL};

typedef struct causal_conv {
    int64_t activation;
} causal_conv;

#define TYPES (SARD_SET(F32) | SARD_SET(F16) | SARD_SET(BF16))

static const sard_attr_spec attrs[] = {SARD_CHOICE(causal_conv, activation, "none", activations), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', TYPES), SARD_PORT("weight", 'T', TYPES), SARD_PORT_OPTIONAL("bias", 'T', TYPES),
                                   SARD_PORT_OPTIONAL("past_state", 'T', TYPES), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', TYPES), SARD_PORT("present_state", 'T', TYPES), SARD_PORTS_END};

static sard_status check_shape(const sard_node *node, size_t i, int rank, const int64_t *want, sard_error *error)
{
    const sard_value *value = sard_has_input(node, i) ? node->inputs[i] : NULL;
    bool right = !value || value->rank == rank;
    int64_t dim;
    for (int k = 0; value && right && k < rank; k++)
        right = sard_dim_merge(value->dims[k], want[k], &dim);
    return right ? SARD_OK : sard_node_fail(node, error, SARD_SHAPE, "%s does not fit input and weight", inputs[i].name);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[INPUT], *w = node->inputs[WEIGHT];
    if (x->rank != 3 || w->rank != 3)
        return sard_node_fail(node, error, SARD_SHAPE, "input and weight have ranks %d and %d, must be 3", x->rank, w->rank);
    const int64_t taps = w->dims[2], state[3] = {x->dims[0], x->dims[1], taps > 0 ? taps - 1 : SARD_UNKNOWN_DIM};
    if (taps == 0)
        return sard_node_fail(node, error, SARD_SHAPE, "the weight is empty");
    sard_status status = check_shape(node, WEIGHT, 3, (int64_t[]){x->dims[1], 1, taps}, error);
    if (!status)
        status = check_shape(node, BIAS, 1, &x->dims[1], error);
    if (!status)
        status = check_shape(node, PAST, 3, state, error);
    if (!status)
        status = sard_node_set_output(node, OUTPUT, x->dtype, 3, x->dims, error);
    return status ? status : sard_node_set_output(node, PRESENT, x->dtype, 3, state, error);
}

typedef struct job {
    const sard_call *call;
    const sard_tensor *x, *w, *bias, *past; /* the last two may be NULL */
    int64_t channels, length, taps;
    bool activation;
} job;

/* Element i of a line of past_state and input together. */
static double element(const job *j, size_t line, int64_t i)
{
    const int64_t before = j->taps - 1;
    if (i >= before)
        return sard_get(j->x, line * (size_t)j->length + (size_t)(i - before));
    return j->past ? sard_get(j->past, line * (size_t)before + (size_t)i) : 0;
}

static void convolve_line(void *arg, size_t line)
{
    const job *j = arg;
    const sard_tensor *y = &j->call->outputs[OUTPUT], *present = &j->call->outputs[PRESENT];
    const size_t channel = line % (size_t)j->channels;
    for (int64_t i = 0; y->data && i < j->length; i++) {
        double sum = j->bias ? sard_get(j->bias, channel) : 0;
        for (int64_t k = 0; k < j->taps; k++)
            sum += sard_get(j->w, channel * (size_t)j->taps + (size_t)k) * element(j, line, i + k);
        sard_set(y, line * (size_t)j->length + (size_t)i, j->activation ? sum / (1 + exp(-sum)) : sum);
    }
    for (int64_t i = 0; sard_call_wants(j->call, PRESENT) && i < j->taps - 1; i++)
        sard_set(present, line * (size_t)(j->taps - 1) + (size_t)i, element(j, line, j->length + i));
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[INPUT], *w = &call->inputs[WEIGHT];
    job j = {.call = call,
             .x = x,
             .w = w,
             .bias = sard_has_input(call->node, BIAS) ? &call->inputs[BIAS] : NULL,
             .past = sard_has_input(call->node, PAST) ? &call->inputs[PAST] : NULL,
             .channels = x->dims[1],
             .length = x->dims[2],
             .taps = w->dims[2],
             .activation = ((const causal_conv *)call->attrs)->activation != NO_ACTIVATION};
    if (sard_tensor_count(x) || (sard_call_wants(call, PRESENT) && sard_tensor_count(&call->outputs[PRESENT])))
        sard_call_parallel(call, (size_t)(x->dims[0] * x->dims[1]), convolve_line, &j);
    return SARD_OK;
}

const sard_op sard_op_causal_conv_with_state = {.struct_size = sizeof(sard_op),
                                                .domain = "",
                                                .name = "CausalConvWithState",
                                                .since = 27,
                                                .inputs = inputs,
                                                .outputs = outputs,
                                                .attrs = attrs,
                                                .attrs_size = sizeof(causal_conv),
                                                .infer = infer,
                                                .eval = eval};
