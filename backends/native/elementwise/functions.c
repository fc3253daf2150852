/* Operators as functions. */
#include "backends/native/elementwise/functions.h"

#include "ops/ops.h"

#include <math.h>
#include <string.h>

typedef struct row {
    sard_op_id id;
    sard_function function;
    int operands;
    const char *p, *q; /* attributes that are its parameters */
} row;

static const row rows[] = {
    {.id = SARD_OP_abs, .function = SARD_FUNCTION_abs, .operands = 1},
    {.id = SARD_OP_add, .function = SARD_FUNCTION_add, .operands = 2},
    {.id = SARD_OP_celu, .function = SARD_FUNCTION_celu, .operands = 1, .p = "alpha"},
    {.id = SARD_OP_clip, .function = SARD_FUNCTION_clip, .operands = 1},
    {.id = SARD_OP_div, .function = SARD_FUNCTION_div, .operands = 2},
    {.id = SARD_OP_elu, .function = SARD_FUNCTION_elu, .operands = 1, .p = "alpha"},
    {.id = SARD_OP_erf, .function = SARD_FUNCTION_erf, .operands = 1},
    {.id = SARD_OP_exp, .function = SARD_FUNCTION_exp, .operands = 1},
    {.id = SARD_OP_gelu, .function = SARD_FUNCTION_gelu, .operands = 1},
    {.id = SARD_OP_hard_sigmoid, .function = SARD_FUNCTION_hard_sigmoid, .operands = 1, .p = "alpha", .q = "beta"},
    {.id = SARD_OP_hard_swish, .function = SARD_FUNCTION_hard_swish, .operands = 1},
    {.id = SARD_OP_leaky_relu, .function = SARD_FUNCTION_leaky_relu, .operands = 1, .p = "alpha"},
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
    {.id = SARD_OP_selu, .function = SARD_FUNCTION_selu, .operands = 1, .p = "alpha", .q = "gamma"},
    {.id = SARD_OP_sigmoid, .function = SARD_FUNCTION_sigmoid, .operands = 1},
    {.id = SARD_OP_softplus, .function = SARD_FUNCTION_softplus, .operands = 1},
    {.id = SARD_OP_softsign, .function = SARD_FUNCTION_softsign, .operands = 1},
    {.id = SARD_OP_sqrt, .function = SARD_FUNCTION_sqrt, .operands = 1},
    {.id = SARD_OP_sub, .function = SARD_FUNCTION_sub, .operands = 2},
    {.id = SARD_OP_sum, .function = SARD_FUNCTION_add, .operands = 2},
    {.id = SARD_OP_swish, .function = SARD_FUNCTION_swish, .operands = 1, .p = "alpha"},
    {.id = SARD_OP_tanh, .function = SARD_FUNCTION_tanh, .operands = 1},
    {.id = SARD_OP_thresholded_relu, .function = SARD_FUNCTION_thresholded_relu, .operands = 1, .p = "alpha"},
    {.id = SARD_OP_microsoft_gelu, .function = SARD_FUNCTION_gelu, .operands = 1},
    {.id = SARD_OP_microsoft_quick_gelu, .function = SARD_FUNCTION_swish, .operands = 1, .p = "alpha"},
};

static const row *find(const sard_op *op)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (sard_op_id_of(op) == (int)rows[i].id)
            return &rows[i];
    return NULL;
}

/* The member that a float attribute fills. */
static float parameter(const sard_op *op, const void *attrs, const char *name)
{
    float value = 0;
    for (const sard_attr_spec *spec = op->attrs; name && spec && spec->name; spec++)
        if (!strcmp(spec->name, name))
            memcpy(&value, (const char *)attrs + spec->offset, sizeof value);
    return value;
}

/* Constants of files may lie anywhere. */
static float number_or(const float *number, float otherwise)
{
    if (number)
        memcpy(&otherwise, number, sizeof otherwise);
    return otherwise;
}

/* Gelu has one attribute, a choice: the formula with tanh is number 1. */
static bool is_by_tanh(const sard_op *op, const void *attrs)
{
    int64_t choice = 0;
    if (op->attrs && op->attrs->name)
        memcpy(&choice, (const char *)attrs + op->attrs->offset, sizeof choice);
    return choice == 1;
}

bool sard_function_of(const sard_op *op, const void *attrs, size_t inputs, sard_number_input *number, const void *arg,
                      sard_function_use *out)
{
    const row *found = find(op);
    if (!found)
        return false;
    *out = (sard_function_use){found->function, found->operands, false, parameter(op, attrs, found->p), parameter(op, attrs, found->q)};
    if (found->function == SARD_FUNCTION_gelu && is_by_tanh(op, attrs))
        out->function = SARD_FUNCTION_gelu_tanh;
    if (found->function == SARD_FUNCTION_swish && out->p == 1)
        out->function = SARD_FUNCTION_silu;
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
