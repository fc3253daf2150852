/* Activations that are written out -> the operator: x Sigmoid(a x) -> Swish, Clip(x + 3, 0, 6) / 6 -> HardSigmoid, and times x -> HardSwish,
 * x (1 + Erf(x / sqrt(2))) / 2 and its form with Tanh -> Gelu, x Tanh(Softplus(x)) -> Mish.
 * needs: nobody else uses the inner values; an attribute, which is a float32, holds the factor.
 * keeps: the meaning; changes rounding.
 *
 * A product of Muls and of Divs by numbers is taken apart into a number and up to three values, whatever its spelling. */
#include "ops/activation.h"
#include "passes/lib/match.h"
#include "passes/passes.h"

#include <math.h>
#include <string.h>

typedef struct product {
    double factor;
    sard_value *values[3];
    size_t count;
} product;

/* Takes a value into a product; `inner`: it may be taken apart. */
static bool multiply(product *p, sard_value *value, bool inner)
{
    const sard_node *node = value->producer;
    double factor;
    if (inner && sard_is_made_by(value, SARD_OP_mul)) {
        for (size_t i = 0; i < 2; i++) {
            if (sard_read_number(node, i, &factor))
                p->factor *= factor;
            else if (!multiply(p, node->inputs[i], sard_value_use_count(node->inputs[i]) == 1))
                return false;
        }
        return true;
    }
    if (inner && sard_is_made_by(value, SARD_OP_div) && sard_read_number(node, 1, &factor)) {
        p->factor /= factor;
        return multiply(p, node->inputs[0], sard_value_use_count(node->inputs[0]) == 1);
    }
    if (p->count == sizeof p->values / sizeof *p->values)
        return false;
    p->values[p->count++] = value;
    return true;
}

/* value = factor * x. */
static bool is_multiple(sard_value *value, const sard_value *x, double *factor)
{
    product p = {.factor = 1};
    if (!multiply(&p, value, value != x) || p.count != 1 || p.values[0] != x)
        return false;
    *factor = p.factor;
    return true;
}

/* The value to which a sum adds a number; NULL where it is none. */
static sard_value *without(const sard_value *sum, double number_added)
{
    if (!sard_is_between(sum, SARD_OP_add))
        return NULL;
    for (size_t i = 0; i < 2; i++)
        if (sard_is_number(sum->producer, i, number_added))
            return sum->producer->inputs[1 - i];
    return NULL;
}

/* x of Clip(x + 3, 0, 6); NULL for anything else. */
static sard_value *clipped(const sard_value *value)
{
    double low;
    if (!sard_is_between(value, SARD_OP_clip) || !sard_read_number(value->producer, 1, &low) || low != 0 ||
        !sard_is_number(value->producer, 2, 6))
        return NULL;
    return without(value->producer->inputs[0], 3);
}

static bool is_half_hard(const sard_value *value, const sard_value *x)
{
    if (!sard_is_between(value, SARD_OP_hard_sigmoid) || value->producer->inputs[0] != x)
        return false;
    const sard_hard_sigmoid *attrs = value->producer->attrs;
    return sard_is_near(x->dtype, attrs->alpha, 1.0 / 6) && sard_is_near(x->dtype, attrs->beta, 0.5);
}

/* x^3, times a factor. */
static bool is_cube(sard_value *value, const sard_value *x, double *factor)
{
    product p = {.factor = 1};
    if (!multiply(&p, value, sard_value_use_count(value) == 1) || !p.count)
        return false;
    *factor = p.factor;
    if (p.count == 3)
        return p.values[0] == x && p.values[1] == x && p.values[2] == x;
    if (p.count == 1)
        return sard_is_between(p.values[0], SARD_OP_pow) && p.values[0]->producer->inputs[0] == x &&
               sard_is_number(p.values[0]->producer, 1, 3);
    for (size_t i = 0; i < 2; i++)
        if (p.values[i] == x && sard_is_between(p.values[1 - i], SARD_OP_pow))
            return p.values[1 - i]->producer->inputs[0] == x && sard_is_number(p.values[1 - i]->producer, 1, 2);
    return false;
}

/* sqrt(2 / pi) (x + 0.044715 x^3). */
static bool is_gelu_argument(sard_value *value, const sard_value *x)
{
    product p = {.factor = 1};
    double factor;
    if (!multiply(&p, value, sard_value_use_count(value) == 1) || p.count != 1 || !sard_is_near(x->dtype, p.factor, sqrt(2 / M_PI)) ||
        !sard_is_between(p.values[0], SARD_OP_add))
        return false;
    for (size_t i = 0; i < 2; i++) {
        sard_value *const *operands = p.values[0]->producer->inputs;
        if (operands[i] == x && is_cube(operands[1 - i], x, &factor))
            return sard_is_near(x->dtype, factor, 0.044715);
    }
    return false;
}

typedef struct found {
    sard_op_id op;
    sard_value *x;
    sard_attr attrs[2];
    size_t attr_count;
} found;

/* Is the number one of float32, as attributes are, to the last bit that counts, and one of the type, where a file writes the factor? */
static bool fits(sard_dtype dtype, double number)
{
    const sard_float_bounds type = sard_dtype_bounds(dtype == SARD_F64 ? SARD_F32 : dtype);
    const double size = fabs(number);
    return size >= type.smallest && size <= type.largest && (dtype != SARD_F64 || (double)(float)number == number);
}

/* factor * x * gate. */
static bool recognise_gate(double factor, sard_value *x, sard_value *gate, found *f)
{
    double inner;
    *f = (found){.x = x};
    if (sard_is_near(x->dtype, factor, 1) && sard_is_between(gate, SARD_OP_sigmoid) && is_multiple(gate->producer->inputs[0], x, &inner) &&
        fits(x->dtype, inner)) {
        f->op = SARD_OP_swish;
        f->attrs[0] = (sard_attr){.name = "alpha", .kind = SARD_ATTR_FLOAT, .f = (float)inner};
        f->attr_count = 1;
    } else if ((sard_is_near(x->dtype, factor, 1.0 / 6) && clipped(gate) == x) ||
               (sard_is_near(x->dtype, factor, 1) && is_half_hard(gate, x))) {
        f->op = SARD_OP_hard_swish;
    } else if (sard_is_near(x->dtype, factor, 1) && sard_is_between(gate, SARD_OP_tanh) &&
               sard_is_between(gate->producer->inputs[0], SARD_OP_softplus) && gate->producer->inputs[0]->producer->inputs[0] == x) {
        f->op = SARD_OP_mish;
    } else if (sard_is_near(x->dtype, factor, 0.5)) {
        const sard_value *curve = without(gate, 1);
        if (sard_is_between(curve, SARD_OP_erf) && is_multiple(curve->producer->inputs[0], x, &inner) &&
            sard_is_near(x->dtype, inner, M_SQRT1_2))
            f->op = SARD_OP_gelu;
        if (sard_is_between(curve, SARD_OP_tanh) && is_gelu_argument(curve->producer->inputs[0], x)) {
            f->op = SARD_OP_gelu;
            f->attrs[0] = (sard_attr){.name = "approximate", .kind = SARD_ATTR_STRING, .s = {"tanh", 4}};
            f->attr_count = 1;
        }
    }
    return f->op != SARD_OP_NONE;
}

static bool recognise(const sard_value *result, found *f)
{
    product p = {.factor = 1};
    if ((!sard_is_made_by(result, SARD_OP_mul) && !sard_is_made_by(result, SARD_OP_div)) || !sard_dtype_is_float(result->dtype) ||
        !multiply(&p, (sard_value *)result, true))
        return false;
    sard_value *x =
        p.count == 1 && result->dtype != SARD_F64 && sard_is_near(result->dtype, p.factor, 1.0 / 6) ? clipped(p.values[0]) : NULL;
    if (x) {
        *f = (found){.op = SARD_OP_hard_sigmoid, .x = x, .attr_count = 1};
        f->attrs[0] = (sard_attr){.name = "alpha", .kind = SARD_ATTR_FLOAT, .f = 1.0f / 6};
        return true;
    }
    return p.count == 2 && (recognise_gate(p.factor, p.values[0], p.values[1], f) || recognise_gate(p.factor, p.values[1], p.values[0], f));
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    found f;
    if (node->output_count != 1 || !recognise(node->outputs[0], &f) || f.x->rank < 0 ||
        f.x->rank != node->outputs[0]->rank) /* numbers aside, x alone gives the shape */
        return SARD_OK;
    return sard_replace_node(node, f.op, &f.x, 1, f.attrs, f.attr_count, &rewriter->edited, rewriter->error);
}

const sard_pass sard_pass_recognise_activations = {
    .struct_size = sizeof(sard_pass),
    .name = "recognise_activations",
    .reason = "one operator where an activation is written out",
    .level = SARD_O2,
    .rewrite = rewrite,
};
