/* Contexts, models and sessions from the options that verbs share. All end with the verb. */
#ifndef SARD_CLI_LOAD_H
#define SARD_CLI_LOAD_H

#include "cli/args.h"

sard_status cli_open_context(cli_options *options, sard_context **out) SARD_MUST_USE;

/* path "-": stdin. model_options may be NULL; level 0 in it: the level and passes of the options. The error names the file. */
sard_status cli_open_model(cli_options *options, sard_context *context, const char *path, const sard_model_options *model_options,
                           sard_model **out) SARD_MUST_USE;

/* The same from a graph, which must outlive the model. */
sard_status cli_open_graph(cli_options *options, sard_context *context, const sard_graph *graph, const sard_model_options *model_options,
                           sard_model **out) SARD_MUST_USE;

/* session_options may be NULL; backends NULL in it: those of the options. Threads and accuracy are those of the options. */
sard_status cli_open_session(cli_options *options, sard_model *model, const sard_session_options *session_options,
                             sard_session **out) SARD_MUST_USE;

#endif
