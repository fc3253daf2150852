#!/usr/bin/env python3
"""Prints backends/native/simd/polynomials.h: interpolation at Chebyshev's points, which is nearly minimax. Needs mpmath.

    python3 scripts/native/polynomials.py > backends/native/simd/polynomials.h
"""
import struct

import mpmath as mp

mp.mp.dps = 40
LN2 = mp.log(2)


def fit(function, low, high, degree):
    count = degree + 1
    points = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    powers = mp.matrix(count, count)
    values = mp.matrix(count, 1)
    for i, point in enumerate(points):
        values[i] = function(point)
        for k in range(count):
            powers[i, k] = point**k
    return list(mp.lu_solve(powers, values))


def single(value):
    return struct.unpack("f", struct.pack("f", float(value)))[0]


def worst(function, coefficients, low, high):
    """log2 of the largest error with coefficients rounded to float32, over the largest value."""
    rounded = [mp.mpf(single(c)) for c in coefficients][::-1]
    points = [low + (high - low) * i / 500 for i in range(501)]
    largest = max(abs(function(p)) for p in points)
    return mp.log(max(abs(mp.polyval(rounded, p) - function(p)) for p in points) / largest, 2)


def write(name, what, function, low, high, degree):
    coefficients = fit(function, mp.mpf(low), mp.mpf(high), degree)
    bits = mp.nstr(worst(function, coefficients, mp.mpf(low), mp.mpf(high)), 3)
    print(f"\n/* {what}; error over the largest value 2^{bits}. */")
    lines, line = [], f"#define {name}"
    for c in reversed(coefficients):
        number = f" {single(c):.9g}".replace("e-0", "e-") + "f,"
        if "." not in number and "e" not in number:
            number = number.replace("f,", ".0f,")
        if len(line) + len(number) > 130:
            lines.append(line)
            line = "   "
        line += number
    lines.append(line.rstrip(","))
    print(" \\\n".join(lines))


def exp_rest(r):
    return mp.mpf(1) / 2 if abs(r) < 1e-20 else (mp.expm1(r) - r) / r**2


def exp_quotient(s):
    r = mp.sqrt(s)
    return mp.mpf(2) if s < 1e-20 else r * mp.coth(r / 2)


def log_rest(f):
    return mp.mpf(1) / 3 if abs(f) < 1e-20 else (mp.log1p(f) - f + f**2 / 2) / f**3


def erf_rest(s):
    return 2 / mp.sqrt(mp.pi) - 1 if abs(s) < 1e-20 else mp.erf(mp.sqrt(s)) / mp.sqrt(s) - 1


def erfc_scaled(t):
    a = 3 * (1 + t) / (1 - t)
    return mp.erfc(a) * mp.exp(a**2) * (a + 3)


print("/* Made by scripts/native/polynomials.py. Coefficients from the highest power to the lowest, for POLYNOMIAL(x, ...). */")
write("EXP_POLYNOMIAL", "(exp(r) - 1 - r) / r^2, |r| <= ln(2) / 2", exp_rest, -LN2 / 2, LN2 / 2, 4)
write("EXP_QUOTIENT", "r coth(r / 2) in r^2, |r| <= ln(2) / 2", exp_quotient, 0, LN2**2 / 4, 2)
write("LOG_POLYNOMIAL", "(log(1 + f) - f + f^2 / 2) / f^3, sqrt(1/2) <= 1 + f <= sqrt(2)", log_rest, mp.sqrt(0.5) - 1, mp.sqrt(2) - 1, 8)
write("ERF_POLYNOMIAL", "erf(x) / x - 1 in x^2, |x| <= 1", erf_rest, 0, 1, 6)
write("ERFC_POLYNOMIAL", "erfc(a) exp(a^2) (a + 3) in t = (a - 3) / (a + 3), 0 <= a <= 10", erfc_scaled, -1, mp.mpf(7) / 13, 10)
