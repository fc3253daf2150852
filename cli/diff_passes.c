/* sard diff --per-pass: the graph behind each pass, run in its own precision, beside the unoptimised one and a float64 evaluation.
 *
 * What rounding alone may do is measured, not guessed: it is the mean error that the unoptimised graph has from float64. A pass is bad
 * where the graph behind it errs more than half as much again; of few elements the mean error is itself uncertain, so that outputs with
 * n < 100 elements in all samples may err 1 + 5/sqrt(n) times as much. */
#include "cli/diff_passes.h"

#include "cli/load.h"
#include "cli/table.h"
#include "cli/tensor.h"

#include <math.h>
#include <sard/graph.h>
#include <string.h>

/* The mean error of one run depends on its luck, where the outputs hang on few numbers: softmax's, say. */
enum { SAMPLES = 8 };

/* ---- errors of a graph ---- */

/* What storing results in float32 costs: half a unit in the last place, of numbers of this size, at most. */
static double floor_of(double size) { return size * 0x1p-24; }

static double factor_of(double elements)
{
    const double factor = elements > 0 ? 1 + 5 / sqrt(elements) : 1;
    return factor > 1.5 ? factor : 1.5;
}

/* Adds what one sample says to the error of each output. */
static void add_errors(const cli_pass_proof *p, const cli_side *side, size_t sample, cli_pass_row *row)
{
    for (size_t i = 0; i < p->output_count; i++) {
        const cli_distance exact = cli_compare(&side->outputs[i], &p->exact[sample][i], -1);
        row->error[i] += exact.mean / (double)p->d->samples.count;
        const cli_distance plain = cli_compare(&side->outputs[i], &p->plain[sample][i], -1);
        row->max = plain.max > row->max ? plain.max : row->max;
        row->mean = plain.mean > row->mean ? plain.mean : row->mean;
    }
}

/* The output that errs the most beside what it may. Where -O0 itself is infinitely far off, another count of boxes say, all is rounding. */
static void judge(const cli_pass_proof *p, cli_pass_row *row)
{
    for (size_t i = 0; i < p->output_count; i++) {
        const double ratio = row->error[i] > 0 && isfinite(p->rounding[i]) ? row->error[i] / p->rounding[i] : 0;
        const double excess = ratio / factor_of(p->elements[i]);
        if (excess > row->excess) {
            row->excess = excess;
            row->ratio = ratio;
            row->worst = i;
        }
    }
}

static sard_status run_samples(const cli_pass_proof *p, cli_side *side, cli_pass_row *row)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; i < p->d->samples.count && !status; i++) {
        status = cli_side_run(side, &p->d->samples.items[i]);
        if (!status)
            add_errors(p, side, i, row);
    }
    return status;
}

sard_status cli_try_graph(const cli_pass_proof *p, const sard_graph *graph, sard_precision precision, cli_pass_row *row)
{
    cli_state *cli = p->d->options.cli;
    const struct cli_undo *mark = cli->undo;
    cli_side side;
    row->error = memset(p->errors, 0, p->output_count * sizeof *p->errors);
    sard_status status = cli_side_open_graph(p->d, graph, precision, &side);
    if (!status)
        status = run_samples(p, &side, row);
    if (!status)
        judge(p, row);
    cli_undo_to(cli, mark);
    return status;
}

/* ---- what the errors are measured with ---- */

/* The outputs for all samples. */
static sard_status run_reference(cli_pass_proof *p, sard_precision precision, sard_tensor ***out)
{
    const cli_options options = cli_diff_plain(p->d, precision ? "reference" : NULL, precision);
    cli_side side;
    sard_status status = cli_side_open(p->d, &options, NULL, NULL, &side);
    if (!status && !p->d->samples.count)
        status = cli_diff_samples(p->d, side.model);
    if (status)
        return status;
    p->output_count = side.count;
    p->model = side.model;
    *out = cli_alloc(options.cli, p->d->samples.count, sizeof **out);
    for (size_t i = 0; i < p->d->samples.count && !status; i++) {
        cli_progress(options.cli, "%s, %s", precision ? "float64" : "-O0", p->d->samples.items[i].name);
        status = cli_side_run(&side, &p->d->samples.items[i]);
        (*out)[i] = status ? NULL : cli_side_keep(&side);
        status = status || (*out)[i] ? status : SARD_NOMEM;
    }
    return status;
}

static void measure_rounding(cli_pass_proof *p)
{
    cli_state *cli = p->d->options.cli;
    p->errors = cli_alloc(cli, p->output_count, sizeof *p->errors);
    p->rounding = cli_alloc(cli, p->output_count, sizeof *p->rounding);
    p->elements = cli_alloc(cli, p->output_count, sizeof *p->elements);
    for (size_t i = 0; i < p->output_count; i++) {
        double error = 0, size = 0;
        for (size_t s = 0; s < p->d->samples.count; s++) {
            const cli_distance x = cli_compare(&p->plain[s][i], &p->exact[s][i], -1);
            error += x.mean / (double)p->d->samples.count;
            size += x.size / (double)p->d->samples.count;
            p->elements[i] += (double)cli_count(&p->exact[s][i]);
        }
        p->rounding[i] = error > floor_of(size) ? error : floor_of(size);
    }
}

/* ---- passes ---- */

static cli_pass_row *add_row(cli_pass_proof *p)
{
    cli_pass_row *rows = cli_alloc(p->d->options.cli, p->row_count + 1, sizeof *rows);
    if (p->row_count)
        memcpy(rows, p->rows, p->row_count * sizeof *rows);
    p->rows = rows;
    return &rows[p->row_count++];
}

/* Behind the first bad pass the others show nothing that is theirs. */
static void after_pass(void *user, const sard_pass_report *report, const sard_graph *graph)
{
    cli_pass_proof *p = user;
    cli_state *cli = p->d->options.cli;
    cli_pass_row row = {.edits = report->edits, .first_edit = report->first_edit, .nodes = report->nodes_after};
    if (!report->edits || p->status || (p->row_count && p->rows[p->row_count - 1].excess > 1))
        return;
    cli_progress(cli, "behind %s", report->name);
    p->status = cli_try_graph(p, graph, SARD_PRECISION_MODEL, &row);
    row.pass = cli_format(cli, "%s", report->name);
    row.error = NULL;
    if (!p->status)
        *add_row(p) = row;
}

static sard_status run_passes(cli_pass_proof *p)
{
    sard_model *model;
    const sard_model_options o = {.struct_size = sizeof o, .on_pass = after_pass, .on_pass_user = p};
    const sard_status status = cli_open_model(&p->d->options, p->d->context, p->d->options.model, &o, &model);
    return p->status ? p->status : status;
}

int cli_diff_passes(cli_comparison *d)
{
    cli_pass_proof p = {.d = d};
    if (!d->source.count && !d->source.folders.count)
        d->source.count = SAMPLES;
    d->options.accuracy = d->options.accuracy ? d->options.accuracy : SARD_EXACT;
    /* -O0 says what float32 sums are off: reference, which has what native lacks before the layout changes, sums in double */
    d->options.backends = d->options.backends ? d->options.backends : "native,openblas,reference";
    sard_status status = run_reference(&p, SARD_PRECISION_MODEL, &p.plain);
    if (!status)
        status = run_reference(&p, SARD_PRECISION_F64, &p.exact);
    if (!status) {
        measure_rounding(&p);
        status = run_passes(&p);
    }
    p.bad = !status && p.row_count && p.rows[p.row_count - 1].excess > 1;
    if (p.bad)
        status = cli_find_edit(&p);
    cli_progress_end(d->options.cli);
    if (status || cli_tell_passes(&p))
        return CLI_FAILED;
    return p.bad ? CLI_NO : CLI_DONE;
}
