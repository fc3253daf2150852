/* CumSum, CumProd
 *
 * in   x; axis: int32 or int64, one element
 * out  y, like x: along the axis the sum (product) of all elements up to this one; with `exclusive` without it, with `reverse` of those
 *      from here to the end. Integers modulo 2^64. */
#include "ops/lib/util.h"

typedef struct cumulate {
    int64_t exclusive, reverse;
} cumulate;

#define TYPES (SARD_SET_FLOAT | SARD_SET(I32) | SARD_SET(I64) | SARD_SET(U32) | SARD_SET(U64))

static const sard_attr_spec attrs[] = {SARD_INT(cumulate, exclusive, 0), SARD_INT(cumulate, reverse, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("x", 'T', TYPES), SARD_PORT("axis", 'A', SARD_SET_INDEX), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("y", 'T', TYPES), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    int64_t given;
    size_t count;
    int axis;
    sard_status status = sard_one_element(node, 1, error);
    if (status)
        return status;
    if (sard_node_input_ints(node, 1, &given, 1, &count)) {
        status = sard_axis(node, given, node->inputs[0]->rank, "axis", &axis, error);
        if (status)
            return status;
    }
    return sard_infer_same(node, error);
}

enum { CHUNK = 512 };

typedef union cells {
    double f[CHUNK];
    int64_t i[CHUNK];
} cells;

/* One step of CHUNK lines at once (each has its own acc), or with `line` n steps of one line. x is replaced by the results. */
typedef struct step {
    bool line, exclusive, reverse;
} step;

#define CUMULATE_STEP(name, type, combine)                                   \
    static void name(step s, type *restrict acc, type *restrict x, size_t n) \
    {                                                                        \
        for (size_t i = 0; i < n; i++) {                                     \
            const size_t k = s.reverse ? n - 1 - i : i;                      \
            type *a = &acc[s.line ? 0 : k];                                  \
            const type next = combine(*a, x[k]);                             \
            x[k] = s.exclusive ? *a : next;                                  \
            *a = next;                                                       \
        }                                                                    \
    }

static inline double add(double a, double b) { return a + b; }
static inline double multiply(double a, double b) { return a * b; }
static inline int64_t add_int(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }
static inline int64_t multiply_int(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }

CUMULATE_STEP(add_floats, double, add)
CUMULATE_STEP(add_ints, int64_t, add_int)
CUMULATE_STEP(multiply_floats, double, multiply)
CUMULATE_STEP(multiply_ints, int64_t, multiply_int)

/* The tensor is outer x axis x inner. A task is one outer index and up to CHUNK inner ones. */
typedef struct job {
    sard_dtype dtype;
    const char *from;
    char *to;
    int64_t axis, inner, chunks, start;
    step step;
    void (*floats)(step s, double *restrict acc, double *restrict x, size_t n);
    void (*ints)(step s, int64_t *restrict acc, int64_t *restrict x, size_t n);
} job;

static void advance(const job *j, cells *acc, size_t offset, size_t n)
{
    cells x;
    offset *= sard_dtype_size(j->dtype);
    if (sard_dtype_is_float(j->dtype)) {
        sard_widen(j->dtype, j->from + offset, n, x.f);
        j->floats(j->step, acc->f, x.f, n);
        sard_narrow(j->dtype, x.f, n, j->to + offset);
    } else {
        sard_widen_int(j->dtype, j->from + offset, n, x.i);
        j->ints(j->step, acc->i, x.i, n);
        sard_narrow_int(j->dtype, x.i, n, j->to + offset);
    }
}

static void run(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t outer = (int64_t)task / j->chunks, first = (int64_t)task % j->chunks * CHUNK;
    const int64_t lines = j->inner - first < CHUNK ? j->inner - first : CHUNK, pace = j->step.line ? CHUNK : 1;
    const int64_t steps = (j->axis + pace - 1) / pace;
    cells acc;
    for (int64_t i = 0; i < lines; i++) {
        if (sard_dtype_is_float(j->dtype))
            acc.f[i] = (double)j->start;
        else
            acc.i[i] = j->start;
    }
    for (int64_t i = 0; i < steps; i++) {
        const int64_t k = (j->step.reverse ? steps - 1 - i : i) * pace;
        const int64_t n = !j->step.line ? lines : j->axis - k < CHUNK ? j->axis - k : CHUNK;
        advance(j, &acc, (size_t)((outer * j->axis + k) * j->inner + first), (size_t)n);
    }
}

static sard_status eval(const sard_call *call, job j)
{
    const cumulate *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const size_t count = sard_tensor_count(x);
    int axis;
    const sard_status status = sard_axis(call->node, sard_get_int(&call->inputs[1], 0), x->rank, "axis", &axis, call->error);
    if (status || !count)
        return status;
    j.dtype = x->dtype;
    j.from = x->data;
    j.to = call->outputs[0].data;
    j.axis = x->dims[axis];
    j.inner = 1;
    for (int i = axis + 1; i < x->rank; i++)
        j.inner *= x->dims[i];
    j.chunks = (j.inner + CHUNK - 1) / CHUNK;
    j.step = (step){j.inner == 1, a->exclusive != 0, a->reverse != 0};
    sard_call_parallel(call, count / (size_t)(j.axis * j.inner) * (size_t)j.chunks, run, &j);
    return SARD_OK;
}

static sard_status eval_sum(const sard_call *call) { return eval(call, (job){.floats = add_floats, .ints = add_ints, .start = 0}); }

static sard_status eval_prod(const sard_call *call)
{
    return eval(call, (job){.floats = multiply_floats, .ints = multiply_ints, .start = 1});
}

#define CUMULATE(row, text, version, function)                     \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op), \
                                   .domain = "",                   \
                                   .name = text,                   \
                                   .since = version,               \
                                   .inputs = inputs,               \
                                   .outputs = outputs,             \
                                   .attrs = attrs,                 \
                                   .attrs_size = sizeof(cumulate), \
                                   .infer = infer,                 \
                                   .eval = function};

CUMULATE(cum_sum, "CumSum", 14, eval_sum)
CUMULATE(cum_prod, "CumProd", 26, eval_prod)
