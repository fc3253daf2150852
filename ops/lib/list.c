/* Memory and indices of sequences and optionals. */
#include "ops/lib/list.h"

#include <inttypes.h>
#include <string.h>

/* A list is copied with each item that it gets: one that grows without end has to stop while that takes seconds. */
enum { MOST_ITEMS = 16384 };

sard_status sard_infer_list(sard_node *node, size_t i, sard_dtype list, sard_error *error)
{
    return sard_dtype_item(list) ? sard_node_set_output(node, i, list, 1, (int64_t[]){SARD_UNKNOWN_DIM}, error) : SARD_OK;
}

sard_status sard_call_list(const sard_call *call, size_t i, sard_dtype list, size_t count, sard_tensor **items)
{
    call->outputs[i].dtype = list;
    if (count > MOST_ITEMS)
        return sard_call_fail(call, SARD_LIMIT, "a sequence of more than %d items", MOST_ITEMS);
    const sard_status status = sard_call_output(call, i, 1, (int64_t[]){(int64_t)count});
    *items = call->outputs[i].data;
    return status;
}

static sard_status no_memory(const sard_call *call, size_t bytes)
{
    return sard_call_fail(call, SARD_LIMIT, "no memory for an item of %zu bytes", bytes);
}

sard_status sard_item_make(const sard_call *call, sard_dtype dtype, int rank, const int64_t *dims, sard_tensor *item)
{
    size_t bytes;
    if (rank > SARD_MAX_RANK || !sard_bytes(dtype, dims, rank, &bytes))
        return sard_call_fail(call, SARD_LIMIT, "an item is too large");
    *item = sard_tensor_make(dtype, rank, dims, call->host->hold(call->host, bytes));
    return item->data ? SARD_OK : no_memory(call, bytes);
}

sard_status sard_item_finish(const sard_call *call, const sard_tensor *item)
{
    sard_string *strings = item->data;
    for (size_t i = 0; item->dtype == SARD_STRING && i < sard_tensor_count(item); i++) {
        char *copy = call->host->hold(call->host, strings[i].size);
        if (!copy)
            return no_memory(call, strings[i].size);
        if (strings[i].size)
            memcpy(copy, strings[i].data, strings[i].size);
        strings[i].data = copy;
    }
    return SARD_OK;
}

sard_status sard_item_copy(const sard_call *call, const sard_tensor *from, sard_tensor *item)
{
    const sard_status status = sard_item_make(call, from->dtype, from->rank, from->dims, item);
    if (status)
        return status;
    if (item->bytes)
        memcpy(item->data, from->data, item->bytes);
    return sard_item_finish(call, item);
}

sard_status sard_item_index(const sard_call *call, size_t i, size_t n, bool behind, int64_t otherwise, size_t *out)
{
    int64_t at = otherwise;
    if (i < call->node->own_count && call->inputs[i].dtype) {
        if (sard_tensor_count(&call->inputs[i]) != 1)
            return sard_call_fail(call, SARD_SHAPE, "position has %zu elements, must have 1", sard_tensor_count(&call->inputs[i]));
        at = sard_get_int(&call->inputs[i], 0);
    }
    const int64_t count = (int64_t)n, place = at < 0 ? at + count : at;
    if (place < 0 || place >= count + behind)
        return sard_call_fail(call, SARD_DATA, "position %" PRId64 " in a sequence of %zu", at, n);
    *out = (size_t)place;
    return SARD_OK;
}
