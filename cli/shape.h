/* Sizes of free dimensions: from --set, from inputs that are given, else the usual ones. */
#ifndef SARD_CLI_SHAPE_H
#define SARD_CLI_SHAPE_H

#include "cli/args.h"

/* Names with sizes; which inputs --set gave a shape as a whole. */
typedef struct cli_sizes {
    cli_state *cli;
    const sard_model *model;
    void **root; /* of the tree of all sizes */
    struct cli_size *first, *last;
} cli_sizes;

/* Reads the --set options. Fails with ARGUMENT: a name that no input has, a size that is none. */
sard_status cli_sizes_init(const cli_options *options, const sard_model *model, cli_sizes *out) SARD_MUST_USE;

/* The size of a name, -1 if it has none. */
int64_t cli_size_of(const cli_sizes *sizes, const char *name);

/* Takes the sizes of an input that is given as a file; fails where it contradicts. */
sard_status cli_sizes_take(cli_sizes *sizes, const sard_value_info *info, const sard_tensor *tensor, const char *file) SARD_MUST_USE;

/* The input's dtype, rank and dims: what is free and has no size gets a usual one, and *guessed becomes true. */
sard_status cli_sizes_apply(cli_sizes *sizes, const sard_value_info *info, sard_tensor *out, bool *guessed) SARD_MUST_USE;

/* Whether pictures have so many channels. */
bool cli_is_channels(int64_t size);

#endif
