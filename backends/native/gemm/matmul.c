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

/* What a plan knows. */
typedef struct matmul {
    const sard_tier *tier;
    sard_product_shape shape;
    sard_post post;
    sard_panels panels;
    bool b_computed, c_computed; /* they come with the run */
    int64_t x_row, y_row;
    int64_t block, blocks, split; /* rows of a task; split: ranges of panels */
} matmul;

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

static int64_t matrix_floats(const matmul *m) { return sard_panels_size(&m->panels, m->shape.k); }

/* Panel i of all matrices, into its place. */
static void pack_panel(const matmul *m, const char *b, int64_t i, float *out)
{
    const sard_product_shape *p = &m->shape;
    const int64_t matrix = i / m->panels.count, panel = i % m->panels.count;
    sard_panel_pack(&m->panels, b + matrix * p->k * p->b_row * (int64_t)sizeof *out, p->b_row, p->b_column, p->k, p->factor, panel,
                    out + matrix * matrix_floats(m) + sard_panel_offset(&m->panels, panel, p->k, 0));
}

/* ---- before the first run ---- */

static void describe(const sard_node *node, const sard_tensor *a, const sard_tensor *b, const sard_target *target, matmul *m)
{
    const char *why;
    *m = (matmul){.tier = sard_tier_of(target), .b_computed = sard_is_computed(node, 1), .c_computed = sard_is_computed(node, 2)};
    (void)sard_product_shape_of(node, a, b, &m->shape, &why);
    const sard_product_shape *p = &m->shape;
    m->panels = sard_panels_of(m->tier, p->n);
    const int64_t row_bytes = (p->k < 512 ? p->k + 1 : 512) * (int64_t)sizeof(float), rows = m->tier->gemm.rows[2];
    const int64_t block = BLOCK_BYTES / row_bytes < LEAST_BLOCK ? LEAST_BLOCK : BLOCK_BYTES / row_bytes;
    const int64_t wanted = (p->m + block - 1) / block;
    m->block = wanted ? ((p->m + wanted - 1) / wanted + rows - 1) / rows * rows : rows;
    m->blocks = (p->m + m->block - 1) / m->block;
    const double macs = (double)p->m * (double)p->n * (double)p->k * (double)p->batch;
    const int64_t pieces = macs / LEAST_MACS > WORK_ITEMS ? WORK_ITEMS : (int64_t)(macs / LEAST_MACS), have = m->blocks * p->batch;
    m->split = have ? (pieces + have - 1) / have : 1;
    m->split = m->split > m->panels.count ? m->panels.count : m->split;
    m->split = m->split < 1 ? 1 : m->split;
}

static int64_t padded_columns(const matmul *m) { return m->panels.vectors * m->panels.lanes; }

/* In scratch: computed matrices, then a computed C. */
static int64_t computed_floats(const matmul *m) { return m->b_computed ? matrix_floats(m) * m->shape.b_count : 0; }

static void pack_bias(const matmul *m, const sard_tensor *c, float *out)
{
    for (int64_t i = 0; i < padded_columns(m); i++) {
        float term = 0;
        if (i < m->shape.n)
            memcpy(&term, (const char *)c->data + i * m->shape.c_step * (int64_t)sizeof term, sizeof term);
        out[i] = m->shape.c_factor * term;
    }
}

static sard_status pack(const sard_node *node, sard_packing *packing, sard_error *error)
{
    matmul m;
    bool fresh;
    const sard_tensor *b = sard_value_constant(node->inputs[1]);
    describe(node, NULL, NULL, sard_packing_target(packing), &m);
    const size_t bytes = (size_t)(matrix_floats(&m) * m.shape.b_count) * sizeof(float);
    float *packed = b ? sard_packing_memory(packing, 0, bytes, &fresh) : NULL;
    if (b && !packed)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    for (int64_t i = 0; b && fresh && i < m.shape.b_count * m.panels.count; i++)
        pack_panel(&m, b->data, i, packed);
    if (!m.shape.has_c || m.c_computed)
        return SARD_OK;
    float *bias = sard_packing_memory(packing, 1, (size_t)padded_columns(&m) * sizeof(float), &fresh);
    if (!bias)
        return sard_node_fail(node, error, SARD_NOMEM, "no memory for packed weights");
    if (fresh)
        pack_bias(&m, sard_value_constant(node->inputs[2]), bias);
    return SARD_OK;
}

static sard_status bind(sard_binding *binding, sard_error *error)
{
    const sard_tensor *a = &binding->inputs[0], *b = &binding->inputs[1];
    matmul *m = sard_binding_alloc(binding, sizeof *m);
    if (!m)
        return sard_no_memory(error);
    describe(binding->node, a, b, binding->target, m);
    m->x_row = sard_row_of(a);
    m->y_row = sard_row_of(&binding->outputs[0]);
    m->post = sard_post_of(binding->node, binding->inputs, binding->target);
    sard_binding_scratch(binding, (size_t)(computed_floats(m) + (m->c_computed ? padded_columns(m) : 0)) * sizeof(float));
    binding->state = m;
    return SARD_OK;
}

/* ---- the run ---- */

typedef struct job {
    const matmul *plan;
    const float *x, *weights, *bias;
    float *y, *packed; /* packed: what `weights` will be, where b is computed */
    const char *b;
    const sard_tensor *inputs;
} job;

static void matmul_pack_work(void *arg, size_t i)
{
    const job *j = arg;
    pack_panel(j->plan, j->b, (int64_t)i, j->packed);
}

static void matmul_work(void *arg, size_t i)
{
    const job *j = arg;
    const matmul *m = j->plan;
    const sard_product_shape *p = &m->shape;
    const int64_t part = (int64_t)i % m->split, b = (int64_t)i / m->split % m->blocks, n = (int64_t)i / m->split / m->blocks;
    const int64_t first = b * m->block, left = p->m - first;
    int64_t a_offset = 0, matrix = 0;
    for (int64_t d = p->rank - 1, rest = n; d >= 0; rest /= p->dims[d--]) {
        a_offset += rest % p->dims[d] * p->a_batch[d];
        matrix += rest % p->dims[d] * p->b_batch[d];
    }
    const sard_tiles tiles = {.tier = m->tier,
                              .panels = m->panels,
                              .k = p->k,
                              .x = j->x + a_offset + first * m->x_row,
                              .weights = j->weights + matrix * matrix_floats(m),
                              .bias = j->bias,
                              .y = j->y + (n * p->m + first) * m->y_row,
                              .x_row = m->x_row,
                              .y_row = m->y_row,
                              .rows = left < m->block ? left : m->block,
                              .pixel = n * p->m + first,
                              .post = &m->post,
                              .inputs = j->inputs};
    sard_tiles_run(&tiles, m->panels.count * part / m->split, m->panels.count * (part + 1) / m->split);
}

static const float *set_bias(const matmul *m, const sard_call *call)
{
    if (!m->shape.has_c || !m->c_computed)
        return m->shape.has_c ? call->packed[1] : NULL;
    float *bias = (float *)call->scratch + computed_floats(m);
    pack_bias(m, &call->inputs[2], bias);
    return bias;
}

static sard_status matmul_run(const sard_call *call)
{
    const matmul *m = call->state;
    job j = {.plan = m, .x = call->inputs[0].data, .b = call->inputs[1].data, .y = call->outputs[0].data, .inputs = call->inputs};
    j.bias = set_bias(m, call);
    if (m->b_computed) {
        j.weights = j.packed = call->scratch;
        sard_call_parallel(call, (size_t)(m->shape.b_count * m->panels.count), matmul_pack_work, &j);
    } else {
        j.weights = call->packed[0];
    }
    sard_call_parallel(call, (size_t)(m->shape.batch * m->blocks * m->split), matmul_work, &j);
    return SARD_OK;
}

#define MATMUL(row, op_)                                      \
    const sard_kernel sard_native_##row = {                   \
        .struct_size = sizeof(sard_kernel),                   \
        .name = #row,                                         \
        .op = op_,                                            \
        .flags = SARD_KERNEL_UNALIGNED | SARD_KERNEL_STRIDED, \
        .matches = matches,                                   \
        .cost = cost,                                         \
        .pack = pack,                                         \
        .bind = bind,                                         \
        .run = matmul_run,                                    \
    };

MATMUL(gemm, "Gemm")
MATMUL(matmul, "MatMul")
