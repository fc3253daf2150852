/* Between the parts of sard diff --per-node. */
#ifndef SARD_CLI_DIFF_NODES_H
#define SARD_CLI_DIFF_NODES_H

#include "cli/diff.h"
#include "cli/values.h"

/**
 * A value that both sides have. left: what a holds, in the layout of b
 * worst     the largest distance as a share of the value's deviation; mean: the mean one
 * rounding  the share that the mean may be off; 0: --tol decides
 */
typedef struct cli_node_row {
    const cli_value *a, *b;
    sard_tensor left;
    cli_distance distance;
    double worst, mean, rounding;
    bool beyond;
} cli_node_row;

/**
 * a, b       what the sides made; b perhaps of a folder
 * measured   rounding is float32's own, not a guess
 * by_order   values are matched by operator, shape and order, not by name
 * uneven     the models have other numbers of outputs
 */
typedef struct cli_node_proof {
    cli_comparison *d;
    cli_values a, b;
    cli_node_row *rows;
    size_t row_count, first; /* first: row that is beyond; row_count: none */
    bool measured, by_order, uneven;
} cli_node_proof;

/* Fills a and b of the rows, in the order of a. */
sard_status cli_match_values(cli_node_proof *p) SARD_MUST_USE;

sard_status cli_tell_nodes(const cli_node_proof *p) SARD_MUST_USE;

#endif
