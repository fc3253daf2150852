/* Writing models. */
#ifndef SARD_CLI_SAVE_H
#define SARD_CLI_SAVE_H

#include "cli/cli.h"

/* Writes a graph as an .onnx file; "-" is stdout where that is a pipe. options may be NULL. */
sard_status cli_save_graph(cli_state *cli, const sard_graph *graph, const char *path, const sard_export_options *options) SARD_MUST_USE;

#endif
