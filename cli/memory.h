/* A picture of a plan's memory. */
#ifndef SARD_CLI_MEMORY_H
#define SARD_CLI_MEMORY_H

#include "cli/cli.h"

/* Writes an SVG: steps across, offsets in the arena up, a box for every value, coloured by the kind of its operator. "-": stdout. */
sard_status cli_draw_memory(cli_state *cli, const sard_session *session, const char *path) SARD_MUST_USE;

#endif
