/* The values of a graph that are in use, numbered, for what is written about graphs. */
#ifndef SARD_CLI_OUTLINE_H
#define SARD_CLI_OUTLINE_H

#include "cli/cli.h"

#include <sard/graph.h>

/* values: in the order of their making. The rest is the outline's own. */
typedef struct cli_outline {
    const sard_graph *graph;
    const sard_value **values;
    size_t count;
    struct cli_numbered *sorted;
} cli_outline;

cli_outline cli_outline_of(cli_state *cli, const sard_graph *graph);

/* The place of a value in `values`; SIZE_MAX for NULL, and for one that is not there. */
size_t cli_outline_find(const cli_outline *outline, const sard_value *value);

/* Whether it is a constant, without making its elements. */
bool cli_is_constant(const cli_outline *outline, const sard_value *value);

/* Input i of a node: its operator's own, then operands of the epilogue and captures. There are cli_reads of them; NULL: left out. */
size_t cli_reads(const sard_node *node);
const sard_value *cli_read(const sard_node *node, size_t i);

/* As cli_info_shape of a value: "[N, 3, 8, 8]". */
sard_value_info cli_describe(const cli_outline *outline, const sard_value *value);

#endif
