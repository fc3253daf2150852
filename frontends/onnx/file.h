/* The files of a model: its own, and those beside it that hold elements of tensors. All are mapped, or read into memory, and never written. */
#ifndef SARD_FRONTENDS_ONNX_FILE_H
#define SARD_FRONTENDS_ONNX_FILE_H

#include "frontends/onnx/import.h"

/* A file of external data; read once however many tensors lie in it. */
typedef struct sard_onnx_map {
    uint64_t device, inode;
    const uint8_t *bytes;
    size_t size;
    struct sard_onnx_map *next;
} sard_onnx_map;

struct sard_onnx_file {
    sard_origin origin;
    sard_allocator allocator;
    sard_arena arena; /* of the maps, the folder and copies */
    const uint8_t *bytes;
    size_t size;
    unsigned how;           /* bits of sard_read_flags */
    bool mapped;            /* else the caller's memory, or a copy in the arena */
    uint64_t device, inode; /* 0: from memory */
    const char *folder;     /* of the model; NULL: no external data */
    sard_onnx_map *maps;
    uint64_t file_bytes; /* the limit */
};

/* Maps or reads an open regular file; closes nothing. An empty one has bytes NULL. Errors begin with `what`. */
sard_status sard_onnx_map_file(sard_onnx_file *file, int fd, const char *what, const uint8_t **bytes, size_t *size,
                               sard_error *error) SARD_MUST_USE;

/* What the file at `path` is to a model: its own, one with elements of its tensors, or nothing. file: may be NULL. */
typedef enum sard_onnx_role { SARD_ONNX_STRANGER, SARD_ONNX_MODEL, SARD_ONNX_DATA } sard_onnx_role;
sard_onnx_role sard_onnx_role_of(const sard_onnx_file *file, const char *path);

/* Where a tensor's elements lie that `location` (relative to the model's folder), `offset` and `length` describe, as the strings in
 * the model; offset and length may be NULL. `bytes`: what the tensor needs. Errors begin with `what`. */
sard_status sard_onnx_external(sard_onnx_file *file, const char *location, const char *offset, const char *length, size_t bytes,
                               const char *what, const uint8_t **out, sard_error *error) SARD_MUST_USE;

#endif
