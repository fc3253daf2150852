/* Running a model on pictures. */
#ifndef SARD_CLI_CLASSIFY_H
#define SARD_CLI_CLASSIFY_H

#include "cli/input.h"
#include "cli/output.h"
#include "cli/picture.h"

/* Runs the pictures in batches of the model's size and prints the best classes of each; writes the targets, if there are any. */
sard_status cli_classify(cli_options *options, const cli_pictures *pictures, sard_session *session, cli_sizes *sizes, cli_inputs *inputs,
                         const cli_targets *targets) SARD_MUST_USE;

#endif
