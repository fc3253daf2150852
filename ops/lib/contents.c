/* Shape arithmetic, see contents.h. */
#include "ops/lib/contents.h"

#include <inttypes.h>

int sard_input_contents(const sard_node *node, size_t i, sard_content *out)
{
    return sard_has_input(node, i) ? sard_value_contents(node->inputs[i], out) : -1;
}

sard_status sard_output_contents(sard_node *node, size_t i, const sard_content *contents, size_t count, sard_error *error)
{
    sard_value *value = i < node->output_count ? node->outputs[i] : NULL;
    if (!value || !sard_dtype_is_integral(value->dtype) || value->rank > 1)
        return SARD_OK;
    return sard_value_set_contents(value, contents, count) ? SARD_OK : sard_no_memory(error);
}

sard_status sard_pass_contents(sard_node *node, sard_error *error)
{
    sard_content contents[SARD_MAX_CONTENTS];
    const int count = sard_input_contents(node, 0, contents);
    const sard_value *y = node->outputs[0];
    if (count < 0 || !y || y->rank < 0 || y->rank > 1)
        return SARD_OK;
    return sard_output_contents(node, 0, contents, (size_t)count, error);
}

sard_status sard_input_length(const sard_node *node, size_t i, int64_t max, const char *what, int64_t *out, sard_error *error)
{
    const sard_value *value = node->inputs[i];
    *out = -1;
    if (value->rank < 0)
        return SARD_OK;
    if (value->rank != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "%s has rank %d, must be 1", what, value->rank);
    if (value->dims[0] > max)
        return sard_node_fail(node, error, SARD_SHAPE, "%s has %" PRId64 " elements, at most %" PRId64 " are possible", what,
                              value->dims[0], max);
    *out = value->dims[0] < 0 ? -1 : value->dims[0];
    return SARD_OK;
}

sard_status sard_input_dims(const sard_node *node, size_t i, int *rank, int64_t dims[SARD_MAX_RANK], sard_error *error)
{
    int64_t length;
    sard_content contents[SARD_MAX_CONTENTS];
    const sard_status status = sard_input_length(node, i, SARD_MAX_RANK, "shape", &length, error);
    if (status)
        return status;
    const int count = sard_input_contents(node, i, contents);
    *rank = count >= 0 ? count : (int)length;
    for (int k = 0; k < *rank; k++) {
        dims[k] = count >= 0 ? sard_content_dim(contents[k]) : SARD_UNKNOWN_DIM;
        if (count >= 0 && contents[k].known && contents[k].value < 0)
            return sard_node_fail(node, error, SARD_SHAPE, "shape[%d] is %" PRId64, k, contents[k].value);
    }
    return SARD_OK;
}

bool sard_dim_merge(int64_t a, int64_t b, int64_t *out)
{
    if (a >= 0 && b >= 0 && a != b)
        return false;
    *out = a >= 0 || b == SARD_UNKNOWN_DIM ? a : b;
    return true;
}

int64_t sard_dim_product(const int64_t *dims, int count)
{
    int64_t product = 1, symbol = 0;
    bool unknown = false;
    for (int i = 0; i < count; i++) {
        if (dims[i] == 0)
            return 0;
        if (dims[i] > 0)
            unknown |= __builtin_mul_overflow(product, dims[i], &product);
        else if (symbol || dims[i] == SARD_UNKNOWN_DIM)
            unknown = true;
        else
            symbol = dims[i];
    }
    if (unknown || (symbol && product != 1))
        return SARD_UNKNOWN_DIM;
    return symbol ? symbol : product;
}

sard_status sard_call_ints(const sard_call *call, size_t i, int64_t *out, size_t max, size_t *count)
{
    *count = 0;
    if (!sard_call_has(call, i))
        return SARD_OK;
    *count = sard_tensor_count(&call->inputs[i]);
    if (*count > max)
        return sard_call_fail(call, SARD_DATA, "input %zu has %zu elements, at most %zu are possible", i, *count, max);
    sard_widen_int(call->inputs[i].dtype, call->inputs[i].data, *count, out);
    return SARD_OK;
}
