/* A table from names to whatever they stand for. */
#ifndef SARD_FRONTENDS_ONNX_NAMES_H
#define SARD_FRONTENDS_ONNX_NAMES_H

#include "ir/arena.h"

typedef struct sard_onnx_name {
    const char *key; /* NULL: a free slot */
    void *value;
} sard_onnx_name;

/* Zeroes but for the arena make an empty one. Keys are not copied. */
typedef struct sard_onnx_names {
    sard_arena *arena;
    sard_onnx_name *slots; /* open addressing; a power of two */
    size_t count, capacity;
} sard_onnx_names;

/* NULL where there is none. */
void *sard_onnx_names_get(const sard_onnx_names *names, const char *key);
/* Puts or replaces; false when memory runs out. */
bool sard_onnx_names_put(sard_onnx_names *names, const char *key, void *value);

#endif
