/* And Or Xor Not of bools; BitwiseAnd BitwiseOr BitwiseXor BitwiseNot and BitShift of integers
 *
 * in   A, B: broadcast; Not: X; BitShift: X, and Y: by how much      out  C, Y or Z: like the inputs
 *
 * BitShift: right shifts keep the sign; by less than zero or as much as there are bits gives only copies of the sign, or zeros. */
#include "ops/lib/elementwise.h"

SARD_ROW2(and_bool, uint8_t, uint8_t, (a && b))
SARD_ROW2(or_bool, uint8_t, uint8_t, a || b)
SARD_ROW2(xor_bool, uint8_t, uint8_t, !a != !b)
SARD_ROW1(not_bool, uint8_t, uint8_t, uint8_t, !x)

#define BIT_AND(name, T) SARD_ROW2(name, T, T, (a & b))
#define BIT_OR(name, T) SARD_ROW2(name, T, T, a | b)
#define BIT_XOR(name, T) SARD_ROW2(name, T, T, a ^ b)
#define BIT_NOT(name, T) SARD_ROW1(name, T, T, T, ~x)
#define FITS(T, b) ((uint64_t)(b) < 8 * sizeof(T)) /* negative ones are huge */
#define SHIFT_LEFT(name, T) SARD_ROW2(name, T, T, FITS(T, b) ? (uint64_t)a << b : 0)
#define SHIFT_RIGHT(name, T) SARD_ROW2(name, T, T, a >> (FITS(T, b) ? (int)b : (int)(8 * sizeof(T) - 1)))
#define SHIFT_RIGHT_UNSIGNED(name, T) SARD_ROW2(name, T, T, FITS(T, b) ? a >> b : 0)

SARD_INTEGER_TYPES(BIT_AND, bitwise_and)
SARD_INTEGER_TYPES(BIT_OR, bitwise_or)
SARD_INTEGER_TYPES(BIT_XOR, bitwise_xor)
SARD_INTEGER_TYPES(BIT_NOT, bitwise_not)
SARD_INTEGER_TYPES(SHIFT_LEFT, shift_left)
SARD_SIGNED_TYPES(SHIFT_RIGHT, shift_right)
SARD_UNSIGNED_TYPES(SHIFT_RIGHT_UNSIGNED, shift_right)

/* ---- bools ---- */

static sard_content number(bool is_known, bool value) { return is_known ? sard_content_number(value) : sard_content_unknown(); }
static bool is(sard_content a, bool value) { return a.known && !a.value != value; }

static sard_content logic_and_contents(sard_content a, sard_content b)
{
    return is(a, false) || is(b, false) ? sard_content_number(0) : number(a.known && b.known, true);
}

static sard_content logic_or_contents(sard_content a, sard_content b)
{
    return is(a, true) || is(b, true) ? sard_content_number(1) : number(a.known && b.known, false);
}

static sard_content logic_xor_contents(sard_content a, sard_content b) { return number(a.known && b.known, !a.value != !b.value); }

static const sard_port bools[] = {SARD_PORT("A", 'T', SARD_SET(BOOL)), SARD_PORT("B", 'T', SARD_SET(BOOL)), SARD_PORTS_END};
static const sard_port bool_out[] = {SARD_PORT("C", 'T', SARD_SET(BOOL)), SARD_PORTS_END};

#define LOGIC(row, text, function)                                                                                   \
    static sard_status eval_##row(const sard_call *call) { return sard_map(call, call->inputs, 2, function, NULL); } \
    static sard_status infer_##row(sard_node *node, sard_error *error)                                               \
    {                                                                                                                \
        const sard_status status = sard_infer_broadcast(node, error);                                                \
        return status ? status : sard_infer_contents2(node, row##_contents, error);                                  \
    }                                                                                                                \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op),                                                   \
                                   .domain = "",                                                                     \
                                   .name = text,                                                                     \
                                   .since = 7,                                                                       \
                                   .traits = SARD_ELEMENTWISE | SARD_IN_PLACE | SARD_COMMUTATIVE,                    \
                                   .inputs = bools,                                                                  \
                                   .outputs = bool_out,                                                              \
                                   .infer = infer_##row,                                                             \
                                   .eval = eval_##row};

LOGIC(logic_and, "And", and_bool)
LOGIC(logic_or, "Or", or_bool)
LOGIC(logic_xor, "Xor", xor_bool)

#define NEGATION(row, text, version, set, call_map)                                      \
    static sard_status eval_##row(const sard_call *call) { return call_map; }            \
    static const sard_port row##_inputs[] = {SARD_PORT("X", 'T', set), SARD_PORTS_END};  \
    static const sard_port row##_outputs[] = {SARD_PORT("Y", 'T', set), SARD_PORTS_END}; \
    SARD_MAP_OP(row, text, version, .traits = SARD_ELEMENTWISE | SARD_IN_PLACE, .infer = sard_infer_unary)

static sard_row *const bitwise_not_rows[SARD_ROW_TYPES] = {SARD_INTEGER_ROWS(bitwise_not)};

NEGATION(logic_not, "Not", 1, SARD_SET(BOOL), sard_map(call, call->inputs, 1, not_bool, NULL))
NEGATION(bitwise_not, "BitwiseNot", 18, SARD_SET_INTEGER, sard_map_typed(call, 1, bitwise_not_rows, NULL))

/* ---- bits ---- */

static const sard_port words[] = {SARD_PORT("A", 'T', SARD_SET_INTEGER), SARD_PORT("B", 'T', SARD_SET_INTEGER), SARD_PORTS_END};
static const sard_port word_out[] = {SARD_PORT("C", 'T', SARD_SET_INTEGER), SARD_PORTS_END};

#define BITWISE(row, text)                                                                                     \
    static sard_row *const row##_rows[SARD_ROW_TYPES] = {SARD_INTEGER_ROWS(row)};                              \
    static sard_status eval_##row(const sard_call *call) { return sard_map_typed(call, 2, row##_rows, NULL); } \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op),                                             \
                                   .domain = "",                                                               \
                                   .name = text,                                                               \
                                   .since = 18,                                                                \
                                   .traits = SARD_ELEMENTWISE | SARD_IN_PLACE | SARD_COMMUTATIVE,              \
                                   .inputs = words,                                                            \
                                   .outputs = word_out,                                                        \
                                   .infer = sard_infer_broadcast,                                              \
                                   .eval = eval_##row};

BITWISE(bitwise_and, "BitwiseAnd")
BITWISE(bitwise_or, "BitwiseOr")
BITWISE(bitwise_xor, "BitwiseXor")

typedef struct bit_shift {
    int64_t direction; /* of directions */
} bit_shift;

static const char *const directions[] = {"LEFT", "RIGHT", NULL};
static const sard_attr_spec bit_shift_attrs[] = {{.name = "direction",
                                                  .kind = SARD_ATTR_STRING,
                                                  .flags = SARD_REQUIRED,
                                                  .offset = offsetof(bit_shift, direction),
                                                  .choices = directions},
                                                 SARD_ATTRS_END};

static sard_status eval_bit_shift(const sard_call *call)
{
    static sard_row *const left[SARD_ROW_TYPES] = {SARD_INTEGER_ROWS(shift_left)};
    static sard_row *const right[SARD_ROW_TYPES] = {SARD_INTEGER_ROWS(shift_right)};
    return sard_map_typed(call, 2, ((const bit_shift *)call->attrs)->direction ? right : left, NULL);
}

static const sard_port bit_shift_inputs[] = {SARD_PORT("X", 'T', SARD_SET_INTEGER), SARD_PORT("Y", 'T', SARD_SET_INTEGER), SARD_PORTS_END};
static const sard_port bit_shift_outputs[] = {SARD_PORT("Z", 'T', SARD_SET_INTEGER), SARD_PORTS_END};
SARD_MAP_OP(bit_shift, "BitShift", 28, .traits = SARD_ELEMENTWISE | SARD_IN_PLACE, .infer = sard_infer_broadcast, .attrs = bit_shift_attrs,
            .attrs_size = sizeof(bit_shift))
