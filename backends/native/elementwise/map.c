/* Element-wise operators with broadcasting, any layout: the functions of functions.def over rows. Results may take an operand's place. */
#include "backends/native/common/loops.h"
#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "ir/dtype.h"

enum {
    PIECE = 8192,       /* elements, so that operands and result lie in L1 and L2 */
    LEAST_WORK = 32768, /* elements that are worth a second thread */
};

static const float *planned_number(const void *arg, size_t i)
{
    const sard_node *node = arg;
    const sard_value *value = i < node->own_count ? node->inputs[i] : NULL;
    return value && value->constant && value->dtype == SARD_F32 ? sard_value_constant(value)->data : NULL;
}

static const float *given_number(const void *arg, size_t i)
{
    const sard_call *call = arg;
    return i < call->node->own_count && call->inputs[i].dtype ? call->inputs[i].data : NULL;
}

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    sard_function_use use;
    (void)target;
    if (!sard_function_of(node->op, node->attrs, node->own_count, planned_number, node, &use))
        return false;
    *why = "native kernels are float32";
    for (size_t i = 0; i < node->own_count; i++)
        if (node->inputs[i] && node->inputs[i]->dtype != SARD_F32)
            return false;
    *why = "an epilogue of other functions";
    return node->output_count == 1 && node->outputs[0]->dtype == SARD_F32 && (!node->epilogue_count || sard_post_takes(node));
}

static double cost(const sard_node *node, const sard_target *target)
{
    int64_t count = 0;
    (void)target;
    (void)sard_count(node->outputs[0]->dims, node->outputs[0]->rank, &count);
    return (double)count * sizeof(float) * (double)(node->own_count + 1) / 10;
}

/* One function of two tensors or of one. */
typedef struct job {
    sard_stripes_function *function;
    sard_function_use use;
    sard_loops loops;
    sard_pieces pieces;
    int64_t together; /* pieces of a task */
    float *y;
    const float *a, *b; /* b NULL: of one */
} job;

static void map_piece(const job *j, int64_t i)
{
    const sard_loops *l = &j->loops;
    const int inner = l->rank - 1, row = l->rank - 2;
    int64_t offsets[SARD_LOOPS_OPERANDS] = {0};
    sard_stripes r = {
        .y_row = l->strides[0][row], .a_row = l->strides[1][row], .a_step = (int)l->strides[1][inner], .p = j->use.p, .q = j->use.q};
    sard_piece_at(l, &j->pieces, i, offsets, &r.rows, &r.n);
    r.y = j->y + offsets[0];
    r.a = j->a + offsets[1];
    if (j->b) {
        r.b = j->b + offsets[2];
        r.b_row = l->strides[2][row];
        r.b_step = (int)l->strides[2][inner];
    }
    j->function(&r);
}

static void work(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->together, left = j->pieces.count - first;
    for (int64_t i = 0; i < (left < j->together ? left : j->together); i++)
        map_piece(j, first + i);
}

/* y = f(a, b), or f(a) where b is NULL. */
static void map(const sard_call *call, const sard_function_use *use, const sard_tensor *a, const sard_tensor *b)
{
    const sard_tensor *y = &call->outputs[0];
    job j = {.use = *use,
             .function = sard_tier_of(call->target)->elementwise.functions[use->function],
             .y = y->data,
             .a = a->data,
             .b = b ? b->data : NULL};
    j.loops = sard_loops_of((const sard_tensor *const[]){y, a, b}, b ? 3 : 2);
    j.pieces = sard_pieces_of(&j.loops, PIECE);
    const int64_t elements = j.pieces.rows * j.pieces.columns, total = elements * j.pieces.count;
    if (!total)
        return;
    j.together = total < LEAST_WORK ? j.pieces.count : (PIECE + elements - 1) / elements;
    const int64_t tasks = (j.pieces.count + j.together - 1) / j.together;
    if (tasks == 1)
        work(&j, 0);
    else
        sard_call_parallel(call, (size_t)tasks, work, &j);
}

static bool is_whole(const sard_call *call, size_t i)
{
    return sard_tensor_count(&call->inputs[i]) == sard_tensor_count(&call->outputs[0]);
}

/* Sums of many tensors begin with the first one of the result's shape: it may lie in the result's memory. */
static void chain(const sard_call *call, const sard_function_use *use)
{
    const size_t count = call->node->own_count;
    size_t first = 0;
    while (first + 1 < count && !is_whole(call, first))
        first++;
    first = is_whole(call, first) ? first : 0;
    const size_t second = first == 0;
    map(call, use, &call->inputs[first], &call->inputs[second]);
    for (size_t i = 0; i < count; i++)
        if (i != first && i != second)
            map(call, use, &call->outputs[0], &call->inputs[i]);
}

static sard_status run(const sard_call *call)
{
    sard_function_use use;
    if (!sard_function_of(call->node->op, call->attrs, call->node->own_count, given_number, call, &use))
        return sard_call_fail(call, SARD_UNSUPPORTED, "is not among the native functions");
    if (use.chains)
        chain(call, &use);
    else
        map(call, &use, &call->inputs[0], use.operands == 2 ? &call->inputs[1] : NULL);
    const sard_post post = sard_post_steps(call->node, call->inputs, call->target);
    return sard_post_rest(&post, call);
}

const sard_kernel sard_native_map = {
    .struct_size = sizeof(sard_kernel),
    .name = "map",
    .flags = SARD_KERNEL_STRIDED | SARD_KERNEL_IN_PLACE,
    .matches = matches,
    .cost = cost,
    .run = run,
};
