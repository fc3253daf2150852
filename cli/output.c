/* Outputs: to files, or a few words about each. */
#include "cli/output.h"

#include "cli/file.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/table.h"
#include "cli/tensor.h"
#include "formats/npy/npy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Elements told in a table, and in JSON: of larger outputs none. */
enum { FEW = 4, MANY = 1000 };

static const char *output_name(const sard_model *model, size_t i) { return sard_model_output(model, i)->name; }

static bool is_npz(const char *path)
{
    const size_t n = strlen(path);
    return n >= 4 && strcmp(path + n - 4, ".npz") == 0;
}

/* Files are .npy, .npz or .pb; what has no ending, as stdout and devices, gets .npy. */
static sard_status check_ending(cli_state *cli, const char *path)
{
    static const char *const endings[] = {".npy", ".npz", ".pb"};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (strcmp(dot, endings[i]) == 0)
            return SARD_OK;
    return dot && dot > name ? sard_fail(&cli->error, SARD_ARGUMENT, "%s: outputs are written as .npy, .npz or .pb", path) : SARD_OK;
}

static sard_status no_such_output(cli_state *cli, const cli_targets *t, const char *word)
{
    const char *known = "";
    for (size_t i = 0; i < t->own; i++)
        known = cli_format(cli, "%s%s'%s'", known, i ? ", " : "", output_name(t->model, i));
    const char *equals = strchr(word, '=');
    if (equals)
        return sard_fail(&cli->error, SARD_ARGUMENT, "--output %s: no output is called '%.*s'; outputs are %s", word, (int)(equals - word),
                         word, known);
    return sard_fail(&cli->error, SARD_ARGUMENT, "--output %s: which output? Say NAME=FILE; outputs are %s", word, known);
}

static sard_status add_target(cli_state *cli, cli_targets *t, const char *word)
{
    const char *path;
    int at = cli_split_name(word, output_name, t->model, t->count, &path);
    if (at < 0 && is_npz(word) && !strchr(word, '=')) {
        t->all = word;
        return SARD_OK;
    }
    if (at < 0 && t->own == 1 && !strchr(word, '='))
        at = 0;
    if (at < 0)
        return no_such_output(cli, t, word);
    if (t->paths[at])
        return sard_fail(&cli->error, SARD_ARGUMENT, "output '%s' is asked for twice, as %s and %s", output_name(t->model, (size_t)at),
                         t->paths[at], path);
    t->paths[at] = path;
    return SARD_OK;
}

sard_status cli_targets_init(cli_state *cli, const sard_model *model, const cli_words *outputs, const cli_words *fetched, cli_targets *out)
{
    const size_t count = sard_model_output_count(model);
    *out = (cli_targets){.model = model,
                         .own = count - fetched->count,
                         .count = count,
                         .any = outputs->count + fetched->count > 0,
                         .told = outputs->count > 0};
    out->paths = cli_alloc(cli, count, sizeof *out->paths);
    sard_status status = SARD_OK;
    for (size_t i = 0; i < outputs->count && !status; i++)
        status = add_target(cli, out, outputs->items[i]);
    for (size_t i = 0; i < fetched->count; i++)
        out->paths[out->own + i] = fetched->items[i];
    for (size_t i = 0; i < count && !status; i++)
        status = out->paths[i] ? check_ending(cli, out->paths[i]) : SARD_OK;
    for (size_t i = 0; i < count; i++)
        out->told |= out->paths[i] && strcmp(out->paths[i], "-") == 0;
    return status;
}

static sard_status serialize_all(cli_state *cli, const cli_targets *t, const sard_tensor *tensors, cli_file *file)
{
    cli_flat flat = {.count = 0};
    void *bytes;
    for (size_t i = 0; i < t->own; i++)
        cli_flatten(cli, &flat, &tensors[i], output_name(t->model, i), false);
    const sard_status status = sard_npz_serialize(flat.tensors, flat.names, flat.count, &bytes, &file->size, &cli->error);
    if (!status)
        cli_defer(cli, free, bytes);
    file->path = t->all;
    file->bytes = status ? NULL : bytes;
    return status;
}

sard_status cli_write_outputs(cli_state *cli, const cli_targets *targets, const sard_tensor *tensors)
{
    cli_file *files = cli_alloc(cli, targets->count + 1, sizeof *files);
    size_t count = 0;
    sard_status status = targets->all ? serialize_all(cli, targets, tensors, &files[count++]) : SARD_OK;
    for (size_t i = 0; i < targets->count && !status; i++) {
        if (!targets->paths[i])
            continue;
        cli_file *file = &files[count++];
        file->path = targets->paths[i];
        status = cli_serialize(cli, &tensors[i], output_name(targets->model, i), file->path, &file->bytes, &file->size);
    }
    return status ? status : cli_write_files(cli, files, count);
}

typedef struct range {
    double min, max, mean;
} range;

/* NaN in any element makes all three NaN. */
static range range_of(const sard_tensor *tensor)
{
    const size_t count = cli_count(tensor);
    range r = {NAN, NAN, NAN};
    if (count == 0 || tensor->dtype == SARD_STRING)
        return r;
    double sum = 0;
    r.min = r.max = sard_tensor_get(tensor, 0);
    for (size_t i = 0; i < count; i++) {
        const double x = sard_tensor_get(tensor, i);
        r.min = x < r.min ? x : r.min;
        r.max = x > r.max ? x : r.max;
        sum += x;
    }
    r.mean = sum / (double)count;
    return isnan(sum) ? (range){NAN, NAN, NAN} : r;
}

static cJSON *element(cli_state *cli, const sard_tensor *tensor, size_t i)
{
    if (tensor->dtype == SARD_STRING) {
        const sard_string s = ((const sard_string *)tensor->data)[i];
        return cJSON_CreateString(cli_format(cli, "%.*s", (int)s.size, s.data));
    }
    const double x = sard_tensor_get(tensor, i);
    return isfinite(x) ? cJSON_CreateNumber(x) : cJSON_CreateNull();
}

static void add_json(cli_state *cli, cJSON *array, const char *name, const sard_tensor *tensor)
{
    cJSON *row = cli_json_tensor(array, name, tensor);
    const range r = range_of(tensor);
    cli_json_number(row, "min", r.min);
    cli_json_number(row, "max", r.max);
    cli_json_number(row, "mean", r.mean);
    if (cli_count(tensor) > MANY)
        return;
    cJSON *values = cli_json_array(row, "values");
    for (size_t i = 0; i < cli_count(tensor); i++)
        cJSON_AddItemToArray(values, element(cli, tensor, i));
}

static const char *first_elements(cli_state *cli, const sard_tensor *tensor)
{
    const size_t count = cli_count(tensor);
    const char *text = "";
    for (size_t i = 0; i < count && i < FEW; i++) {
        const char *space = i ? " " : "";
        if (tensor->dtype == SARD_STRING) {
            const sard_string s = ((const sard_string *)tensor->data)[i];
            text = cli_format(cli, "%s%s'%.*s'", text, space, s.size < 40 ? (int)s.size : 40, s.data);
        } else {
            text = cli_format(cli, "%s%s%.6g", text, space, sard_tensor_get(tensor, i));
        }
    }
    return count > FEW ? cli_format(cli, "%s ...", text) : text;
}

static void add_row(cli_state *cli, cli_table *table, const char *name, const sard_tensor *tensor)
{
    const range r = range_of(tensor);
    cli_cell(table, "%s", name);
    cli_cell(table, "%s", sard_dtype_name(tensor->dtype));
    cli_cell(table, "%s", cli_shape(cli, tensor));
    const double numbers[] = {r.min, r.max, r.mean};
    const bool any = tensor->dtype != SARD_STRING && cli_count(tensor) > 0;
    for (size_t i = 0; i < 3; i++)
        cli_cell(table, "%s", any ? cli_format(cli, "%.6g", numbers[i]) : "");
    cli_cell(table, "%s", first_elements(cli, tensor));
}

sard_status cli_print_outputs(cli_state *cli, const cli_targets *targets, const sard_tensor *tensors, bool json)
{
    cJSON *object = cli_json_new(cli), *array = cli_json_array(object, "outputs");
    cli_table *table = cli_table_new(cli, "output|type|shape|>min|>max|>mean|elements");
    cli_flat flat = {.count = 0};
    for (size_t i = 0; i < targets->count; i++)
        cli_flatten(cli, &flat, &tensors[i], output_name(targets->model, i), true);
    for (size_t i = 0; i < flat.count; i++)
        if (json)
            add_json(cli, array, flat.names[i], &flat.tensors[i]);
        else
            add_row(cli, table, flat.names[i], &flat.tensors[i]);
    if (json)
        return cli_json_print(cli, object);
    cli_table_print(table, false);
    return SARD_OK;
}
