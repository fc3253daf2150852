/* Element-wise operators with broadcasting, any layout: the functions of functions.def over rows. Results may take an operand's place. */
#include "backends/native/common/loops.h"
#include "backends/native/common/post.h"
#include "backends/native/kernels.h"
#include "ir/dtype.h"
#include "ops/lib/util.h"

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
typedef struct step {
    sard_stripes_function *function;
    sard_loops loops;
    sard_pieces pieces;
    int64_t together, tasks; /* pieces of a task */
    float p, q;
} step;

/* What a plan knows: the function, or a chain of them. */
typedef struct map {
    size_t count, first, second; /* steps; the operands of the first one; second 0: it has one */
    size_t low, high;            /* inputs that are the bounds of a Clip and come with the run; 0: none */
    sard_post_whole post;
    step steps[];
} map;

/* ---- before the first run ---- */

static const float *bound_number(const void *arg, size_t i)
{
    const sard_binding *binding = arg;
    return i < binding->node->own_count && binding->inputs[i].dtype ? binding->inputs[i].data : NULL;
}

/* y = f(a, b), or f(a) where b is NULL. */
static void make_step(const sard_tier *tier, const sard_function_use *use, const sard_tensor *y, const sard_tensor *a, const sard_tensor *b,
                      step *s)
{
    *s = (step){.function = tier->elementwise.functions[use->function], .p = use->p, .q = use->q};
    s->loops = sard_loops_of((const sard_tensor *const[]){y, a, b}, b ? 3 : 2);
    s->pieces = sard_pieces_of(&s->loops, PIECE);
    const int64_t elements = s->pieces.rows * s->pieces.columns, total = elements * s->pieces.count;
    s->together = total < LEAST_WORK ? s->pieces.count : (PIECE + elements - 1) / elements;
    s->tasks = total ? (s->pieces.count + s->together - 1) / s->together : 0;
}

static bool is_whole(const sard_binding *binding, size_t i)
{
    return sard_tensor_count(&binding->inputs[i]) == sard_tensor_count(&binding->outputs[0]);
}

/* Sums of many tensors begin with the first one of the result's shape: it may lie in the result's memory. */
static void choose_first(const sard_binding *binding, map *m)
{
    const size_t count = binding->node->own_count;
    while (m->first + 1 < count && !is_whole(binding, m->first))
        m->first++;
    m->first = is_whole(binding, m->first) ? m->first : 0;
    m->second = m->first == 0;
}

static void make_steps(const sard_binding *binding, const sard_function_use *use, map *m)
{
    const sard_tier *tier = sard_tier_of(binding->target);
    const sard_tensor *y = &binding->outputs[0], *x = binding->inputs;
    make_step(tier, use, y, &x[m->first], m->second != m->first ? &x[m->second] : NULL, &m->steps[m->count++]);
    for (size_t i = 0; use->chains && i < binding->node->own_count; i++)
        if (i != m->first && i != m->second)
            make_step(tier, use, y, y, &x[i], &m->steps[m->count++]);
}

static size_t computed(const sard_node *node, size_t i) { return i < node->own_count && sard_is_computed(node, i) ? i : 0; }

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const sard_node *node = binding->node;
    sard_function_use use;
    if (!sard_function_of(node->op, node->attrs, node->own_count, bound_number, binding, &use))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "is not among the native functions");
    map *m = sard_binding_alloc(binding, sizeof *m + node->own_count * sizeof *m->steps);
    if (!m)
        return sard_no_memory(error);
    if (use.chains)
        choose_first(binding, m);
    else
        m->second = use.operands == 2;
    if (use.function == SARD_FUNCTION_clip) {
        m->low = computed(node, 1);
        m->high = computed(node, 2);
    }
    make_steps(binding, &use, m);
    m->post = sard_post_whole_of(binding);
    binding->state = m;
    return SARD_OK;
}

/* ---- the run ---- */

typedef struct job {
    const step *plan;
    float *y;
    const float *a, *b; /* b NULL: of one */
    float p, q;
} job;

static void map_piece(const job *j, int64_t i)
{
    const sard_loops *l = &j->plan->loops;
    const int inner = l->rank - 1, row = l->rank - 2;
    int64_t offsets[SARD_LOOPS_OPERANDS] = {0};
    sard_stripes r = {.y_row = l->strides[0][row], .a_row = l->strides[1][row], .a_step = (int)l->strides[1][inner], .p = j->p, .q = j->q};
    sard_piece_at(l, &j->plan->pieces, i, offsets, &r.rows, &r.n);
    r.y = j->y + offsets[0];
    r.a = j->a + offsets[1];
    if (j->b) {
        r.b = j->b + offsets[2];
        r.b_row = l->strides[2][row];
        r.b_step = (int)l->strides[2][inner];
    }
    j->plan->function(&r);
}

static void map_work(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->plan->together, left = j->plan->pieces.count - first;
    for (int64_t i = 0; i < (left < j->plan->together ? left : j->plan->together); i++)
        map_piece(j, first + i);
}

static void run_step(const sard_call *call, job *j)
{
    if (j->plan->tasks == 1)
        map_work(j, 0);
    else if (j->plan->tasks)
        sard_call_parallel(call, (size_t)j->plan->tasks, map_work, j);
}

static sard_status map_run(const sard_call *call)
{
    const map *m = call->state;
    const sard_tensor *x = call->inputs;
    job j = {.plan = m->steps, .y = call->outputs[0].data, .a = x[m->first].data, .p = m->steps->p, .q = m->steps->q};
    j.b = m->second != m->first ? x[m->second].data : NULL;
    j.p = m->low ? *(const float *)x[m->low].data : j.p;
    j.q = m->high ? *(const float *)x[m->high].data : j.q;
    run_step(call, &j);
    j.a = j.y;
    for (size_t i = 0; j.plan + 1 < m->steps + m->count; i++) {
        if (i == m->first || i == m->second)
            continue;
        j.plan++;
        j.b = x[i].data;
        run_step(call, &j);
    }
    sard_post_whole_run(&m->post, call);
    return SARD_OK;
}

const sard_kernel sard_native_map = {
    .struct_size = sizeof(sard_kernel),
    .name = "map",
    .flags = SARD_KERNEL_STRIDED | SARD_KERNEL_IN_PLACE,
    .matches = matches,
    .cost = cost,
    .bind = bind,
    .run = map_run,
};
