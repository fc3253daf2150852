/* Tensors of the command: elements as numbers, files of them, words for people. */
#ifndef SARD_CLI_TENSOR_H
#define SARD_CLI_TENSOR_H

#include "cli/cli.h"

size_t cli_count(const sard_tensor *tensor);

bool cli_is_float(sard_dtype dtype);

/* Makes zeroed elements for dtype, rank and dims, which are set: false in cli->error where they are too many. */
sard_status cli_make_elements(cli_state *cli, sard_tensor *tensor, const char *name) SARD_MUST_USE;

/* Random elements: 0 to 1 for floats, all of 8-bit integers, 0 or 1 for others and bool, "" for strings. Advances *seed. */
void cli_fill_random(sard_tensor *tensor, uint64_t *seed);

/* "[1, 3, 8, 8]"; free dims have their name or "?". */
const char *cli_shape(cli_state *cli, const sard_tensor *tensor);
const char *cli_info_shape(cli_state *cli, const sard_value_info *info);

/* A tensor read from a file. name: of the array in a .npz or .pb, "" where it has none. */
typedef struct cli_array {
    const char *name, *file;
    sard_tensor tensor;
} cli_array;

/* Reads .npy, .npz or .pb, whatever the contents are. */
sard_status cli_read_arrays(cli_state *cli, const char *path, cli_array **arrays, size_t *count) SARD_MUST_USE;

/* A sequence or an optional from a .pb. */
sard_status cli_read_list(cli_state *cli, const char *path, sard_dtype dtype, cli_array **array) SARD_MUST_USE;

/* Tensors as they are, lists as their items "name_0", "name_1", ...; an optional tensor keeps its name. Of a list without items nothing, or
 * with `empty` the list. */
typedef struct cli_flat {
    sard_tensor *tensors;
    const char **names;
    size_t count, room;
} cli_flat;
void cli_flatten(cli_state *cli, cli_flat *flat, const sard_tensor *tensor, const char *name, bool empty);

/* The bytes of a file: .pb, .npz with this one array or, for all other names, .npy. */
sard_status cli_serialize(cli_state *cli, const sard_tensor *tensor, const char *name, const char *path, const void **bytes,
                          size_t *size) SARD_MUST_USE;

#endif
