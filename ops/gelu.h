/* The functions behind Gelu and its relatives. */
#ifndef SARD_OPS_GELU_H
#define SARD_OPS_GELU_H

#include <math.h>
#include <stdbool.h>

static inline double sard_sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* x times the normal distribution's cumulative function, as such or by Hendrycks and Gimpel's formula with tanh (arXiv 1606.08415). */
static inline double sard_gelu(double x, bool by_tanh)
{
    if (by_tanh)
        return 0.5 * x * (1 + tanh(M_SQRT2 / sqrt(M_PI) * (x + 0.044715 * x * x * x)));
    return x == -INFINITY ? -0.0 : 0.5 * x * erfc(-x * M_SQRT1_2);
}

#endif
