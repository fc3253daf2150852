/* The steps of a plan. */
#include "cli/plan.h"

#include "cli/table.h"
#include "cli/tensor.h"

#include <stdlib.h>
#include <string.h>

const char *cli_op_name(cli_state *cli, const char *domain, const char *name)
{
    return *domain ? cli_format(cli, "%s.%s", domain, name) : name;
}

static sard_step_info *get_steps(cli_state *cli, const sard_session *session, size_t *count, double *milliseconds)
{
    *count = sard_session_step_count(session);
    *milliseconds = 0;
    sard_step_info *steps = cli_alloc(cli, *count, sizeof *steps);
    for (size_t i = 0; i < *count; i++) {
        steps[i].struct_size = sizeof steps[i];
        if (sard_session_step(session, i, &steps[i]))
            *milliseconds += steps[i].milliseconds;
    }
    return steps;
}

/* "Conv+Relu+Add". */
static const char *op_of(cli_state *cli, const sard_step_info *step)
{
    const char *text = step->op;
    for (size_t i = 0; i < step->epilogue_count; i++)
        text = cli_format(cli, "%s+%s", text, step->epilogue[i]);
    return text;
}

void cli_print_plan(cli_state *cli, const sard_session *session)
{
    size_t count;
    double total;
    const sard_step_info *steps = get_steps(cli, session, &count, &total);
    cli_table *table = cli_table_new(cli, "operator|name|result|>MACs|backend|kernel|why");
    for (size_t i = 0; i < count; i++) {
        const sard_step_info *s = &steps[i];
        cli_cell(table, "%s", op_of(cli, s));
        cli_cell(table, "%s", s->name);
        cli_cell(table, "%s", s->output_count ? cli_info_shape(cli, &s->outputs[0]) : "");
        cli_cell(table, "%s", s->macs > 0 ? cli_human(cli, s->macs, "") : "");
        cli_cell(table, "%s", s->backend);
        cli_cell(table, "%s", s->kernel);
        cli_cell(table, "%s", s->reason ? s->reason : "");
    }
    cli_table_print(table, false);
    cli_print("%zu step%s\n", count, count == 1 ? "" : "s");
    const char *slow = cli_slow_steps(cli, session);
    if (*slow)
        cli_print("%s\n", slow);
}

static int slowest_first(const void *a, const void *b)
{
    const sard_step_info *x = a, *y = b;
    return (x->milliseconds < y->milliseconds) - (x->milliseconds > y->milliseconds);
}

static void profile_row(cli_table *table, double ms, double total, double macs, double bytes)
{
    cli_cell(table, "%.3f", ms);
    cli_cell(table, "%.1f %%", total > 0 ? 100 * ms / total : 0.0);
    cli_cell(table, "%.1f", ms > 0 ? 2e-6 * macs / ms : 0.0);
    cli_cell(table, "%.2f", 1e-6 * bytes);
}

void cli_print_profile(cli_state *cli, const sard_session *session)
{
    size_t count;
    double total, macs = 0, bytes = 0;
    sard_step_info *steps = get_steps(cli, session, &count, &total);
    cli_table *table = cli_table_new(cli, ">ms|>share|>GFLOP/s|>MB|operator|name|kernel");
    if (count)
        qsort(steps, count, sizeof *steps, slowest_first);
    for (size_t i = 0; i < count; i++) {
        const sard_step_info *s = &steps[i];
        profile_row(table, s->milliseconds, total, s->macs, s->bytes);
        cli_cell(table, "%s", op_of(cli, s));
        cli_cell(table, "%s", s->name);
        cli_cell(table, "%s/%s", s->backend, s->kernel);
        macs += s->macs;
        bytes += s->bytes;
    }
    profile_row(table, total, total, macs, bytes);
    cli_cell(table, "all %zu steps", count);
    cli_cell(table, "%s", "");
    cli_cell(table, "%s", "");
    cli_table_print(table, false);
}

/* The first type of a step, if any, for which operators with fast kernels may have none: halves, doubles, bytes. */
static sard_dtype slow_type(const sard_step_info *step)
{
    static const sard_dtype slow[] = {SARD_F16, SARD_BF16, SARD_F64, SARD_I8, SARD_U8};
    for (size_t i = 0; i < step->input_count + step->output_count; i++) {
        const sard_value_info *info = i < step->input_count ? &step->inputs[i] : &step->outputs[i - step->input_count];
        for (size_t k = 0; k < sizeof slow / sizeof *slow; k++)
            if (info->dtype == slow[k])
                return info->dtype;
    }
    return SARD_NONE;
}

static int by_op(const void *a, const void *b)
{
    const sard_step_info *x = a, *y = b;
    return strcmp(x->op, y->op);
}

static int by_op_and_type(const void *a, const void *b)
{
    const int order = by_op(a, b);
    return order ? order : (int)slow_type(a) - (int)slow_type(b);
}

/* The reference copies as fast as any kernel, or has next to nothing to do. */
static bool is_copy(const sard_step_info *step)
{
    static const char *const copies[] = {"Constant", "Flatten", "Identity", "Reshape", "Shape", "Size", "Squeeze", "Unsqueeze"};
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++)
        if (strcmp(step->op, copies[i]) == 0)
            return true;
    return false;
}

/* The steps that the reference runs, by their operators; without those that copy. */
static const sard_step_info *get_slow_steps(cli_state *cli, const sard_session *session, size_t *count, size_t *all)
{
    double total;
    sard_step_info *steps = get_steps(cli, session, all, &total);
    *count = 0;
    for (size_t i = 0; i < *all; i++)
        if (strcmp(steps[i].backend, "reference") == 0 && !is_copy(&steps[i]))
            steps[(*count)++] = steps[i];
    if (*count)
        qsort(steps, *count, sizeof *steps, by_op_and_type);
    return steps;
}

/* The end of the steps alike that begin at `first`. */
static size_t end_of(int (*order)(const void *a, const void *b), const sard_step_info *steps, size_t first, size_t count)
{
    size_t end = first + 1;
    while (end < count && order(&steps[first], &steps[end]) == 0)
        end++;
    return end;
}

const char *cli_slow_steps(cli_state *cli, const sard_session *session)
{
    size_t count, all;
    const sard_step_info *steps = get_slow_steps(cli, session, &count, &all);
    const char *text = cli_format(cli, "%zu of %zu steps %s no fast kernel: ", count, all, count == 1 ? "has" : "have");
    for (size_t i = 0, end; i < count; i = end) {
        const sard_dtype type = slow_type(&steps[i]);
        end = end_of(by_op_and_type, steps, i, count);
        text = cli_format(cli, "%s%s%s %zu", text, i ? ", " : "", steps[i].op, end - i);
        text = type ? cli_format(cli, "%s (%s)", text, sard_dtype_name(type)) : text;
    }
    return count ? text : "";
}

void cli_json_slow_steps(cli_state *cli, cJSON *json, const sard_session *session)
{
    size_t count, all;
    const sard_step_info *steps = get_slow_steps(cli, session, &count, &all);
    cJSON *ops = cJSON_AddObjectToObject(json, "no_fast_kernel");
    for (size_t i = 0, end; i < count; i = end) {
        end = end_of(by_op, steps, i, count);
        cli_json_number(ops, steps[i].op, (double)(end - i));
    }
}

void cli_tell_steps(const cli_options *options, const sard_session *session)
{
    const size_t count = sard_session_step_count(session);
    const char *slow = options->verbose ? cli_slow_steps(options->cli, session) : "";
    if (options->verbose)
        cli_say(*slow ? slow
                      : cli_format(options->cli, count == 1 ? "the one step has a fast kernel" : "all %zu steps have fast kernels", count));
}

/* An optional input that is not there is null. */
static void add_names(cJSON *row, const sard_step_info *step)
{
    cJSON *inputs = cli_json_array(row, "inputs"), *outputs = cli_json_array(row, "outputs"), *shapes = cli_json_array(row, "input_shapes");
    for (size_t i = 0; i < step->input_count; i++) {
        const sard_value_info *in = &step->inputs[i];
        cJSON_AddItemToArray(inputs, in->name ? cJSON_CreateString(in->name) : cJSON_CreateNull());
        cJSON_AddItemToArray(shapes, in->name ? cli_json_dims(in->rank, in->dims, in->dim_names) : cJSON_CreateNull());
    }
    for (size_t i = 0; i < step->output_count; i++)
        cJSON_AddItemToArray(outputs, cJSON_CreateString(step->outputs[i].name));
    cJSON *joined = cli_json_array(row, "joined");
    for (size_t i = 0; i < step->joined_count; i++)
        cJSON_AddItemToArray(joined, cJSON_CreateString(step->joined[i]));
}

void cli_json_steps(cli_state *cli, cJSON *array, const sard_session *session, bool times)
{
    size_t count;
    double total;
    const sard_step_info *steps = get_steps(cli, session, &count, &total);
    for (size_t i = 0; i < count; i++) {
        const sard_step_info *s = &steps[i];
        cJSON *row = cli_json_object(array);
        cli_json_text(row, "op", s->op);
        cli_json_text(row, "name", s->name);
        cli_json_text(row, "backend", s->backend);
        cli_json_text(row, "kernel", s->kernel);
        cli_json_text(row, "reason", s->reason);
        cJSON *epilogue = cli_json_array(row, "epilogue"), *shapes = cli_json_array(row, "output_shapes");
        for (size_t k = 0; k < s->epilogue_count; k++)
            cJSON_AddItemToArray(epilogue, cJSON_CreateString(s->epilogue[k]));
        add_names(row, s);
        for (size_t k = 0; k < s->output_count; k++)
            cJSON_AddItemToArray(shapes, cli_json_dims(s->outputs[k].rank, s->outputs[k].dims, s->outputs[k].dim_names));
        cli_json_number(row, "macs", s->macs);
        cli_json_number(row, "bytes", s->bytes);
        if (times) {
            cli_json_number(row, "ms", s->milliseconds);
            cli_json_number(row, "share", total > 0 ? s->milliseconds / total : 0);
        }
    }
}

void cli_json_places(cJSON *array, const sard_session *session)
{
    sard_place_info place = {.struct_size = sizeof place};
    for (size_t i = 0; sard_session_place(session, i, &place); i++) {
        cJSON *row = cli_json_object(array);
        cli_json_text(row, "name", place.name);
        cli_json_text(row, "owner", place.owner);
        cli_json_text(row, "op", place.op);
        cli_json_number(row, "first_step", (double)place.first_step);
        cli_json_number(row, "last_step", (double)place.last_step);
        cli_json_number(row, "offset", (double)place.offset);
        cli_json_number(row, "bytes", (double)place.bytes);
    }
}
