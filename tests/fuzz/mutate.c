/* Changes of models that leave them models: numbers go to extremes, wires go elsewhere, operators become others. */
#include "frontends/onnx/onnx.pb-c.h"
#include "tests/fuzz/fuzz.h"

#include <sard/plugin.h>
#include <stdlib.h>
#include <string.h>

typedef Sard__Onnx__ModelProto model_proto;
typedef Sard__Onnx__GraphProto graph_proto;
typedef Sard__Onnx__NodeProto node_proto;
typedef Sard__Onnx__AttributeProto attribute_proto;
typedef Sard__Onnx__TensorProto tensor_proto;
typedef Sard__Onnx__ValueInfoProto info_proto;

/* Blocks of one change, freed together. */
typedef struct blocks {
    void **list;
    size_t count, capacity;
} blocks;

static void *take(void *user, size_t size)
{
    blocks *b = user;
    if (b->count == b->capacity) {
        b->capacity = 2 * b->capacity + 64;
        b->list = realloc(b->list, b->capacity * sizeof *b->list);
    }
    return b->list[b->count++] = calloc(1, size + 1);
}

static void keep(void *user, void *block)
{
    (void)user;
    (void)block;
}

static void free_all(blocks *b)
{
    for (size_t i = 0; i < b->count; i++)
        free(b->list[i]);
    free(b->list);
}

typedef struct change {
    blocks *memory;
    fuzz_random *random;
    model_proto *model;
} change;

static uint64_t below(const change *c, uint64_t n) { return fuzz_below(c->random, n); }

/* ---- numbers ---- */

static int64_t odd_number(const change *c)
{
    static const int64_t numbers[] = {0,
                                      1,
                                      -1,
                                      2,
                                      -2,
                                      3,
                                      4,
                                      7,
                                      8,
                                      9,
                                      16,
                                      64,
                                      255,
                                      256,
                                      257,
                                      -8,
                                      1000,
                                      65536,
                                      INT32_MAX,
                                      INT32_MIN,
                                      INT64_MAX,
                                      INT64_MIN,
                                      1 << 20,
                                      INT64_C(1) << 31,
                                      INT64_C(1) << 32,
                                      INT64_C(1) << 62};
    return numbers[below(c, 3) ? below(c, 10) : below(c, sizeof numbers / sizeof *numbers)];
}

static float odd_float(const change *c)
{
    static const float numbers[] = {
        0, -0.0f, 1, -1, 0.5f, 1e-30f, 1e30f, 3e38f, -3e38f, __builtin_inff(), -__builtin_inff(), __builtin_nanf("")};
    return numbers[below(c, sizeof numbers / sizeof *numbers)];
}

/* A list of int64 of another length or with another element. */
static void change_list(const change *c, int64_t **list, size_t *count)
{
    if (!below(c, 3) || !*count) {
        int64_t *longer = take(c->memory, (*count + 1) * sizeof *longer);
        if (*count)
            memcpy(longer, *list, *count * sizeof *longer);
        longer[*count] = odd_number(c);
        *list = longer;
        ++*count;
    } else if (!below(c, 4)) {
        --*count;
    } else {
        (*list)[below(c, *count)] = odd_number(c);
    }
}

/* ---- names ---- */

/* The name of some value of a graph: an input, a constant, what a node makes. */
static char *some_value(const change *c, const graph_proto *g)
{
    switch (below(c, 4)) {
    case 0:
        if (g->n_input)
            return g->input[below(c, g->n_input)]->name;
        break;
    case 1:
        if (g->n_initializer)
            return g->initializer[below(c, g->n_initializer)]->name;
        break;
    default:
        if (g->n_node) {
            const node_proto *node = g->node[below(c, g->n_node)];
            if (node->n_output)
                return node->output[below(c, node->n_output)];
        }
    }
    return (char *)"";
}

static char *some_op(const change *c)
{
    static sard_context *context;
    static size_t count;
    if (!context && !sard_context_new(NULL, &context, NULL))
        while (sard_context_op(context, count))
            count++;
    const sard_op *op = count ? sard_context_op(context, below(c, count)) : NULL;
    return (char *)(op ? op->name : "Relu");
}

/* ---- parts ---- */

/* A longer copy of a list of pointers, with room for one more. */
static void **grow(const change *c, void *list, size_t count)
{
    void **longer = take(c->memory, (count + 1) * sizeof *longer);
    if (count)
        memcpy(longer, list, count * sizeof *longer);
    return longer;
}

static void change_tensor(const change *c, tensor_proto *t)
{
    switch (below(c, 4)) {
    case 0:
        change_list(c, &t->dims, &t->n_dims);
        break;
    case 1:
        t->data_type = (int32_t)below(c, 29);
        t->has_data_type = 1;
        break;
    case 2:
        if (t->n_int64_data)
            change_list(c, &t->int64_data, &t->n_int64_data);
        else if (t->n_float_data)
            t->float_data[below(c, t->n_float_data)] = odd_float(c);
        break;
    default:
        if (t->raw_data.len >= 8 && below(c, 2)) {
            const int64_t number = odd_number(c);
            memcpy(t->raw_data.data + below(c, t->raw_data.len / 8) * 8, &number, 8);
        } else if (t->raw_data.len)
            t->raw_data.data[below(c, t->raw_data.len)] ^= (uint8_t)(1u << below(c, 8));
    }
}

static void change_info(const change *c, info_proto *info)
{
    if (!info->type || info->type->value_case != SARD__ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return;
    Sard__Onnx__TypeProto__Tensor *tensor = info->type->tensor_type;
    Sard__Onnx__TensorShapeProto *shape = tensor->shape;
    if (!shape || !shape->n_dim || !below(c, 4)) {
        if (below(c, 2))
            tensor->shape = NULL;
        else
            tensor->elem_type = (int32_t)below(c, 29);
        return;
    }
    Sard__Onnx__TensorShapeProto__Dimension *dim = shape->dim[below(c, shape->n_dim)];
    switch (below(c, 4)) {
    case 0:
        dim->value_case = SARD__ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        dim->dim_value = odd_number(c);
        break;
    case 1:
        dim->value_case = SARD__ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        dim->dim_param = (char *)(below(c, 2) ? "N" : "2*3*N");
        break;
    case 2:
        dim->value_case = SARD__ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE__NOT_SET;
        break;
    default:
        shape->n_dim--;
    }
}

static void change_graph(const change *c, graph_proto *g, const graph_proto *outer);

static void change_attribute(const change *c, attribute_proto *a, const graph_proto *g)
{
    if (a->g) {
        change_graph(c, a->g, g);
    } else if (a->t) {
        change_tensor(c, a->t);
    } else if (a->n_ints) {
        change_list(c, &a->ints, &a->n_ints);
    } else if (a->n_floats) {
        a->floats[below(c, a->n_floats)] = odd_float(c);
    } else if (a->has_f) {
        a->f = odd_float(c);
    } else if (a->s.len) {
        a->s.data[below(c, a->s.len)] ^= (uint8_t)(1u << below(c, 7));
    } else {
        a->i = odd_number(c);
        a->has_i = 1;
    }
}

/* An attribute that the operator knows, with an odd value. */
static void add_attribute(const change *c, node_proto *node)
{
    static const char *const names[] = {"axis",         "axes",    "keepdims",   "group",       "pads",      "strides", "dilations",
                                        "kernel_shape", "to",      "transA",     "mode",        "alpha",     "beta",    "ceil_mode",
                                        "perm",         "epsilon", "batch_dims", "num_outputs", "direction", "p",       "blocksize"};
    attribute_proto *a = take(c->memory, sizeof *a);
    sard__onnx__attribute_proto__init(a);
    a->name = (char *)names[below(c, sizeof names / sizeof *names)];
    a->has_type = 1;
    if (strchr(a->name, 's') && below(c, 2)) {
        a->type = SARD__ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS;
        for (uint64_t n = below(c, 5); n > 0; n--)
            change_list(c, &a->ints, &a->n_ints);
    } else {
        a->type = SARD__ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT;
        a->has_i = 1;
        a->i = odd_number(c);
    }
    node->attribute = (attribute_proto **)grow(c, node->attribute, node->n_attribute);
    node->attribute[node->n_attribute++] = a;
}

/* outer: of a subgraph, the graph around it, whose values it may capture. */
static void change_node(const change *c, node_proto *node, const graph_proto *g, const graph_proto *outer)
{
    const graph_proto *from = outer && below(c, 3) == 0 ? outer : g;
    switch (below(c, 9)) {
    case 0:
    case 1:
        if (node->n_attribute)
            change_attribute(c, node->attribute[below(c, node->n_attribute)], g);
        break;
    case 2:
        add_attribute(c, node);
        break;
    case 3:
        if (node->n_attribute) {
            node->attribute[below(c, node->n_attribute)] = node->attribute[node->n_attribute - 1];
            node->n_attribute--;
        }
        break;
    case 4:
    case 5:
        if (node->n_input)
            node->input[below(c, node->n_input)] = below(c, 6) ? some_value(c, from) : (char *)"";
        break;
    case 6: /* one more input */
        node->input = (char **)grow(c, node->input, node->n_input);
        node->input[node->n_input++] = some_value(c, from);
        break;
    case 7:
        if (node->n_input)
            node->n_input--;
        break;
    default:
        node->op_type = some_op(c);
    }
}

/* A node once more under other names, somewhere. */
static void copy_node(const change *c, graph_proto *g)
{
    node_proto *copy = take(c->memory, sizeof *copy);
    *copy = *g->node[below(c, g->n_node)];
    char **names = (char **)grow(c, copy->output, copy->n_output);
    for (size_t i = 0; i < copy->n_output; i++) {
        names[i] = take(c->memory, strlen(copy->output[i]) + 4);
        strcpy(names[i], copy->output[i]);
        strcat(names[i], "_c");
    }
    copy->output = names;
    copy->input = (char **)grow(c, copy->input, copy->n_input);
    if (copy->n_input)
        copy->input[below(c, copy->n_input)] = some_value(c, g);
    g->node = (node_proto **)grow(c, g->node, g->n_node);
    g->node[g->n_node++] = copy;
}

static void change_graph(const change *c, graph_proto *g, const graph_proto *outer)
{
    const uint64_t what = below(c, 12);
    if (what < 6 && g->n_node)
        change_node(c, g->node[below(c, g->n_node)], g, outer);
    else if (what == 6 && g->n_node)
        copy_node(c, g);
    else if (what == 7 && g->n_node > 1) {
        g->node[below(c, g->n_node)] = g->node[g->n_node - 1];
        g->n_node--;
    } else if (what == 8 && g->n_initializer)
        change_tensor(c, g->initializer[below(c, g->n_initializer)]);
    else if (what == 9 && g->n_output)
        g->output[below(c, g->n_output)]->name = some_value(c, g);
    else if (g->n_input)
        change_info(c, g->input[below(c, g->n_input)]);
}

/* The graph's nodes as the body of a function that a node of the graph calls. */
static void add_function(const change *c, graph_proto *g)
{
    Sard__Onnx__FunctionProto *f = take(c->memory, sizeof *f);
    node_proto *call = take(c->memory, sizeof *call);
    const node_proto *body = g->node[below(c, g->n_node)];
    sard__onnx__function_proto__init(f);
    sard__onnx__node_proto__init(call);
    f->name = call->op_type = (char *)"F";
    f->domain = call->domain = (char *)"local";
    f->input = body->input;
    f->n_input = body->n_input;
    f->output = body->output;
    f->n_output = body->n_output;
    f->node = (node_proto **)grow(c, NULL, 0);
    f->node[f->n_node++] = (node_proto *)body;
    f->opset_import = c->model->opset_import;
    f->n_opset_import = c->model->n_opset_import;
    call->input = body->input;
    call->n_input = body->n_input;
    call->output = body->output;
    call->n_output = body->n_output;
    for (size_t i = 0; i < g->n_node; i++)
        if (g->node[i] == body)
            g->node[i] = call;
    c->model->functions = (Sard__Onnx__FunctionProto **)grow(c, c->model->functions, c->model->n_functions);
    c->model->functions[c->model->n_functions++] = f;
}

static void change_model(const change *c)
{
    model_proto *m = c->model;
    if (!m->graph)
        return;
    const uint64_t what = below(c, 20);
    if (what == 0 && m->n_opset_import)
        m->opset_import[below(c, m->n_opset_import)]->version = 1 + (int64_t)below(c, 30);
    else if (what == 1 && m->graph->n_node)
        add_function(c, m->graph);
    else if (what == 2 && m->n_functions) {
        Sard__Onnx__FunctionProto *f = m->functions[below(c, m->n_functions)];
        if (f->n_node)
            change_node(c, f->node[below(c, f->n_node)], m->graph, NULL);
    } else
        change_graph(c, m->graph, NULL);
}

size_t fuzz_mutate_model(uint8_t *bytes, size_t size, size_t most, fuzz_random *r)
{
    blocks memory = {NULL, 0, 0};
    ProtobufCAllocator allocator = {take, keep, &memory};
    const change c = {&memory, r, sard__onnx__model_proto__unpack(&allocator, size, bytes)};
    size_t result = 0;
    if (c.model) {
        change_model(&c);
        result = sard__onnx__model_proto__get_packed_size(c.model);
        if (result && result <= most)
            sard__onnx__model_proto__pack(c.model, bytes);
        else
            result = 0;
    }
    free_all(&memory);
    return result ? result : fuzz_mutate_bytes(bytes, size, most, r);
}
