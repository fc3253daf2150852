/* BatchNormalization(Conv(x, W, b), scale, shift, mean, var) -> Conv(x, W * f, (b - mean) * f + shift), f = scale / sqrt(var + epsilon);
 * Mul(Conv(x, W, b), c) -> Conv(x, W * c, b * c), likewise Add, Sub and Div; all of them also behind ConvTranspose, Gemm and MatMul. A
 * MatMul of matrices becomes a Gemm where it needs a bias.
 * needs: the parameters, W and b are constants; c has one number for each output channel, or one for all; the sums have no other user;
 *        var + epsilon > 0; not in training_mode; the type holds the new weights and bias (bounds.h).
 * keeps: shape and type; changes rounding only. The products are made in double. */
#include "passes/passes.h"

#include "ops/conv.h"
#include "ops/conv_transpose.h"
#include "ops/gemm.h"
#include "passes/lib/affine.h"
#include "passes/lib/bounds.h"
#include "passes/lib/fuse.h"
#include "passes/lib/permute.h"

enum { WEIGHTS = 1, BIAS };

/* A node that makes sums: its channels, their axis in the result, how they lie in the weights. */
typedef struct sums {
    sard_node *node;
    sard_channels view;
    int64_t channels;
    int axis;
    bool biased; /* has a bias, or can be given one */
} sums;

static int64_t product(const sard_value *value, int first)
{
    int64_t n = 1;
    for (int i = first; i < value->rank; i++)
        n *= value->dims[i];
    return n;
}

static void read_conv(const sard_node *node, sums *s)
{
    const sard_value *w = node->inputs[WEIGHTS];
    s->view = (sard_channels){1, 1, w->dims[0], product(w, 1)};
    s->axis = node->layout == SARD_NHWC ? w->rank - 1 : 1;
    s->biased = true;
}

static void read_conv_transpose(const sard_node *node, sums *s)
{
    const sard_value *w = node->inputs[WEIGHTS];
    const int64_t groups = ((const sard_conv_transpose_attrs *)node->attrs)->group;
    s->view = (sard_channels){groups, groups ? w->dims[0] / groups : 0, w->dims[1], product(w, 2)};
    s->axis = node->layout == SARD_NHWC ? w->rank - 1 : 1;
    s->biased = true;
}

static void read_gemm(const sard_node *node, sums *s)
{
    const sard_gemm_attrs *attrs = node->attrs;
    const int64_t *dims = node->inputs[WEIGHTS]->dims;
    s->view = attrs->transB ? (sard_channels){1, 1, dims[0], dims[1]} : (sard_channels){1, dims[0], dims[1], 1};
    s->axis = 1;
    s->biased = attrs->beta == 1;
}

static void read_matmul(const sard_node *node, sums *s)
{
    const sard_value *w = node->inputs[WEIGHTS];
    const int rank = node->inputs[0]->rank;
    if (w->rank != 2 || rank < 2)
        return;
    s->view = (sard_channels){1, w->dims[0], w->dims[1], 1};
    s->axis = rank - 1;
    s->biased = rank == 2;
}

static bool read_sums(sard_node *node, sums *s)
{
    static const struct {
        sard_op_id op;
        void (*read)(const sard_node *node, sums *s);
    } readers[] = {
        {SARD_OP_conv, read_conv}, {SARD_OP_conv_transpose, read_conv_transpose}, {SARD_OP_gemm, read_gemm}, {SARD_OP_matmul, read_matmul}};
    *s = (sums){.node = node};
    if (!sard_makes_sums(node) || !node->inputs[WEIGHTS]->constant || node->inputs[WEIGHTS]->rank < 2 ||
        !sard_dtype_is_float(node->inputs[WEIGHTS]->dtype))
        return false;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        if (sard_is_plain(node, readers[i].op))
            readers[i].read(node, s);
    s->channels = s->view.groups * s->view.channels;
    if (!s->channels || !sard_has_input(node, BIAS))
        return s->channels > 0;
    const sard_value *bias = node->inputs[BIAS];
    return s->biased && bias->constant && sard_is_along(bias->constant, 2, 1, s->channels);
}

/* A Gemm in place of a MatMul, so that there is a place for the bias. */
static bool become_gemm(sard_node *node)
{
    const sard_op *op = sard_op_table_own(node->graph->ops, SARD_OP_gemm);
    sard_gemm_attrs *attrs = SARD_NEW(node->graph->arena, sard_gemm_attrs, 1);
    if (!op || !attrs)
        return false;
    *attrs = (sard_gemm_attrs){.alpha = 1, .beta = 1};
    node->op = op;
    node->attrs = attrs;
    return true;
}

/* Puts the new constants into the node that makes the sums; a->shift is the new bias where there is to be one. */
static bool commit(const sums *s, sard_node *from, const sard_affine *a, bool biased)
{
    sard_node *node = s->node;
    sard_value *w = a->scales ? sard_scale_weights(node->inputs[WEIGHTS], &s->view, a->factor) : node->inputs[WEIGHTS], *b;
    if (!w)
        return false;
    if (biased) {
        b = sard_add_numbers(node->graph, from->name, from->outputs[0]->dtype, 1, &s->channels, a->shift);
        if (!b || (sard_is_plain(node, SARD_OP_matmul) && !become_gemm(node)) ||
            (node->own_count <= BIAS && !sard_node_set_input_count(node, BIAS + 1)))
            return false;
        sard_node_set_input(node, BIAS, b);
    }
    sard_node_set_input(node, WEIGHTS, w);
    sard_node_take_over(node, from);
    return true;
}

static sard_status fold(const sums *s, sard_node *node, sard_arena *arena, bool *edited, sard_error *error)
{
    sard_affine a;
    bool can = true;
    const sard_value *bias = sard_has_input(s->node, BIAS) ? s->node->inputs[BIAS] : NULL;
    sard_status status = sard_affine_read(node, s->axis, s->channels, arena, &a, error);
    if (status || a.x != s->node->outputs[0] || (a.shifts && !s->biased))
        return status;
    const double *old = bias ? sard_widened(arena, sard_value_constant(bias), s->channels) : NULL;
    if (bias && !old)
        return sard_no_memory(error);
    for (int64_t c = 0; old && c < s->channels; c++)
        a.shift[c] += old[c] * a.factor[c];
    if (!sard_holds_all(node->outputs[0]->dtype, a.shift, s->channels))
        return SARD_OK;
    if (a.scales)
        status = sard_can_scale_weights(s->node->inputs[WEIGHTS], &s->view, a.factor, &can, error);
    if (status || !can)
        return status;
    if (!commit(s, node, &a, old || a.shifts))
        return sard_no_memory(error);
    *edited = true;
    return SARD_OK;
}

/* The operand of a node that sums make and nobody else uses; NULL: there is none. */
static sard_node *sums_before(const sard_node *node)
{
    for (size_t i = 0; i < node->own_count && i < 2; i++) {
        const sard_value *x = node->inputs[i];
        if (x && x->producer && x->producer->outputs[0] == x && sard_value_use_count(x) == 1 && !x->producer->epilogue_count)
            return x->producer;
    }
    return NULL;
}

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    sums s;
    sard_arena arena;
    if (!(sard_is_arithmetic(node) || sard_is(node, SARD_OP_batch_normalization)) || !read_sums(sums_before(node), &s))
        return SARD_OK;
    sard_arena_init(&arena, rewriter->graph->arena->allocator);
    const sard_status status = fold(&s, node, &arena, &rewriter->edited, rewriter->error);
    sard_arena_reset(&arena);
    return status;
}

const sard_pass sard_pass_fold_affine = {
    .struct_size = sizeof(sard_pass),
    .name = "fold_affine",
    .reason = "moves normalisation and arithmetic with constants into the weights before it",
    .level = SARD_O2,
    .rewrite = rewrite,
};
