/* The text form of graphs. */
#include "cli/text.h"

#include <sard/graph.h>
#include <stdio.h>

static bool write_stdout(void *user, const char *text, size_t size)
{
    (void)user;
    return fwrite(text, 1, size, stdout) == size;
}

sard_status cli_print_graph(cli_state *cli, const sard_graph *graph)
{
    return sard_graph_print(graph, NULL, write_stdout, NULL) ? SARD_OK : sard_fail(&cli->error, SARD_IO, "can't write to stdout");
}
