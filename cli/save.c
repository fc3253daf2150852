/* Writing models. */
#include "cli/save.h"

#include <sard/graph.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files are .onnx or have no ending; the library refuses folders. */
static sard_status check_ending(cli_state *cli, const char *path)
{
    struct stat status;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    const bool file = stat(path, &status) || S_ISREG(status.st_mode);
    return file && dot && dot > name && strcmp(dot, ".onnx") != 0
             ? sard_fail(&cli->error, SARD_ARGUMENT, "%s: models are written as .onnx", path)
             : SARD_OK;
}

sard_status cli_save_graph(cli_state *cli, const sard_graph *graph, const char *path, const sard_export_options *options)
{
    struct stat status;
    if (check_ending(cli, path))
        return SARD_ARGUMENT;
    if (strcmp(path, "-") == 0) {
        /* The library writes files beside their place, which it can't do where it knows a descriptor only. */
        if (fstat(STDOUT_FILENO, &status) || S_ISREG(status.st_mode))
            return sard_fail(&cli->error, SARD_ARGUMENT, "--output -: stdout is a file, so name that file instead");
        path = "/dev/stdout";
    }
    return sard_graph_save(graph, path, options, &cli->error);
}
