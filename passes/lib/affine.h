/* Products and sums with constants of a channel each, and weights that take them in. */
#ifndef SARD_PASSES_LIB_AFFINE_H
#define SARD_PASSES_LIB_AFFINE_H

#include "ir/graph.h"

/* x * factor + shift, for each channel along one axis. */
typedef struct sard_affine {
    sard_value *x;
    double *factor, *shift;
    bool scales, shifts; /* some factor is not 1, some shift not 0 */
} sard_affine;

/* Reads a Mul, Add, Sub or Div by constants, or a BatchNormalization, none of which changes the shape of x: x->dims[axis] is `channels`.
 * What it gives lies in `arena`. out->x is NULL where the node is nothing of that kind, where a variance is not positive, or where numbers
 * are so large or small that products with weights would lose what the node keeps. Fails with NOMEM. */
sard_status sard_affine_read(const sard_node *node, int axis, int64_t channels, sard_arena *arena, sard_affine *out,
                             sard_error *error) SARD_MUST_USE;

/* Does the tensor have one element for each channel along that axis of something of that rank, or one for all? */
bool sard_is_along(const sard_tensor *tensor, int rank, int axis, int64_t channels);

/* How weights lie around their channels: [groups][outer][channels][inner]; channel c of group g is the g * channels + c-th. */
typedef struct sard_channels {
    int64_t groups, outer, channels, inner;
} sard_channels;

/* Weights times the factor of their channel: in float32 or float64 made on demand where the channels are the first dimension, else at once.
 * NULL when memory runs out. */
sard_value *sard_scale_weights(sard_value *weights, const sard_channels *channels, const double *factor);
/* Does the type hold what sard_scale_weights makes, and may the graph still grow by what it makes at once? *can: the answer. Fails with
 * NOMEM. */
sard_status sard_can_scale_weights(const sard_value *weights, const sard_channels *channels, const double *factor, bool *can,
                                   sard_error *error) SARD_MUST_USE;

/* The elements of a constant, at any address, as doubles; one alone is repeated. NULL when memory runs out. */
double *sard_widened(sard_arena *arena, const sard_tensor *tensor, int64_t count);
/* The constant of that name and type with these elements. NULL when memory runs out. */
sard_value *sard_add_numbers(sard_graph *graph, const char *name, sard_dtype dtype, int rank, const int64_t *dims, const double *elements);

#endif
