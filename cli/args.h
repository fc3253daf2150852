/* Reading the command line with argp, but with errors of one line; options that verbs share. */
#ifndef SARD_CLI_ARGS_H
#define SARD_CLI_ARGS_H

#include "cli/cli.h"

#include <argp.h>

/* Options that stand in several verbs. A verb's own struct starts with this one. sets: "N=4", see shape.h. */
typedef struct cli_options {
    cli_state *cli;
    const char *model; /* the first argument */
    const char *backends;
    int threads;
    const sard_allocator *allocator; /* NULL: malloc */
    sard_level level;
    const char *passes, *without; /* comma lists; NULL: not given */
    int64_t stop_after;
    sard_accuracy accuracy;
    sard_precision precision;
    int verbose;
    bool json;
    cli_words plugins, sets;
    sard_limits limits; /* zeroes: not given */
    bool follow_links, copy;
    const void *piped; /* the model that came through stdin, once read */
    size_t piped_size;
} cli_options;

/* Children for a verb's argp: --plugin, --json, --verbose; --backend, --threads, -O, --passes and their like, --accuracy,
 * --precision; --set; --limit, --follow-links, --copy. Their input is the verb's cli_options. */
extern const struct argp cli_general_argp, cli_model_argp, cli_set_argp, cli_load_argp;

/* As argp_parse; what is wrong stands in cli->error. --help ends the command. */
sard_status cli_parse(cli_state *cli, const struct argp *argp, unsigned flags, int argc, char **argv, void *input) SARD_MUST_USE;

/* For parsers: gives the children their input at ARGP_KEY_INIT. */
void cli_init_children(struct argp_state *state, size_t count);

/* For parsers: notes what is wrong and returns what a parser returns then. */
error_t cli_refuse(const cli_options *options, const char *format, ...) SARD_PRINTF(2, 3);

/* For parsers: takes the first argument as the model, refuses others. */
error_t cli_take_model(cli_options *options, const char *arg);

/* Whether the options say which passes run. */
bool cli_chooses_passes(const cli_options *options);

/* Numbers from words; false where it is none, has a tail, or is not in min .. max. */
bool cli_number(const char *word, double min, double max, double *out);
bool cli_integer(const char *word, int64_t min, int64_t max, int64_t *out);

#endif
