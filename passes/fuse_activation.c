/* Activation(Conv(x)) -> Conv(x) |> Activation, likewise for ConvTranspose, Gemm, MatMul, and a BatchNormalization that is left.
 * needs: the activation is the only user of the sums; what else it reads is constant.
 * keeps: every number; the sums are finished while they are in registers. */
#include "passes/lib/fuse.h"
#include "passes/passes.h"

#include <string.h>

static const char *const producers[] = {"Conv", "ConvTranspose", "Gemm", "MatMul", NULL};
static const char *const activations[] = {
    "Relu", "Clip", "LeakyRelu", "PRelu", "ThresholdedRelu", "Sigmoid",  "HardSigmoid", "HardSwish", "Swish", "Mish",
    "Gelu", "Elu",  "Selu",      "Celu",  "Softplus",        "Softsign", "Tanh",        NULL};

bool sard_node_is_one_of(const sard_node *node, const char *const *names)
{
    while (*names && strcmp(node->op->name, *names))
        names++;
    return *names && !*node->op->domain && !sard_op_is_foreign(node->op);
}

bool sard_makes_sums(const sard_node *node) { return node && sard_node_is_one_of(node, producers); }

bool sard_takes_epilogue(const sard_node *node) { return sard_makes_sums(node) && !node->graph->portable; }

static bool is_normalisation(const sard_node *node)
{
    return node && !node->graph->portable && !strcmp(node->op->name, "BatchNormalization") && !*node->op->domain && node->output_count == 1;
}

bool sard_can_fuse_activation(const sard_node *node)
{
    const sard_value *sums = node->own_count ? node->inputs[0] : NULL;
    if (!sums || !sard_node_is_one_of(node, activations) || !(node->op->traits & SARD_IN_PLACE) || node->epilogue_count)
        return false;
    if ((!sard_takes_epilogue(sums->producer) && !is_normalisation(sums->producer)) || sard_value_use_count(sums) != 1 || !node->outputs[0])
        return false;
    for (size_t i = 1; i < node->own_count; i++)
        if (node->inputs[i] && !node->inputs[i]->constant)
            return false;
    /* each gives a result of its input's shape, known or not */
    return sums->dtype == node->outputs[0]->dtype && sums->rank >= 0 && sums->rank == node->outputs[0]->rank;
}

static sard_status rewrite(sard_graph *graph, sard_node *node, bool *edited, sard_error *error)
{
    (void)graph;
    *edited = sard_can_fuse_activation(node);
    if (*edited && !sard_node_absorb(node->inputs[0]->producer, node, 0))
        return sard_fail(error, SARD_NOMEM, "out of memory");
    return SARD_OK;
}

const sard_pass sard_pass_fuse_activation = {
    .struct_size = sizeof(sard_pass),
    .name = "fuse_activation",
    .reason = "applies activations while sums are in registers",
    .level = SARD_O2,
    .rewrite = rewrite,
};
