/* Numbers about a graph. */
#ifndef SARD_CLI_STATS_H
#define SARD_CLI_STATS_H

#include "cli/cli.h"

typedef struct cli_op_count {
    const char *domain, *name;
    size_t count;
} cli_op_count;

/**
 * nodes       of the graph and of those in it
 * parameters  elements of float constants, and of quantised ones that products take or DequantizeLinear makes float; without scales, zero
 *             points, and BatchNormalization's running mean and variance
 * elements    of all constants
 * ops         sorted by name
 */
typedef struct cli_stats {
    size_t nodes, op_count;
    uint64_t parameters, elements;
    cli_op_count *ops;
} cli_stats;

cli_stats cli_stats_of(cli_state *cli, const sard_graph *graph);

#endif
