/* Conv, Split, Flatten and Softmax with other meanings and other attribute structs, in the place of the library's. Their traits say what
 * makes passes look at them. Whoever took one of them for the operator that it replaces would read beyond its attributes. */
#include <sard/plugin.h>

#include <string.h>

static const sard_port one[] = {{.name = "x", .type = 'T', .dtypes = SARD_SET(F32)}, {.name = NULL}};
static const sard_port two[] = {
    {.name = "x", .type = 'T', .dtypes = SARD_SET(F32)}, {.name = "w", .type = 'T', .dtypes = SARD_SET(F32)}, {.name = NULL}};
static const sard_port many[] = {{.name = "y", .type = 'T', .flags = SARD_VARIADIC, .dtypes = SARD_SET(F32)}, {.name = NULL}};

static int dims_of(const sard_node *node, size_t input, int64_t *dims)
{
    const sard_value *x = sard_node_input(node, input);
    for (int i = 0; i < sard_value_rank(x); i++)
        dims[i] = sard_value_dim(x, i);
    return sard_value_rank(x);
}

static int64_t product(const int64_t *dims, int first, int end)
{
    int64_t n = 1;
    for (int i = first; i < end; i++)
        n *= dims[i];
    return n;
}

/* ---- Conv: gain * sum over c of w[m][c] * x[c], w of rank 4 with windows of one tap ---- */

typedef struct conv {
    float gain;
} conv;

static const sard_attr_spec conv_attrs[] = {{.name = "gain", .kind = SARD_ATTR_FLOAT, .offset = offsetof(conv, gain), .f = 2},
                                            {.name = NULL}};

static sard_status infer_conv(sard_node *node, sard_error *error)
{
    int64_t x[SARD_MAX_RANK], w[SARD_MAX_RANK];
    const int rank = dims_of(node, 0, x);
    if (rank != 4 || dims_of(node, 1, w) != 4 || x[1] != w[1])
        return sard_node_fail(node, error, SARD_SHAPE, "wants [n,c,h,w] and [m,c,1,1]");
    x[1] = w[0];
    return sard_node_set_output(node, 0, SARD_F32, rank, x, error);
}

static sard_status eval_conv(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const float gain = ((const conv *)call->attrs)->gain, *w = call->inputs[1].data;
    const int64_t channels = x->dims[1], results = y->dims[1], pixels = x->dims[2] * x->dims[3];
    for (int64_t n = 0; n < x->dims[0]; n++)
        for (int64_t m = 0; m < results; m++)
            for (int64_t i = 0; i < pixels; i++) {
                double sum = 0;
                for (int64_t c = 0; c < channels; c++)
                    sum += (double)w[m * channels + c] * (double)((const float *)x->data)[(n * channels + c) * pixels + i];
                ((float *)y->data)[(n * results + m) * pixels + i] = (float)(gain * sum);
            }
    return SARD_OK;
}

/* ---- Split: as many parts of axis 1 as it has outputs, the last part first; each times its weight ---- */

typedef struct split {
    sard_floats weights;
} split;

static const sard_attr_spec split_attrs[] = {
    {.name = "weights", .kind = SARD_ATTR_FLOATS, .flags = SARD_REQUIRED, .offset = offsetof(split, weights)}, {.name = NULL}};

static sard_status infer_split(sard_node *node, sard_error *error)
{
    int64_t x[SARD_MAX_RANK];
    sard_status status = SARD_OK;
    const int rank = dims_of(node, 0, x);
    const size_t count = sard_node_output_count(node);
    if (rank < 2 || x[1] % (int64_t)count || ((const split *)sard_node_attrs(node))->weights.count != count)
        return sard_node_fail(node, error, SARD_SHAPE, "wants parts of one size, and a weight for each");
    x[1] /= (int64_t)count;
    for (size_t i = 0; !status && i < count; i++)
        status = sard_node_set_output(node, i, SARD_F32, rank, x, error);
    return status;
}

static sard_status eval_split(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0];
    const int64_t count = (int64_t)call->output_count, part = x->dims[1] / count * product(x->dims, 2, x->rank);
    for (int64_t k = 0; k < count; k++)
        for (int64_t n = 0; n < x->dims[0] && call->outputs[k].data; n++)
            for (int64_t i = 0; i < part; i++)
                ((float *)call->outputs[k].data)[n * part + i] =
                    ((const split *)call->attrs)->weights.data[k] * ((const float *)x->data)[(n * count + count - 1 - k) * part + i];
    return SARD_OK;
}

/* ---- Flatten, which has no attributes: rows of the first dimension, backwards ---- */

static sard_status infer_flatten(sard_node *node, sard_error *error)
{
    int64_t x[SARD_MAX_RANK];
    const int rank = dims_of(node, 0, x);
    const int64_t dims[] = {x[0], product(x, 1, rank)};
    return sard_node_set_output(node, 0, SARD_F32, 2, dims, error);
}

static sard_status eval_flatten(const sard_call *call)
{
    const int64_t rows = call->outputs[0].dims[0], columns = call->outputs[0].dims[1];
    for (int64_t n = 0; n < rows; n++)
        for (int64_t i = 0; i < columns; i++)
            ((float *)call->outputs[0].data)[n * columns + i] = ((const float *)call->inputs[0].data)[n * columns + columns - 1 - i];
    return SARD_OK;
}

/* ---- Softmax: x where the first letter of `kind` is k, else x / 2 ---- */

typedef struct softmax {
    const char *kind;
} softmax;

static const sard_attr_spec softmax_attrs[] = {{.name = "kind", .kind = SARD_ATTR_STRING, .offset = offsetof(softmax, kind), .s = "half"},
                                               {.name = NULL}};

static sard_status infer_softmax(sard_node *node, sard_error *error)
{
    int64_t x[SARD_MAX_RANK];
    return sard_node_set_output(node, 0, SARD_F32, dims_of(node, 0, x), x, error);
}

static sard_status eval_softmax(const sard_call *call)
{
    const float factor = *((const softmax *)call->attrs)->kind == 'k' ? 1 : 0.5f;
    for (size_t i = 0; i < call->outputs[0].bytes / sizeof(float); i++)
        ((float *)call->outputs[0].data)[i] = factor * ((const float *)call->inputs[0].data)[i];
    return SARD_OK;
}

#define OP(name_, traits_, inputs_, outputs_, rows, size, row)                                                         \
    {                                                                                                                  \
        .struct_size = sizeof(sard_op), .name = name_, .since = 1, .upto = 1000, .traits = traits_, .inputs = inputs_, \
        .outputs = outputs_, .attrs = rows, .attrs_size = size, .infer = infer_##row, .eval = eval_##row               \
    }

static const sard_op ops[] = {
    OP("Conv", SARD_SPATIAL | SARD_MACS, two, one, conv_attrs, sizeof(conv), conv),
    OP("Split", 0, one, many, split_attrs, sizeof(split), split),
    OP("Flatten", 0, one, one, NULL, 0, flatten),
    OP("Softmax", SARD_ELEMENTWISE | SARD_IN_PLACE, one, one, softmax_attrs, sizeof(softmax), softmax),
};

SARD_API sard_status sard_plugin_register(sard_context *context, sard_error *error);

sard_status sard_plugin_register(sard_context *context, sard_error *error)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; !status && i < sizeof ops / sizeof *ops; i++)
        status = sard_context_register_op(context, &ops[i], error);
    return status;
}
