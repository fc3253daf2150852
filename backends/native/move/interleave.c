/* A shuffle of channels: Reshape(Concat(Unsqueeze(a), Unsqueeze(b))), the Concat along a last axis that the operands got for it. What the
 * pass interleave_concat leaves; run as one step, which reads the operands where they lie and moves each number once. */
#include "backends/native/common/tier.h"
#include "backends/native/kernels.h"
#include "ir/dtype.h"
#include "ops/axis.h"
#include "ops/ops.h"

enum {
    PIECE = 8192,       /* elements of a task */
    LEAST_WORK = 32768, /* elements that are worth a second thread */
};

/* What a plan knows. */
typedef struct interleave {
    sard_interleave_function *rows;
    size_t input[SARD_MOST_INTERLEAVED]; /* of each part: which one of the call's */
    int64_t x_row[SARD_MOST_INTERLEAVED], y_row;
    int64_t parts, columns, count, together; /* columns: of a part; rows in all, rows of a task */
} interleave;

typedef struct job {
    const interleave *plan;
    const float *x[SARD_MOST_INTERLEAVED];
    float *y;
} job;

/* ---- which ---- */

static int64_t columns_of(const sard_value *value) { return value->rank ? value->dims[value->rank - 1] : 0; }

/* Gives its operand a last dimension of 1 and leaves its rows as they are. */
static bool widens(const sard_node *node)
{
    if (!sard_is_plain(node, SARD_OP_unsqueeze) && !sard_is_plain(node, SARD_OP_reshape))
        return false;
    const sard_value *x = node->inputs[0], *y = node->outputs[0];
    return y->rank > 1 && columns_of(y) == 1 && columns_of(x) == y->dims[y->rank - 2];
}

static size_t join(const sard_node *node, const sard_target *target, const sard_node *joined[SARD_MOST_JOINED])
{
    const sard_node *concat = joined[0] = node->inputs[0]->producer;
    const sard_value *whole = node->inputs[0];
    (void)target;
    if (!sard_is_plain(node, SARD_OP_reshape) || !sard_is_plain(concat, SARD_OP_concat) || sard_dtype_size(whole->dtype) != sizeof(float) ||
        whole->rank < 2)
        return 0;
    const size_t parts = concat->own_count;
    const int64_t columns = whole->dims[whole->rank - 2];
    if (sard_axis_of(concat) != whole->rank - 1 || parts < 2 || parts > SARD_MOST_INTERLEAVED ||
        columns_of(node->outputs[0]) != columns * (int64_t)parts)
        return 0;
    for (size_t i = 0; i < parts; i++) {
        joined[i + 1] = concat->inputs[i]->producer;
        if (!widens(joined[i + 1]))
            return 0;
    }
    return parts + 1;
}

/* Reads and writes whole vectors. */
static double cost(const sard_node *node, const sard_target *target)
{
    enum { BYTES_PER_NANOSECOND = 50 };
    int64_t count = 0;
    (void)target;
    (void)sard_count(node->outputs[0]->dims, node->outputs[0]->rank, &count);
    return (double)count * 2 * sizeof(float) / BYTES_PER_NANOSECOND;
}

/* ---- before the first run ---- */

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const sard_tensor *y = &binding->outputs[0];
    const int64_t total = (int64_t)sard_tensor_count(y);
    interleave *p = sard_binding_alloc(binding, sizeof *p);
    if (!p)
        return sard_no_memory(error);
    p->parts = (int64_t)binding->joined_count - 1;
    p->y_row = sard_row_of(y);
    size_t at = binding->node->own_count + binding->joined[0]->input_count; /* inputs of the first part */
    for (int64_t k = 0; k < p->parts; k++) {
        p->input[k] = at;
        p->x_row[k] = sard_row_of(&binding->inputs[at]);
        at += binding->joined[k + 1]->input_count;
    }
    binding->state = p;
    if (!total)
        return SARD_OK;
    p->rows = sard_tier_of(binding->target)->move.interleave[p->parts - 2];
    p->columns = y->dims[y->rank - 1] / p->parts;
    p->count = total / (p->columns * p->parts);
    p->together = total < LEAST_WORK ? p->count : (PIECE + p->columns * p->parts - 1) / (p->columns * p->parts);
    return SARD_OK;
}

/* ---- the run ---- */

static void interleave_work(void *arg, size_t i)
{
    const job *j = arg;
    const interleave *p = j->plan;
    const int64_t first = (int64_t)i * p->together, end = first + p->together < p->count ? first + p->together : p->count;
    const float *x[SARD_MOST_INTERLEAVED];
    for (int64_t row = first; row < end; row++) {
        for (int64_t k = 0; k < p->parts; k++)
            x[k] = j->x[k] + row * p->x_row[k];
        p->rows(x, j->y + row * p->y_row, p->columns);
    }
}

static sard_status interleave_run(const sard_call *call)
{
    const interleave *p = call->state;
    job j = {.plan = p, .y = call->outputs[0].data};
    for (int64_t k = 0; k < p->parts; k++)
        j.x[k] = call->inputs[p->input[k]].data;
    if (p->count)
        sard_call_parallel(call, (size_t)((p->count + p->together - 1) / p->together), interleave_work, &j);
    return SARD_OK;
}

const sard_kernel sard_native_interleave = {
    .struct_size = sizeof(sard_kernel),
    .name = "interleave",
    .op = "Reshape",
    .flags = SARD_KERNEL_STRIDED,
    .cost = cost,
    .bind = bind,
    .run = interleave_run,
    .join = join,
};
