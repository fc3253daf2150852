/* Clip-12, -13: output = input limited to min .. max
 *
 * in   input; min, max: of one element, optional      out  output: like input
 *
 * Where min > max the result is max. NaN stays NaN. */
#include "ops/lib/elementwise.h"

#include <math.h>
#include <string.h>

enum { INPUT, MIN, MAX };

/* In the type of the row. */
typedef struct limits {
    uint64_t low, high;
} limits;

#define CLIP(name, T)                                                                              \
    static void name(const void *arg, const void *const *in, const int *step, void *out, size_t n) \
    {                                                                                              \
        const T *from = in[0];                                                                     \
        T *to = out, low, high;                                                                    \
        memcpy(&low, &((const limits *)arg)->low, sizeof low);                                     \
        memcpy(&high, &((const limits *)arg)->high, sizeof high);                                  \
        (void)step;                                                                                \
        SARD_INDEPENDENT                                                                           \
        for (size_t i = 0; i < n; i++) {                                                           \
            const T x = from[i] < low ? low : from[i];                                             \
            to[i] = x > high ? high : x;                                                           \
        }                                                                                          \
    }

SARD_NUMBER_TYPES(CLIP, clip)

static uint64_t limit(const sard_call *call, size_t i, double otherwise)
{
    const sard_dtype dtype = call->inputs[INPUT].dtype;
    const bool is_half = sard_dtype_in(dtype, SARD_SET(F16) | SARD_SET(BF16)); /* rows of halves are those of doubles */
    uint64_t bits = 0;
    if (i >= call->node->own_count || !call->inputs[i].dtype)
        sard_narrow(is_half ? SARD_F64 : dtype, &otherwise, 1, &bits);
    else if (is_half)
        sard_narrow(SARD_F64, (double[]){sard_get(&call->inputs[i], 0)}, 1, &bits);
    else
        memcpy(&bits, call->inputs[i].data, sard_dtype_size(dtype));
    return bits;
}

static sard_status eval(const sard_call *call)
{
    static sard_row *const rows[SARD_ROW_TYPES] = {SARD_NUMBER_ROWS(clip)};
    const limits l = {limit(call, MIN, -INFINITY), limit(call, MAX, INFINITY)};
    return sard_map_typed(call, 1, rows, &l);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    for (size_t i = MIN; i <= MAX; i++) {
        if (!sard_has_input(node, i))
            continue;
        const sard_value *value = node->inputs[i];
        for (int k = 0; k < value->rank; k++)
            if (value->dims[k] != 1 && value->dims[k] >= 0)
                return sard_node_fail(node, error, SARD_SHAPE, "%s has size %lld, must be a scalar", i == MIN ? "min" : "max",
                                      (long long)value->dims[k]);
    }
    return sard_infer_unary(node, error);
}

static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_NUMBER), SARD_PORT_OPTIONAL("min", 'T', SARD_SET_NUMBER),
                                   SARD_PORT_OPTIONAL("max", 'T', SARD_SET_NUMBER), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_NUMBER), SARD_PORTS_END};

const sard_op sard_op_clip = {.struct_size = sizeof(sard_op),
                              .domain = "",
                              .name = "Clip",
                              .since = 13,
                              .traits = SARD_ELEMENTWISE | SARD_IN_PLACE | SARD_ACTIVATION,
                              .inputs = inputs,
                              .outputs = outputs,
                              .infer = infer,
                              .eval = eval};
