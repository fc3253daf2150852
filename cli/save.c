/* Writing models. */
#include "cli/save.h"

#include <sard/graph.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

sard_status cli_save_graph(cli_state *cli, const sard_graph *graph, const char *path, const sard_export_options *options)
{
    struct stat status;
    if (strcmp(path, "-") == 0) {
        /* The library writes files beside their place, which it can't do where it knows a descriptor only. */
        if (fstat(STDOUT_FILENO, &status) || S_ISREG(status.st_mode))
            return sard_fail(&cli->error, SARD_ARGUMENT, "--output -: stdout is a file, so name that file instead");
        path = "/dev/stdout";
    }
    return sard_graph_save(graph, path, options, &cli->error);
}
