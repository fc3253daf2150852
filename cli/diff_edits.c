/* The edit of a bad pass at which the answer goes wrong: found by halving, the model loaded anew for each try. */
#include "cli/diff_passes.h"
#include "cli/load.h"

typedef struct last_edit {
    const char *pass, *node;
    cli_state *cli;
} last_edit;

static void note_edit(void *user, const sard_pass_report *report, const sard_graph *graph)
{
    last_edit *last = user;
    (void)graph;
    if (!report->edits)
        return;
    last->pass = cli_format(last->cli, "%s", report->name);
    last->node = cli_format(last->cli, "%s", report->node ? report->node : "");
}

/* The graph after so many edits; in float64 too, where `exact` is not NULL. */
static sard_status try_edits(const cli_pass_proof *p, size_t edits, cli_pass_row *row, cli_pass_row *exact, last_edit *last)
{
    const struct cli_undo *mark = p->d->options.cli->undo;
    cli_options options = p->d->options;
    sard_model *model;
    const sard_model_options o = {.struct_size = sizeof o, .on_pass = note_edit, .on_pass_user = last};
    options.stop_after = (int64_t)edits;
    sard_status status = cli_open_model(&options, p->d->context, options.model, &o, &model);
    if (!status)
        status = cli_try_graph(p, sard_model_graph(model), SARD_PRECISION_MODEL, row);
    if (!status && exact)
        status = cli_try_graph(p, sard_model_graph(model), SARD_PRECISION_F64, exact);
    if (!exact)
        cli_undo_to(options.cli, mark);
    return status;
}

sard_status cli_find_edit(cli_pass_proof *p)
{
    const cli_pass_row *bad = &p->rows[p->row_count - 1];
    size_t good = bad->first_edit - 1, wrong = good + bad->edits;
    sard_status status = SARD_OK;
    while (wrong - good > 1 && !status) {
        const size_t middle = good + (wrong - good) / 2;
        cli_pass_row row = {0};
        last_edit last = {.cli = p->d->options.cli};
        cli_progress(p->d->options.cli, "edit %zu", middle);
        status = try_edits(p, middle, &row, NULL, &last);
        if (row.excess > 1)
            wrong = middle;
        else
            good = middle;
    }
    last_edit last = {.cli = p->d->options.cli};
    p->found.edit = wrong;
    if (!status)
        status = try_edits(p, wrong, &p->found.row, &p->found.exact, &last);
    p->found.pass = bad->pass;
    p->found.node = last.node ? last.node : "";
    return status;
}
