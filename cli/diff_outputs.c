/* sard diff without more: outputs of two sides, or of one and what a folder says they must be. */
#include "cli/diff.h"
#include "cli/table.h"
#include "cli/tensor.h"

#include <math.h>

typedef struct report {
    const cli_comparison *d;
    cli_table *table;
    cJSON *json, *rows;
    bool same;
} report;

/* verdict: NULL: as the distance says. */
static void add_row(report *r, const cli_sample *sample, const char *name, cli_distance x, const char *verdict)
{
    const bool near = !verdict && x.excess <= 1;
    cli_cell(r->table, "%s", sample->name);
    cli_cell(r->table, "%s", name);
    cli_cell(r->table, "%.6g", x.max);
    cli_cell(r->table, "%.6g", x.mean);
    cli_cell(r->table, "%s", near ? "ok" : verdict ? verdict : "too far");
    cJSON *row = cli_json_object(r->rows);
    cli_json_text(row, "inputs", sample->name);
    cli_json_text(row, "name", name);
    cli_json_number(row, "max_abs", x.max);
    cli_json_number(row, "mean_abs", x.mean);
    cJSON_AddBoolToObject(row, "ok", near);
    cli_json_text(row, "verdict", near ? "ok" : verdict ? verdict : "too far");
    r->same &= near;
}

/* An output of another shape is told on stderr. */
static void compare(report *r, const cli_sample *sample, const char *name, const sard_tensor *x, const sard_tensor *y)
{
    cli_state *cli = r->d->options.cli;
    const bool other = !cli_same_kind(x, y);
    if (other)
        cli_say(cli_format(cli, "output '%s' is %s %s against %s %s", name, sard_dtype_name(x->dtype), cli_shape(cli, x),
                           sard_dtype_name(y->dtype), cli_shape(cli, y)));
    add_row(r, sample, name, cli_compare(x, y, r->d->tolerance), other ? "other shape or type" : NULL);
}

static const cli_distance APART = {.max = INFINITY, .mean = INFINITY};

/* Outputs that one side alone has. */
static void add_rest(report *r, const cli_sample *sample, const cli_side *side, size_t from, const char *verdict)
{
    for (size_t i = from; i < side->count; i++)
        add_row(r, sample, sard_model_output(side->model, i)->name, APART, verdict);
}

static void add_beyond(report *r, const cli_sample *sample, size_t from)
{
    for (size_t i = from; i < from + sample->beyond; i++)
        add_row(r, sample, cli_format(r->d->options.cli, "output_%zu.pb", i), APART, "only stored");
}

/* b NULL: against what the sample expects. */
static sard_status compare_sample(report *r, const cli_sample *sample, cli_side *a, cli_side *b)
{
    cli_state *cli = r->d->options.cli;
    size_t told = 0;
    sard_status status = cli_side_run(a, sample);
    if (!status && b)
        status = cli_side_run(b, sample);
    if (status)
        return status;
    for (size_t i = 0; i < a->count && (!b || i < b->count); i++) {
        const char *name = sard_model_output(a->model, i)->name;
        const sard_tensor *y = b ? &b->outputs[i] : &sample->expected[i];
        if (y->dtype)
            compare(r, sample, name, &a->outputs[i], y);
        else
            add_row(r, sample, name, APART, "not stored");
        told += y->dtype != SARD_NONE;
    }
    if (b) {
        add_rest(r, sample, a, b->count, "only in A");
        add_rest(r, sample, b, a->count, "only in B");
    } else {
        add_beyond(r, sample, a->count);
    }
    return b || told ? SARD_OK : sard_fail(&cli->error, SARD_ARGUMENT, "%s has no output_0.pb to compare with", sample->name);
}

static sard_status compare_all(cli_comparison *d, report *r)
{
    cli_side a, b;
    const bool alone = d->source.folders.count && !d->other && !d->against;
    sard_status status = cli_side_open(d, &d->options, NULL, NULL, &a);
    const cli_options against = cli_diff_against(d);
    if (!status && !alone)
        status = cli_side_open(d, &against, NULL, NULL, &b);
    if (!status)
        status = cli_diff_samples(d, a.model);
    for (size_t i = 0; i < d->samples.count && !status; i++) {
        cli_progress(d->options.cli, "%s", d->samples.items[i].name);
        status = compare_sample(r, &d->samples.items[i], &a, alone ? NULL : &b);
    }
    cli_progress_end(d->options.cli);
    return status;
}

int cli_diff_outputs(cli_comparison *d)
{
    cli_state *cli = d->options.cli;
    report r = {.d = d, .json = cli_json_new(cli), .same = true};
    r.rows = cli_json_array(r.json, "outputs");
    r.table = cli_table_new(cli, "inputs|output|>max abs|>mean abs|");
    if (compare_all(d, &r))
        return CLI_FAILED;
    cli_diff_head(d, r.json, r.same);
    if (!d->options.json)
        cli_table_print(r.table, false);
    else if (cli_json_print(cli, r.json))
        return CLI_FAILED;
    return r.same ? CLI_DONE : CLI_NO;
}
