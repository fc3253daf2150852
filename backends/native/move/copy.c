/* Elements of four bytes that only change their place: Transpose, Concat, Split, Slice. Whole rows are copied as such; where a dimension
 * changes places with the last one, in blocks. */
#include "backends/native/move/copy.h"
#include "backends/native/kernels.h"
#include "ops/axis.h"
#include "ops/lib/util.h"
#include "ops/slice.h"
#include "ops/transpose.h"

#include <string.h>

enum {
    PIECE = 8192,       /* elements of a task of rows */
    BLOCK = 64,         /* rows and columns of a task that transposes */
    TILE = 16,          /* what is transposed at once: a line of the cache */
    LEAST_WORK = 32768, /* elements that are worth a second thread */
};

typedef struct job {
    const sard_copy_plan *plan;
    float *y;
    const float *x;
} job;

/* y[r * y_row + c * y_step] = x[r * x_row + c * x_step]. */
typedef struct plane {
    int64_t rows, columns, y_row, x_row, y_step, x_step;
} plane;

static void copy_tile(const plane *p, float *y, const float *x, int64_t rows, int64_t columns)
{
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < columns; c++)
            y[r * p->y_row + c * p->y_step] = x[r * p->x_row + c * p->x_step];
}

static void copy_plane(const plane *p, float *y, const float *x)
{
    for (int64_t c = 0; c < p->columns; c += TILE)
        for (int64_t r = 0; r < p->rows; r += TILE) {
            const int64_t rows = p->rows - r < TILE ? p->rows - r : TILE, columns = p->columns - c < TILE ? p->columns - c : TILE;
            copy_tile(p, y + r * p->y_row + c * p->y_step, x + r * p->x_row + c * p->x_step, rows, columns);
        }
}

static void copy_work(void *arg, size_t i)
{
    const job *j = arg;
    const sard_loops *l = &j->plan->loops;
    const int inner = l->rank - 1, row = l->rank - 2;
    int64_t offsets[SARD_LOOPS_OPERANDS];
    plane p = {.y_row = l->strides[0][row], .x_row = l->strides[1][row], .y_step = l->strides[0][inner], .x_step = l->strides[1][inner]};
    sard_piece_at(l, &j->plan->pieces, (int64_t)i, offsets, &p.rows, &p.columns);
    if (p.y_step != 1 || p.x_step != 1) {
        copy_plane(&p, j->y + offsets[0], j->x + offsets[1]);
        return;
    }
    const sard_stripes rows = {
        .rows = p.rows, .n = p.columns, .y = j->y + offsets[0], .y_row = p.y_row, .a = j->x + offsets[1], .a_row = p.x_row, .a_step = 1};
    j->plan->tier->elementwise.functions[SARD_FUNCTION_copy](&rows);
}

/* Makes the dimension that lies together in x the one before the last. */
static void turn(sard_loops *l)
{
    int found = -1;
    for (int i = 0; i < l->rank - 1; i++)
        if (l->strides[1][i] == 1)
            found = i;
    for (int i = found; found >= 0 && i < l->rank - 2; i++) {
        const int64_t dim = l->dims[i];
        l->dims[i] = l->dims[i + 1];
        l->dims[i + 1] = dim;
        for (int o = 0; o < 2; o++) {
            const int64_t stride = l->strides[o][i];
            l->strides[o][i] = l->strides[o][i + 1];
            l->strides[o][i + 1] = stride;
        }
    }
}

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

sard_copy_plan sard_copy_plan_of(const sard_target *target, const sard_loops *loops)
{
    sard_copy_plan p = {.tier = sard_tier_of(target), .loops = *loops};
    sard_loops *l = &p.loops;
    int64_t total = 1;
    for (int i = 0; i < l->rank; i++)
        total *= l->dims[i];
    if (!total)
        return p;
    sard_loops_join(l);
    if (l->strides[1][l->rank - 1] != 1)
        turn(l);
    p.pieces = sard_pieces_of(l, PIECE);
    if (l->strides[1][l->rank - 1] != 1) {
        const int64_t rows = l->dims[l->rank - 2], columns = l->dims[l->rank - 1];
        const int64_t planes = p.pieces.count / (p.pieces.row_pieces * p.pieces.column_pieces);
        p.pieces.rows = smaller(rows, BLOCK);
        p.pieces.columns = smaller(columns, PIECE / p.pieces.rows);
        p.pieces.row_pieces = (rows + p.pieces.rows - 1) / p.pieces.rows;
        p.pieces.column_pieces = (columns + p.pieces.columns - 1) / p.pieces.columns;
        p.pieces.count = planes * p.pieces.row_pieces * p.pieces.column_pieces;
    }
    p.alone = total < LEAST_WORK;
    return p;
}

void sard_copy_run(const sard_copy_plan *plan, const sard_call *call, float *y, const float *x)
{
    job j = {.plan = plan, .y = y, .x = x};
    if (!plan->alone)
        sard_call_parallel(call, (size_t)plan->pieces.count, copy_work, &j);
    else
        for (int64_t i = 0; i < plan->pieces.count; i++)
            copy_work(&j, (size_t)i);
}

/* ---- the operators ---- */

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    *why = "elements that do not have four bytes";
    if (!node->inputs[0] || sard_dtype_size(node->inputs[0]->dtype) != 4 || node->inputs[0]->rank < 1)
        return false;
    *why = "an epilogue";
    return !node->epilogue_count;
}

/* What a plan knows: a copy for each part. `first` is its first element in the input of a Slice or Split, or in the result of a Concat. */
typedef struct part {
    sard_copy_plan copy;
    int64_t first;
} part;

typedef struct parts {
    size_t count;
    part part[];
} parts;

static parts *new_parts(sard_binding *binding, size_t count)
{
    parts *p = sard_binding_alloc(binding, sizeof *p + count * sizeof *p->part);
    if (p)
        p->count = count;
    binding->state = p;
    return p;
}

/* Over the dims of `part`, from x to y. */
static sard_loops loops_over(const sard_tensor *part, const sard_tensor *y, const sard_tensor *x)
{
    sard_loops l = {.rank = part->rank, .operands = 2};
    memcpy(l.dims, part->dims, sizeof l.dims);
    sard_tensor_strides(y, y->rank, y->dims, l.strides[0]);
    sard_tensor_strides(x, x->rank, x->dims, l.strides[1]);
    return l;
}

static sard_status bind_transpose(sard_binding *binding, sard_error *error)
{
    const sard_tensor *x = &binding->inputs[0], *y = &binding->outputs[0];
    parts *p = new_parts(binding, 1);
    if (!p)
        return sard_no_memory(error);
    sard_loops l = loops_over(y, y, x);
    int64_t strides[SARD_MAX_RANK];
    memcpy(strides, l.strides[1], sizeof strides);
    for (int i = 0; i < y->rank; i++)
        l.strides[1][i] = strides[sard_transpose_axis(binding->attrs, x->rank, i)];
    p->part->copy = sard_copy_plan_of(binding->target, &l);
    return SARD_OK;
}

static sard_status bind_concat(sard_binding *binding, sard_error *error)
{
    const int axis = sard_axis_of(binding->node);
    parts *p = new_parts(binding, binding->node->own_count);
    int64_t first = 0;
    if (!p)
        return sard_no_memory(error);
    for (size_t i = 0; i < p->count; i++) {
        const sard_tensor *x = &binding->inputs[i];
        const sard_loops l = loops_over(x, &binding->outputs[0], x);
        p->part[i] = (part){sard_copy_plan_of(binding->target, &l), first};
        first += x->dims[axis] * l.strides[0][axis];
    }
    return SARD_OK;
}

static sard_status copy_run_concat(const sard_call *call)
{
    const parts *p = call->state;
    for (size_t i = 0; i < p->count; i++)
        sard_copy_run(&p->part[i].copy, call, (float *)call->outputs[0].data + p->part[i].first, call->inputs[i].data);
    return SARD_OK;
}

static sard_status bind_split(sard_binding *binding, sard_error *error)
{
    const int axis = sard_axis_of(binding->node);
    parts *p = new_parts(binding, binding->output_count);
    int64_t first = 0;
    if (!p)
        return sard_no_memory(error);
    for (size_t i = 0; i < p->count; i++) {
        const sard_tensor *y = &binding->outputs[i];
        const sard_loops l = loops_over(y, y, &binding->inputs[0]);
        p->part[i] = (part){sard_copy_plan_of(binding->target, &l), first};
        first += y->dims[axis] * l.strides[1][axis];
    }
    return SARD_OK;
}

/* Parts of the input become the outputs: so are those of a Split, and the one of a Slice or Transpose. */
static sard_status copy_run_split(const sard_call *call)
{
    const parts *p = call->state;
    for (size_t i = 0; i < p->count; i++)
        sard_copy_run(&p->part[i].copy, call, call->outputs[i].data, (const float *)call->inputs[0].data + p->part[i].first);
    return SARD_OK;
}

static bool matches_split(const sard_node *node, const sard_target *target, const char **why)
{
    if (!matches(node, target, why))
        return false;
    *why = "a part that nobody wants";
    for (size_t i = 0; i < node->output_count; i++)
        if (!node->outputs[i])
            return false;
    return true;
}

static bool matches_slice(const sard_node *node, const sard_target *target, const char **why)
{
    sard_slice slice;
    if (!matches(node, target, why))
        return false;
    *why = "places that are not constant";
    return sard_slice_read(node, &slice);
}

static sard_status bind_slice(sard_binding *binding, sard_error *error)
{
    const sard_tensor *x = &binding->inputs[0], *y = &binding->outputs[0];
    sard_slice slice;
    parts *p = new_parts(binding, 1);
    if (!p)
        return sard_no_memory(error);
    if (!sard_slice_read(binding->node, &slice))
        return sard_node_fail(binding->node, error, SARD_UNSUPPORTED, "places are not constant");
    sard_loops l = loops_over(y, y, x);
    for (int i = 0; i < x->rank; i++) {
        p->part->first += slice.start[i] * l.strides[1][i];
        l.strides[1][i] *= slice.step[i];
    }
    p->part->copy = sard_copy_plan_of(binding->target, &l);
    return SARD_OK;
}

/* Reads and writes at the speed of a cache. */
static double cost(const sard_node *node, const sard_target *target)
{
    enum { BYTES_PER_NANOSECOND = 10 };
    double bytes = 0;
    (void)target;
    for (size_t i = 0; i < node->output_count; i++) {
        double one = node->outputs[i] ? 2 * sizeof(float) : 0;
        for (int k = 0; one > 0 && k < node->outputs[i]->rank; k++)
            one *= (double)node->outputs[i]->dims[k];
        bytes += one;
    }
    return bytes / BYTES_PER_NANOSECOND;
}

#define COPY(row, op_, matches_, run_)      \
    const sard_kernel sard_native_##row = { \
        .struct_size = sizeof(sard_kernel), \
        .name = #row,                       \
        .op = op_,                          \
        .flags = SARD_KERNEL_STRIDED,       \
        .matches = matches_,                \
        .cost = cost,                       \
        .bind = bind_##row,                 \
        .run = run_,                        \
    };

COPY(transpose, "Transpose", matches, copy_run_split)
COPY(concat, "Concat", matches, copy_run_concat)
COPY(split, "Split", matches_split, copy_run_split)
COPY(slice, "Slice", matches_slice, copy_run_split)
