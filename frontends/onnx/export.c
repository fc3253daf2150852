/* The files: the model, and where need be the one with its data. */
#include "frontends/onnx/export.h"

#include "frontends/onnx/encode.h"
#include "frontends/onnx/file.h"
#include "frontends/onnx/output.h"
#include "ir/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a message of Protocol Buffers can hold. */
#define MAX_FILE 0x7fffffff

/* Of graphs that are from no file. */
enum { USUAL_OPSET = 17 };

static sard_status no_memory(const sard_export *x) { return sard_fail(x->error, SARD_NOMEM, "out of memory"); }

/* ---- what goes where ---- */

static uint64_t model_size(const sard_export_model *model)
{
    sard_encoder count = {.write = NULL};
    sard_export_put(&count, model);
    return count.size;
}

/* Files with the graph's constants may only go together with the model that they belong to. */
static sard_status check_targets(const sard_export *x, const sard_graph *graph, const char *path, const char *data)
{
    const sard_onnx_file *file = graph->file;
    const sard_onnx_role role = sard_onnx_role_of(file, path), data_role = data ? sard_onnx_role_of(file, data) : SARD_ONNX_STRANGER;
    const bool lost = data_role == SARD_ONNX_DATA && role != SARD_ONNX_MODEL;
    if (role == SARD_ONNX_DATA || data_role == SARD_ONNX_MODEL || lost)
        return sard_fail(x->error, SARD_ARGUMENT, "%s: holds data of the model that is to be saved, which would be lost",
                         role == SARD_ONNX_DATA ? path : data);
    return SARD_OK;
}

/* Puts data outside where it is wanted or the model would be too large. *data: the path of its file, or NULL. */
static sard_status place_data(sard_export *x, sard_export_model *model, const char *path, bool wanted, const char **data)
{
    uint64_t size = 0, total = model_size(model);
    const bool special = sard_output_is_special(path);
    *data = NULL;
    if (special && (wanted || total > MAX_FILE))
        return sard_fail(x->error, SARD_UNSUPPORTED, "%s: external data needs a file that another can stand beside%s", path,
                         wanted ? "" : ", and models over 2 GB need external data");
    if (wanted || total > MAX_FILE) {
        const char *slash = strrchr(path, '/');
        *data = sard_arena_printf(&x->arena, "%s.data", path);
        if (!*data || !sard_export_place(x, model->graph, &size))
            return no_memory(x);
        model->data = slash ? *data + (slash + 1 - path) : *data;
        total = model_size(model);
    }
    if (total > MAX_FILE)
        return sard_fail(x->error, SARD_UNSUPPORTED, "%s: would have %.1f GB without its data, an ONNX file holds 2.1 at most", path,
                         (double)total / 1e9);
    if (!size)
        *data = NULL;
    return check_targets(x, model->graph->graph, path, *data);
}

/* ---- writing ---- */

static sard_status told(const sard_export *x, const sard_output *output)
{
    if (output->problem == ENOMEM)
        return no_memory(x);
    return sard_fail(x->error, SARD_IO, "%s: cannot be written: %s", output->path, strerror(output->problem));
}

static bool write_data(sard_export *x, const sard_export_model *model, const char *path, sard_output *output)
{
    sard_encoder encoder = {.write = sard_output_write, .user = output};
    if (!sard_output_open(&x->arena, path, output))
        return false;
    sard_export_put_data(&encoder, model->graph);
    return sard_output_finish(output);
}

static bool write_model(sard_export *x, const sard_export_model *model, const char *path, sard_output *output)
{
    sard_encoder encoder = {.write = sard_output_write, .user = output};
    if (!sard_output_open(&x->arena, path, output))
        return false;
    sard_export_put(&encoder, model);
    return sard_output_finish(output);
}

/* The data goes into place first: a model never names data that is not there. */
static sard_status write_files(sard_export *x, const sard_export_model *model, const char *path, const char *data)
{
    sard_output output = {.fd = -1}, data_output = {.fd = -1};
    bool done = !data || write_data(x, model, data, &data_output);
    done = done && write_model(x, model, path, &output);
    done = done && (!data || sard_output_place(&data_output)) && sard_output_place(&output);
    const sard_status status = done ? SARD_OK : told(x, data_output.problem ? &data_output : &output);
    sard_output_discard(&output);
    sard_output_discard(&data_output);
    return status;
}

/* ---- opsets ---- */

/* That of the file that the graph is from, as near as it can be written. */
static int own_opset(const sard_graph *graph)
{
    const char *text = sard_graph_metadata(graph, "opset");
    const long opset = text ? strtol(text, NULL, 10) : USUAL_OPSET;
    if (opset < SARD_EXPORT_OPSET_MIN)
        return SARD_EXPORT_OPSET_MIN;
    return opset > SARD_EXPORT_OPSET_MAX ? SARD_EXPORT_OPSET_MAX : (int)opset;
}

/* rising: the opset may be raised to what the operators need. */
static sard_status list_graph(sard_export *x, const sard_graph *graph, bool rising, sard_export_graph **out)
{
    for (;;) {
        x->needed = 0;
        const sard_status status = sard_export_list(x, graph, NULL, out);
        if (status != SARD_UNSUPPORTED || !rising || x->needed <= x->opset || x->needed > SARD_EXPORT_OPSET_MAX)
            return status;
        x->opset = x->needed;
    }
}

static sard_status save(sard_export *x, const sard_graph *graph, const char *path, const sard_export_options *options)
{
    sard_export_graph *list;
    const char *data;
    sard_status status = list_graph(x, graph, options->opset == 0, &list);
    if (!status && (!sard_export_name_nodes(x, list) || !sard_export_choose_constants(x, list)))
        status = no_memory(x);
    if (status)
        return status;
    sard_export_model model = {list, x->opset, options->producer, NULL};
    status = place_data(x, &model, path, options->external_data, &data);
    return status ? status : write_files(x, &model, path, data);
}

sard_status sard_graph_save(const sard_graph *graph, const char *path, const sard_export_options *options, sard_error *error)
{
    sard_export_options o = {.struct_size = sizeof o};
    if (!graph || !path)
        return sard_null(error, graph ? "path" : "graph");
    sard_status status = sard_take_options(&o, sizeof o, options, "sard_export_options", error);
    if (status)
        return status;
    sard_export x = {.opset = o.opset ? o.opset : own_opset(graph), .error = error};
    if (x.opset < SARD_EXPORT_OPSET_MIN || x.opset > SARD_EXPORT_OPSET_MAX)
        return sard_fail(error, SARD_UNSUPPORTED, "opset %d cannot be written, %d to %d can", x.opset, SARD_EXPORT_OPSET_MIN,
                         SARD_EXPORT_OPSET_MAX);
    sard_arena_init(&x.arena, graph->arena->allocator);
    status = save(&x, graph, path, &o);
    sard_arena_reset(&x.arena);
    return status;
}
