/* Where-9, -16: output = condition ? X : Y
 *
 * in   condition: bool; X, Y: of one type; all three broadcast      out  output: like X */
#include "ops/lib/elementwise.h"

enum { CONDITION, X, Y };

#define WHERE(name, T)                                                                             \
    static void name(const void *arg, const void *const *in, const int *step, void *out, size_t n) \
    {                                                                                              \
        const uint8_t *condition = in[CONDITION];                                                  \
        const T *x = in[X], *y = in[Y];                                                            \
        T *to = out;                                                                               \
        const size_t cs = (size_t)step[CONDITION], xs = (size_t)step[X], ys = (size_t)step[Y];     \
        (void)arg;                                                                                 \
        for (size_t i = 0; i < n; i++)                                                             \
            to[i] = condition[i * cs] ? x[i * xs] : y[i * ys];                                     \
    }

WHERE(where_1, uint8_t)
WHERE(where_2, uint16_t)
WHERE(where_4, uint32_t)
WHERE(where_8, uint64_t)
WHERE(where_string, sard_string)

static sard_status eval(const sard_call *call)
{
    static sard_row *const rows[] = {[1] = where_1, [2] = where_2, [4] = where_4, [8] = where_8, [16] = where_string};
    return sard_map(call, call->inputs, 3, rows[sard_dtype_size(call->outputs[0].dtype)], NULL);
}

static sard_content choose(sard_content condition, sard_content x, sard_content y)
{
    if (condition.known)
        return condition.value ? x : y;
    return sard_content_same(x, y) ? x : sard_content_unknown();
}

static sard_status infer_contents(sard_node *node, sard_error *error)
{
    sard_content in[3][SARD_MAX_CONTENTS], out[SARD_MAX_CONTENTS];
    int counts[3], n = 1;
    for (size_t i = 0; i < 3; i++) {
        counts[i] = sard_value_contents(node->inputs[i], in[i]);
        if (counts[i] < 0 || (n != 1 && counts[i] != 1 && counts[i] != n))
            return SARD_OK;
        n = counts[i] == 1 ? n : counts[i];
    }
    for (int i = 0; i < n; i++)
        out[i] = choose(in[CONDITION][counts[CONDITION] == 1 ? 0 : i], in[X][counts[X] == 1 ? 0 : i], in[Y][counts[Y] == 1 ? 0 : i]);
    if (!node->outputs[0] || sard_value_set_contents(node->outputs[0], out, (size_t)n))
        return SARD_OK;
    return sard_no_memory(error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_status status = sard_infer_broadcast(node, error);
    return status ? status : infer_contents(node, error);
}

static const sard_port inputs[] = {SARD_PORT("condition", 'B', SARD_SET(BOOL)), SARD_PORT("X", 'T', SARD_SET_ANY),
                                   SARD_PORT("Y", 'T', SARD_SET_ANY), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

const sard_op sard_op_where = {.struct_size = sizeof(sard_op),
                               .domain = "",
                               .name = "Where",
                               .since = 16,
                               .traits = SARD_ELEMENTWISE | SARD_IN_PLACE,
                               .inputs = inputs,
                               .outputs = outputs,
                               .infer = infer,
                               .eval = eval};
