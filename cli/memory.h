/* A picture of a plan's memory. */
#ifndef SARD_CLI_MEMORY_H
#define SARD_CLI_MEMORY_H

#include "cli/file.h"

/* An SVG: steps across, offsets in the arena up, a box for every value, coloured by the kind of its operator; gives out->bytes and
 * out->size. The box of value i of sard_session_place is a group with data-place="i". */
sard_status cli_draw_memory(cli_state *cli, const sard_session *session, cli_file *out) SARD_MUST_USE;

#endif
