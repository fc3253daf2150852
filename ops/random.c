/* RandomNormal-22, RandomNormalLike-22, RandomUniform-22, RandomUniformLike-22, Bernoulli-22, Multinomial-22
 *
 * RandomNormal   out output: of attribute `shape`, mean + scale * a normal number; ...Like  in input: its shape and, without `dtype`, type
 * RandomUniform  out output: low + (high - low) * a number of 0 .. 1; ...Like likewise
 * Bernoulli      in input: probabilities; out output: 1 with that probability, else 0
 * Multinomial    in input: [batch, classes], logarithms of probabilities, which need not sum to 1; out output: [batch, sample_size] classes
 *
 * The generator is ops/lib/twister.h; the first five draw what numpy.random.RandomState(seed) does in randn, rand and binomial(1, p). Without
 * seed it is made from the node's name: the same model gives the same numbers in each run, other nodes give others. */
#include "ops/lib/contents.h"
#include "ops/lib/twister.h"

#include <inttypes.h>
#include <math.h>

typedef struct normal {
    sard_ints shape;
    int64_t dtype;
    float seed, mean, scale;
} normal;

typedef struct uniform {
    sard_ints shape;
    int64_t dtype;
    float seed, high, low;
} uniform;

typedef struct draws {
    int64_t dtype, sample_size;
    float seed;
} draws;

/* ---- shapes and types ---- */

static sard_status set_output(sard_node *node, int64_t dtype, int rank, const int64_t *dims, sard_error *error)
{
    if (dtype < 0 || dtype > 31 || !sard_dtype_in((sard_dtype)dtype, node->op->outputs[0].dtypes))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "dtype %" PRId64 " (%s)", dtype,
                              dtype < 0 || dtype > 31 ? "none" : sard_dtype_name((sard_dtype)dtype));
    return sard_node_set_output(node, 0, (sard_dtype)dtype, rank, dims, error);
}

static sard_status infer_like(sard_node *node, int64_t dtype, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    return set_output(node, dtype ? dtype : (int64_t)x->dtype, x->rank, x->dims, error);
}

/* What has no input has its shape in `shape`, which comes first in both structs. */
static sard_status infer_shape(sard_node *node, int64_t dtype, sard_error *error)
{
    const sard_ints shape = *(const sard_ints *)node->attrs;
    if (node->own_count)
        return infer_like(node, dtype, error);
    if (shape.count > SARD_MAX_RANK)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "shape has %zu dims, at most %d are possible", shape.count, SARD_MAX_RANK);
    return set_output(node, dtype, (int)shape.count, shape.data, error);
}

static sard_status infer_normal(sard_node *node, sard_error *error)
{
    return infer_shape(node, ((const normal *)node->attrs)->dtype, error);
}

static sard_status infer_uniform(sard_node *node, sard_error *error)
{
    return infer_shape(node, ((const uniform *)node->attrs)->dtype, error);
}

static sard_status infer_bernoulli(sard_node *node, sard_error *error)
{
    return infer_like(node, ((const draws *)node->attrs)->dtype, error);
}

static sard_status infer_multinomial(sard_node *node, sard_error *error)
{
    const draws *a = node->attrs;
    const sard_value *x = node->inputs[0];
    if (x->rank != 2)
        return sard_node_fail(node, error, SARD_SHAPE, "input has rank %d, must be 2", x->rank);
    if (x->dims[1] == 0)
        return sard_node_fail(node, error, SARD_SHAPE, "input has no classes");
    return set_output(node, a->dtype, 2, (int64_t[]){x->dims[0], a->sample_size}, error);
}

/* ---- numbers ---- */

/* FNV-1a. */
static uint32_t hash(const char *name)
{
    uint32_t h = 2166136261u;
    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 16777619u;
    return h;
}

static void start(const sard_call *call, float seed, sard_twister *t)
{
    sard_twister_start(t, isnan(seed) ? hash(call->node->name) : (uint32_t)(fabsf(seed) < 0x1p62f ? (int64_t)seed : 0));
}

static void fill(const sard_call *call, float seed, double (*draw)(sard_twister *t), double offset, double factor)
{
    const sard_tensor *y = &call->outputs[0];
    sard_twister t;
    start(call, seed, &t);
    for (size_t i = 0; i < sard_tensor_count(y); i++)
        sard_set(y, i, offset + factor * draw(&t));
}

static sard_status eval_normal(const sard_call *call)
{
    const normal *a = call->attrs;
    fill(call, a->seed, sard_twister_normal, (double)a->mean, (double)a->scale);
    return SARD_OK;
}

static sard_status eval_uniform(const sard_call *call)
{
    const uniform *a = call->attrs;
    fill(call, a->seed, sard_twister_uniform, (double)a->low, (double)a->high - (double)a->low);
    return SARD_OK;
}

static sard_status eval_bernoulli(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    sard_twister t;
    start(call, ((const draws *)call->attrs)->seed, &t);
    for (size_t i = 0; i < sard_tensor_count(x); i++) {
        const double p = sard_get(x, i);
        if (!(p >= 0 && p <= 1))
            return sard_call_fail(call, SARD_DATA, "probability %zu is %g, must be of 0 .. 1", i, p);
        const bool rare = p <= 0.5, hit = sard_twister_uniform(&t) > (rare ? 1 - p : p); /* of the rarer outcome */
        sard_set(y, i, hit == rare);
    }
    return SARD_OK;
}

/* The first class at which the sum of the probabilities exceeds `part` of the whole. */
static int64_t find_class(const double *weights, int64_t count, double part)
{
    double sum = 0, all = 0;
    for (int64_t k = 0; k < count; k++)
        all += weights[k];
    for (int64_t k = 0; k < count; k++) {
        sum += weights[k];
        if (sum > part * all)
            return k;
    }
    return count - 1;
}

static sard_status eval_multinomial(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const int64_t classes = x->dims[1];
    double *weights = sard_call_alloc(call, (size_t)classes * sizeof *weights);
    sard_twister t;
    if (!weights)
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    start(call, ((const draws *)call->attrs)->seed, &t);
    for (int64_t row = 0; row < x->dims[0]; row++) {
        double top = -INFINITY;
        for (int64_t k = 0; k < classes; k++) {
            weights[k] = sard_get(x, (size_t)(row * classes + k));
            top = weights[k] > top ? weights[k] : top;
        }
        for (int64_t k = 0; k < classes; k++)
            weights[k] = exp(weights[k] - top);
        for (int64_t i = 0; i < y->dims[1]; i++)
            sard_set_int(y, (size_t)(row * y->dims[1] + i), find_class(weights, classes, sard_twister_uniform(&t)));
    }
    return SARD_OK;
}

/* ---- operators ---- */

#define SHAPE(struct_)                                                                                                     \
    {                                                                                                                      \
        .name = "shape", .kind = SARD_ATTR_INTS, .flags = SARD_REQUIRED | SARD_RANGED, .offset = offsetof(struct_, shape), \
        .max = INT64_MAX                                                                                                   \
    }
#define NORMAL(dtype_) \
    SARD_INT(normal, dtype, dtype_), SARD_FLOAT(normal, seed, NAN), SARD_FLOAT(normal, scale, 1), SARD_FLOAT(normal, mean, 0)
#define UNIFORM(dtype_) \
    SARD_INT(uniform, dtype, dtype_), SARD_FLOAT(uniform, seed, NAN), SARD_FLOAT(uniform, high, 1), SARD_FLOAT(uniform, low, 0)

static const sard_attr_spec random_normal_attrs[] = {SHAPE(normal), NORMAL(SARD_F32), SARD_ATTRS_END};
static const sard_attr_spec random_normal_like_attrs[] = {NORMAL(0), SARD_ATTRS_END};
static const sard_attr_spec random_uniform_attrs[] = {SHAPE(uniform), UNIFORM(SARD_F32), SARD_ATTRS_END};
static const sard_attr_spec random_uniform_like_attrs[] = {UNIFORM(0), SARD_ATTRS_END};
static const sard_attr_spec bernoulli_attrs[] = {SARD_INT(draws, dtype, 0), SARD_FLOAT(draws, seed, NAN), SARD_ATTRS_END};
static const sard_attr_spec multinomial_attrs[] = {SARD_INT(draws, dtype, SARD_I32), SARD_FLOAT(draws, seed, NAN),
                                                   SARD_INT_IN(draws, sample_size, 1, 0, INT64_MAX), SARD_ATTRS_END};

static const sard_port none[] = {SARD_PORTS_END};
static const sard_port like[] = {SARD_PORT("input", 'T', SARD_SET_ANY), SARD_PORTS_END};
static const sard_port probabilities[] = {SARD_PORT("input", 'T', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port floats[] = {SARD_PORT("output", 'U', SARD_SET_FLOAT), SARD_PORTS_END};
static const sard_port numbers[] = {SARD_PORT("output", 'U', SARD_SET_NUMBER | SARD_SET(BOOL)), SARD_PORTS_END};
static const sard_port classes[] = {SARD_PORT("output", 'U', SARD_SET_INDEX), SARD_PORTS_END};

#define RANDOM(row, text, struct_, in, out, function)              \
    const sard_op sard_op_##row = {.struct_size = sizeof(sard_op), \
                                   .domain = "",                   \
                                   .name = text,                   \
                                   .since = 22,                    \
                                   .traits = SARD_NO_FOLD,         \
                                   .inputs = in,                   \
                                   .outputs = out,                 \
                                   .attrs = row##_attrs,           \
                                   .attrs_size = sizeof(struct_),  \
                                   .infer = infer_##function,      \
                                   .eval = eval_##function};

RANDOM(random_normal, "RandomNormal", normal, none, floats, normal)
RANDOM(random_normal_like, "RandomNormalLike", normal, like, floats, normal)
RANDOM(random_uniform, "RandomUniform", uniform, none, floats, uniform)
RANDOM(random_uniform_like, "RandomUniformLike", uniform, like, floats, uniform)
RANDOM(bernoulli, "Bernoulli", draws, probabilities, numbers, bernoulli)
RANDOM(multinomial, "Multinomial", draws, probabilities, classes, multinomial)
