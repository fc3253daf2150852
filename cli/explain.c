/* What the passes did to a model: run by run, and summed up. */
#include "cli/explain.h"

#include "cli/table.h"

#include <string.h>

void cli_explain_add(void *explain, const sard_pass_report *report, const sard_graph *graph)
{
    cli_explain *e = explain;
    (void)graph;
    if (e->count == e->room) {
        sard_pass_report *runs = cli_alloc(e->cli, e->room = 2 * e->room + 64, sizeof *runs);
        if (e->count)
            memcpy(runs, e->runs, e->count * sizeof *runs);
        e->runs = runs;
    }
    sard_pass_report *run = &e->runs[e->count++];
    *run = *report;
    run->name = cli_format(e->cli, "%s", report->name);
    run->reason = cli_format(e->cli, "%s", report->reason ? report->reason : "");
    run->node = report->node ? cli_format(e->cli, "%s", report->node) : NULL;
}

double cli_explain_ms(const cli_explain *e)
{
    double sum = 0;
    for (size_t i = 0; i < e->count; i++)
        sum += e->runs[i].milliseconds;
    return sum;
}

/* All runs of the pass that runs[i] is the first one of; false: it is a later one. */
static bool sum_of(const cli_explain *e, size_t i, sard_pass_report *sum)
{
    *sum = e->runs[i];
    for (size_t k = 0; k < e->count; k++) {
        const sard_pass_report *run = &e->runs[k];
        if (k == i || strcmp(run->name, sum->name) != 0)
            continue;
        if (k < i)
            return false;
        sum->edits += run->edits;
        sum->milliseconds += run->milliseconds;
        sum->nodes_after += run->nodes_after - run->nodes_before; /* may wrap, and back */
        sum->macs_after += run->macs_after - run->macs_before;
        sum->bytes_after += run->bytes_after - run->bytes_before;
    }
    return true;
}

/* ---- the table ---- */

/* "1.2 G", or "1.2 G -> 1.1 G" where it changed. */
static void change_cell(cli_table *table, cli_state *cli, double before, double after, const char *unit)
{
    const char *a = cli_human(cli, before, unit), *b = cli_human(cli, after, unit);
    if (strcmp(a, b) == 0)
        cli_cell(table, "%s", a);
    else
        cli_cell(table, "%s -> %s", a, b);
}

static void nodes_cell(cli_table *table, size_t before, size_t after)
{
    if (before == after)
        cli_cell(table, "%zu", after);
    else
        cli_cell(table, "%zu -> %zu", before, after);
}

static void add_row(const cli_explain *e, cli_table *table, const sard_pass_report *r)
{
    cli_cell(table, "%s", r->name);
    cli_cell(table, "%zu", r->edits);
    nodes_cell(table, r->nodes_before, r->nodes_after);
    change_cell(table, e->cli, r->macs_before, r->macs_after, "");
    change_cell(table, e->cli, r->bytes_before, r->bytes_after, "B");
    cli_cell(table, "%.2f", r->milliseconds);
    cli_cell(table, "%s", r->reason);
}

void cli_print_explain(const cli_explain *e)
{
    cli_table *table = cli_table_new(e->cli, "pass|>edits|>nodes|>MACs|>moved|>ms|what it does");
    sard_pass_report all = {.name = "all", .reason = "", .milliseconds = cli_explain_ms(e)}, sum;
    for (size_t i = 0; i < e->count; i++) {
        const sard_pass_report *run = &e->runs[i];
        if (run->edits || (sum_of(e, i, &sum) && !sum.edits))
            add_row(e, table, run);
        all.edits += run->edits;
    }
    if (e->count) {
        const sard_pass_report *first = &e->runs[0], *last = &e->runs[e->count - 1];
        all.nodes_before = first->nodes_before;
        all.macs_before = first->macs_before;
        all.bytes_before = first->bytes_before;
        all.nodes_after = last->nodes_after;
        all.macs_after = last->macs_after;
        all.bytes_after = last->bytes_after;
    }
    add_row(e, table, &all);
    cli_table_print(table, false);
}

/* ---- JSON ---- */

static void add_pass(cJSON *array, const sard_pass_report *sum)
{
    cJSON *row = cli_json_object(array);
    cli_json_text(row, "name", sum->name);
    cli_json_text(row, "reason", sum->reason);
    cli_json_number(row, "edits", (double)sum->edits);
    cli_json_number(row, "nodes_added", (double)sum->nodes_after - (double)sum->nodes_before);
    cli_json_number(row, "macs_added", sum->macs_after - sum->macs_before);
    cli_json_number(row, "bytes_added", sum->bytes_after - sum->bytes_before);
    cli_json_number(row, "ms", sum->milliseconds);
}

static void add_edits(cJSON *array, const sard_pass_report *run)
{
    cJSON *row = cli_json_object(array);
    cli_json_text(row, "pass", run->name);
    cli_json_number(row, "first", (double)run->first_edit);
    cli_json_number(row, "last", (double)(run->first_edit + run->edits - 1));
    cli_json_text(row, "node", run->node);
    cli_json_number(row, "nodes_before", (double)run->nodes_before);
    cli_json_number(row, "nodes_after", (double)run->nodes_after);
    cli_json_number(row, "macs_before", run->macs_before);
    cli_json_number(row, "macs_after", run->macs_after);
    cli_json_number(row, "bytes_before", run->bytes_before);
    cli_json_number(row, "bytes_after", run->bytes_after);
    cli_json_number(row, "ms", run->milliseconds);
}

void cli_json_explain(const cli_explain *e, cJSON *json)
{
    cJSON *passes = cli_json_array(json, "passes"), *edits = cli_json_array(json, "edits");
    sard_pass_report sum;
    for (size_t i = 0; i < e->count; i++) {
        if (sum_of(e, i, &sum))
            add_pass(passes, &sum);
        if (e->runs[i].edits)
            add_edits(edits, &e->runs[i]);
    }
}
