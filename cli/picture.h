/* sard run on pictures. */
#ifndef SARD_CLI_PICTURE_H
#define SARD_CLI_PICTURE_H

#include "cli/args.h"

#include <sard/image.h>

/**
 * What the options of `run` say about pictures.
 * files    pictures and folders of them
 * labels   NULL: classes have numbers only
 */
typedef struct cli_pictures {
    cli_words files;
    const char *labels;
    int64_t top;
    sard_picture_options how;
    float mean[3], std[3];
} cli_pictures;

/* Options of pictures: a child for argp whose input is a cli_picture_input. */
extern const struct argp cli_picture_argp;

typedef struct cli_picture_input {
    cli_options *options;
    cli_pictures *pictures;
} cli_picture_input;

/* The pictures among files and folders, those of a folder sorted by name. */
sard_status cli_list_pictures(cli_state *cli, const cli_words *files, cli_words *out) SARD_MUST_USE;

#endif
