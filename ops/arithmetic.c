/* Add Sub Mul Div
 *
 * in   A, B: numbers of one type, broadcast      out  C
 *
 * Integers wrap around; they are divided towards zero, and division of one by zero fails. */
#include "ops/lib/elementwise.h"

#define ADD(name, T) SARD_ROW2(name, T, T, (uint64_t)a + (uint64_t)b)
#define SUB(name, T) SARD_ROW2(name, T, T, (uint64_t)a - (uint64_t)b)
#define MUL(name, T) SARD_ROW2(name, T, T, ((uint64_t)a * (uint64_t)b))
#define ADD_FLOAT(name, T) SARD_ROW2(name, T, T, a + b)
#define SUB_FLOAT(name, T) SARD_ROW2(name, T, T, a - b)
#define MUL_FLOAT(name, T) SARD_ROW2(name, T, T, (a * b))
#define DIV_PLAIN(name, T) SARD_ROW2(name, T, T, a / b)
/* By -1: the lowest integer has no negative. */
#define DIV_SIGNED(name, T) SARD_ROW2(name, T, T, b == -1 ? (T)(0 - (uint64_t)a) : a / b)

SARD_FLOAT_TYPES(ADD_FLOAT, add)
SARD_FLOAT_TYPES(SUB_FLOAT, sub)
SARD_FLOAT_TYPES(MUL_FLOAT, mul)
SARD_FLOAT_TYPES(DIV_PLAIN, div)
SARD_INTEGER_TYPES(ADD, add)
SARD_INTEGER_TYPES(SUB, sub)
SARD_INTEGER_TYPES(MUL, mul)
SARD_UNSIGNED_TYPES(DIV_PLAIN, div)
SARD_SIGNED_TYPES(DIV_SIGNED, div)

static sard_content add_contents(sard_content a, sard_content b)
{
    if (a.known && b.known)
        return sard_content_number((int64_t)((uint64_t)a.value + (uint64_t)b.value));
    return sard_content_same(a, sard_content_number(0)) ? b : sard_content_same(b, sard_content_number(0)) ? a : sard_content_unknown();
}

static sard_content sub_contents(sard_content a, sard_content b)
{
    if (a.known && b.known)
        return sard_content_number((int64_t)((uint64_t)a.value - (uint64_t)b.value));
    if (sard_content_same(a, b))
        return sard_content_number(0);
    return sard_content_same(b, sard_content_number(0)) ? a : sard_content_unknown();
}

static sard_content mul_contents(sard_content a, sard_content b)
{
    const sard_content zero = sard_content_number(0), one = sard_content_number(1);
    if (a.known && b.known)
        return sard_content_number((int64_t)((uint64_t)a.value * (uint64_t)b.value));
    if (sard_content_same(a, zero) || sard_content_same(b, zero))
        return zero;
    return sard_content_same(a, one) ? b : sard_content_same(b, one) ? a : sard_content_unknown();
}

static sard_content div_contents(sard_content a, sard_content b)
{
    if (b.known && b.value == 1)
        return a;
    if (!a.known || !b.known || !b.value)
        return sard_content_unknown();
    return sard_content_number(b.value == -1 ? (int64_t)(0 - (uint64_t)a.value) : a.value / b.value);
}

static sard_status no_check(const sard_call *call)
{
    (void)call;
    return SARD_OK;
}

static const sard_port inputs[] = {SARD_PORT("A", 'T', SARD_SET_NUMBER), SARD_PORT("B", 'T', SARD_SET_NUMBER), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("C", 'T', SARD_SET_NUMBER), SARD_PORTS_END};

#define ARITHMETIC(row, text, more_traits, check)                                              \
    static sard_row *const row##_rows[SARD_ROW_TYPES] = {SARD_NUMBER_ROWS(row)};               \
    static sard_status eval_##row(const sard_call *call)                                       \
    {                                                                                          \
        const sard_status status = check(call);                                                \
        return status ? status : sard_map_typed(call, 2, row##_rows, NULL);                    \
    }                                                                                          \
    static sard_status infer_##row(sard_node *node, sard_error *error)                         \
    {                                                                                          \
        const sard_status status = sard_infer_broadcast(node, error);                          \
        return status ? status : sard_infer_contents2(node, row##_contents, error);            \
    }                                                                                          \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op),                             \
                                   .domain = "",                                               \
                                   .name = text,                                               \
                                   .since = 14,                                                \
                                   .traits = SARD_ELEMENTWISE | SARD_IN_PLACE | (more_traits), \
                                   .inputs = inputs,                                           \
                                   .outputs = outputs,                                         \
                                   .infer = infer_##row,                                       \
                                   .eval = eval_##row};

ARITHMETIC(add, "Add", SARD_COMMUTATIVE, no_check)
ARITHMETIC(sub, "Sub", 0, no_check)
ARITHMETIC(mul, "Mul", SARD_COMMUTATIVE, no_check)
ARITHMETIC(div, "Div", 0, sard_check_divisor)
