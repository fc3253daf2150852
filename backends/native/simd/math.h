/* Functions of vectors of float32, within about 2 ulp of the correctly rounded result; infinities and NaN as in C's library.
 *
 * exp is 2^n (1 + r + r^2 P(r)) after taking n ln(2) away in two parts. 2^n is a shift of n into the exponent, lifted where results may run
 * out: lifted numbers are normal, and the last product lets them run out into 0 or infinity as they should. The others go back to exp, expm1
 * and log by identities that lose nothing where the result is small. */
#include "backends/native/simd/polynomials.h"

#define POLYNOMIAL(x, ...) v_polynomial(x, (const float[]){__VA_ARGS__}, (int)(sizeof((const float[]){__VA_ARGS__}) / sizeof(float)))

ALWAYS_INLINE vf v_polynomial(vf x, const float *coefficients, int count)
{
    vf sum = v_all(coefficients[0]);
    UNROLL for (int i = 1; i < count; i++) sum = V_MADD(sum, x, v_all(coefficients[i]));
    return sum;
}

ALWAYS_INLINE vf v_select(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }
ALWAYS_INLINE vf v_abs(vf x) { return (vf)((vi)x & 0x7fffffff); }
ALWAYS_INLINE vf v_sign_of(vf x, vf sign) { return (vf)((vi)x | ((vi)sign & INT32_MIN)); }
ALWAYS_INLINE vf v_clamp(vf x, float low, float high) { return V_MIN(v_all(high), V_MAX(v_all(low), x)); }

/* Adding it to a small number leaves that number, rounded to an integer, in the lowest bits. */
#define ROUNDER 0x1.8p23f

/* x = n ln(2) + r: returns r and gives 2^(n + lift), n + lift from -126 to 127. The larger part of ln(2) has 15 bits, so that its product
 * with n is exact. */
ALWAYS_INLINE vf v_take_ln2(vf x, vf lift, vf *power)
{
    const vf rounder = lift + (ROUNDER + 127), sum = V_MADD(x, v_all(0x1.715476p+0f), rounder), n = sum - rounder;
    *power = (vf)((vi)sum << 23);
    return V_MADD(n, v_all(-0x1.7f7d1cp-20f), V_MADD(n, v_all(-0x1.62e4p-1f), x));
}

/* exp(r), |r| <= ln(2) / 2 */
ALWAYS_INLINE vf v_exp_small(vf r) { return V_MADD(V_MADD(POLYNOMIAL(r, EXP_POLYNOMIAL), r, v_all(1)), r, v_all(1)); }

/* exp(x) 2^lift; x from (-126 - lift) ln(2) to (126 - lift) ln(2). */
ALWAYS_INLINE vf v_exp_lifted(vf x, vf lift)
{
    vf power;
    const vf r = v_take_ln2(x, lift, &power);
    return v_exp_small(r) * power;
}

#define LIFT 64 /* of results that run out into 0 */
#define UNLIFT 0x1p-64f
#define LEAST -110 /* exp of it is 0 */

/* exp(x), x up to 40 */
ALWAYS_INLINE vf v_exp_low(vf x) { return v_exp_lifted(V_MAX(v_all(LEAST), x), v_all(LIFT)) * UNLIFT; }

ALWAYS_INLINE vf v_exp(vf x)
{
    const vi low = x < 0.0f;
    const vf lift = v_select(low, v_all(LIFT), v_all(-LIFT)), unlift = v_select(low, v_all(UNLIFT), v_all(1 / UNLIFT));
    return v_exp_lifted(v_clamp(x, LEAST, 90), lift) * unlift;
}

/* exp(x) - 1, x up to 88 */
ALWAYS_INLINE vf v_expm1(vf x)
{
    vf power;
    const vf clamped = V_MAX(v_all(-30), x), r = v_take_ln2(clamped, v_all(0), &power);
    return V_MADD(V_MADD(r * r, POLYNOMIAL(r, EXP_POLYNOMIAL), r), power, power - 1.0f);
}

/* log(1 + f) for sqrt(1/2) <= 1 + f <= sqrt(2), plus n ln(2). */
ALWAYS_INLINE vf v_log_parts(vf f, vf n)
{
    const vf square = f * f, rest = V_MADD(f * square, POLYNOMIAL(f, LOG_POLYNOMIAL), square * -0.5f);
    return V_MADD(n, v_all(0x1.62e4p-1f), f + V_MADD(n, v_all(0x1.7f7d1cp-20f), rest));
}

ALWAYS_INLINE vf v_log(vf x)
{
    const vi tiny = x < 0x1p-126f;
    const vf normal = v_select(tiny, x * 0x1p23f, x);
    const vi bits = (vi)normal - 0x3f3504f3, power = bits >> 23; /* from sqrt(1/2) on */
    const vf fraction = (vf)((bits & 0x7fffff) + 0x3f3504f3) - 1.0f;
    const vf n = __builtin_convertvector(power, vf) - v_select(tiny, v_all(23), v_all(0));
    const vf result = v_log_parts(fraction, n);
    const vf special = v_select(x == 0.0f, v_all(-__builtin_inff()), v_select(x < 0.0f, v_all(__builtin_nanf("")), x));
    return v_select((x > 0.0f) & (x < __builtin_inff()), result, special);
}

/* log(1 + e), 0 <= e <= 1. */
ALWAYS_INLINE vf v_log1p_unit(vf e)
{
    const vi large = e > 0.41421356f;
    return v_log_parts(v_select(large, (e - 1.0f) * 0.5f, e), v_select(large, v_all(1), v_all(0)));
}

ALWAYS_INLINE vf v_tanh(vf x)
{
    const vf t = v_expm1(V_MIN(v_all(20), v_abs(x) * 2.0f)); /* tanh(10) is 1 */
    return v_sign_of(t / (t + 2.0f), x);
}

/* e / (e + 1), e = exp(x) = 2^n (q + r) / (q - r): both quotients are one. */
ALWAYS_INLINE vf v_sigmoid(vf x)
{
    vf power;
    const vf clamped = v_clamp(x, LEAST, 30), r = v_take_ln2(clamped, v_all(LIFT), &power);
    const vf q = POLYNOMIAL(r * r, EXP_QUOTIENT), e = (q + r) * power;
    return e / V_MADD(q - r, v_all(1 / UNLIFT), e);
}

/* erfc(a) exp(a^2), a >= 0 (Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x)", 1981, with other numbers). */
ALWAYS_INLINE vf v_erfc_scaled(vf a)
{
    const vf inverse = 1.0f / (a + 3.0f);
    return POLYNOMIAL((a - 3.0f) * inverse, ERFC_POLYNOMIAL) * inverse;
}

/* exp(-a^2 factor), factor a power of two, times 2^LIFT: the square in two parts, the first one exact. */
ALWAYS_INLINE vf v_exp_square(vf a, float factor)
{
    vf power;
    const vf square = a * a, high = (vf)((vi)a & -4096);
    const vf rest = FUSED ? V_MADD(a, a, -square) : V_MADD(a - high, a + high, high * high - square);
    const vf r = V_MADD(rest, v_all(-factor), v_take_ln2(square * -factor, v_all(LIFT), &power));
    return v_exp_small(r) * power;
}

ALWAYS_INLINE vf v_erf(vf x)
{
    const vf a = V_MIN(v_all(5), v_abs(x)), small = V_MADD(a, POLYNOMIAL(a * a, ERF_POLYNOMIAL), a);
    const vf large = V_MADD(v_exp_square(a, 1), v_erfc_scaled(a) * -UNLIFT, v_all(1));
    return v_sign_of(v_select(a < 1.0f, small, large), x);
}

/* x where it is positive, less |x| times the chance of less than -|x|. */
ALWAYS_INLINE vf v_gelu(vf x)
{
    const vf a = V_MIN(v_all(14.2f), v_abs(x)), beyond = v_exp_square(a, 0.5f) * (v_erfc_scaled(a * 0.70710678f) * (UNLIFT / 2));
    return V_MADD(-a, beyond, V_MAX(v_all(0), x));
}

ALWAYS_INLINE vf v_gelu_tanh(vf x)
{
    const vf square = x * x;
    return x * v_sigmoid(V_MADD(square, v_all(0.0713548163f), v_all(1.59576912f)) * x); /* 2 sqrt(2 / pi) (x + 0.044715 x^3) */
}

ALWAYS_INLINE vf v_softplus(vf x) { return V_MAX(v_all(0), x) + v_log1p_unit(v_exp_low((vf)((vi)x | INT32_MIN))); }

/* x tanh(log(1 + e)), e = exp(x): the tanh is a quotient of polynomials in e, and 1 from 20 on. */
ALWAYS_INLINE vf v_mish(vf x)
{
    const vf e = v_exp_low(V_MIN(v_all(20), x)), n = V_MADD(e, e, e + e);
    return x * (n / (n + 2.0f));
}
