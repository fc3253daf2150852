/* The text form of graphs. */
#ifndef SARD_CLI_TEXT_H
#define SARD_CLI_TEXT_H

#include "cli/cli.h"

/* Prints a graph to stdout. */
sard_status cli_print_graph(cli_state *cli, const sard_graph *graph) SARD_MUST_USE;

#endif
