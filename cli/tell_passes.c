/* What sard diff --per-pass found. */
#include "cli/diff_passes.h"
#include "cli/table.h"

static const char *output_name(const cli_pass_proof *p, size_t i) { return sard_model_output(p->model, i)->name; }

/* Errors of float64 itself are far below this share of float32's. */
static bool is_wrong(const cli_pass_proof *p) { return p->found.exact.excess > 1; }

static const char *say_found(const cli_pass_proof *p)
{
    return cli_format(
        p->d->options.cli, "first beyond rounding: pass %s, edit %zu, node '%s': the mean error of '%s' is %.3g times that of -O0; %s",
        p->found.pass, p->found.edit, p->found.node, output_name(p, p->found.row.worst), p->found.row.ratio,
        is_wrong(p) ? "the graph is another one in float64 too" : "in float64 the graph is right: what runs it now rounds more");
}

static void print(const cli_pass_proof *p)
{
    cli_table *table = cli_table_new(p->d->options.cli, "behind pass|>edits|>nodes|>max off -O0|>mean off -O0|>error / -O0's|output|");
    for (size_t i = 0; i < p->row_count; i++) {
        const cli_pass_row *row = &p->rows[i];
        cli_cell(table, "%s", row->pass);
        cli_cell(table, "%zu-%zu", row->first_edit, row->first_edit + row->edits - 1);
        cli_cell(table, "%zu", row->nodes);
        cli_cell(table, "%.3g", row->max);
        cli_cell(table, "%.3g", row->mean);
        cli_cell(table, "%.2f", row->ratio);
        cli_cell(table, "%s", output_name(p, row->worst));
        cli_cell(table, "%s", row->excess <= 1 ? "ok" : "beyond rounding");
    }
    cli_table_print(table, false);
    cli_print("inputs: %s\n%s\n", cli_diff_inputs(p->d), p->bad ? say_found(p) : "no pass moves the answer beyond rounding");
}

static void add_found(const cli_pass_proof *p, cJSON *json)
{
    cJSON *found = cJSON_AddObjectToObject(json, "found");
    cli_json_text(found, "pass", p->found.pass);
    cli_json_number(found, "edit", (double)p->found.edit);
    cli_json_text(found, "node", p->found.node);
    cli_json_text(found, "output", output_name(p, p->found.row.worst));
    cli_json_number(found, "ratio", p->found.row.ratio);
    cJSON_AddBoolToObject(found, "wrong_in_float64", is_wrong(p));
}

static sard_status print_json(const cli_pass_proof *p)
{
    cJSON *json = cli_json_new(p->d->options.cli), *outputs = cli_json_array(json, "outputs"), *passes = cli_json_array(json, "passes");
    cli_diff_head(p->d, json, !p->bad);
    for (size_t i = 0; i < p->output_count; i++) {
        cJSON *row = cli_json_object(outputs);
        cli_json_text(row, "name", output_name(p, i));
        cli_json_number(row, "rounding", p->rounding[i]);
    }
    for (size_t i = 0; i < p->row_count; i++) {
        const cli_pass_row *row = &p->rows[i];
        cJSON *object = cli_json_object(passes);
        cli_json_text(object, "name", row->pass);
        cli_json_number(object, "first_edit", (double)row->first_edit);
        cli_json_number(object, "edits", (double)row->edits);
        cli_json_number(object, "nodes", (double)row->nodes);
        cli_json_number(object, "max_abs", row->max);
        cli_json_number(object, "mean_abs", row->mean);
        cli_json_number(object, "ratio", row->ratio);
        cli_json_text(object, "output", output_name(p, row->worst));
        cJSON_AddBoolToObject(object, "ok", row->excess <= 1);
    }
    if (p->bad)
        add_found(p, json);
    else
        cJSON_AddNullToObject(json, "found");
    return cli_json_print(p->d->options.cli, json);
}

sard_status cli_tell_passes(const cli_pass_proof *p)
{
    if (p->d->options.json)
        return print_json(p);
    print(p);
    return SARD_OK;
}
