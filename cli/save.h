/* Writing models. */
#ifndef SARD_CLI_SAVE_H
#define SARD_CLI_SAVE_H

#include "cli/cli.h"

/* Writes a graph as an .onnx file; "-" is stdout where that is a pipe. opset 0: the library's choice. */
sard_status cli_save_graph(cli_state *cli, const sard_graph *graph, const char *path, int opset) SARD_MUST_USE;

#endif
