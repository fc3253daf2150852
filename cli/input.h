/* A model's inputs: from files, or shaped and made up. */
#ifndef SARD_CLI_INPUT_H
#define SARD_CLI_INPUT_H

#include "cli/shape.h"

/* tensors: one for each input of the model. files: where each comes from, NULL where it was not given. */
typedef struct cli_inputs {
    size_t count;
    sard_tensor *tensors;
    const char **files;
    const char *guesses; /* the shapes with a usual size for some free dimension, or "" */
} cli_inputs;

/* Reads what --input names: "name=FILE" or "FILE". Checks types and shapes; `sizes` learns the free dimensions. */
sard_status cli_read_inputs(cli_sizes *sizes, const cli_words *words, cli_inputs *out) SARD_MUST_USE;

/* Fails where an input is not given; `except` (may be NULL): the one that need not be. */
sard_status cli_need_inputs(const cli_sizes *sizes, const cli_inputs *inputs, const sard_value_info *except) SARD_MUST_USE;

/* Shapes those that are not given, without elements: enough for a plan. */
sard_status cli_shape_inputs(cli_sizes *sizes, cli_inputs *inputs) SARD_MUST_USE;

/* Makes up the elements of those that are not given. */
sard_status cli_fill_inputs(const cli_sizes *sizes, cli_inputs *inputs, uint64_t seed) SARD_MUST_USE;

/* Says on stderr which shapes were taken for free dimensions, if any were guessed. */
void cli_tell_guesses(cli_state *cli, const cli_inputs *inputs);

/* sard_session_plan and _run, whose errors name the model and the sizes that were guessed. */
sard_status cli_plan_session(const cli_options *options, sard_session *session, const cli_inputs *inputs) SARD_MUST_USE;
sard_status cli_run_session(const cli_options *options, sard_session *session, const cli_inputs *inputs, sard_tensor *outputs,
                            size_t count) SARD_MUST_USE;

/* Splits "name=path" where name is one of `count`; else all is the path and -1 is returned. */
int cli_split_name(const char *word, const char *(*name_at)(const sard_model *model, size_t i), const sard_model *model, size_t count,
                   const char **path);

#endif
