/* Cooley and Tukey's fast Fourier transform (1965), decimated in frequency: for the smallest prime factor p of n, p transforms of n / p
 * numbers each, which are made by transforms of p numbers and roots of one. */
#include "ops/lib/fourier.h"

#include <math.h>
#include <string.h>

bool sard_fourier_make(const sard_call *call, int64_t n, bool inverse, bool wide, sard_fourier *out)
{
    double *roots = (uint64_t)n > SIZE_MAX / (2 * sizeof *roots) ? NULL : sard_call_alloc(call, 2 * (size_t)n * sizeof *roots);
    *out = (sard_fourier){n, inverse, wide, roots};
    for (int64_t k = 0; roots && k < n; k++) {
        const double angle = 2 * acos(-1.0) * (double)k / (double)n, c = cos(angle), s = inverse ? sin(angle) : -sin(angle);
        roots[2 * k] = wide ? c : sard_to_float(c);
        roots[2 * k + 1] = wide ? s : sard_to_float(s);
    }
    return roots != NULL;
}

static inline double rounded(const sard_fourier *f, double x) { return f->wide ? x : sard_to_float(x); }

static void multiply(const sard_fourier *f, double *x, const double *root)
{
    const double real = rounded(f, rounded(f, x[0] * root[0]) - rounded(f, x[1] * root[1]));
    x[1] = rounded(f, rounded(f, x[0] * root[1]) + rounded(f, x[1] * root[0]));
    x[0] = real;
}

/* Two parts of two numbers: their sums where the numbers were, and differences. */
static void cross(const sard_fourier *f, double *a, double *b)
{
    for (int i = 0; i < 2; i++) {
        const double sum = rounded(f, a[i] + b[i]);
        b[i] = rounded(f, a[i] - b[i]);
        a[i] = sum;
    }
}

/* A transform of an odd number p of numbers, x[i * m]. Those that are p apart have roots that differ in the sign of the sine alone, so
 * sums belong to cosines and differences to sines. */
static void transform_odd(const sard_fourier *f, int64_t p, double *x, int64_t m, double *out)
{
    const int64_t half = p / 2, step = f->n / p;
    for (int64_t i = 1; i <= half; i++)
        cross(f, x + 2 * i * m, x + 2 * (p - i) * m);
    memcpy(out, x, 2 * sizeof *out);
    for (int64_t i = 1; i <= half; i++)
        for (int part = 0; part < 2; part++)
            out[part] = rounded(f, out[part] + x[2 * i * m + part]);
    for (int64_t q = 1; q <= half; q++) {
        double *low = out + 2 * q, *high = out + 2 * (p - q), sines[2] = {0, 0};
        memcpy(low, x, 2 * sizeof *low);
        for (int64_t i = 1; i <= half; i++) {
            const double *root = f->roots + 2 * (i * q % p * step), *sum = x + 2 * i * m, *difference = x + 2 * (p - i) * m;
            for (int part = 0; part < 2; part++) {
                low[part] = rounded(f, low[part] + rounded(f, root[0] * sum[part]));
                sines[part] = rounded(f, sines[part] + rounded(f, root[1] * difference[part]));
            }
        }
        high[0] = rounded(f, low[0] + sines[1]);
        high[1] = rounded(f, low[1] - sines[0]);
        low[0] = rounded(f, low[0] - sines[1]);
        low[1] = rounded(f, low[1] + sines[0]);
    }
    for (int64_t i = 0; i < p; i++)
        memcpy(x + 2 * i * m, out + 2 * i, 2 * sizeof *x);
}

static int64_t smallest_factor(int64_t n)
{
    for (int64_t p = 2; p * p <= n; p++)
        if (n % p == 0)
            return p;
    return n;
}

/* n numbers of x to every stride-th of out. */
static void transform(const sard_fourier *f, int64_t n, double *x, double *room, double *out, int64_t stride)
{
    if (n == 1) {
        memcpy(out, x, 2 * sizeof *out);
        return;
    }
    const int64_t p = smallest_factor(n), m = n / p, step = f->n / n;
    for (int64_t j = 0; j < m; j++) {
        if (p == 2)
            cross(f, x + 2 * j, x + 2 * (j + m));
        else
            transform_odd(f, p, x + 2 * j, m, room);
        for (int64_t q = 1; q < p; q++)
            multiply(f, x + 2 * (q * m + j), f->roots + 2 * (j * q * step));
    }
    for (int64_t q = 0; q < p; q++)
        transform(f, m, x + 2 * q * m, room, out + 2 * q * stride, stride * p);
}

void sard_fourier_run(const sard_fourier *f, double *x, double *room, double *out)
{
    transform(f, f->n, x, room, out, 1);
    for (int64_t i = 0; f->inverse && i < 2 * f->n; i++)
        out[i] = rounded(f, out[i] / (double)f->n);
}

double sard_fourier_steps(int64_t n)
{
    enum { LARGEST = 1 << 16 };
    double steps = 1;
    for (int64_t p = 2; p < LARGEST && p * p <= n; p++)
        for (; n % p == 0; n /= p)
            steps += (double)p;
    return steps + (double)n;
}
