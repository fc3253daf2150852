/* What sard diff --per-node found. */
#include "cli/diff_nodes.h"
#include "cli/table.h"
#include "cli/tensor.h"

static const char *op_of(const cli_value *value) { return *value->op ? value->op : "output"; }

static const char *mark_of(const cli_node_proof *p, size_t i)
{
    return i == p->first ? "<- first beyond rounding" : p->rows[i].beyond ? "beyond rounding" : "";
}

static const char *say_first(const cli_node_proof *p)
{
    const cli_node_row *row = &p->rows[p->first];
    cli_state *cli = p->d->options.cli;
    const char *other = *row->b->kernel ? cli_format(cli, " against %s", row->b->kernel) : "";
    return cli_format(cli, "first beyond rounding: '%s' of %s '%s', %s%s: off by %.3g of its deviation in the mean, %.3g at most",
                      row->a->name, op_of(row->a), row->a->node, row->a->kernel, other, row->mean, row->worst);
}

/* What the last column is measured by. */
static const char *say_rule(const cli_node_proof *p)
{
    if (p->d->tolerance >= 0)
        return cli_format(p->d->options.cli, "an element may be off by %g", p->d->tolerance);
    return p->measured ? "rounding: 30 times what -O0 in the model's own precision is off float64 so far"
                       : "rounding is a guess: the model has operators without float64";
}

static void print(const cli_node_proof *p)
{
    cli_table *table = cli_table_new(p->d->options.cli, "value|operator|kernel|>max abs|>mean abs|>worst/dev|>mean/dev|>rounding|");
    for (size_t i = 0; i < p->row_count; i++) {
        const cli_node_row *row = &p->rows[i];
        cli_cell(table, "%s", row->a->name);
        cli_cell(table, "%s", op_of(row->a));
        cli_cell(table, "%s", row->a->kernel);
        cli_cell(table, "%.3g", row->distance.max);
        cli_cell(table, "%.3g", row->distance.mean);
        cli_cell(table, "%.2g", row->worst);
        cli_cell(table, "%.2g", row->mean);
        cli_cell(table, "%s", p->d->tolerance >= 0 ? "" : cli_format(p->d->options.cli, "%.2g", row->rounding));
        cli_cell(table, "%s", mark_of(p, i));
    }
    cli_table_print(table, false);
    cli_print("inputs: %s; %zu of %zu values matched by %s; %s\n", cli_diff_inputs(p->d), p->row_count, p->a.count,
              p->by_order ? "order" : "name", say_rule(p));
    cli_print("%s\n", p->first < p->row_count ? say_first(p) : "no value is beyond rounding");
    if (p->uneven)
        cli_print("outputs: %zu in A, %zu in B\n", p->a.outputs, p->b.outputs);
}

static void add_value(cJSON *array, const cli_node_proof *p, const cli_node_row *row)
{
    cJSON *object = cli_json_object(array);
    cli_json_text(object, "name", row->a->name);
    cli_json_text(object, "other_name", row->b->name);
    cli_json_text(object, "op", row->a->op);
    cli_json_text(object, "node", row->a->node);
    cli_json_text(object, "kernel", row->a->kernel);
    cli_json_text(object, "other_kernel", row->b->kernel);
    cli_json_number(object, "max_abs", row->distance.max);
    cli_json_number(object, "mean_abs", row->distance.mean);
    cli_json_number(object, "worst", row->worst);
    cli_json_number(object, "mean", row->mean);
    if (p->d->tolerance < 0)
        cli_json_number(object, "rounding", row->rounding);
    cJSON_AddBoolToObject(object, "ok", !row->beyond);
}

static sard_status print_json(const cli_node_proof *p)
{
    cJSON *json = cli_json_new(p->d->options.cli), *values = cli_json_array(json, "values");
    cli_diff_head(p->d, json, p->first == p->row_count && !p->uneven);
    for (size_t i = 0; i < p->row_count; i++)
        add_value(values, p, &p->rows[i]);
    cli_json_text(json, "matched_by", p->by_order ? "order" : "name");
    cJSON_AddBoolToObject(json, "measured", p->measured);
    cJSON_AddBoolToObject(json, "same_output_count", !p->uneven);
    if (p->first < p->row_count)
        cli_json_text(json, "first", p->rows[p->first].a->name);
    else
        cJSON_AddNullToObject(json, "first");
    return cli_json_print(p->d->options.cli, json);
}

sard_status cli_tell_nodes(const cli_node_proof *p)
{
    if (p->d->options.json)
        return print_json(p);
    print(p);
    return SARD_OK;
}
