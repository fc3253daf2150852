/* Operators that are younger than the wanted opset, written out: passes recognise them whatever the opset of the model. */
#include "frontends/onnx/export.h"

#include <math.h>
#include <string.h>

/* What is being written out: Op(x) -> result. */
typedef struct expansion {
    sard_export *x;
    sard_export_graph *graph;
    const sard_export_node *node;
    const char *input, *result;
    sard_dtype dtype;
    size_t steps;
    bool failed;
} expansion;

/* The next node, its result called `output`. Returns that name. */
static const char *add(expansion *e, const char *op, const char *const *inputs, size_t input_count, const sard_attr *attr,
                       const char *output)
{
    sard_arena *arena = &e->x->arena;
    sard_export_node *out = e->failed ? NULL : sard_export_add_node(e->x, e->graph);
    const char **names = SARD_NEW(arena, const char *, input_count + 1);
    sard_attr *attrs = sard_arena_copy(arena, attr ? attr : &(sard_attr){.name = ""}, sizeof *attrs);
    sard_export_graph **graphs = SARD_NEW(arena, sard_export_graph *, 1);
    e->failed |= !out || !names || !attrs || !graphs || !output;
    if (e->failed)
        return NULL;
    for (size_t i = 0; i < input_count; i++)
        names[i] = inputs[i];
    names[input_count] = output;
    *out = (sard_export_node){.name = strcmp(output, e->result) ? output : e->node->name,
                              .op = op,
                              .domain = "",
                              .inputs = names,
                              .input_count = input_count,
                              .outputs = names + input_count,
                              .output_count = 1,
                              .attrs = attrs,
                              .graphs = graphs,
                              .attr_count = attr != NULL};
    return output;
}

static const char *next_name(expansion *e, const char *op)
{
    return sard_export_free_name(e->x, e->graph, sard_arena_printf(&e->x->arena, "%s/%s_%zu", e->result, op, ++e->steps), NULL);
}

static const char *unary(expansion *e, const char *op, const char *a) { return add(e, op, &a, 1, NULL, next_name(e, op)); }

static const char *binary(expansion *e, const char *op, const char *a, const char *b)
{
    return add(e, op, (const char *const[]){a, b}, 2, NULL, next_name(e, op));
}

static const char *number(expansion *e, double value)
{
    sard_tensor *tensor = SARD_NEW(&e->x->arena, sard_tensor, 1);
    void *data = SARD_NEW(&e->x->arena, double, 1);
    e->failed |= !tensor || !data;
    if (e->failed)
        return NULL;
    sard_narrow(e->dtype, &value, 1, data);
    *tensor = (sard_tensor){.dtype = e->dtype, .data = data, .bytes = sard_dtype_size(e->dtype)};
    const sard_attr attr = {.name = "value", .kind = SARD_ATTR_TENSOR, .tensor = tensor};
    return add(e, "Constant", NULL, 0, &attr, next_name(e, "Constant"));
}

static void product(expansion *e, const char *a, const char *b) { add(e, "Mul", (const char *const[]){a, b}, 2, NULL, e->result); }

static const sard_attr *find_attr(const sard_export_node *node, const char *name)
{
    for (size_t i = 0; i < node->attr_count; i++)
        if (!strcmp(node->attrs[i].name, name))
            return &node->attrs[i];
    return NULL;
}

static void swish(expansion *e)
{
    const sard_attr *alpha = find_attr(e->node, "alpha");
    const char *inner = alpha && alpha->f != 1 ? binary(e, "Mul", e->input, number(e, alpha->f)) : e->input;
    product(e, e->input, unary(e, "Sigmoid", inner));
}

static void hard_swish(expansion *e)
{
    const sard_attr alpha = {.name = "alpha", .kind = SARD_ATTR_FLOAT, .f = 1.0f / 6};
    product(e, e->input, add(e, "HardSigmoid", &e->input, 1, &alpha, next_name(e, "HardSigmoid")));
}

static void mish(expansion *e) { product(e, e->input, unary(e, "Tanh", unary(e, "Softplus", e->input))); }

/* x (1 + curve) / 2, in the order that engines look for. */
static void gelu(expansion *e)
{
    const char *curve;
    if (find_attr(e->node, "approximate")) {
        const char *cube = binary(e, "Pow", e->input, number(e, 3));
        const char *sum = binary(e, "Add", e->input, binary(e, "Mul", cube, number(e, 0.044715)));
        curve = unary(e, "Tanh", binary(e, "Mul", sum, number(e, sqrt(2 / M_PI))));
    } else {
        curve = unary(e, "Erf", binary(e, "Div", e->input, number(e, M_SQRT2)));
    }
    const char *twice = binary(e, "Mul", e->input, binary(e, "Add", curve, number(e, 1)));
    product(e, twice, number(e, 0.5));
}

static const char *mean(expansion *e, const char *a, const sard_attr *axes)
{
    return add(e, "ReduceMean", &a, 1, axes, next_name(e, "ReduceMean"));
}

/* Over the dims from `axis` on. The wanted opset has axes of ReduceMean as an attribute. */
static void layer_norm(expansion *e)
{
    const sard_attr *axis = find_attr(e->node, "axis"), *epsilon = find_attr(e->node, "epsilon");
    const int rank = e->node->values[0]->rank, given = axis ? (int)axis->i : -1, first = given < 0 ? given + rank : given;
    int64_t *dims = SARD_NEW(&e->x->arena, int64_t, SARD_MAX_RANK);
    e->failed |= !dims;
    for (int i = first; dims && i < rank; i++)
        dims[i - first] = i;
    const sard_attr axes = {.name = "axes", .kind = SARD_ATTR_INTS, .count = (size_t)(rank - first), .ints = dims};
    const char *x = binary(e, "Sub", e->input, mean(e, e->input, &axes)), *const *inputs = e->node->inputs;
    const char *variance = mean(e, binary(e, "Mul", x, x), &axes);
    const char *deviation = unary(e, "Sqrt", binary(e, "Add", variance, number(e, epsilon ? epsilon->f : 1e-5f)));
    const char *even = binary(e, "Div", x, deviation);
    if (e->node->input_count < 3 || !*inputs[2])
        product(e, even, inputs[1]);
    else
        add(e, "Add", (const char *const[]){binary(e, "Mul", even, inputs[1]), inputs[2]}, 2, NULL, e->result);
}

static const struct {
    const char *op;
    void (*write)(expansion *e);
} table[] = {{"Gelu", gelu}, {"HardSwish", hard_swish}, {"LayerNormalization", layer_norm}, {"Mish", mish}, {"Swish", swish}};

sard_status sard_export_expand(sard_export *x, sard_export_graph *graph, const sard_export_node *node, bool *done)
{
    const sard_value *input = node->input_count ? node->values[0] : NULL; /* perhaps one that is left out */
    *done = false;
    if (*node->domain || node->output_count > 1 || !input || input->rank < 0 || sard_export_since(node->op) <= x->opset ||
        input->dtype == SARD_BF16)
        return SARD_OK;
    expansion e = {x, graph, node, node->inputs[0], node->outputs[0], input->dtype, 0, false};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (!strcmp(table[i].op, node->op)) {
            table[i].write(&e);
            *done = true;
        }
    return e.failed ? sard_no_memory(x->error) : SARD_OK;
}
