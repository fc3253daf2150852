/* Values of a run, and of a folder. */
#include "cli/values.h"

#include "cli/tensor.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sard/graph.h>
#include <stdlib.h>
#include <string.h>

static cli_value *add(cli_values *v)
{
    if (v->count == v->room) {
        cli_value *items = cli_alloc(v->cli, v->room = 2 * v->room + 64, sizeof *items);
        if (v->count)
            memcpy(items, v->items, v->count * sizeof *items);
        v->items = items;
    }
    return &v->items[v->count++];
}

static void copy(cli_values *v, const char *name, const sard_tensor *tensor, size_t step)
{
    cli_value value = {.name = cli_format(v->cli, "%s", name), .op = "", .node = "", .kernel = "", .tensor = *tensor, .step = step};
    value.tensor.data = v->failed ? NULL : cli_try_alloc(v->cli, tensor->bytes, name);
    v->failed |= !value.tensor.data;
    if (v->failed)
        return;
    if (tensor->bytes)
        memcpy(value.tensor.data, tensor->data, tensor->bytes);
    *add(v) = value;
}

void cli_values_take(void *user, const char *name, const sard_tensor *tensor, size_t step)
{
    if (tensor->dtype < SARD_SEQUENCE) /* items of lists are told where nodes take them out */
        copy(user, name, tensor, step);
}

/* ---- who made them ---- */

static void take_step(cli_values *v, cli_value *value, const sard_session *session)
{
    sard_step_info step = {.struct_size = sizeof step};
    if (!sard_session_step(session, value->step, &step))
        return;
    value->op = cli_format(v->cli, "%s", step.op);
    for (size_t i = 0; i < step.epilogue_count; i++)
        value->op = cli_format(v->cli, "%s+%s", value->op, step.epilogue[i]);
    value->node = cli_format(v->cli, "%s", step.name);
    value->kernel = cli_format(v->cli, "%s/%s", step.backend, step.kernel);
}

/* Nothing was run for it: its node says what it is. */
static void take_node(cli_value *value, const sard_model *model)
{
    const sard_value *of_model = sard_graph_find(sard_model_graph(model), value->name);
    const sard_node *node = of_model ? sard_value_producer(of_model) : NULL;
    value->op = node ? sard_node_op(node) : "";
    value->node = node ? sard_node_name(node) : "";
    value->kernel = "in place";
}

void cli_values_finish(cli_values *values, const sard_model *model, const sard_session *session, const sard_tensor *outputs)
{
    for (size_t i = 0; i < values->count; i++)
        if (values->items[i].step == SIZE_MAX)
            take_node(&values->items[i], model);
        else
            take_step(values, &values->items[i], session);
    values->outputs = sard_model_output_count(model);
    for (size_t i = 0; i < values->outputs; i++) {
        const char *name = sard_model_output(model, i)->name;
        if (!cli_values_find(values, name, values->count))
            copy(values, name, &outputs[i], SIZE_MAX);
    }
}

/* ---- folders ---- */

static bool is_array(const char *name)
{
    const size_t n = strlen(name);
    return (n > 4 && strcmp(name + n - 4, ".npy") == 0) || (n > 3 && strcmp(name + n - 3, ".pb") == 0);
}

static int is_wanted(const struct dirent *entry) { return is_array(entry->d_name); }

static sard_status read_file(cli_values *v, const char *folder, const char *file)
{
    cli_array *arrays;
    size_t count;
    const sard_status status = cli_read_arrays(v->cli, cli_format(v->cli, "%s/%s", folder, file), &arrays, &count);
    if (status || !count)
        return status;
    char *name = cli_format(v->cli, "%s", file);
    *strrchr(name, '.') = 0;
    *add(v) = (cli_value){.name = name, .op = "", .node = "", .kernel = "", .tensor = arrays->tensor, .step = SIZE_MAX};
    return SARD_OK;
}

sard_status cli_values_read(cli_values *values, const char *folder)
{
    struct dirent **entries;
    const int count = scandir(folder, &entries, is_wanted, versionsort);
    if (count < 0)
        return sard_fail(&values->cli->error, SARD_IO, "%s: %s", folder, strerror(errno));
    sard_status status = count ? SARD_OK : sard_fail(&values->cli->error, SARD_ARGUMENT, "%s has no files NAME.npy or NAME.pb", folder);
    values->safe_names = true;
    for (int i = 0; i < count; i++) {
        if (!status)
            status = read_file(values, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* ---- names ---- */

const char *cli_safe_name(cli_state *cli, const char *name)
{
    char *safe = cli_format(cli, "%s", name);
    for (char *c = safe; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            *c = '_';
    return safe;
}

const char *cli_base_name(cli_state *cli, const char *name)
{
    size_t n = strlen(name);
    while (n && isdigit((unsigned char)name[n - 1]))
        n--;
    return n > 1 && name[n - 1] == '_' && name[n] ? cli_format(cli, "%.*s", (int)(n - 1), name) : name;
}

/* Two sides make their values in much the same order. */
const cli_value *cli_values_find(const cli_values *values, const char *name, size_t near)
{
    const char *wanted = values->safe_names ? cli_safe_name(values->cli, name) : name;
    for (size_t k = 0; k < values->count; k++) {
        const cli_value *value = &values->items[(near + k) % values->count];
        if (strcmp(value->name, wanted) == 0)
            return value;
    }
    return NULL;
}
