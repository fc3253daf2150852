/* Files that are written under another name beside their place, and moved there when all is well and on the disk. A file that stands there
 * gives the new one its mode; a link stays, and what it leads to is replaced. */
#ifndef SARD_FRONTENDS_ONNX_OUTPUT_H
#define SARD_FRONTENDS_ONNX_OUTPUT_H

#include "ir/arena.h"

typedef struct sard_output {
    const char *path, *name; /* name: of the file that is open; `path` itself where that is a device or a pipe */
    char *place;             /* where the file goes: `path` without links */
    int fd;                  /* -1: closed */
    int problem;             /* errno of the first failure */
    size_t used;
    char *buffer;
} sard_output;

/* A device, a pipe, a folder: what can't be replaced by renaming. */
bool sard_output_is_special(const char *path);

/* All of these are false, and output->problem set, after a failure of this or an earlier one. sard_output_discard must follow where
 * sard_output_place does not. */
/* like: a file that gives the new one its mode, if there is one. */
bool sard_output_open(sard_arena *arena, const char *path, const char *like, sard_output *output);
/* For sard_encoder: small pieces are gathered, large ones go straight out. */
bool sard_output_write(void *output, const void *bytes, size_t size);
/* Writes what is left and closes. */
bool sard_output_finish(sard_output *output);
bool sard_output_place(sard_output *output);
/* Takes away what was not placed. */
void sard_output_discard(sard_output *output);

#endif
