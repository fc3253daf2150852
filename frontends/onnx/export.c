/* The files: the model, and where need be the one with its data. */
#include "frontends/onnx/export.h"

#include "frontends/onnx/encode.h"
#include "frontends/onnx/file.h"
#include "frontends/onnx/output.h"
#include "ir/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a message of Protocol Buffers can hold. */
#define MAX_FILE 0x7fffffff

/* Of graphs that are from no file. */
enum { USUAL_OPSET = 17 };

static sard_status no_memory(const sard_export *x) { return sard_no_memory(x->error); }

/* ---- what goes where ---- */

static uint64_t model_size(const sard_export_model *model)
{
    sard_encoder count = {.write = NULL};
    sard_export_put(&count, model);
    return count.size;
}

/* The i-th name that the data of the model at `path` may have; NULL when memory runs out. */
static const char *data_name(sard_export *x, const char *path, int i)
{
    return i ? sard_arena_printf(&x->arena, "%s.%d.data", path, i) : sard_arena_printf(&x->arena, "%s.data", path);
}

static bool is_file(const char *path)
{
    struct stat status;
    return !stat(path, &status) && S_ISREG(status.st_mode);
}

/* The first name that no file has: the data that the old model reads stays what it is until the new model is in place. */
static const char *free_data_name(sard_export *x, const char *path)
{
    const char *name = data_name(x, path, 0);
    for (int i = 1; name && is_file(name); i++)
        name = data_name(x, path, i);
    return name;
}

/* From the i-th name on, a file other than `data` that may hold data of the model at `path`; NULL: there are no more. */
static const char *next_data(sard_export *x, const char *path, const char *data, int *i)
{
    const char *name = data_name(x, path, (*i)++);
    if (name && !strcmp(name, data))
        name = data_name(x, path, (*i)++);
    return name && is_file(name) ? name : NULL;
}

static sard_status would_lose(const sard_export *x, const char *path)
{
    return sard_fail(x->error, SARD_ARGUMENT, "%s: holds data of the model that is to be saved, which would be lost", path);
}

/* Files with the graph's constants may only go together with the model that they belong to. */
static sard_status check_targets(sard_export *x, const sard_graph *graph, const char *path, const char *data)
{
    const sard_onnx_role role = sard_onnx_role_of(sard_onnx_file_of(graph), path);
    int i = 0;
    if (role == SARD_ONNX_DATA)
        return would_lose(x, path);
    for (const char *name = data ? next_data(x, path, data, &i) : NULL; name; name = next_data(x, path, data, &i)) {
        const sard_onnx_role of_name = sard_onnx_role_of(sard_onnx_file_of(graph), name);
        if (of_name == SARD_ONNX_MODEL || (of_name == SARD_ONNX_DATA && role != SARD_ONNX_MODEL))
            return would_lose(x, name);
    }
    return SARD_OK;
}

/* After the model is in place: data under the other names belonged to the one that it replaced. */
static void remove_old_data(sard_export *x, const char *path, const char *data)
{
    int i = 0;
    for (const char *name = next_data(x, path, data, &i); name; name = next_data(x, path, data, &i))
        unlink(name);
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
        *data = free_data_name(x, path);
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

static bool write_data(sard_export *x, const sard_export_model *model, const char *path, const char *like, sard_output *output)
{
    sard_encoder encoder = {.write = sard_output_write, .user = output};
    if (!sard_output_open(&x->arena, path, like, output))
        return false;
    sard_export_put_data(&encoder, model->graph);
    return sard_output_finish(output);
}

static bool write_model(sard_export *x, const sard_export_model *model, const char *path, sard_output *output)
{
    sard_encoder encoder = {.write = sard_output_write, .user = output};
    if (!sard_output_open(&x->arena, path, path, output))
        return false;
    sard_export_put(&encoder, model);
    return sard_output_finish(output);
}

/* The data goes into place first, under a name of its own: a model never names data that is not there, or that is another one's. */
static sard_status write_files(sard_export *x, const sard_export_model *model, const char *path, const char *data)
{
    sard_output output = {.fd = -1}, data_output = {.fd = -1};
    bool done = !data || write_data(x, model, data, path, &data_output);
    done = done && write_model(x, model, path, &output);
    done = done && (!data || sard_output_place(&data_output)) && sard_output_place(&output);
    const sard_status status = done ? SARD_OK : told(x, data_output.problem ? &data_output : &output);
    sard_output_discard(&output);
    sard_output_discard(&data_output);
    if (!status && data)
        remove_old_data(x, path, data);
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

sard_status sard_onnx_save(const sard_graph *graph, const char *path, const sard_export_options *options, sard_error *error)
{
    sard_export_options o = {.struct_size = sizeof o};
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
