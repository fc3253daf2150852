/* NonZero-13: where the elements are that are not zero (of strings: not empty)
 *
 * in   X
 * out  Y: int64, rank x count: a column of indices for each, in row-major order */
#include "ops/lib/util.h"

static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_ANY), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'Y', SARD_SET(I64)), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    return sard_node_set_output(node, 0, SARD_I64, 2, (int64_t[]){node->inputs[0]->rank, SARD_UNKNOWN_DIM}, error);
}

enum { CHUNK = 256 };

/* out[i]: is element first + i not zero? */
static void look_at(const sard_tensor *x, size_t first, size_t n, bool *out)
{
    double wide[CHUNK];
    if (x->dtype == SARD_STRING) {
        for (size_t i = 0; i < n; i++)
            out[i] = ((const sard_string *)x->data)[first + i].size != 0;
        return;
    }
    sard_widen(x->dtype, (const char *)x->data + first * sard_dtype_size(x->dtype), n, wide);
    for (size_t i = 0; i < n; i++)
        out[i] = wide[i] != 0;
}

static void write_index(const sard_tensor *x, int64_t element, int64_t count, int64_t *column)
{
    for (int i = x->rank - 1; i >= 0; i--) {
        column[i * count] = element % x->dims[i];
        element /= x->dims[i];
    }
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0];
    const size_t elements = sard_tensor_count(x);
    bool set[CHUNK];
    int64_t count = 0;
    for (size_t at = 0; at < elements; at += CHUNK) {
        const size_t n = elements - at < CHUNK ? elements - at : CHUNK;
        look_at(x, at, n, set);
        for (size_t i = 0; i < n; i++)
            count += set[i];
    }
    const sard_status status = sard_call_output(call, 0, 2, (int64_t[]){x->rank, count});
    if (status)
        return status;
    int64_t *column = call->outputs[0].data;
    for (size_t at = 0; count && at < elements; at += CHUNK) {
        const size_t n = elements - at < CHUNK ? elements - at : CHUNK;
        look_at(x, at, n, set);
        for (size_t i = 0; i < n; i++)
            if (set[i])
                write_index(x, (int64_t)(at + i), count, column++);
    }
    return SARD_OK;
}

const sard_op sard_op_non_zero = {.struct_size = sizeof(sard_op),
                                  .domain = "",
                                  .name = "NonZero",
                                  .since = 13,
                                  .traits = SARD_DATA_DEPENDENT,
                                  .inputs = inputs,
                                  .outputs = outputs,
                                  .infer = infer,
                                  .eval = eval};
