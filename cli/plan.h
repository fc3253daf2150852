/* The steps of a plan, for people and for programs. */
#ifndef SARD_CLI_PLAN_H
#define SARD_CLI_PLAN_H

#include "cli/args.h"
#include "cli/json.h"

/* "Conv", "com.microsoft.FusedConv". */
const char *cli_op_name(cli_state *cli, const char *domain, const char *name);

/* A row per step: what it is, who runs it and why. */
void cli_print_plan(cli_state *cli, const sard_session *session);

/* A row per step: where the time goes, slowest first, and the sum. The session was made with profile. */
void cli_print_profile(cli_state *cli, const sard_session *session);

/* How many steps of which operators the reference runs, "2 of 9 steps have no fast kernel: Conv 1 (float16), Det 1"; "" where none does. */
const char *cli_slow_steps(cli_state *cli, const sard_session *session);
void cli_json_slow_steps(cli_state *cli, cJSON *json, const sard_session *session);

/* Says the same on stderr, and how many steps there are, where -v asks for it. */
void cli_tell_steps(const cli_options *options, const sard_session *session);

/* Appends an object per step; times: also ms, share, macs, bytes. */
void cli_json_steps(cli_state *cli, cJSON *array, const sard_session *session, bool times);

/* Appends an object per value that has a place in the arena. */
void cli_json_places(cJSON *array, const sard_session *session);

#endif
