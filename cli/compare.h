/* How far tensors are apart. */
#ifndef SARD_CLI_COMPARE_H
#define SARD_CLI_COMPARE_H

#include "cli/cli.h"

/**
 * max, mean   of |a - b| over the elements; infinite where NaN meets a number, where strings differ, and where shapes do
 * deviation   the standard deviation of b's elements
 * size        the mean of |b|
 * excess      the largest |a - b| as a multiple of what cli_near allows; up to 1 is near
 */
typedef struct cli_distance {
    double max, mean, deviation, size, excess;
} cli_distance;

/* Whether both are strings or both numbers, of one shape. */
bool cli_same_kind(const sard_tensor *a, const sard_tensor *b);

/* Whether the dims are those of one tensor in two layouts: a with channels last, b with channels behind the batch. */
bool cli_is_relayout(const sard_tensor *a, const sard_tensor *b);
/* One of the two in the order of the other: `from` becomes a tensor with the dims of `like`. */
sard_status cli_relayout(cli_state *cli, const sard_tensor *from, const sard_tensor *like, sard_tensor *out) SARD_MUST_USE;

/* tolerance: of each element, absolute; negative: 1e-3 of b's element, 1e-4 of b's deviation and 1e-7 together for float32 and float64,
 * 1e-2 of both where one is a narrower float, nothing for other types. */
cli_distance cli_compare(const sard_tensor *a, const sard_tensor *b, double tolerance);

#endif
