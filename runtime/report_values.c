/* Telling the caller about the values of a run. */
#include "runtime/interpret.h"

#include <string.h>

/* Rows that lie apart, side by side; NULL when memory runs out. */
static void *gather(sard_level_run *l, const sard_tensor *tensor)
{
    const size_t columns = (size_t)tensor->dims[tensor->rank - 1], size = sard_dtype_size(tensor->dtype);
    const size_t rows = columns ? sard_tensor_count(tensor) / columns : 0;
    char *dense = l->host.alloc(&l->host, tensor->bytes);
    for (size_t i = 0; dense && i < rows; i++)
        memcpy(dense + i * columns * size, (const char *)tensor->data + i * (size_t)tensor->ld * size, columns * size);
    return dense;
}

sard_status sard_level_tell(sard_level_run *l, const sard_node *node, size_t step)
{
    const sard_session *session = l->session;
    if (!session->on_value)
        return SARD_OK;
    for (size_t i = 0; i < node->output_count; i++) {
        if (!node->outputs[i] || !l->table[node->outputs[i]->id].dtype)
            continue;
        sard_tensor tensor = l->table[node->outputs[i]->id];
        if (tensor.ld)
            tensor.data = gather(l, &tensor);
        if (!tensor.data && tensor.bytes)
            return sard_node_fail(node, l->error, SARD_NOMEM, "no memory to tell '%.100s'", node->outputs[i]->name);
        tensor.ld = 0;
        session->on_value(session->on_value_user, node->outputs[i]->name, &tensor, step);
    }
    sard_level_forget(l);
    return SARD_OK;
}
