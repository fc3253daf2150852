/* Gemm and MatMul of several rows by register tiles. A constant matrix is packed into panels ahead of time, a computed one into scratch in
 * each run; likewise C. */
#include "backends/native/gemm/product.h"
#include "backends/native/kernels.h"
#include "ops/lib/util.h"

#include <string.h>

enum {
    BLOCK_BYTES = 192 << 10, /* of the rows that a task reads in a slice of K */
    LEAST_BLOCK = 96,
    WORK_ITEMS = 16,
    LEAST_MACS = 200000, /* of a task */
};

typedef struct job {
    sard_product_shape shape;
    sard_post post;
    const sard_tensor *inputs;
    const sard_tier *tier;
    sard_panels panels;
    const float *x, *weights, *bias;
    float *y, *packed; /* packed: what `weights` will be, where b is computed */
    const float *b;
    int64_t x_row, y_row;
    int64_t block, blocks, split; /* rows of a task; split: ranges of panels */
} job;

static bool matches(const sard_node *node, const sard_target *target, const char **why)
{
    sard_product_shape p;
    (void)target;
    if (!sard_product_shape_of(node, NULL, NULL, &p, why))
        return false;
    *why = "a few rows: gemv";
    return !sard_product_has_few_rows(node, &p);
}

/* At 80 % of two fused multiply-adds a cycle of 3 GHz, and the matrix at 20 GB/s, twice if it has to be packed in each run. */
static double cost(const sard_node *node, const sard_target *target)
{
    sard_product_shape p;
    const char *why;
    if (!sard_product_shape_of(node, NULL, NULL, &p, &why))
        return 0;
    const sard_panels panels = sard_panels_of(sard_tier_of(target), p.n);
    const double matrix = (double)(panels.vectors * panels.lanes) * (double)p.k, passes = node->inputs[1]->constant ? 1 : 3;
    const double rows = (double)(p.m < 4 ? 4 : p.m);
    return (double)p.batch * matrix * rows / (2 * 3.0 * 0.8 * panels.lanes) + (double)p.b_count * matrix * sizeof(float) * passes / 20;
}

/* ---- panels ---- */

static int64_t matrix_floats(const job *j) { return sard_panels_size(&j->panels, j->shape.k); }

static void pack_panel(const job *j, const char *b, int64_t panel, float *out)
{
    const sard_product_shape *p = &j->shape;
    sard_panel_pack(&j->panels, b, p->b_row, p->b_column, p->k, p->factor, panel, out);
}

static void pack_matrix(const job *j, const char *b, float *out)
{
    for (int64_t i = 0; i < j->panels.count; i++)
        pack_panel(j, b, i, out + sard_panel_offset(&j->panels, i, j->shape.k, 0));
}

static void pack_work(void *arg, size_t i)
{
    const job *j = arg;
    const int64_t matrix = (int64_t)i / j->panels.count, panel = (int64_t)i % j->panels.count;
    const float *b = j->b + matrix * j->shape.k * j->shape.b_row;
    pack_panel(j, (const char *)b, panel, j->packed + matrix * matrix_floats(j) + sard_panel_offset(&j->panels, panel, j->shape.k, 0));
}

/* ---- before the first run ---- */

static void describe(const sard_node *node, const sard_tensor *a, const sard_tensor *b, const sard_target *target, job *j)
{
    const char *why;
    *j = (job){.tier = sard_tier_of(target)};
    (void)sard_product_shape_of(node, a, b, &j->shape, &why);
    const sard_product_shape *p = &j->shape;
    j->panels = sard_panels_of(j->tier, p->n);
    const int64_t row_bytes = (p->k < 512 ? p->k + 1 : 512) * (int64_t)sizeof(float), rows = j->tier->gemm.rows[2];
    const int64_t block = BLOCK_BYTES / row_bytes < LEAST_BLOCK ? LEAST_BLOCK : BLOCK_BYTES / row_bytes;
    const int64_t wanted = (p->m + block - 1) / block;
    j->block = wanted ? ((p->m + wanted - 1) / wanted + rows - 1) / rows * rows : rows;
    j->blocks = (p->m + j->block - 1) / j->block;
    const double macs = (double)p->m * (double)p->n * (double)p->k * (double)p->batch;
    const int64_t pieces = macs / LEAST_MACS > WORK_ITEMS ? WORK_ITEMS : (int64_t)(macs / LEAST_MACS), have = j->blocks * p->batch;
    j->split = have ? (pieces + have - 1) / have : 1;
    j->split = j->split > j->panels.count ? j->panels.count : j->split;
    j->split = j->split < 1 ? 1 : j->split;
}

static int64_t padded_columns(const job *j) { return j->panels.vectors * j->panels.lanes; }

/* Computed matrices, then a computed C. */
static size_t scratch_floats(const job *j, const sard_node *node)
{
    const int64_t matrices = sard_is_computed(node, 1) ? matrix_floats(j) * j->shape.b_count : 0;
    return (size_t)(matrices + (sard_is_computed(node, 2) ? padded_columns(j) : 0));
}

static void pack_bias(const job *j, const sard_tensor *c, float *out)
{
    for (int64_t i = 0; i < padded_columns(j); i++) {
        float term = 0;
        if (i < j->shape.n)
            memcpy(&term, (const char *)c->data + i * j->shape.c_step * (int64_t)sizeof term, sizeof term);
        out[i] = j->shape.c_factor * term;
    }
}

static sard_status prepare(const sard_node *node, sard_packing *packing, sard_error *error)
{
    job j;
    bool fresh;
    const sard_tensor *b = sard_value_constant(node->inputs[1]);
    describe(node, NULL, NULL, sard_packing_target(packing), &j);
    sard_packing_scratch(packing, scratch_floats(&j, node) * sizeof(float));
    const size_t bytes = (size_t)matrix_floats(&j) * sizeof(float);
    float *packed = b ? sard_packing_memory(packing, 0, bytes * (size_t)j.shape.b_count, &fresh) : NULL;
    if (b && !packed)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    for (int64_t i = 0; b && fresh && i < j.shape.b_count; i++)
        pack_matrix(&j, (const char *)b->data + i * j.shape.k * j.shape.b_row * (int64_t)sizeof(float), packed + i * matrix_floats(&j));
    if (!j.shape.has_c || sard_is_computed(node, 2))
        return SARD_OK;
    float *bias = sard_packing_memory(packing, 1, (size_t)padded_columns(&j) * sizeof(float), &fresh);
    if (!bias)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh)
        pack_bias(&j, sard_value_constant(node->inputs[2]), bias);
    return SARD_OK;
}

/* ---- the run ---- */

static void work(void *arg, size_t i)
{
    const job *j = arg;
    const sard_product_shape *p = &j->shape;
    const int64_t part = (int64_t)i % j->split, b = (int64_t)i / j->split % j->blocks, n = (int64_t)i / j->split / j->blocks;
    const int64_t first = b * j->block, left = p->m - first;
    int64_t a_offset = 0, matrix = 0;
    for (int64_t d = p->rank - 1, rest = n; d >= 0; rest /= p->dims[d--]) {
        a_offset += rest % p->dims[d] * p->a_batch[d];
        matrix += rest % p->dims[d] * p->b_batch[d];
    }
    const sard_tiles tiles = {.tier = j->tier,
                              .panels = j->panels,
                              .k = p->k,
                              .x = j->x + a_offset + first * j->x_row,
                              .weights = j->weights + matrix * matrix_floats(j),
                              .bias = j->bias,
                              .y = j->y + (n * p->m + first) * j->y_row,
                              .x_row = j->x_row,
                              .y_row = j->y_row,
                              .rows = left < j->block ? left : j->block,
                              .pixel = n * p->m + first,
                              .post = &j->post,
                              .inputs = j->inputs};
    sard_tiles_run(&tiles, j->panels.count * part / j->split, j->panels.count * (part + 1) / j->split);
}

static const float *set_bias(const job *j, const sard_call *call)
{
    float *bias = (float *)call->scratch + scratch_floats(j, call->node) - padded_columns(j);
    pack_bias(j, &call->inputs[2], bias);
    return bias;
}

static sard_status run(const sard_call *call)
{
    job j;
    const sard_tensor *a = &call->inputs[0], *b = &call->inputs[1], *y = &call->outputs[0];
    describe(call->node, a, b, call->target, &j);
    j.x = a->data;
    j.b = b->data;
    j.y = y->data;
    j.x_row = sard_row_of(a);
    j.y_row = sard_row_of(y);
    j.bias = !j.shape.has_c ? NULL : sard_is_computed(call->node, 2) ? set_bias(&j, call) : call->packed[1];
    j.post = sard_post_of(call->node, call->inputs, call->target);
    j.post.applied = true;
    j.inputs = call->inputs;
    if (call->node->inputs[1]->constant) {
        j.weights = call->packed[0];
    } else {
        j.weights = j.packed = call->scratch;
        sard_call_parallel(call, (size_t)(j.shape.b_count * j.panels.count), pack_work, &j);
    }
    sard_call_parallel(call, (size_t)(j.shape.batch * j.blocks * j.split), work, &j);
    return sard_post_rest(&j.post, call);
}

#define MATMUL(row, op_)                                      \
    const sard_kernel sard_native_##row = {                   \
        .struct_size = sizeof(sard_kernel),                   \
        .name = #row,                                         \
        .op = op_,                                            \
        .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED, \
        .matches = matches,                                   \
        .cost = cost,                                         \
        .pack = prepare,                                      \
        .run = run,                                           \
    };

MATMUL(gemm, "Gemm")
MATMUL(matmul, "MatMul")
