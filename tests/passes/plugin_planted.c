/* Ten wrong rewrites, each a pass of its own: mistakes that optimisers have made. sard diff --per-pass has to find each by name. They
 * run before all right passes; --without leaves out those that a test does not want. */
#include <sard/plugin.h>

#include <math.h>
#include <string.h>

/* ---- looking at nodes ---- */

/* The node behind input i if it is of this operator and nobody else reads it. */
static sard_node *maker(const sard_node *node, size_t i, const char *op)
{
    const sard_value *value = sard_node_input(node, i);
    sard_node *producer = value ? sard_value_producer(value) : NULL;
    return producer && strcmp(sard_node_op(producer), op) == 0 && sard_value_use_count(value) == 1 ? producer : NULL;
}

static const sard_tensor *constant(const sard_node *node, size_t i)
{
    const sard_value *value = sard_node_input(node, i);
    return value ? sard_value_constant(value) : NULL;
}

static bool find_attr(const sard_node *node, const char *name, sard_attr *out)
{
    for (size_t i = 0; sard_node_attr(node, i, out); i++)
        if (strcmp(out->name, name) == 0)
            return true;
    return false;
}

static int64_t int_attr(const sard_node *node, const char *name, int64_t otherwise)
{
    sard_attr attr;
    return find_attr(node, name, &attr) ? attr.i : otherwise;
}

/* ---- editing ---- */

/* A node before `node` that takes over its users: the same operator with `changed` in place of the attribute of that name, or another. */
static sard_status put(sard_rewriter *rewriter, sard_node *node, const char *op, sard_value *const *inputs, size_t count,
                       const sard_attr *changed)
{
    enum { MOST = 16 };
    sard_attr attrs[MOST], attr;
    size_t attr_count = 0;
    for (size_t i = 0; strcmp(op, sard_node_op(node)) == 0 && attr_count + 1 < MOST && sard_node_attr(node, i, &attr); i++)
        if (!changed || strcmp(attr.name, changed->name) != 0)
            attrs[attr_count++] = attr;
    if (changed)
        attrs[attr_count++] = *changed;
    sard_node *made;
    const sard_node_spec spec = {.struct_size = sizeof spec,
                                 .op = op,
                                 .name = sard_node_name(node),
                                 .inputs = inputs,
                                 .input_count = count,
                                 .attrs = attrs,
                                 .attr_count = attr_count,
                                 .output_count = 1,
                                 .before = node};
    const sard_status status = sard_graph_insert_node(sard_rewriter_graph(rewriter), &spec, &made, sard_rewriter_error(rewriter));
    if (status)
        return status;
    sard_value_replace(sard_node_output(node, 0), sard_node_output(made, 0));
    sard_rewriter_edited(rewriter);
    return SARD_OK;
}

static sard_value *add_floats(sard_graph *graph, int rank, const int64_t *dims, float **data)
{
    sard_tensor tensor = {.dtype = SARD_F32, .rank = rank, .bytes = sizeof **data};
    for (int i = 0; i < rank; i++) {
        tensor.dims[i] = dims[i];
        tensor.bytes *= (size_t)dims[i];
    }
    tensor.data = *data = sard_graph_alloc(graph, tensor.bytes);
    return tensor.data ? sard_graph_add_constant(graph, "planted", &tensor) : NULL;
}

static sard_status no_memory(sard_error *error) { return sard_fail(error, SARD_NOMEM, "out of memory"); }

/* ---- the mistakes ---- */

/* Constants may have any address. */
static void read_element(const sard_tensor *tensor, int64_t i, void *out, size_t size)
{
    memcpy(out, (const char *)tensor->data + (size_t)i * size, size);
}

static float element(const sard_tensor *tensor, int64_t i)
{
    float x;
    read_element(tensor, i, &x, sizeof x);
    return x;
}

static int64_t int_element(const sard_tensor *tensor, int64_t i)
{
    int64_t x;
    read_element(tensor, i, &x, sizeof x);
    return x;
}

/* BatchNormalization as Mul and Add. Wrong: divides by sqrt(variance), not by sqrt(variance + epsilon). */
static sard_status ignore_epsilon(sard_rewriter *rewriter, sard_node *node)
{
    const sard_tensor *scale = constant(node, 1), *shift = constant(node, 2), *mean = constant(node, 3), *variance = constant(node, 4);
    if (!scale || !shift || !mean || !variance)
        return SARD_OK;
    float *f, *b;
    const int64_t dims[] = {scale->dims[0], 1, 1};
    sard_value *factor = add_floats(sard_rewriter_graph(rewriter), 3, dims, &f),
               *offset = add_floats(sard_rewriter_graph(rewriter), 3, dims, &b);
    if (!factor || !offset)
        return no_memory(sard_rewriter_error(rewriter));
    for (int64_t c = 0; c < dims[0]; c++) {
        f[c] = element(scale, c) / sqrtf(element(variance, c));
        b[c] = element(shift, c) - element(mean, c) * f[c];
    }
    sard_node *product;
    const sard_node_spec mul = {.struct_size = sizeof mul,
                                .op = "Mul",
                                .inputs = (sard_value *[]){sard_node_input(node, 0), factor},
                                .input_count = 2,
                                .output_count = 1,
                                .before = node};
    const sard_status status = sard_graph_insert_node(sard_rewriter_graph(rewriter), &mul, &product, sard_rewriter_error(rewriter));
    return status ? status : put(rewriter, node, "Add", (sard_value *[]){sard_node_output(product, 0), offset}, 2, NULL);
}

static sard_status drop_bias(sard_rewriter *rewriter, sard_node *node)
{
    if (sard_node_input(node, 2) && sard_node_set_input(node, 2, NULL))
        sard_rewriter_edited(rewriter);
    return SARD_OK;
}

/* Clip to 0 ... 6 as Relu. Wrong: nothing holds at 6. */
static sard_status relu6_as_relu(sard_rewriter *rewriter, sard_node *node)
{
    const sard_tensor *most = constant(node, 2);
    if (!most || element(most, 0) != 6)
        return SARD_OK;
    return put(rewriter, node, "Relu", (sard_value *[]){sard_node_input(node, 0)}, 1, NULL);
}

/* Conv of Pad. Wrong: what is added before the first pixel goes behind the last one. */
static sard_status pad_wrong_side(sard_rewriter *rewriter, sard_node *node)
{
    const sard_node *pad = maker(node, 0, "Pad");
    const sard_tensor *pads = pad ? constant(pad, 1) : NULL;
    if (!pads || pads->dims[0] != 8)
        return SARD_OK;
    const int64_t sides[] = {int_element(pads, 6), int_element(pads, 7), int_element(pads, 2), int_element(pads, 3)};
    const sard_attr attr = {.name = "pads", .kind = SARD_ATTR_INTS, .count = 4, .ints = sides};
    return put(rewriter, node, "Conv", (sard_value *[]){sard_node_input(pad, 0), sard_node_input(node, 1)}, 2, &attr);
}

/* Relu(a + b). Wrong: Relu(a) + b. */
static sard_status add_behind_activation(sard_rewriter *rewriter, sard_node *node)
{
    const sard_node *sum = maker(node, 0, "Add");
    sard_node *relu;
    if (!sum)
        return SARD_OK;
    const sard_node_spec spec = {.struct_size = sizeof spec,
                                 .op = "Relu",
                                 .inputs = (sard_value *[]){sard_node_input(sum, 0)},
                                 .input_count = 1,
                                 .output_count = 1,
                                 .before = node};
    const sard_status status = sard_graph_insert_node(sard_rewriter_graph(rewriter), &spec, &relu, sard_rewriter_error(rewriter));
    return status ? status : put(rewriter, node, "Add", (sard_value *[]){sard_node_output(relu, 0), sard_node_input(sum, 1)}, 2, NULL);
}

/* Transpose of Transpose as nothing. Wrong: they are the same one, not each other's inverse. */
static sard_status cancel_transposes(sard_rewriter *rewriter, sard_node *node)
{
    sard_attr a, b;
    const sard_node *first = maker(node, 0, "Transpose");
    if (!first || !find_attr(node, "perm", &a) || !find_attr(first, "perm", &b) || memcmp(a.ints, b.ints, a.count * sizeof *a.ints) != 0)
        return SARD_OK;
    sard_value_replace(sard_node_output(node, 0), sard_node_input(first, 0));
    sard_rewriter_edited(rewriter);
    return SARD_OK;
}

/* Two nodes of one operator on one input as one. Wrong: their attributes differ. */
static sard_status ignore_attribute(sard_rewriter *rewriter, sard_node *node)
{
    for (sard_node *other = sard_graph_first(sard_rewriter_graph(rewriter)); other && other != node; other = sard_node_next(other))
        if (strcmp(sard_node_op(other), sard_node_op(node)) == 0 && sard_node_input(other, 0) == sard_node_input(node, 0)) {
            sard_value_replace(sard_node_output(node, 0), sard_node_output(other, 0));
            sard_rewriter_edited(rewriter);
            break;
        }
    return SARD_OK;
}

static sard_status next_axis(sard_rewriter *rewriter, sard_node *node)
{
    const sard_attr attr = {.name = "axis", .kind = SARD_ATTR_INT, .i = 2};
    if (int_attr(node, "axis", -1) != 1)
        return SARD_OK;
    return put(rewriter, node, "Softmax", (sard_value *[]){sard_node_input(node, 0)}, 1, &attr);
}

static sard_status count_padding(sard_rewriter *rewriter, sard_node *node)
{
    const sard_attr attr = {.name = "count_include_pad", .kind = SARD_ATTR_INT, .i = 1};
    if (int_attr(node, "count_include_pad", 0))
        return SARD_OK;
    return put(rewriter, node, "AveragePool", (sard_value *[]){sard_node_input(node, 0)}, 1, &attr);
}

/* A factor for each channel moves into the weights of a grouped Conv. Wrong: each group takes those of the first. */
static sard_status scale_first_group(sard_rewriter *rewriter, sard_node *node)
{
    const sard_node *conv = maker(node, 0, "Conv");
    const sard_tensor *factors = constant(node, 1), *weights = conv ? constant(conv, 1) : NULL;
    const int64_t groups = conv ? int_attr(conv, "group", 1) : 1;
    float *data;
    if (!weights || !factors || groups < 2)
        return SARD_OK;
    sard_value *scaled = add_floats(sard_rewriter_graph(rewriter), weights->rank, weights->dims, &data);
    if (!scaled)
        return no_memory(sard_rewriter_error(rewriter));
    const int64_t filters = weights->dims[0], each = weights->dims[1] * weights->dims[2] * weights->dims[3];
    for (int64_t i = 0; i < filters * each; i++)
        data[i] = element(weights, i) * element(factors, i / each % (filters / groups));
    sard_node_set_input((sard_node *)conv, 1, scaled);
    sard_value_replace(sard_node_output(node, 0), sard_node_output(conv, 0));
    sard_rewriter_edited(rewriter);
    return SARD_OK;
}

#define PLANTED(name_, op_, rewrite_)                                                                                             \
    {                                                                                                                             \
        .struct_size = sizeof(sard_pass), .name = name_, .reason = "wrong on purpose", .level = SARD_O2, .before = "remove_dead", \
        .op = op_, .rewrite = rewrite_                                                                                            \
    }

static const sard_pass planted[] = {
    PLANTED("epsilon_ignored", "BatchNormalization", ignore_epsilon),
    PLANTED("bias_dropped", "Conv", drop_bias),
    PLANTED("relu6_as_relu", "Clip", relu6_as_relu),
    PLANTED("pad_on_wrong_side", "Conv", pad_wrong_side),
    PLANTED("residual_behind_activation", "Relu", add_behind_activation),
    PLANTED("same_transposes_cancelled", "Transpose", cancel_transposes),
    PLANTED("attribute_ignored", "LeakyRelu", ignore_attribute),
    PLANTED("axis_off_by_one", "Softmax", next_axis),
    PLANTED("padding_counted", "AveragePool", count_padding),
    PLANTED("first_group_scaled", "Mul", scale_first_group),
};

SARD_API sard_status sard_plugin_register(sard_context *context, sard_error *error);

sard_status sard_plugin_register(sard_context *context, sard_error *error)
{
    sard_status status = SARD_OK;
    for (size_t i = 0; i < sizeof planted / sizeof *planted && !status; i++)
        status = sard_context_register_pass(context, &planted[i], error);
    return status;
}
