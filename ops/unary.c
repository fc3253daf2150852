/* Functions of one number: Abs Neg Sign Ceil Floor Round Sqrt Reciprocal, Exp Log Erf, Sin Cos Tan Asin Acos Atan, Sinh Cosh Tanh Asinh
 * Acosh Atanh, IsNaN IsInf
 *
 * in   X      out  Y: like X; of IsNaN and IsInf bool
 *
 * Round goes to the nearest integer, halves to the even one. Abs and Neg of the lowest integer wrap around. Functions that cannot be
 * computed exactly are computed in double and rounded once. */
#include "ops/lib/elementwise.h"

#include <math.h>

/* ---- rows ---- */

#define ABS(name, T) SARD_ROW1(name, T, T, T, x < 0 ? (T)(0 - (uint64_t)x) : x)
#define SAME(name, T) SARD_ROW1(name, T, T, T, x)
#define NEG(name, T) SARD_ROW1(name, T, T, T, 0 - (uint64_t)x)
#define SIGN(name, T) SARD_ROW1(name, T, T, T, (x > 0) - (x < 0))
#define SIGN_UNSIGNED(name, T) SARD_ROW1(name, T, T, T, x != 0)
#define SIGN_FLOAT(name, T) SARD_ROW1(name, T, T, T, x != x ? x : (T)((x > 0) - (x < 0)))
#define RECIPROCAL(name, T) SARD_ROW1(name, T, T, T, 1 / x)
#define IS_NAN(name, T) SARD_ROW1(name, T, T, uint8_t, x != x)

SARD_ROW1(abs_f32, float, float, float, fabsf(x))
SARD_ROW1(abs_f64, double, double, double, fabs(x))
SARD_SIGNED_TYPES(ABS, abs)
SARD_UNSIGNED_TYPES(SAME, abs)
SARD_ROW1(neg_f32, float, float, float, -x)
SARD_ROW1(neg_f64, double, double, double, -x)
SARD_SIGNED_TYPES(NEG, neg)
SARD_FLOAT_TYPES(SIGN_FLOAT, sign)
SARD_SIGNED_TYPES(SIGN, sign)
SARD_UNSIGNED_TYPES(SIGN_UNSIGNED, sign)
SARD_FLOAT_TYPES(RECIPROCAL, reciprocal)
SARD_FLOAT_TYPES(IS_NAN, is_nan)

typedef struct is_inf {
    int64_t detect_negative, detect_positive;
} is_inf;

#define IS_INF(name, T) \
    SARD_ROW1_WITH(name, T, T, uint8_t, is_inf, (a->detect_positive && x == (T)INFINITY) || (a->detect_negative && x == (T)-INFINITY))
SARD_FLOAT_TYPES(IS_INF, is_inf)

/* ---- operators ---- */

#define UNARY(row, text, version, in, out, set, ...)                                                                  \
    static sard_row *const row##_rows[SARD_ROW_TYPES] = {__VA_ARGS__};                                                \
    static sard_status eval_##row(const sard_call *call) { return sard_map_typed(call, 1, row##_rows, call->attrs); } \
    static const sard_port row##_inputs[] = {SARD_PORT(in, 'T', set), SARD_PORTS_END};                                \
    static const sard_port row##_outputs[] = {SARD_PORT(out, 'T', set), SARD_PORTS_END};                              \
    SARD_MAP_OP(row, text, version, .traits = SARD_ELEMENTWISE | SARD_IN_PLACE, .infer = sard_infer_unary)

/* A float function: of double, rounded to float32. */
#define FUNCTION(row, text, version, in, out, expression)    \
    SARD_ROW1(row##_f32, float, double, float, expression)   \
    SARD_ROW1(row##_f64, double, double, double, expression) \
    UNARY(row, text, version, in, out, SARD_SET_FLOAT, SARD_FLOAT_ROWS(row))

UNARY(abs, "Abs", 13, "X", "Y", SARD_SET_NUMBER, SARD_NUMBER_ROWS(abs))
UNARY(neg, "Neg", 13, "X", "Y", SARD_SET_FLOAT | SARD_SET_SIGNED, SARD_FLOAT_ROWS(neg), SARD_SIGNED_ROWS(neg))
UNARY(sign, "Sign", 13, "input", "output", SARD_SET_NUMBER, SARD_NUMBER_ROWS(sign))
UNARY(reciprocal, "Reciprocal", 13, "X", "Y", SARD_SET_FLOAT, SARD_FLOAT_ROWS(reciprocal))
FUNCTION(ceil, "Ceil", 13, "X", "Y", ceil(x))
FUNCTION(floor, "Floor", 13, "X", "Y", floor(x))
FUNCTION(round, "Round", 22, "X", "Y", rint(x))
FUNCTION(sqrt, "Sqrt", 13, "X", "Y", sqrt(x))
FUNCTION(exp, "Exp", 13, "input", "output", exp(x))
FUNCTION(log, "Log", 13, "input", "output", log(x))
FUNCTION(erf, "Erf", 13, "input", "output", erf(x))
FUNCTION(sin, "Sin", 22, "input", "output", sin(x))
FUNCTION(cos, "Cos", 22, "input", "output", cos(x))
FUNCTION(tan, "Tan", 22, "input", "output", tan(x))
FUNCTION(asin, "Asin", 22, "input", "output", asin(x))
FUNCTION(acos, "Acos", 22, "input", "output", acos(x))
FUNCTION(atan, "Atan", 22, "input", "output", atan(x))
FUNCTION(sinh, "Sinh", 22, "input", "output", sinh(x))
FUNCTION(cosh, "Cosh", 22, "input", "output", cosh(x))
FUNCTION(asinh, "Asinh", 22, "input", "output", asinh(x))
FUNCTION(acosh, "Acosh", 22, "input", "output", acosh(x))
FUNCTION(atanh, "Atanh", 22, "input", "output", atanh(x))

#define PREDICATE(row, text, version, ...)                                                                            \
    static sard_row *const row##_rows[SARD_ROW_TYPES] = {SARD_FLOAT_ROWS(row)};                                       \
    static sard_status eval_##row(const sard_call *call) { return sard_map_typed(call, 1, row##_rows, call->attrs); } \
    static const sard_port row##_inputs[] = {SARD_PORT("X", 'T', SARD_SET_FLOAT | SARD_SET_FLOAT8), SARD_PORTS_END};  \
    static const sard_port row##_outputs[] = {SARD_PORT("Y", 'B', SARD_SET(BOOL)), SARD_PORTS_END};                   \
    SARD_MAP_OP(row, text, version, .traits = SARD_ELEMENTWISE, .infer = sard_infer_unary, __VA_ARGS__)

static const sard_attr_spec is_inf_attrs[] = {SARD_INT(is_inf, detect_negative, 1), SARD_INT(is_inf, detect_positive, 1), SARD_ATTRS_END};

PREDICATE(is_nan, "IsNaN", 20, .attrs = NULL)
PREDICATE(is_inf, "IsInf", 20, .attrs = is_inf_attrs, .attrs_size = sizeof(is_inf))
