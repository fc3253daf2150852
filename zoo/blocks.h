/* What the networks are put together from. A net remembers its first failure; after it every block does nothing, so that a network
 * reads as the list of its blocks.
 *
 * Weights are drawn after He et al. (2015): normal, variance 2 / fan-in. The statistics that BatchNormalization would have gathered are
 * reckoned instead: with each value goes an expected mean and variance per channel, which the blocks carry on. So activations keep
 * their size to the end without the network ever being run, and the bytes depend on the seed alone. */
#ifndef SARD_ZOO_BLOCKS_H
#define SARD_ZOO_BLOCKS_H

#include "zoo/zoo.h"

typedef struct zoo_net {
    sard_graph *graph;
    uint64_t seed;
    sard_value *zero, *six; /* bounds of Relu6, made when first needed */
    sard_status status;
    sard_error *error;
} zoo_net;

/* A value N,C,H,W or N,C. value NULL: the net has failed. mean, variance: one each per channel. */
typedef struct zoo_value {
    sard_value *value;
    int64_t channels;
    double *mean, *variance;
} zoo_value;

typedef enum zoo_activation { ZOO_LINEAR, ZOO_RELU, ZOO_RELU6, ZOO_HARD_SWISH, ZOO_SWISH, ZOO_SIGMOID, ZOO_HARD_SIGMOID } zoo_activation;

/* kernel_w, pad_w: where they differ from kernel and pad (if kernel_w is given, pad_w counts). groups, stride: 0 means 1. */
typedef struct zoo_window {
    int64_t channels; /* results; not for pools */
    int64_t kernel, kernel_w, stride, pad, pad_w, groups;
    bool bias;
    bool ceil;
} zoo_window;

/* Notes a failure; the first one counts. */
void zoo_fail(zoo_net *net, sard_status status, const char *format, ...) SARD_PRINTF(3, 4);

/* "a.b": in a buffer of the caller. */
#define ZOO_NAME_SIZE 96
typedef struct zoo_name {
    char text[ZOO_NAME_SIZE];
} zoo_name;
zoo_name zoo_format(const char *format, ...) SARD_PRINTF(1, 2);

/* A picture 1,3,size,size, normalised: mean 0, deviation 1. */
zoo_value zoo_picture(zoo_net *net, int64_t size);
void zoo_output(zoo_net *net, zoo_value x, const char *name);

/* Parameters are called name.weight, name.bias (and name.running_mean, name.running_var), as in torchvision's state_dict. */
zoo_value zoo_conv(zoo_net *net, zoo_value x, const char *name, zoo_window window);
zoo_value zoo_norm(zoo_net *net, zoo_value x, const char *name, float epsilon);
zoo_value zoo_activate(zoo_net *net, zoo_value x, const char *name, zoo_activation activation);
zoo_value zoo_max_pool(zoo_net *net, zoo_value x, const char *name, zoo_window window);
/* Padding counts, as in torch. */
zoo_value zoo_average_pool(zoo_net *net, zoo_value x, const char *name, zoo_window window);
zoo_value zoo_global_pool(zoo_net *net, zoo_value x, const char *name);
/* To N, channels * pixels. */
zoo_value zoo_flatten(zoo_net *net, zoo_value x, const char *name, int64_t pixels);
/* gain: the deviation of the results. */
zoo_value zoo_linear(zoo_net *net, zoo_value x, const char *name, int64_t channels, double gain);
zoo_value zoo_concat(zoo_net *net, const zoo_value *values, size_t count, const char *name);
zoo_value zoo_add(zoo_net *net, zoo_value a, zoo_value b, const char *name);
/* x * gate, a gate N,C,1,1. */
zoo_value zoo_scale(zoo_net *net, zoo_value x, zoo_value gate, const char *name);

/* The first and the second half of the channels. */
void zoo_halve(zoo_net *net, zoo_value x, const char *name, zoo_value halves[2]);
/* Channels 0, n/2, 1, n/2 + 1, ...: reshaped, transposed and reshaped, as exporters write it. side: pixels. */
zoo_value zoo_shuffle(zoo_net *net, zoo_value x, const char *name, int64_t side);

/* Inside (moments.c). */

/* An empty set of moments for this many channels; false (and noted) when memory runs out. */
bool zoo_moments(zoo_net *net, int64_t channels, zoo_value *out);
/* Moments of f(x), x normal with those of `x`. */
void zoo_activate_moments(const zoo_value *x, zoo_activation activation, zoo_value *out);
/* Twelve bits of a number: so that the last bit of a platform's exp() does not matter. */
double zoo_coarse(double x);
/* Fills with normal numbers drawn for this name (weights.c): any count, any order of names. */
void zoo_normal(uint64_t seed, const char *name, double mean, double deviation, float *out, size_t count);

#endif
