/* Operators as functions. */
#include "backends/native/elementwise/functions.h"

#include "ops/activation.h"
#include "ops/ops.h"

#include <math.h>
#include <string.h>

typedef struct row {
    sard_op_id id;
    sard_function function;
    int operands;
} row;

static const row rows[] = {
    {.id = SARD_OP_abs, .function = SARD_FUNCTION_abs, .operands = 1},
    {.id = SARD_OP_add, .function = SARD_FUNCTION_add, .operands = 2},
    {.id = SARD_OP_celu, .function = SARD_FUNCTION_celu, .operands = 1},
    {.id = SARD_OP_clip, .function = SARD_FUNCTION_clip, .operands = 1},
    {.id = SARD_OP_div, .function = SARD_FUNCTION_div, .operands = 2},
    {.id = SARD_OP_elu, .function = SARD_FUNCTION_elu, .operands = 1},
    {.id = SARD_OP_erf, .function = SARD_FUNCTION_erf, .operands = 1},
    {.id = SARD_OP_exp, .function = SARD_FUNCTION_exp, .operands = 1},
    {.id = SARD_OP_gelu, .function = SARD_FUNCTION_gelu, .operands = 1},
    {.id = SARD_OP_hard_sigmoid, .function = SARD_FUNCTION_hard_sigmoid, .operands = 1},
    {.id = SARD_OP_hard_swish, .function = SARD_FUNCTION_hard_swish, .operands = 1},
    {.id = SARD_OP_leaky_relu, .function = SARD_FUNCTION_leaky_relu, .operands = 1},
    {.id = SARD_OP_log, .function = SARD_FUNCTION_log, .operands = 1},
    {.id = SARD_OP_max, .function = SARD_FUNCTION_max, .operands = 2},
    {.id = SARD_OP_min, .function = SARD_FUNCTION_min, .operands = 2},
    {.id = SARD_OP_mish, .function = SARD_FUNCTION_mish, .operands = 1},
    {.id = SARD_OP_mul, .function = SARD_FUNCTION_mul, .operands = 2},
    {.id = SARD_OP_neg, .function = SARD_FUNCTION_neg, .operands = 1},
    {.id = SARD_OP_prelu, .function = SARD_FUNCTION_prelu, .operands = 2},
    {.id = SARD_OP_pow, .function = SARD_FUNCTION_square, .operands = 1},
    {.id = SARD_OP_reciprocal, .function = SARD_FUNCTION_reciprocal, .operands = 1},
    {.id = SARD_OP_relu, .function = SARD_FUNCTION_relu, .operands = 1},
    {.id = SARD_OP_selu, .function = SARD_FUNCTION_selu, .operands = 1},
    {.id = SARD_OP_sigmoid, .function = SARD_FUNCTION_sigmoid, .operands = 1},
    {.id = SARD_OP_softplus, .function = SARD_FUNCTION_softplus, .operands = 1},
    {.id = SARD_OP_softsign, .function = SARD_FUNCTION_softsign, .operands = 1},
    {.id = SARD_OP_sqrt, .function = SARD_FUNCTION_sqrt, .operands = 1},
    {.id = SARD_OP_sub, .function = SARD_FUNCTION_sub, .operands = 2},
    {.id = SARD_OP_sum, .function = SARD_FUNCTION_add, .operands = 2},
    {.id = SARD_OP_swish, .function = SARD_FUNCTION_swish, .operands = 1},
    {.id = SARD_OP_tanh, .function = SARD_FUNCTION_tanh, .operands = 1},
    {.id = SARD_OP_thresholded_relu, .function = SARD_FUNCTION_thresholded_relu, .operands = 1},
    {.id = SARD_OP_microsoft_gelu, .function = SARD_FUNCTION_gelu, .operands = 1},
    {.id = SARD_OP_microsoft_quick_gelu, .function = SARD_FUNCTION_swish, .operands = 1},
};

static const row *find(const sard_op *op)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (sard_op_id_of(op) == (int)rows[i].id)
            return &rows[i];
    return NULL;
}

/* Attributes that are parameters, or choose between two functions. */
static void read_attributes(sard_op_id id, const void *attrs, sard_function_use *out)
{
    switch (id) {
    case SARD_OP_celu:
    case SARD_OP_elu:
    case SARD_OP_leaky_relu:
    case SARD_OP_thresholded_relu:
        out->p = ((const sard_alpha *)attrs)->alpha;
        break;
    case SARD_OP_swish:
    case SARD_OP_microsoft_quick_gelu:
        out->p = ((const sard_alpha *)attrs)->alpha;
        out->function = out->p == 1 ? SARD_FUNCTION_silu : SARD_FUNCTION_swish;
        break;
    case SARD_OP_hard_sigmoid:
        out->p = ((const sard_hard_sigmoid *)attrs)->alpha;
        out->q = ((const sard_hard_sigmoid *)attrs)->beta;
        break;
    case SARD_OP_selu:
        out->p = ((const sard_selu *)attrs)->alpha;
        out->q = ((const sard_selu *)attrs)->gamma;
        break;
    case SARD_OP_gelu:
        if (((const sard_gelu_attrs *)attrs)->approximate == SARD_GELU_TANH)
            out->function = SARD_FUNCTION_gelu_tanh;
        break;
    default:
        break;
    }
}

/* Constants of files may lie anywhere. */
static float number_or(const float *number, float otherwise)
{
    if (number)
        memcpy(&otherwise, number, sizeof otherwise);
    return otherwise;
}

bool sard_function_of(const sard_op *op, const void *attrs, size_t inputs, sard_number_input *number, const void *arg,
                      sard_function_use *out)
{
    const row *found = find(op);
    if (!found)
        return false;
    *out = (sard_function_use){.function = found->function, .operands = found->operands};
    read_attributes(found->id, attrs, out);
    if (found->function == SARD_FUNCTION_clip) {
        out->p = number_or(number(arg, 1), -INFINITY);
        out->q = number_or(number(arg, 2), INFINITY);
    }
    if (found->function == SARD_FUNCTION_square) {
        return number_or(number(arg, 1), 0) == 2;
    }
    out->chains = found->function == SARD_FUNCTION_max || found->function == SARD_FUNCTION_min || found->id == SARD_OP_sum;
    if (out->chains && inputs == 1)
        *out = (sard_function_use){.function = SARD_FUNCTION_copy, .operands = 1};
    return true;
}
