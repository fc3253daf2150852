/* All values of one run, copied as they were made; or what a folder has of them. */
#ifndef SARD_CLI_VALUES_H
#define SARD_CLI_VALUES_H

#include "cli/cli.h"

/* step: place in the plan; SIZE_MAX: none, it lies in the memory of others, or came from a file. op: "Conv+Relu", "" if it is not known. */
typedef struct cli_value {
    const char *name, *op, *node, *kernel;
    sard_tensor tensor;
    size_t step;
} cli_value;

/* outputs: how many the model has; 0: these are of a folder. */
typedef struct cli_values {
    cli_state *cli;
    cli_value *items;
    size_t count, room, outputs;
    bool safe_names; /* they are names of files */
    bool failed;     /* memory ran out, said in cli->error */
} cli_values;

/* For sard_session_options.on_value; user: cli_values. */
void cli_values_take(void *user, const char *name, const sard_tensor *tensor, size_t step);

/* After the run: who made each value, and the model's outputs under their own names where no value has these. */
void cli_values_finish(cli_values *values, const sard_model *model, const sard_session *session, const sard_tensor *outputs);

/* Files NAME.npy and NAME.pb of a folder, in the order of their names with numbers as numbers. */
sard_status cli_values_read(cli_values *values, const char *folder) SARD_MUST_USE;

/* The value of that name, or NULL. near: where to look first. */
const cli_value *cli_values_find(const cli_values *values, const char *name, size_t near);

/* The name without a number at its end: passes call a value so that holds the same elements in the order of another layout. */
const char *cli_base_name(cli_state *cli, const char *name);

/* A value's name as a file's: all but letters, digits, '.', '_' and '-' becomes '_'. */
const char *cli_safe_name(cli_state *cli, const char *name);

#endif
