/* Files of tensors: .npy, .npz and ONNX's .pb, told apart by their first bytes. */
#include "cli/file.h"
#include "cli/tensor.h"
#include "formats/npy/npy.h"

#include <sard/graph.h>
#include <stdlib.h>
#include <string.h>

static sard_status read_npz(cli_state *cli, const void *bytes, size_t size, cli_array **arrays, size_t *count)
{
    sard_npz_entry *entries;
    const sard_status status = sard_npz_parse(bytes, size, &entries, count, &cli->error);
    if (status)
        return status;
    *arrays = cli_alloc(cli, *count, sizeof **arrays);
    for (size_t i = 0; i < *count; i++) {
        (*arrays)[i] = (cli_array){.name = cli_format(cli, "%s", entries[i].name), .tensor = entries[i].tensor};
        cli_defer(cli, free, entries[i].tensor.data);
        entries[i].tensor.data = NULL;
    }
    sard_npz_free(entries, *count);
    return SARD_OK;
}

static sard_status read_one(cli_state *cli, const void *bytes, size_t size, cli_array **arrays, size_t *count)
{
    char *name = cli_alloc(cli, 1, 256);
    *count = 1;
    *arrays = cli_alloc(cli, 1, sizeof **arrays);
    (*arrays)->name = name;
    sard_tensor *tensor = &(*arrays)->tensor;
    const bool npy = size >= 6 && memcmp(bytes, "\x93NUMPY", 6) == 0;
    const sard_status status =
        npy ? sard_npy_parse(bytes, size, tensor, &cli->error) : sard_tensor_parse(bytes, size, tensor, name, &cli->error);
    if (!status)
        cli_defer(cli, free, tensor->data);
    return status;
}

sard_status cli_read_arrays(cli_state *cli, const char *path, cli_array **arrays, size_t *count)
{
    const void *bytes;
    size_t size;
    sard_status status = cli_read_file(cli, path, &bytes, &size);
    if (status)
        return status;
    const bool npz = size >= 4 && (memcmp(bytes, "PK\3\4", 4) == 0 || memcmp(bytes, "PK\5\6", 4) == 0);
    status = npz ? read_npz(cli, bytes, size, arrays, count) : read_one(cli, bytes, size, arrays, count);
    if (status)
        return cli_name_file(cli, status, path);
    for (size_t i = 0; i < *count; i++)
        (*arrays)[i].file = path;
    return SARD_OK;
}

sard_status cli_read_list(cli_state *cli, const char *path, sard_dtype dtype, cli_array **array)
{
    const void *bytes;
    size_t size;
    char *name = cli_alloc(cli, 1, 256);
    sard_status status = cli_read_file(cli, path, &bytes, &size);
    if (status)
        return status;
    *array = cli_alloc(cli, 1, sizeof **array);
    status = sard_list_parse(dtype, bytes, size, &(*array)->tensor, name, &cli->error);
    if (status)
        return cli_name_file(cli, status, path);
    cli_defer(cli, free, (*array)->tensor.data);
    (*array)->name = name;
    (*array)->file = path;
    return SARD_OK;
}

static void add_flat(cli_state *cli, cli_flat *flat, const sard_tensor *tensor, const char *name)
{
    if (flat->count == flat->room) {
        const cli_flat old = *flat;
        flat->room = 2 * flat->room + 16;
        flat->tensors = cli_alloc(cli, flat->room, sizeof *flat->tensors);
        flat->names = cli_alloc(cli, flat->room, sizeof *flat->names);
        for (size_t i = 0; i < old.count; i++) {
            flat->tensors[i] = old.tensors[i];
            flat->names[i] = old.names[i];
        }
    }
    flat->tensors[flat->count] = *tensor;
    flat->names[flat->count++] = name;
}

void cli_flatten(cli_state *cli, cli_flat *flat, const sard_tensor *tensor, const char *name, bool empty)
{
    const sard_tensor *items = tensor->data;
    const bool is_list = tensor->dtype >= SARD_SEQUENCE;
    if (!is_list || (empty && !tensor->dims[0]))
        add_flat(cli, flat, tensor, name);
    for (int64_t i = 0; is_list && i < tensor->dims[0]; i++)
        cli_flatten(cli, flat, &items[i], tensor->dtype >= SARD_MAYBE ? name : cli_format(cli, "%s_%lld", name, (long long)i), empty);
}

static bool ends_with(const char *text, const char *end)
{
    const size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

sard_status cli_serialize(cli_state *cli, const sard_tensor *tensor, const char *name, const char *path, const void **bytes, size_t *size)
{
    void *made;
    cli_flat flat = {.count = 0};
    cli_flatten(cli, &flat, tensor, name, false);
    if (tensor->dtype >= SARD_SEQUENCE && !ends_with(path, ".pb") && !ends_with(path, ".npz"))
        return sard_fail(&cli->error, SARD_ARGUMENT, "%s: output '%s' is %s: a .pb or .npz can hold it", path, name,
                         sard_dtype_name(tensor->dtype));
    const sard_status status = ends_with(path, ".pb")  ? sard_tensor_serialize(tensor, name, &made, size, &cli->error)
                             : ends_with(path, ".npz") ? sard_npz_serialize(flat.tensors, flat.names, flat.count, &made, size, &cli->error)
                                                       : sard_npy_serialize(tensor, &made, size, &cli->error);
    if (status)
        return cli_name_file(cli, status, path);
    cli_defer(cli, free, made);
    *bytes = made;
    return SARD_OK;
}
