/* Equal Less LessOrEqual Greater GreaterOrEqual
 *
 * in   A, B: of one type, broadcast; strings in Equal only      out  C: bool
 *
 * NaN is equal to nothing and neither less nor greater. */
#include "ops/lib/elementwise.h"
#include "ops/lib/text.h"

#define EQUAL(name, T) SARD_ROW2(name, T, uint8_t, a == b)
#define LESS(name, T) SARD_ROW2(name, T, uint8_t, a < b)
#define LESS_OR_EQUAL(name, T) SARD_ROW2(name, T, uint8_t, a <= b)
#define GREATER(name, T) SARD_ROW2(name, T, uint8_t, a > b)
#define GREATER_OR_EQUAL(name, T) SARD_ROW2(name, T, uint8_t, a >= b)

SARD_NUMBER_TYPES(EQUAL, equal)
SARD_NUMBER_TYPES(LESS, less)
SARD_NUMBER_TYPES(LESS_OR_EQUAL, less_or_equal)
SARD_NUMBER_TYPES(GREATER, greater)
SARD_NUMBER_TYPES(GREATER_OR_EQUAL, greater_or_equal)
SARD_ROW2(equal_bool, uint8_t, uint8_t, !a == !b)

SARD_ROW2(equal_string, sard_string, uint8_t, sard_string_same(a, b))

/* ---- what is known of two numbers ---- */

enum { IS_LESS = 1, IS_EQUAL = 2, IS_GREATER = 4, ANY_ORDER = 7 };

/* The relations that are possible. */
static int relations(sard_content a, sard_content b)
{
    if (a.known && b.known)
        return a.value < b.value ? IS_LESS : a.value > b.value ? IS_GREATER : IS_EQUAL;
    if (sard_content_same(a, b))
        return IS_EQUAL;
    if (sard_content_is_symbol(a) && b.known && b.value <= 0)
        return b.value < 0 ? IS_GREATER : IS_GREATER | IS_EQUAL;
    if (sard_content_is_symbol(b) && a.known && a.value <= 0)
        return a.value < 0 ? IS_LESS : IS_LESS | IS_EQUAL;
    return ANY_ORDER;
}

static sard_content decide(sard_content a, sard_content b, int holds)
{
    const int possible = relations(a, b);
    if (!(possible & ~holds))
        return sard_content_number(1);
    return possible & holds ? sard_content_unknown() : sard_content_number(0);
}

/* ---- operators ---- */

static const sard_port outputs[] = {SARD_PORT("C", 'B', SARD_SET(BOOL)), SARD_PORTS_END};

#define COMPARE(row, text, version, holds, more_traits, set, ...)                                                 \
    static sard_row *const row##_rows[SARD_ROW_TYPES] = {SARD_NUMBER_ROWS(row) __VA_ARGS__};                      \
    static sard_status eval_##row(const sard_call *call) { return sard_map_typed(call, 2, row##_rows, NULL); }    \
    static sard_content row##_contents(sard_content a, sard_content b) { return decide(a, b, holds); }            \
    static sard_status infer_##row(sard_node *node, sard_error *error)                                            \
    {                                                                                                             \
        const sard_status status = sard_infer_broadcast(node, error);                                             \
        return status ? status : sard_infer_contents2(node, row##_contents, error);                               \
    }                                                                                                             \
    static const sard_port row##_inputs[] = {SARD_PORT("A", 'T', set), SARD_PORT("B", 'T', set), SARD_PORTS_END}; \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op),                                                \
                                   .domain = "",                                                                  \
                                   .name = text,                                                                  \
                                   .since = version,                                                              \
                                   .traits = SARD_ELEMENTWISE | (more_traits),                                    \
                                   .inputs = row##_inputs,                                                        \
                                   .outputs = outputs,                                                            \
                                   .infer = infer_##row,                                                          \
                                   .eval = eval_##row};

COMPARE(equal, "Equal", 19, IS_EQUAL, SARD_COMMUTATIVE, SARD_SET_ANY, , [SARD_BOOL] = equal_bool, [SARD_STRING] = equal_string)
COMPARE(less, "Less", 13, IS_LESS, 0, SARD_SET_NUMBER)
COMPARE(less_or_equal, "LessOrEqual", 16, IS_LESS | IS_EQUAL, 0, SARD_SET_NUMBER)
COMPARE(greater, "Greater", 13, IS_GREATER, 0, SARD_SET_NUMBER)
COMPARE(greater_or_equal, "GreaterOrEqual", 16, IS_GREATER | IS_EQUAL, 0, SARD_SET_NUMBER)
