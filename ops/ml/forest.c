/* The walk over the trees of an ensemble. Rows go through a tree together, so that it stays in the cache; each row's sum is made in the
 * order of the trees, whatever stands beside it. */
#include "ops/ml/forest.h"

#include <math.h>
#include <string.h>

/* ---- one row, one tree ---- */

static bool is_member(const double *set, double x)
{
    while (!isnan(*set) && *set != x)
        set++;
    return *set == x;
}

static bool holds(const sard_forest *forest, const sard_tree_step *step, double x)
{
    if (isnan(x) && step->nan_is_yes)
        return true;
    switch (step->mode) {
    case SARD_TREE_LEQ:
        return x <= step->split;
    case SARD_TREE_LT:
        return x < step->split;
    case SARD_TREE_GTE:
        return x >= step->split;
    case SARD_TREE_GT:
        return x > step->split;
    case SARD_TREE_EQ:
        return x == step->split;
    case SARD_TREE_NEQ:
        return x != step->split;
    default:
        return is_member(forest->sets + step->set, x);
    }
}

/* The rows take their steps in turn: a single walk would wait for memory most of the time. leaves: a step of each row, the last one. */
static void find_leaves(const sard_forest *forest, int32_t root, const sard_forest_row *rows, size_t count, int32_t *leaves)
{
    for (size_t i = 0; i < count; i++)
        leaves[i] = root;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            const sard_tree_step *step = &forest->steps[leaves[i]];
            if (step->feature < 0)
                continue;
            const double x = rows[i].x[step->feature];
            const bool yes = forest->plain ? x <= step->split : holds(forest, step, x);
            leaves[i] = yes ? step->yes : step->no;
            more = true;
        }
    }
}

static void add_leaf(const sard_forest *forest, const sard_tree_step *leaf, int64_t aggregate, const sard_forest_row *row)
{
    for (int32_t i = leaf->yes; i < leaf->no; i++) {
        const int32_t target = forest->weights[i].target;
        const double weight = forest->weights[i].weight, old = row->scores[target];
        const bool first = !row->reached[target];
        row->reached[target] = true;
        if (aggregate == SARD_TREE_MIN)
            row->scores[target] = first || weight < old ? weight : old;
        else if (aggregate == SARD_TREE_MAX)
            row->scores[target] = first || weight > old ? weight : old;
        else
            row->scores[target] = old + weight;
    }
}

void sard_forest_walk(const sard_forest *forest, int64_t aggregate, const sard_forest_row *rows, size_t count)
{
    int32_t leaves[SARD_FOREST_BLOCK];
    for (size_t i = 0; i < count; i++) {
        memset(rows[i].scores, 0, (size_t)forest->targets * sizeof *rows[i].scores);
        memset(rows[i].reached, 0, (size_t)forest->targets * sizeof *rows[i].reached);
    }
    for (size_t tree = 0; tree < forest->root_count; tree++) {
        find_leaves(forest, forest->roots[tree], rows, count, leaves);
        for (size_t i = 0; i < count; i++)
            add_leaf(forest, &forest->steps[leaves[i]], aggregate, &rows[i]);
    }
    for (size_t i = 0; aggregate == SARD_TREE_AVERAGE && forest->root_count && i < count; i++)
        for (int64_t k = 0; k < forest->targets; k++)
            rows[i].scores[k] /= (double)forest->root_count;
}

/* ---- all rows ---- */

typedef struct job {
    const sard_call *call;
    const sard_forest *forest;
    int64_t aggregate;
    sard_forest_finish *finish;
    double *memory; /* of each row of a slot its features, its scores */
    bool *reached;
    size_t rows, width, targets;
} job;

/* Integers are compared as float32, as ONNX Runtime does. */
static void read_row(const sard_tensor *x, size_t row, double *out)
{
    sard_ml_row(x, row, out);
    for (int64_t i = 0; !sard_dtype_is_float(x->dtype) && i < sard_ml_width(x); i++)
        out[i] = sard_to_float(out[i]);
}

static void walk_block(void *arg, size_t slot, size_t block)
{
    const job *j = arg;
    sard_forest_row rows[SARD_FOREST_BLOCK];
    const size_t first = block * SARD_FOREST_BLOCK, count = j->rows - first < SARD_FOREST_BLOCK ? j->rows - first : SARD_FOREST_BLOCK;
    for (size_t i = 0; i < count; i++) {
        double *x = j->memory + (slot * SARD_FOREST_BLOCK + i) * (j->width + j->targets);
        read_row(&j->call->inputs[0], first + i, x);
        rows[i] = (sard_forest_row){x, x + j->width, j->reached + (slot * SARD_FOREST_BLOCK + i) * j->targets};
    }
    sard_forest_walk(j->forest, j->aggregate, rows, count);
    for (size_t i = 0; i < count; i++)
        j->finish(j->call, first + i, rows[i].scores, rows[i].reached);
}

sard_status sard_forest_eval(const sard_call *call, const sard_forest *forest, int64_t aggregate, sard_forest_finish *finish)
{
    const sard_tensor *x = &call->inputs[0];
    job j = {.call = call, .forest = forest, .aggregate = aggregate, .finish = finish, .targets = (size_t)forest->targets};
    size_t bytes;
    j.rows = (size_t)sard_ml_row_count(x);
    j.width = (size_t)sard_ml_width(x);
    const size_t blocks = (j.rows + SARD_FOREST_BLOCK - 1) / SARD_FOREST_BLOCK, slots = blocks < SARD_ML_SLOTS ? blocks : SARD_ML_SLOTS;
    if (__builtin_mul_overflow(slots * SARD_FOREST_BLOCK * sizeof *j.memory, j.width + j.targets, &bytes))
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    j.memory = sard_call_alloc(call, bytes + 1);
    j.reached = sard_call_alloc(call, slots * SARD_FOREST_BLOCK * j.targets + 1);
    if (!j.memory || !j.reached)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    sard_ml_parallel(call, blocks, 1, walk_block, &j);
    return SARD_OK;
}
