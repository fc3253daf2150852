/* sard diff --per-node: all values that both sides make, in the order of A, and the first at which they part.
 *
 * What rounding alone may do is measured on A as it is in the file: how far each value of its own evaluation (reference, sums in double)
 * is from that of a float64 one, as a share of the value's deviation. It grows along the graph, so the largest share so far counts. Sums
 * in float32, and other orders of them, err more than that: both sides together may be ROOM times as far apart. Where the model has no
 * float64 evaluation the share is a guess. */
#include "cli/diff_nodes.h"

#include "cli/load.h"

#include <math.h>
#include <sys/stat.h>

/* Times the rounding, in the mean and in the worst element; the least shares that are counted as rounding. */
static const double ROOM = 30, LEAST_MEAN = 0x1p-22, LEAST_WORST = 0x1p-18;
/* Of models without float64, which are quantised ones: a step more or less in some elements is no wonder. */
static const double GUESS_MEAN = 0x1p-7, GUESS_WORST = 1;

/* ---- what rounding may do ---- */

typedef struct share {
    double mean, worst;
} share;

/* Values that are all alike have no deviation: they are measured by their own size. */
static share share_of(const cli_distance *d)
{
    const double least = d->size / 1024, scale = d->deviation > least ? d->deviation : least > 0 ? least : 1;
    return (share){d->mean / scale, d->max / scale};
}

/* By value of the plain graph; shares NULL: nothing is measured. */
typedef struct yardstick {
    cli_values plain, exact;
    share *shares;
} yardstick;

static sard_status run_values(cli_node_proof *p, const cli_options *options, cli_values *out)
{
    cli_side side;
    *out = (cli_values){.cli = options->cli};
    sard_status status = cli_side_open(p->d, options, cli_values_take, out, &side);
    if (!status && !p->d->samples.count)
        status = cli_diff_samples(p->d, side.model);
    if (!status && p->d->samples.count > 1)
        status = sard_fail(&options->cli->error, SARD_ARGUMENT, "--per-node takes one set of inputs");
    if (status)
        return status;
    cli_progress(options->cli, "%s", options->precision ? "float64" : options->model);
    status = cli_side_run(&side, p->d->samples.items);
    if (!status)
        cli_values_finish(out, side.model, side.session, side.outputs);
    return out->failed ? SARD_NOMEM : status;
}

static double larger(double a, double b) { return isfinite(b) && b > a ? b : a; }

/* Shares that never shrink along the graph. Indices, which flip where two numbers are nearly equal, say nothing about rounding. Without
 * float64 nothing is measured. */
static sard_status measure(cli_node_proof *p, yardstick *y)
{
    const cli_options plain = cli_diff_plain(p->d, "reference", SARD_PRECISION_MODEL);
    const cli_options exact = cli_diff_plain(p->d, "reference", SARD_PRECISION_F64);
    share most = {LEAST_MEAN, LEAST_WORST};
    sard_status status = run_values(p, &exact, &y->exact);
    p->measured = !status;
    if (status == SARD_UNSUPPORTED)
        return SARD_OK;
    if (!status)
        status = run_values(p, &plain, &y->plain);
    y->shares = cli_alloc(p->d->options.cli, y->plain.count, sizeof *y->shares);
    for (size_t i = 0; i < y->plain.count && !status; i++) {
        const cli_value *value = cli_values_find(&y->exact, y->plain.items[i].name, i);
        if (value && value->tensor.dtype == SARD_F64) {
            const cli_distance d = cli_compare(&y->plain.items[i].tensor, &value->tensor, -1);
            const share s = share_of(&d);
            most = (share){larger(most.mean, s.mean), larger(most.worst, s.worst)};
        }
        y->shares[i] = most;
    }
    return status;
}

/* ---- the rows ---- */

/* `last`: the share at the value before, which holds for values that the plain graph does not have. */
static void judge(const cli_node_proof *p, const yardstick *y, cli_node_row *row, size_t *near, share *last)
{
    row->distance = cli_compare(&row->left, &row->b->tensor, p->d->tolerance);
    const share s = share_of(&row->distance);
    const cli_value *plain = y->shares ? cli_values_find(&y->plain, row->a->name, *near) : NULL;
    if (y->shares && !plain)
        plain = cli_values_find(&y->plain, cli_base_name(p->d->options.cli, row->a->name), *near);
    if (plain) {
        *near = (size_t)(plain - y->plain.items);
        *last = y->shares[*near];
    }
    row->mean = s.mean;
    row->worst = s.worst;
    row->rounding = p->measured ? ROOM * last->mean : GUESS_MEAN;
    const double worst = p->measured ? ROOM * last->worst : GUESS_WORST;
    row->beyond = p->d->tolerance >= 0 ? row->distance.excess > 1 : !(s.mean <= row->rounding && s.worst <= worst);
}

static sard_status compare(cli_node_proof *p)
{
    yardstick y = {0};
    share last = {LEAST_MEAN, LEAST_WORST};
    size_t near = 0;
    sard_status status = p->d->tolerance >= 0 ? SARD_OK : measure(p, &y);
    if (!status)
        status = cli_match_values(p);
    if (!status && !p->row_count)
        return sard_fail(&p->d->options.cli->error, SARD_ARGUMENT, "%s and %s have no value in common", p->d->options.model, p->d->other);
    p->first = p->row_count;
    for (size_t i = 0; i < p->row_count && !status; i++) {
        judge(p, &y, &p->rows[i], &near, &last);
        p->first = p->rows[i].beyond && p->first == p->row_count ? i : p->first;
    }
    return status;
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

int cli_diff_nodes(cli_comparison *d)
{
    cli_node_proof p = {.d = d};
    const cli_options against = cli_diff_against(d);
    sard_status status = run_values(&p, &d->options, &p.a);
    if (!status && d->other && is_folder(d->other)) {
        p.b = (cli_values){.cli = d->options.cli};
        status = cli_values_read(&p.b, d->other);
    } else if (!status)
        status = run_values(&p, &against, &p.b);
    p.uneven = p.b.outputs && p.b.outputs != p.a.outputs;
    if (!status)
        status = compare(&p);
    cli_progress_end(d->options.cli);
    if (status || cli_tell_nodes(&p))
        return CLI_FAILED;
    return p.first < p.row_count || p.uneven ? CLI_NO : CLI_DONE;
}
