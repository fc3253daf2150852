/* Pow-7 .. -15: Z = X to the power Y; Mod-10 .. -28: C = A - quotient(A / B) * B
 *
 * Pow  in X; Y: of any type; broadcast; out Z: like X. Integers to integers: exact, modulo their size; to negative ones the quotient
 *      1 / power towards zero. Otherwise in double.
 * Mod  in A, B: broadcast; out C. fmod 0: the quotient is rounded down, the result has the sign of B; 1: towards zero, that of A.
 *      Of integers by zero: fails. */
#include "ops/lib/elementwise.h"

#include <math.h>

/* ---- Pow ---- */

enum { CHUNK = 512 };

typedef struct power {
    sard_dtype base, exponent;
    bool is_exact;
} power;

static inline double power_of(double x, double y) { return y == 2 ? x * x : y == 0.5 && x > 0 ? sqrt(x) : pow(x, y); }

static int64_t int_power(int64_t x, int64_t y, bool is_unsigned)
{
    uint64_t result = 1, square = (uint64_t)x;
    if (y < 0 && !is_unsigned)
        return x == 1 ? 1 : x == -1 ? (y & 1 ? -1 : 1) : 0; /* 0 to a negative power has no value: 0 too */
    for (uint64_t rest = (uint64_t)y; rest; rest >>= 1) {
        if (rest & 1)
            result *= square;
        square *= square;
    }
    return (int64_t)result;
}

static void power_ints(const power *p, const void *const *in, const int *step, void *out, size_t n)
{
    int64_t x[CHUNK], y[CHUNK];
    sard_widen_int(p->base, in[0], step[0] ? n : 1, x);
    sard_widen_int(p->exponent, in[1], step[1] ? n : 1, y);
    int64_t z[CHUNK];
    for (size_t i = 0; i < n; i++)
        z[i] = int_power(x[step[0] ? i : 0], y[step[1] ? i : 0], p->exponent == SARD_U64);
    sard_narrow_int(p->base, z, n, out);
}

static void power_floats(const power *p, const void *const *in, const int *step, void *out, size_t n)
{
    double x[CHUNK], y[CHUNK], z[CHUNK];
    sard_widen(p->base, in[0], step[0] ? n : 1, x);
    sard_widen(p->exponent, in[1], step[1] ? n : 1, y);
    for (size_t i = 0; i < n; i++)
        z[i] = power_of(x[step[0] ? i : 0], y[step[1] ? i : 0]);
    sard_narrow(p->base, z, n, out);
}

static void power_row(const void *arg, const void *const *in, const int *step, void *out, size_t n)
{
    const power *p = arg;
    const size_t x_size = sard_dtype_size(p->base), y_size = sard_dtype_size(p->exponent);
    for (size_t at = 0; at < n; at += CHUNK) {
        const size_t piece = n - at < CHUNK ? n - at : CHUNK;
        const void *const rows[] = {(const char *)in[0] + (step[0] ? at * x_size : 0), (const char *)in[1] + (step[1] ? at * y_size : 0)};
        (p->is_exact ? power_ints : power_floats)(p, rows, step, (char *)out + at * x_size, piece);
    }
}

static sard_status eval_pow(const sard_call *call)
{
    const sard_dtype base = call->inputs[0].dtype, exponent = call->inputs[1].dtype;
    const power p = {base, exponent, sard_dtype_is_integral(base) && sard_dtype_is_integral(exponent)};
    return sard_map(call, call->inputs, 2, power_row, &p);
}

static sard_status infer_pow(sard_node *node, sard_error *error)
{
    int rank;
    int64_t dims[SARD_MAX_RANK];
    const sard_status status = sard_broadcast(node, 0, 2, &rank, dims, error);
    return status ? status : sard_node_set_output(node, 0, node->inputs[0]->dtype, rank, dims, error);
}

#define BASES (SARD_SET_FLOAT | SARD_SET_INDEX)

static const sard_port pow_inputs[] = {SARD_PORT("X", 'T', BASES), SARD_PORT("Y", 'U', SARD_SET_NUMBER), SARD_PORTS_END};
static const sard_port pow_outputs[] = {SARD_PORT("Z", 'T', BASES), SARD_PORTS_END};
SARD_MAP_OP(pow, "Pow", 15, .traits = SARD_ELEMENTWISE | SARD_IN_PLACE, .infer = infer_pow)

/* ---- Mod ---- */

typedef struct mod {
    int64_t fmod;
} mod;

/* The sign of a zero is that of y. */
static inline double floor_mod(double x, double y)
{
    const double r = fmod(x, y);
    if (r == 0)
        return copysign(0, y);
    return (r < 0) != (y < 0) ? r + y : r;
}

/* By -1: the quotient of the lowest integer is none. Unsigned ones never have the wrong sign. */
#define TRUNCATED(name, T) SARD_ROW2(name, T, T, b == -1 ? 0 : a % b)
#define FLOORED(name, T) SARD_ROW2(name, T, T, b == -1 ? 0 : a % b && (a ^ b) < 0 ? a % b + b : a % b)
#define UNSIGNED(name, T) SARD_ROW2(name, T, T, a % b)
#define FMOD(name, T) SARD_ROW2(name, T, T, fmod((double)a, (double)b))
#define FLOOR_MOD(name, T) SARD_ROW2(name, T, T, floor_mod((double)a, (double)b))

SARD_SIGNED_TYPES(TRUNCATED, truncated)
SARD_SIGNED_TYPES(FLOORED, floored)
SARD_UNSIGNED_TYPES(UNSIGNED, any)
SARD_FLOAT_TYPES(FMOD, truncated)
SARD_FLOAT_TYPES(FLOOR_MOD, floored)

static sard_status eval_mod(const sard_call *call)
{
    static sard_row *const truncated[SARD_ROW_TYPES] = {SARD_FLOAT_ROWS(truncated), SARD_SIGNED_ROWS(truncated), SARD_UNSIGNED_ROWS(any)};
    static sard_row *const floored[SARD_ROW_TYPES] = {SARD_FLOAT_ROWS(floored), SARD_SIGNED_ROWS(floored), SARD_UNSIGNED_ROWS(any)};
    const sard_status status = sard_check_divisor(call);
    return status ? status : sard_map_typed(call, 2, ((const mod *)call->attrs)->fmod ? truncated : floored, NULL);
}

static sard_content mod_contents(sard_content a, sard_content b)
{
    if (!a.known || !b.known || a.value < 0 || b.value <= 0) /* where both roundings agree */
        return b.known && b.value == 1 ? sard_content_number(0) : sard_content_unknown();
    return sard_content_number(a.value % b.value);
}

static sard_status infer_mod(sard_node *node, sard_error *error)
{
    const sard_status status = sard_infer_broadcast(node, error);
    return status ? status : sard_infer_contents2(node, mod_contents, error);
}

static const sard_attr_spec mod_attrs[] = {SARD_INT_IN(mod, fmod, 0, 0, 1), SARD_ATTRS_END};
static const sard_port mod_inputs[] = {SARD_PORT("A", 'T', SARD_SET_NUMBER), SARD_PORT("B", 'T', SARD_SET_NUMBER), SARD_PORTS_END};
static const sard_port mod_outputs[] = {SARD_PORT("C", 'T', SARD_SET_NUMBER), SARD_PORTS_END};
SARD_MAP_OP(mod, "Mod", 28, .traits = SARD_ELEMENTWISE | SARD_IN_PLACE, .infer = infer_mod, .attrs = mod_attrs, .attrs_size = sizeof(mod))
