/* Expected means and variances of activations, channel by channel, taking what goes in for normal. */
#include "zoo/blocks.h"

#include <math.h>

bool zoo_moments(zoo_net *net, int64_t channels, zoo_value *out)
{
    *out = (zoo_value){.channels = channels};
    if (net->status)
        return false;
    out->mean = sard_graph_alloc(net->graph, 2 * (size_t)channels * sizeof *out->mean);
    if (!out->mean) {
        zoo_fail(net, SARD_NOMEM, "out of memory");
        return false;
    }
    out->variance = out->mean + channels;
    for (int64_t c = 0; c < 2 * channels; c++)
        out->mean[c] = 0;
    return true;
}

double zoo_coarse(double x)
{
    int exponent;
    const double fraction = frexp(x, &exponent);
    return ldexp(rint(fraction * 4096), exponent - 12);
}

static double apply(zoo_activation activation, double x)
{
    const double hard = fmin(fmax(x / 6 + 0.5, 0), 1);
    switch (activation) {
    case ZOO_RELU:
        return fmax(x, 0);
    case ZOO_RELU6:
        return fmin(fmax(x, 0), 6);
    case ZOO_HARD_SWISH:
        return x * hard;
    case ZOO_SWISH:
        return x / (1 + exp(-x));
    case ZOO_SIGMOID:
        return 1 / (1 + exp(-x));
    case ZOO_HARD_SIGMOID:
        return hard;
    default:
        return x;
    }
}

/* Sums over 65 points of the normal density, 8 to a deviation. */
void zoo_activate_moments(const zoo_value *x, zoo_activation activation, zoo_value *out)
{
    for (int64_t c = 0; c < x->channels; c++) {
        double weight = 0, first = 0, second = 0;
        for (int i = -32; i <= 32; i++) {
            const double z = i / 8.0, density = exp(-z * z / 2);
            const double y = apply(activation, x->mean[c] + z * sqrt(x->variance[c]));
            weight += density;
            first += density * y;
            second += density * y * y;
        }
        first /= weight;
        out->mean[c] = zoo_coarse(first);
        out->variance[c] = zoo_coarse(fmax(second / weight - first * first, 1e-6));
    }
}
