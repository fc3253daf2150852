/* The page of `inspect --html`. */
#ifndef SARD_CLI_PAGE_H
#define SARD_CLI_PAGE_H

#include "cli/args.h"
#include "cli/explain.h"
#include "cli/file.h"
#include "cli/json.h"

/**
 * What the page shows of options->model.
 * facts          the keys of `inspect --plan --json`; gets more of them
 * before, after  the model as it is in the file, and after the passes
 * session        of `after`, with a plan; NULL where there is none, and `why` tells why
 * passes         what made `after` of `before`
 * shapes         what the plan is for, ""
 * memory         the drawing of memory.h; NULL without a plan
 */
typedef struct cli_page {
    cJSON *facts;
    sard_model *before, *after;
    const sard_session *session;
    const cli_explain *passes;
    const char *shapes, *why;
    const cli_file *memory;
} cli_page;

/* One HTML file that loads nothing: the files of cli/page/ with the data in their place. Gives out->bytes and out->size. */
sard_status cli_draw_page(cli_options *options, const cli_page *page, cli_file *out) SARD_MUST_USE;

#endif
