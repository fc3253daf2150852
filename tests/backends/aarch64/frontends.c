/* In place of frontends/onnx: no files. */
#include "frontends/frontends.h"

static sard_status refuse_open(const sard_read_request *request, sard_origin **out, sard_error *error)
{
    (void)out;
    return sard_fail(error, SARD_UNSUPPORTED, "%s: no files here", request->path ? request->path : "memory");
}

static sard_status refuse_save(const sard_graph *graph, const char *path, const sard_export_options *options, sard_error *error)
{
    (void)graph;
    (void)options;
    return sard_fail(error, SARD_UNSUPPORTED, "%s: no files here", path);
}

const sard_frontend sard_frontend_onnx = {.name = "onnx", .open = refuse_open, .save = refuse_save};
