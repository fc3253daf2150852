/* What a verb may be asked to write, and to change before. */
#ifndef SARD_CLI_EXPORT_OPTIONS_H
#define SARD_CLI_EXPORT_OPTIONS_H

#include "cli/edit.h"

/* output NULL: nothing is written. opset 0: the library's choice. */
typedef struct cli_export {
    cli_options *options;
    const char *output;
    int64_t opset;
    bool external_data;
    cli_edits edits;
} cli_export;

/* A child for argp whose input is a cli_export. */
extern const struct argp cli_export_argp;

/* As cli_open_model, with the edits made before the passes run, and portable where a file is to be written. */
sard_status cli_open_edited(cli_export *o, sard_context *context, const sard_model_options *model_options, sard_model **out) SARD_MUST_USE;

/* Writes the output, if one is wanted. */
sard_status cli_save_model(const cli_export *o, const sard_model *model) SARD_MUST_USE;

#endif
