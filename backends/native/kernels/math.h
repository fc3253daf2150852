/* Functions of vectors of float32, within about 2 ulp of the correctly rounded result; infinities and NaN as in C's library.
 *
 * exp is 2^n (1 + r + r^2 P(r)) after taking n ln(2) away in two parts; 2^n is multiplied in two steps, so that results run out into 0 and
 * infinity as they should. The others go back to exp, expm1 and log by identities that lose nothing where the result is small. */
#include "backends/native/kernels/polynomials.h"

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

/* x = n ln(2) + r: returns r and gives n + ROUNDER, with n from a number near x. The larger part of ln(2) has 15 bits, so that its product
 * with n is exact. */
ALWAYS_INLINE vf v_take_ln2(vf x, vf near, vf *n)
{
    *n = near * 0x1.715476p+0f + ROUNDER;
    const vf whole = *n - ROUNDER;
    return V_MADD(whole, v_all(-0x1.7f7d1cp-20f), V_MADD(whole, v_all(-0x1.62e4p-1f), x));
}

/* 2^n of what v_take_ln2 gave, as a product of two powers: n from -256 to 256. */
ALWAYS_INLINE vf v_scale(vf x, vf n)
{
    const vi power = (vi)n - (vi)v_all(ROUNDER), half = power >> 1;
    return x * (vf)((half + 127) << 23) * (vf)((power - half + 127) << 23);
}

ALWAYS_INLINE vf v_exp_small(vf r) { return V_MADD(r * r, POLYNOMIAL(r, EXP_POLYNOMIAL), r); }

/* exp(x + rest), x from -110 to 90, rest small beside it. */
ALWAYS_INLINE vf v_exp_sum(vf x, vf rest)
{
    vf n;
    const vf r = v_take_ln2(x, x + rest, &n) + rest;
    return v_scale(v_exp_small(r) + 1.0f, n);
}

ALWAYS_INLINE vf v_exp(vf x)
{
    vf n;
    const vf clamped = v_clamp(x, -110, 90), r = v_take_ln2(clamped, clamped, &n);
    return v_scale(v_exp_small(r) + 1.0f, n);
}

ALWAYS_INLINE vf v_expm1(vf x)
{
    vf n;
    const vf clamped = v_clamp(x, -30, 90), r = v_take_ln2(clamped, clamped, &n), small = v_exp_small(r);
    const vf one = v_scale(v_all(1), n), result = v_scale(small, n) + (one - 1.0f);
    return v_select(one == 1.0f, small, v_select(one > 0x1p126f, v_scale(small + 1.0f, n), result));
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

ALWAYS_INLINE vf v_sigmoid(vf x)
{
    const vf e = v_exp((vf)((vi)x | INT32_MIN)), one = v_all(1);
    return v_select(x < 0.0f, e, one) / (e + one);
}

/* erfc(a) exp(a^2), a >= 0 (Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x)", 1981, with other numbers). */
ALWAYS_INLINE vf v_erfc_scaled(vf a)
{
    const vf inverse = 1.0f / (a + 3.0f);
    return POLYNOMIAL((a - 3.0f) * inverse, ERFC_POLYNOMIAL) * inverse;
}

/* exp(-a^2 factor): the square in two parts, the first one exact. */
ALWAYS_INLINE vf v_exp_square(vf a, float factor)
{
    const vf high = (vf)((vi)a & -4096), square = high * high * -factor;
    return v_exp_sum(square, (a - high) * (a + high) * -factor);
}

ALWAYS_INLINE vf v_erf(vf x)
{
    const vf a = V_MIN(v_all(5), v_abs(x)), small = V_MADD(a, POLYNOMIAL(a * a, ERF_POLYNOMIAL), a);
    const vf large = 1.0f - v_exp_square(a, 1) * v_erfc_scaled(a);
    return v_sign_of(v_select(a < 1.0f, small, large), x);
}

ALWAYS_INLINE vf v_gelu(vf x)
{
    const vf a = V_MIN(v_all(14.2f), v_abs(x));
    const vf beyond = v_exp_square(a, 0.5f) * v_erfc_scaled(a * 0.70710678f) * 0.5f; /* chance of less than -|x| */
    return v_select(x < 0.0f, -a * beyond, v_select(x < 14.0f, x - x * beyond, x));
}

ALWAYS_INLINE vf v_gelu_tanh(vf x)
{
    const vf square = x * x;
    return x * v_sigmoid(V_MADD(square, v_all(0.0713548163f), v_all(1.59576912f)) * x); /* 2 sqrt(2 / pi) (x + 0.044715 x^3) */
}

ALWAYS_INLINE vf v_softplus(vf x) { return V_MAX(v_all(0), x) + v_log1p_unit(v_exp((vf)((vi)x | INT32_MIN))); }

/* x tanh(log(1 + e)), e = exp(x): the tanh is a quotient of polynomials in e. */
ALWAYS_INLINE vf v_mish(vf x)
{
    const vf e = v_exp(V_MIN(v_all(20), x)), n = e * (e + 2.0f);
    return v_select(x > 20.0f, x, x * (n / (n + 2.0f)));
}
