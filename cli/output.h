/* Where outputs of a model go. */
#ifndef SARD_CLI_OUTPUT_H
#define SARD_CLI_OUTPUT_H

#include "cli/cli.h"

/**
 * own     outputs that the model has without --fetch
 * paths   a file for each output, or NULL
 * all     a .npz file for all own outputs, or NULL
 * any     something is to be written
 * told    nothing needs to be printed: an own output is written, or stdout is taken
 */
typedef struct cli_targets {
    const sard_model *model;
    size_t own, count;
    const char **paths, *all;
    bool any, told;
} cli_targets;

/* outputs: "name=FILE" or "FILE"; fetched: files of the values that options.keep named, in that order. */
sard_status cli_targets_init(cli_state *cli, const sard_model *model, const cli_words *outputs, const cli_words *fetched,
                             cli_targets *out) SARD_MUST_USE;

/* Writes all files, or none. */
sard_status cli_write_outputs(cli_state *cli, const cli_targets *targets, const sard_tensor *tensors) SARD_MUST_USE;

/* Tells about the outputs: type, shape, range, the first elements. */
sard_status cli_print_outputs(cli_state *cli, const cli_targets *targets, const sard_tensor *tensors, bool json) SARD_MUST_USE;

#endif
