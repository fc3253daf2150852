/* A plugin in one file: an operator of its own, a backend that runs it fast, a kernel for a known operator, and a pass.
 *
 * example::ChannelShuffle (as in ShuffleNet): the C channels of x [N, C, ...] as a table of `groups` rows, read by columns. Output channel
 * j is input channel (j % groups) * (C / groups) + j / groups.
 *
 * What is registered is made of the same structs as the built-ins; sard/plugin.h is the manual. */
#include <sard/plugin.h>

#include <string.h>

/* ---- the operator: attributes, inference, evaluation ---- */

typedef struct shuffle_attrs {
    int64_t groups;
} shuffle_attrs;

static const sard_attr_spec attrs[] = {
    {.name = "groups",
     .kind = SARD_ATTR_INT,
     .flags = SARD_REQUIRED | SARD_RANGED,
     .offset = offsetof(shuffle_attrs, groups),
     .min = 1,
     .max = 1 << 20},
    {.name = NULL},
};
static const sard_port inputs[] = {{.name = "x", .type = 'T', .dtypes = SARD_SET_NUMBER}, {.name = NULL}};
static const sard_port outputs[] = {{.name = "y", .type = 'T', .dtypes = SARD_SET_NUMBER}, {.name = NULL}};

static sard_status infer(sard_node *node, sard_error *error)
{
    const shuffle_attrs *a = sard_node_attrs(node);
    const sard_value *x = sard_node_input(node, 0);
    const int rank = sard_value_rank(x);
    int64_t dims[SARD_MAX_RANK];
    if (rank < 2)
        return sard_node_fail(node, error, SARD_SHAPE, "x has rank %d, it needs N and C", rank);
    for (int i = 0; i < rank; i++)
        dims[i] = sard_value_dim(x, i);
    if (dims[1] >= 0 && dims[1] % a->groups)
        return sard_node_fail(node, error, SARD_SHAPE, "%lld channels don't make %lld groups", (long long)dims[1], (long long)a->groups);
    return sard_node_set_output(node, 0, sard_value_dtype(x), rank, dims, error);
}

/* A call in bytes: planes of `plane` bytes, one per channel. */
typedef struct job {
    const char *x;
    char *y;
    size_t channels, groups, plane;
} job;

static job make_job(const sard_call *call, size_t *planes)
{
    const sard_tensor *x = &call->inputs[0];
    const shuffle_attrs *a = call->attrs;
    size_t plane = sard_dtype_size(x->dtype);
    for (int i = 2; i < x->rank; i++)
        plane *= (size_t)x->dims[i];
    *planes = (size_t)(x->dims[0] * x->dims[1]);
    return (job){x->data, call->outputs[0].data, (size_t)x->dims[1], (size_t)a->groups, plane};
}

static size_t source(const job *j, size_t i)
{
    const size_t first = i - i % j->channels, channel = i % j->channels;
    return first + channel % j->groups * (j->channels / j->groups) + channel / j->groups;
}

/* The specification: nothing but the formula. */
static sard_status eval(const sard_call *call)
{
    size_t planes;
    const job j = make_job(call, &planes);
    for (size_t i = 0; i < planes; i++)
        for (size_t k = 0; k < j.plane; k++)
            j.y[i * j.plane + k] = j.x[source(&j, i) * j.plane + k];
    return SARD_OK;
}

static const sard_op shuffle = {
    .struct_size = sizeof(sard_op),
    .domain = "example",
    .name = "ChannelShuffle",
    .since = 1,
    .inputs = inputs,
    .outputs = outputs,
    .attrs = attrs,
    .attrs_size = sizeof(shuffle_attrs),
    .infer = infer,
    .eval = eval,
};

/* ---- a kernel: another way to run it ---- */

static void copy_plane(void *arg, size_t i)
{
    const job *j = arg;
    memcpy(j->y + i * j->plane, j->x + source(j, i) * j->plane, j->plane);
}

static bool has_no_epilogue(const sard_node *node, const sard_target *target, const char **why)
{
    (void)target;
    *why = "it applies no epilogue";
    return sard_node_epilogue_count(node) == 0;
}

static sard_status run_shuffle(const sard_call *call)
{
    size_t planes;
    job j = make_job(call, &planes);
    sard_call_parallel(call, planes, copy_plane, &j);
    return SARD_OK;
}

static const sard_kernel shuffle_kernel = {
    .struct_size = sizeof(sard_kernel),
    .name = "shuffle_planes",
    .domain = "example",
    .op = "ChannelShuffle",
    .matches = has_no_epilogue,
    .run = run_shuffle,
};

/* ---- a kernel for an operator that sard knows ---- */

static bool is_plain_f32(const sard_node *node, const sard_target *target, const char **why)
{
    if (!has_no_epilogue(node, target, why))
        return false;
    *why = "it is for float32";
    return sard_value_dtype(sard_node_input(node, 0)) == SARD_F32;
}

static sard_status run_relu(const sard_call *call)
{
    const float *x = call->inputs[0].data;
    float *y = call->outputs[0].data;
    for (size_t i = 0; i < call->outputs[0].bytes / sizeof *y; i++)
        y[i] = x[i] < 0 ? 0 : x[i];
    return SARD_OK;
}

static const sard_kernel relu_kernel = {
    .struct_size = sizeof(sard_kernel),
    .name = "relu_loop",
    .op = "Relu",
    .matches = is_plain_f32,
    .run = run_relu,
};

/* ---- a backend: kernels under one name, for `--backend example,reference` ---- */

static const sard_kernel *const kernels[] = {&shuffle_kernel};

static const sard_backend backend = {
    .struct_size = sizeof(sard_backend),
    .name = "example",
    .kernels = kernels,
    .kernel_count = 1,
};

/* ---- a pass: a shuffle and its inverse, one after the other, are nothing ---- */

static bool is_shuffle(const sard_node *node)
{
    return node && !strcmp(sard_node_domain(node), "example") && !strcmp(sard_node_op(node), "ChannelShuffle");
}

static bool undoes(const sard_node *second, const sard_node *first)
{
    const shuffle_attrs *a = sard_node_attrs(first), *b = sard_node_attrs(second);
    return sard_value_dim(sard_node_input(first, 0), 1) == a->groups * b->groups && !sard_node_epilogue_count(first) &&
           !sard_node_epilogue_count(second);
}

/* The runner takes out what nobody uses any more. */
static sard_status cancel(sard_rewriter *rewriter, sard_node *node)
{
    const sard_node *first = sard_value_producer(sard_node_input(node, 0));
    if (!is_shuffle(first) || !undoes(node, first))
        return SARD_OK;
    sard_value_replace(sard_node_output(node, 0), sard_node_input(first, 0));
    sard_rewriter_edited(rewriter);
    return SARD_OK;
}

static const sard_pass pass = {
    .struct_size = sizeof(sard_pass),
    .name = "cancel_shuffles",
    .reason = "a channel shuffle and its inverse are nothing",
    .level = SARD_O1,
    .before = "fuse_activation",
    .domain = "example",
    .op = "ChannelShuffle",
    .rewrite = cancel,
};

/* ---- what sard calls ---- */

SARD_API sard_status sard_plugin_register(sard_context *context, sard_error *error);

sard_status sard_plugin_register(sard_context *context, sard_error *error)
{
    sard_status status = sard_context_register_op(context, &shuffle, error);
    if (!status)
        status = sard_context_register_backend(context, &backend, error);
    if (!status)
        status = sard_context_register_kernel(context, "example", &relu_kernel, error);
    return status ? status : sard_context_register_pass(context, &pass, error);
}
