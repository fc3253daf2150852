/* Between the parts of sard diff --per-pass. */
#ifndef SARD_CLI_DIFF_PASSES_H
#define SARD_CLI_DIFF_PASSES_H

#include "cli/diff.h"

/**
 * The graph behind a pass.
 * max, mean   of all outputs, from those of the unoptimised graph
 * error       mean error from float64 by output, while it is being judged
 * worst       the output that errs the most; ratio: how many times rounding; excess: the same as a multiple of what is allowed
 */
typedef struct cli_pass_row {
    const char *pass;
    size_t first_edit, edits, nodes;
    double max, mean;
    double *error;
    size_t worst;
    double ratio, excess;
} cli_pass_row;

/**
 * model       for the names of its outputs
 * plain       outputs of the unoptimised graph, by sample; exact: in float64
 * rounding    by output: the mean error of plain from exact, or what storing float32 costs if that is more; elements: in all samples
 * errors      room for those of a row
 * found       the edit behind which the answer is wrong, and its node; exact: the same graph in float64
 */
typedef struct cli_pass_proof {
    cli_comparison *d;
    const sard_model *model;
    size_t output_count;
    sard_tensor **plain, **exact;
    double *rounding, *elements, *errors;
    cli_pass_row *rows;
    size_t row_count;
    sard_status status; /* of what the callback does */
    bool bad;
    struct {
        const char *pass, *node;
        size_t edit;
        cli_pass_row row, exact;
    } found;
} cli_pass_proof;

/* Judges a graph as it stands, in the model's precision or in float64. */
sard_status cli_try_graph(const cli_pass_proof *p, const sard_graph *graph, sard_precision precision, cli_pass_row *row) SARD_MUST_USE;

/* Fills p->found: the last row is bad. */
sard_status cli_find_edit(cli_pass_proof *p) SARD_MUST_USE;

sard_status cli_tell_passes(const cli_pass_proof *p) SARD_MUST_USE;

#endif
