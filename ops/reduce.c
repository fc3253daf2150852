/* ReduceSum, ReduceMean, ReduceMax, ReduceMin, ReduceProd, ReduceL1, ReduceL2, ReduceSumSquare, ReduceLogSum, ReduceLogSumExp
 *
 * in   data; axes: int64, optional. None, or an empty list: all axes, or with noop_with_empty_axes no axis at all (what is done to each
 *      element, say its square, is still done)
 * out  reduced: without the reduced axes, or with keepdims with size 1 there
 *
 * Over nothing: sums give 0, products 1, the mean NaN (integers: 0), maxima the lowest number there is. NaN wins in Max and Min.
 * Integers are summed modulo 2^64. An operator is a row: where the fold starts, the fold, what is done to its result. */
#include "ops/reduce.h"

#include "ops/lib/util.h"

#include <math.h>
#include <string.h>

static const sard_attr_spec attrs[] = {SARD_INT(sard_reduce, keepdims, 1), SARD_INT(sard_reduce, noop_with_empty_axes, 0), SARD_ATTRS_END};

/* Results that are folded at once. */
enum { CHUNK = 512 };

/* Folds x[i] into acc[i], or with `spread` false all of them into acc[0]. An accumulator has a second part, CHUNK elements behind. */
typedef void fold_float(double *restrict acc, bool spread, const double *restrict x, size_t n);
typedef void fold_int(int64_t *restrict acc, bool spread, const int64_t *restrict x, size_t n);

/* LOWEST, HIGHEST: infinite, or the limits of an integer type. */
typedef enum start { ZERO, ONE, LOWEST, HIGHEST } start;

typedef struct reducer {
    start start;
    fold_float *floats;
    double (*finish)(double acc, double second, double count); /* NULL: acc */
    fold_int *ints, *uints;                                    /* uints: of uint64, as bits */
    int64_t (*finish_int)(int64_t acc, int64_t count, bool is_unsigned);
} reducer;

/* Accumulators, or elements in their widest type. */
typedef union cells {
    double f[2 * CHUNK];
    int64_t i[2 * CHUNK];
} cells;

/* ---- folds ---- */

#define FOLD(name, type, combine)                                                       \
    static void name(type *restrict acc, bool spread, const type *restrict x, size_t n) \
    {                                                                                   \
        if (spread) {                                                                   \
            for (size_t i = 0; i < n; i++)                                              \
                acc[i] = combine(acc[i], x[i]);                                         \
            return;                                                                     \
        }                                                                               \
        type a = acc[0];                                                                \
        for (size_t i = 0; i < n; i++)                                                  \
            a = combine(a, x[i]);                                                       \
        acc[0] = a;                                                                     \
    }

#define UNSIGNED(a, op, b) (int64_t)((uint64_t)(a)op(uint64_t)(b))

static inline double add(double a, double x) { return a + x; }
static inline double add_abs(double a, double x) { return a + fabs(x); }
static inline double add_square(double a, double x) { return a + x * x; }
static inline double multiply(double a, double x) { return a * x; }
static inline double larger(double a, double x) { return x > a || x != x ? x : a; }
static inline double smaller(double a, double x) { return x < a || x != x ? x : a; }
static inline int64_t add_int(int64_t a, int64_t x) { return UNSIGNED(a, +, x); }
static inline int64_t add_abs_int(int64_t a, int64_t x) { return x < 0 ? UNSIGNED(a, -, x) : UNSIGNED(a, +, x); }
static inline int64_t add_square_int(int64_t a, int64_t x) { return UNSIGNED(a, +, UNSIGNED(x, *, x)); }
static inline int64_t multiply_int(int64_t a, int64_t x) { return UNSIGNED(a, *, x); }
static inline int64_t larger_int(int64_t a, int64_t x) { return x > a ? x : a; }
static inline int64_t smaller_int(int64_t a, int64_t x) { return x < a ? x : a; }
static inline int64_t larger_uint(int64_t a, int64_t x) { return (uint64_t)x > (uint64_t)a ? x : a; }
static inline int64_t smaller_uint(int64_t a, int64_t x) { return (uint64_t)x < (uint64_t)a ? x : a; }

FOLD(fold_sum, double, add)
FOLD(fold_abs, double, add_abs)
FOLD(fold_square, double, add_square)
FOLD(fold_product, double, multiply)
FOLD(fold_max, double, larger)
FOLD(fold_min, double, smaller)
FOLD(sum_ints, int64_t, add_int)
FOLD(abs_ints, int64_t, add_abs_int)
FOLD(square_ints, int64_t, add_square_int)
FOLD(product_ints, int64_t, multiply_int)
FOLD(max_ints, int64_t, larger_int)
FOLD(min_ints, int64_t, smaller_int)
FOLD(max_uints, int64_t, larger_uint)
FOLD(min_uints, int64_t, smaller_uint)

/* acc is the largest x so far, the second part the sum of exp(x - acc): no overflow, and infinities come out right. */
static void fold_exp(double *restrict acc, bool spread, const double *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double *top = &acc[spread ? i : 0], *sum = top + CHUNK;
        if (x[i] > *top) {
            *sum = *sum * exp(*top - x[i]) + 1;
            *top = x[i];
        } else {
            *sum += x[i] == *top ? 1 : exp(x[i] - *top);
        }
    }
}

/* ---- what is done in the end ---- */

static double mean(double acc, double second, double count) { return (void)second, acc / count; }
static double root(double acc, double second, double count) { return (void)second, (void)count, sqrt(acc); }
static double logarithm(double acc, double second, double count) { return (void)second, (void)count, log(acc); }
static double log_of_sum(double acc, double second, double count) { return (void)count, acc + log(second); }

static int64_t mean_int(int64_t acc, int64_t count, bool is_unsigned)
{
    if (!count)
        return 0;
    return is_unsigned ? UNSIGNED(acc, /, count) : acc / count;
}

static int64_t root_int(int64_t acc, int64_t count, bool is_unsigned)
{
    (void)count;
    return (int64_t)sqrt(is_unsigned ? (double)(uint64_t)acc : acc < 0 ? 0 : (double)acc); /* negative: the sum has wrapped */
}

/* ---- the walk ---- */

/* Neighbouring axes of one sort are one group; the innermost group is the run, the others are walked through. A unit is one result,
 * or where the run is kept up to CHUNK of its results; units are independent. */
typedef struct job {
    const reducer *by;
    sard_dtype dtype;
    const char *data;
    char *out;
    int kept, reduced; /* groups without the run */
    int64_t kept_dims[SARD_MAX_RANK], kept_strides[SARD_MAX_RANK], reduced_dims[SARD_MAX_RANK], reduced_strides[SARD_MAX_RANK];
    bool run_is_reduced;
    int64_t run, chunks, units, units_per_task;
    int64_t count; /* elements that make one result */
} job;

static void group_axes(job *j, const sard_tensor *x, uint32_t mask)
{
    int64_t stride = 1;
    int last = -1; /* sort of the newest group: reduced or not */
    bool in_run = true;
    j->run = 1;
    for (int i = x->rank - 1; i >= 0; stride *= x->dims[i--]) {
        const int sort = mask >> i & 1;
        if (last < 0)
            j->run_is_reduced = sort;
        in_run &= last < 0 || sort == last;
        if (in_run) {
            j->run *= x->dims[i];
        } else {
            int *count = sort ? &j->reduced : &j->kept;
            int64_t *dims = sort ? j->reduced_dims : j->kept_dims, *strides = sort ? j->reduced_strides : j->kept_strides;
            if (sort != last) {
                dims[*count] = 1;
                strides[(*count)++] = stride;
            }
            dims[*count - 1] *= x->dims[i];
        }
        last = sort;
    }
}

static double start_float(start s) { return s == ZERO ? 0 : s == ONE ? 1 : s == LOWEST ? -INFINITY : INFINITY; }

static int64_t start_int(start s, sard_dtype dtype)
{
    if (s == ZERO || s == ONE)
        return s == ONE;
    const unsigned bits = 8 * (unsigned)sard_dtype_size(dtype);
    if (dtype == SARD_BOOL)
        return s == HIGHEST;
    if (sard_dtype_in(dtype, SARD_SET_UNSIGNED))
        return s == LOWEST ? 0 : (int64_t)(UINT64_MAX >> (64 - bits));
    return s == LOWEST ? INT64_MIN >> (64 - bits) : INT64_MAX >> (64 - bits);
}

/* Folds n elements at `from`; a run that is reduced comes in pieces. */
static void fold(const job *j, cells *acc, const char *from, int64_t n)
{
    cells x;
    const size_t size = sard_dtype_size(j->dtype);
    for (int64_t at = 0; at < n; at += CHUNK) {
        const size_t piece = (size_t)(n - at < CHUNK ? n - at : CHUNK);
        const char *src = from + (size_t)at * size;
        if (sard_dtype_is_float(j->dtype)) {
            sard_widen(j->dtype, src, piece, x.f);
            j->by->floats(acc->f, !j->run_is_reduced, x.f, piece);
        } else {
            sard_widen_int(j->dtype, src, piece, x.i);
            (j->dtype == SARD_U64 ? j->by->uints : j->by->ints)(acc->i, !j->run_is_reduced, x.i, piece);
        }
    }
}

static void begin(const job *j, cells *acc, size_t results)
{
    if (sard_dtype_is_float(j->dtype)) {
        for (size_t i = 0; i < results; i++) {
            acc->f[i] = start_float(j->by->start);
            acc->f[CHUNK + i] = 0;
        }
    } else {
        for (size_t i = 0; i < results; i++)
            acc->i[i] = start_int(j->by->start, j->dtype);
    }
}

static void finish(const job *j, cells *acc, size_t results, void *out)
{
    if (sard_dtype_is_float(j->dtype)) {
        for (size_t i = 0; j->by->finish && i < results; i++)
            acc->f[i] = j->by->finish(acc->f[i], acc->f[CHUNK + i], (double)j->count);
        sard_narrow(j->dtype, acc->f, results, out);
    } else {
        for (size_t i = 0; j->by->finish_int && i < results; i++)
            acc->i[i] = j->by->finish_int(acc->i[i], j->count, j->dtype == SARD_U64);
        sard_narrow_int(j->dtype, acc->i, results, out);
    }
}

static void reduce_unit(const job *j, int64_t unit)
{
    cells acc;
    const size_t size = sard_dtype_size(j->dtype);
    const int64_t first = unit % j->chunks * CHUNK;
    int64_t n = j->run, index = unit / j->chunks, from = first, to = index;
    size_t results = 1;
    if (!j->run_is_reduced) {
        n = j->run - first < CHUNK ? j->run - first : CHUNK;
        to = index * j->run + first;
        results = (size_t)n;
    }
    for (int i = 0; i < j->kept; i++) { /* the innermost group comes first */
        from += index % j->kept_dims[i] * j->kept_strides[i];
        index /= j->kept_dims[i];
    }
    begin(j, &acc, results);
    for (sard_walk w = sard_walk_start(j->reduced, j->reduced_dims, j->reduced_strides, NULL, NULL); w.more; sard_walk_next(&w))
        fold(j, &acc, j->data + (size_t)(from + w.offset[0]) * size, n);
    finish(j, &acc, results, j->out + (size_t)to * size);
}

static void reduce_units(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->units_per_task;
    for (int64_t unit = first; unit < j->units && unit < first + j->units_per_task; unit++)
        reduce_unit(j, unit);
}

/* ---- the operator ---- */

bool sard_reduce_mask(const sard_node *node, uint32_t *mask)
{
    const int rank = node->inputs[0]->rank;
    *mask = 0;
    if (sard_has_input(node, SARD_REDUCE_AXES) && !sard_input_axes(node, SARD_REDUCE_AXES, rank, mask))
        return false;
    if (!*mask && !((const sard_reduce *)node->attrs)->noop_with_empty_axes)
        *mask = (1u << rank) - 1;
    return true;
}

static sard_status axes_of(const sard_node *node, const int64_t *axes, size_t count, int rank, uint32_t *mask, sard_error *error)
{
    const sard_reduce *a = node->attrs;
    *mask = a->noop_with_empty_axes ? 0 : (1u << rank) - 1;
    return count ? sard_axes(node, (sard_ints){axes, count}, rank, mask, error) : SARD_OK;
}

static sard_status eval(const sard_call *call, const reducer *by)
{
    const sard_tensor *x = &call->inputs[0];
    const bool given = call->input_count > 1 && call->inputs[1].dtype;
    uint32_t mask;
    const sard_status status = axes_of(call->node, given ? call->inputs[1].data : NULL, given ? sard_tensor_count(&call->inputs[1]) : 0,
                                       x->rank, &mask, call->error);
    if (status)
        return status;
    job j = {.by = by, .dtype = x->dtype, .data = x->data, .out = call->outputs[0].data};
    const size_t results = sard_tensor_count(&call->outputs[0]), elements = sard_tensor_count(x);
    if (!results)
        return SARD_OK;
    if (elements) {
        group_axes(&j, x, mask);
        j.count = (int64_t)(elements / results);
    } else { /* each result is folded from nothing */
        j.run = (int64_t)results;
        j.reduced = 1;
    }
    j.chunks = j.run_is_reduced ? 1 : (j.run + CHUNK - 1) / CHUNK;
    j.units = j.chunks;
    for (int i = 0; i < j.kept; i++)
        j.units *= j.kept_dims[i];
    const int64_t work = j.count * (j.run_is_reduced ? 1 : CHUNK); /* elements of a unit */
    j.units_per_task = work < 16384 ? 16384 / (work + 1) + 1 : 1;
    sard_call_parallel(call, (size_t)((j.units + j.units_per_task - 1) / j.units_per_task), reduce_units, &j);
    return SARD_OK;
}

/* Shape arithmetic: the product of a Shape's elements. */
static sard_status infer_contents(sard_node *node, uint32_t mask, const reducer *by, sard_error *error)
{
    int64_t elements[SARD_MAX_CONTENTS];
    size_t count;
    const sard_dtype dtype = node->inputs[0]->dtype;
    if (mask != 1 || !node->outputs[0] || !by->ints || !sard_dtype_in(dtype, SARD_SET_INDEX) ||
        !sard_node_input_ints(node, 0, elements, SARD_MAX_CONTENTS, &count))
        return SARD_OK;
    sard_content result = {.known = true, .value = start_int(by->start, dtype)};
    by->ints(&result.value, false, elements, count);
    if (by->finish_int)
        result.value = by->finish_int(result.value, (int64_t)count, false);
    if (dtype == SARD_I32)
        result.value = (int32_t)result.value;
    return sard_value_set_contents(node->outputs[0], &result, 1) ? SARD_OK : sard_no_memory(error);
}

static sard_status infer(sard_node *node, sard_error *error, const reducer *by)
{
    const sard_reduce *a = node->attrs;
    const sard_value *x = node->inputs[0], *axes_in = sard_has_input(node, 1) ? node->inputs[1] : NULL;
    int64_t axes[SARD_MAX_RANK], dims[SARD_MAX_RANK];
    size_t count = 0;
    if (axes_in && axes_in->rank > 1)
        return sard_node_fail(node, error, SARD_SHAPE, "axes has rank %d, must be 1", axes_in->rank);
    if (axes_in && axes_in->rank == 1 && axes_in->dims[0] > x->rank)
        return sard_node_fail(node, error, SARD_SHAPE, "%lld axes for rank %d", (long long)axes_in->dims[0], x->rank);
    if (axes_in && !sard_node_input_ints(node, 1, axes, SARD_MAX_RANK, &count)) {
        for (int i = 0; i < x->rank; i++)
            dims[i] = SARD_UNKNOWN_DIM;
        return sard_node_set_output(node, 0, x->dtype, a->keepdims ? x->rank : -1, dims, error);
    }
    uint32_t mask;
    sard_status status = axes_of(node, axes, count, x->rank, &mask, error);
    if (status)
        return status;
    int rank = 0;
    for (int i = 0; i < x->rank; i++) {
        if (!(mask >> i & 1))
            dims[rank++] = x->dims[i];
        else if (a->keepdims)
            dims[rank++] = 1;
    }
    status = sard_node_set_output(node, 0, x->dtype, rank, dims, error);
    return status ? status : infer_contents(node, mask, by, error);
}

/* ---- rows ---- */

#define WIDE (SARD_SET_FLOAT | SARD_SET(I32) | SARD_SET(I64) | SARD_SET(U32) | SARD_SET(U64))
#define ORDERED (WIDE | SARD_SET(I8) | SARD_SET(U8) | SARD_SET(BOOL))

#define REDUCE(row, text, version, set, ...)                                                                                               \
    static const reducer row##_by = __VA_ARGS__;                                                                                           \
    static sard_status infer_##row(sard_node *node, sard_error *error) { return infer(node, error, &row##_by); }                           \
    static sard_status eval_##row(const sard_call *call) { return eval(call, &row##_by); }                                                 \
    static const sard_port row##_inputs[] = {SARD_PORT("data", 'T', set), SARD_PORT_OPTIONAL("axes", 'A', SARD_SET(I64)), SARD_PORTS_END}; \
    static const sard_port row##_outputs[] = {SARD_PORT("reduced", 'T', set), SARD_PORTS_END};                                             \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op),                                                                         \
                                   .domain = "",                                                                                           \
                                   .name = text,                                                                                           \
                                   .since = version,                                                                                       \
                                   .inputs = row##_inputs,                                                                                 \
                                   .outputs = row##_outputs,                                                                               \
                                   .attrs = attrs,                                                                                         \
                                   .attrs_size = sizeof(sard_reduce),                                                                      \
                                   .infer = infer_##row,                                                                                   \
                                   .eval = eval_##row};

REDUCE(reduce_sum, "ReduceSum", 13, WIDE, {ZERO, fold_sum, NULL, sum_ints, sum_ints, NULL})
REDUCE(reduce_mean, "ReduceMean", 18, WIDE, {ZERO, fold_sum, mean, sum_ints, sum_ints, mean_int})
REDUCE(reduce_max, "ReduceMax", 20, ORDERED, {LOWEST, fold_max, NULL, max_ints, max_uints, NULL})
REDUCE(reduce_min, "ReduceMin", 20, ORDERED, {HIGHEST, fold_min, NULL, min_ints, min_uints, NULL})
REDUCE(reduce_prod, "ReduceProd", 18, WIDE, {ONE, fold_product, NULL, product_ints, product_ints, NULL})
REDUCE(reduce_l1, "ReduceL1", 18, WIDE, {ZERO, fold_abs, NULL, abs_ints, sum_ints, NULL})
REDUCE(reduce_l2, "ReduceL2", 18, WIDE, {ZERO, fold_square, root, square_ints, square_ints, root_int})
REDUCE(reduce_sum_square, "ReduceSumSquare", 18, WIDE, {ZERO, fold_square, NULL, square_ints, square_ints, NULL})
REDUCE(reduce_log_sum, "ReduceLogSum", 28, SARD_SET_FLOAT, {ZERO, fold_sum, logarithm, NULL, NULL, NULL})
REDUCE(reduce_log_sum_exp, "ReduceLogSumExp", 28, SARD_SET_FLOAT, {LOWEST, fold_exp, log_of_sum, NULL, NULL, NULL})
