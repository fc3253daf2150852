/* What stands in files that graphs are saved to, read back with protobuf-c alone. */
#include "frontends/onnx/onnx.pb-c.h"
#include "ir/text.h"
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static op_test t;
static char folder[64], path[96];
static Sard__Onnx__ModelProto *model;
static const Sard__Onnx__GraphProto *graph;

static void start(void)
{
    op_start(&t);
    snprintf(folder, sizeof folder, "/tmp/sard-export-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/g.onnx", folder);
    model = NULL;
}

static void end(void)
{
    if (model)
        sard__onnx__model_proto__free_unpacked(model, NULL);
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left there */
    op_end(&t);
}

static sard_graph *parse(const char *text)
{
    sard_graph *parsed = NULL;
    ck_assert_msg(!sard_text_parse(&t.arena, &t.ops, text, strlen(text), &parsed, &t.error), "%s", t.error.text);
    return parsed;
}

static sard_status save(const char *text, int opset)
{
    const sard_export_options options = {.struct_size = sizeof options, .opset = opset};
    return sard_graph_save(parse(text), path, &options, &t.error);
}

static void read_back(void)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (model)
        sard__onnx__model_proto__free_unpacked(model, NULL);
    model = sard__onnx__model_proto__unpack(NULL, size, bytes);
    ck_assert_ptr_nonnull(model);
    graph = model->graph;
}

static void saved(const char *text, int opset)
{
    ck_assert_msg(!save(text, opset), "%s", t.error.text);
    read_back();
}

static void refused(const char *text, int opset, const char *words)
{
    ck_assert_int_eq(save(text, opset), SARD_UNSUPPORTED);
    ck_assert_msg(strstr(t.error.text, words) != NULL, "'%s' is not in '%s'", words, t.error.text);
}

/* "Op(a, b) -> c" of the i-th node. */
static const char *node_text(const Sard__Onnx__GraphProto *g, size_t i)
{
    static char text[500];
    ck_assert_uint_lt(i, g->n_node);
    const Sard__Onnx__NodeProto *node = g->node[i];
    int at = snprintf(text, sizeof text, "%s(", node->op_type);
    for (size_t k = 0; k < node->n_input; k++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%s", k ? ", " : "", node->input[k]);
    at += snprintf(text + at, sizeof text - (size_t)at, ") -> ");
    for (size_t k = 0; k < node->n_output; k++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%s", k ? ", " : "", node->output[k]);
    return text;
}

static const Sard__Onnx__AttributeProto *attribute(const Sard__Onnx__NodeProto *node, const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (!strcmp(node->attribute[i]->name, name))
            return node->attribute[i];
    return NULL;
}

/* ---- cases ---- */

START_TEST(a_graph_is_written_whole)
{
    saved("graph tiny {\n input x: float32[N,3,8,?]\n const w: float32[2,3,1,1] = {1, 2, 3, 4, 5, 6}\n const low: float32[] = {-1.5}\n"
          " c = Conv@conv(x, w) {dilations = [1, 1], auto_pad = \"SAME_UPPER\"}\n y = Clip(c, low)\n s = LeakyRelu(y) {alpha = 0.5}\n"
          " output s\n output x }",
          0);
    ck_assert_int_eq(model->ir_version, 8);
    ck_assert_str_eq(model->producer_name, "sard");
    ck_assert_uint_eq(model->n_opset_import, 1);
    ck_assert_str_eq(model->opset_import[0]->domain, "");
    ck_assert_int_eq(model->opset_import[0]->version, 17);
    ck_assert_str_eq(graph->name, "tiny");
    ck_assert_uint_eq(graph->n_node, 4);
    ck_assert_str_eq(node_text(graph, 0), "Constant() -> low");
    ck_assert_str_eq(node_text(graph, 1), "Conv(x, w) -> c");
    ck_assert_str_eq(graph->node[1]->name, "conv");
    ck_assert_str_eq(node_text(graph, 2), "Clip(c, low) -> y");
    ck_assert(attribute(graph->node[3], "alpha")->f == 0.5f);
    ck_assert_int_eq(attribute(graph->node[3], "alpha")->type, SARD__ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    ck_assert_int_eq(attribute(graph->node[1], "dilations")->n_ints, 2);
    ck_assert_uint_eq(attribute(graph->node[1], "auto_pad")->s.len, 10);
    ck_assert_uint_eq(graph->n_initializer, 1);
    ck_assert_str_eq(graph->initializer[0]->name, "w");
    ck_assert_uint_eq(graph->initializer[0]->raw_data.len, 24);
    ck_assert_uint_eq(graph->n_input, 1);
    const Sard__Onnx__TypeProto__Tensor *type = graph->input[0]->type->tensor_type;
    ck_assert_int_eq(type->elem_type, 1);
    ck_assert_uint_eq(type->shape->n_dim, 4);
    ck_assert_str_eq(type->shape->dim[0]->dim_param, "N");
    ck_assert_int_eq(type->shape->dim[1]->dim_value, 3);
    ck_assert_int_eq(type->shape->dim[3]->value_case, SARD__ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE__NOT_SET);
    ck_assert_uint_eq(graph->n_output, 2);
    ck_assert_str_eq(graph->output[1]->name, "x");
}
END_TEST

START_TEST(channels_last_stand_between_transposes)
{
    saved("graph g {\n input x: float32[1,2,2,3]\n const w: float32[1,3,1,1] = {1, 2, 3}\n y = Conv@c(x, w) nhwc |> Relu@a()\n output y }",
          0);
    ck_assert_uint_eq(graph->n_node, 4);
    ck_assert_str_eq(node_text(graph, 0), "Transpose(x) -> y/first_in");
    ck_assert_str_eq(node_text(graph, 1), "Conv(y/first_in, w) -> y/first_out");
    ck_assert_str_eq(node_text(graph, 2), "Transpose(y/first_out) -> y/epilogue_0");
    ck_assert_str_eq(node_text(graph, 3), "Relu(y/epilogue_0) -> y");
    static const int64_t perms[] = {0, 3, 1, 2, 0, 2, 3, 1};
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq(attribute(graph->node[i / 4 * 2], "perm")->ints[i % 4], perms[i]);
}
END_TEST

START_TEST(epilogues_become_nodes)
{
    saved("graph g {\n input x: float32[1,1,2,2]\n const w: float32[1,1,1,1] = {1}\n const r: float32[1] = {1}\n"
          " y = Conv@c(x, w) |> Relu@a() |> Add@b(r, $)\n output y }",
          0);
    ck_assert_uint_eq(graph->n_node, 3);
    ck_assert_str_eq(node_text(graph, 0), "Conv(x, w) -> y/epilogue_0");
    ck_assert_str_eq(node_text(graph, 1), "Relu(y/epilogue_0) -> y/epilogue_1");
    ck_assert_str_eq(node_text(graph, 2), "Add(r, y/epilogue_1) -> y");
    ck_assert_str_eq(graph->node[2]->name, "b");
}
END_TEST

START_TEST(outputs_keep_their_names)
{
    saved(
        "graph g {\n input x: float32[2]\n const k: float32[2] = {1, 2}\n y = Relu(x)\n z = Relu(y)\n output first = y\n output twice = z\n"
        " output again = z\n output in = x\n output k }",
        0);
    ck_assert_uint_eq(graph->n_node, 5);
    ck_assert_str_eq(node_text(graph, 0), "Relu(x) -> first");
    ck_assert_str_eq(node_text(graph, 1), "Relu(first) -> z");
    ck_assert_str_eq(node_text(graph, 2), "Identity(z) -> twice");
    ck_assert_str_eq(node_text(graph, 3), "Identity(z) -> again");
    ck_assert_str_eq(node_text(graph, 4), "Identity(x) -> in");
    ck_assert_uint_eq(graph->n_initializer, 1);
    saved("graph g {\n input x: float32[2]\n y = Relu(x)\n z = Neg(y)\n output y = z\n output other = y }", 0);
    ck_assert_str_eq(node_text(graph, 0), "Relu(x) -> other");
    ck_assert_str_eq(node_text(graph, 1), "Neg(other) -> y");
    refused("graph g {\n input x: float32[2]\n y = Relu(x)\n output y\n output y }", 0, "two outputs are called 'y'");
}
END_TEST

START_TEST(left_out_inputs_and_outputs_are_written)
{
    saved("graph g {\n input x: float32[4]\n const hi: float32[] = {1}\n y = Clip(x, _, hi)\n z = Clip(y, _, _)\n"
          " const k: int64[1] = {2}\n _, i = TopK(z, k)\n v, _ = TopK@other(z, k)\n output i\n output v }",
          0);
    ck_assert_str_eq(node_text(graph, 1), "Clip(x, , hi) -> y");
    ck_assert_str_eq(node_text(graph, 2), "Clip(y) -> z");
    ck_assert_str_eq(node_text(graph, 3), "TopK(z, k) -> , i");
    ck_assert_str_eq(node_text(graph, 4), "TopK(z, k) -> v");
    saved("graph g {\n input x: float32[6]\n _, b, _ = Split(x) {num_outputs = 3}\n output b }", 17);
    ck_assert_str_eq(node_text(graph, 0), "Split(x) -> unwanted_1, b, unwanted_2");
}
END_TEST

START_TEST(subgraphs_see_outer_names)
{
    saved("graph g {\n input c: bool[]\n input x: float32[2]\n z = Relu(x)\n y = If(c) {then_branch = graph a {\n capture inner = z\n"
          "  x = Neg(inner)\n output z = x\n }, else_branch = graph b {\n capture x\n output x\n }}\n output y }",
          0);
    ck_assert_str_eq(node_text(graph, 1), "If(c) -> y");
    const Sard__Onnx__GraphProto *a = attribute(graph->node[1], "then_branch")->g, *b = attribute(graph->node[1], "else_branch")->g;
    ck_assert_str_eq(node_text(a, 0), "Neg(z) -> z_inner_1");
    ck_assert_str_eq(a->output[0]->name, "z_inner_1");
    ck_assert_str_eq(node_text(b, 0), "Identity(x) -> x_inner_1");
    ck_assert_str_eq(b->output[0]->name, "x_inner_1");
    ck_assert_uint_eq(a->n_input + b->n_input, 0);
}
END_TEST

START_TEST(old_opsets_get_old_forms)
{
    static const char reduce[] =
        "graph g {\n input x: float32[2,3]\n const axes: int64[1] = {1}\n y = ReduceMean(x, axes) {keepdims = 0}\n output y }";
    saved(reduce, 17);
    ck_assert_str_eq(node_text(graph, 0), "ReduceMean(x) -> y");
    ck_assert_int_eq(attribute(graph->node[0], "axes")->ints[0], 1);
    ck_assert_int_eq(attribute(graph->node[0], "keepdims")->i, 0);
    ck_assert_uint_eq(graph->n_initializer, 0);
    saved(reduce, 18);
    ck_assert_str_eq(node_text(graph, 0), "ReduceMean(x, axes) -> y");
    saved("graph g {\n input x: float32[2,3]\n y = ReduceMax(x)\n output y }", 17);
    ck_assert_uint_eq(graph->node[0]->n_attribute, 0);
    refused("graph g {\n input x: float32[2,3]\n input axes: int64[1]\n y = ReduceMax(x, axes)\n output y }", 17, "not constant");
    static const char split[] = "graph g {\n input x: float32[6]\n a, b = Split(x) {num_outputs = 2}\n output a\n output b }";
    saved(split, 17);
    ck_assert_ptr_null(attribute(graph->node[0], "num_outputs"));
    saved(split, 18);
    ck_assert_int_eq(attribute(graph->node[0], "num_outputs")->i, 2);
    refused("graph g {\n input x: float32[7]\n a, b = Split(x) {num_outputs = 2}\n output a\n output b }", 17, "Split 'a'");
    static const char trilu[] = "graph g {\n input x: float32[7,7]\n y = Trilu(x)\n output y }";
    refused(trilu, 13, "Trilu 'y': the operator cannot be written in opset 13, it came with 14");
    saved(trilu, 14);
    static const char center[] = "graph g {\n input x: float32[7]\n const s: int64[1] = {3}\n y = CenterCropPad(x, s)\n output y }";
    saved(center, 0);
    ck_assert_int_eq(model->opset_import[0]->version, 18);
    ck_assert_int_eq(model->ir_version, 8);
    refused(center, 12, "opset 12 cannot be written");
    refused(center, 99, "opset 99 cannot be written");
    refused("graph g {\n input x: float32[1,1,9,9]\n y = AveragePool(x) {kernel_shape = [3, 3], dilations = [2, 2]}\n output y }", 17,
            "attribute dilations");
    refused("graph g {\n input x: bfloat16[1,1,9,9]\n y = MaxPool(x) {kernel_shape = [3, 3]}\n output y }", 17, "element type bfloat16");
    static const char pool[] =
        "graph g {\n input x: float32[1,1,2,2]\n y = MaxPool(x) {kernel_shape = [1, 1], strides = [2, 2], pads = [0, 0, "
        "1, 1], ceil_mode = 1} : float32[1,1,1,1]\n output y }";
    refused(pool, 17, "a last window in the padding");
    saved(pool, 22);
}
END_TEST

/* Operator after operator, joined by blanks, of the activation saved in opset 13. */
static const char *written_out(const char *op)
{
    static char text[500];
    char source[200];
    snprintf(source, sizeof source, "graph g {\n input x: float32[7]\n y = %s\n output y }", op);
    saved(source, 13);
    *text = 0;
    for (size_t i = 0; i < graph->n_node; i++)
        if (strcmp(graph->node[i]->op_type, "Constant"))
            strcat(strcat(text, " "), graph->node[i]->op_type);
    ck_assert_str_eq(graph->node[graph->n_node - 1]->output[0], "y");
    ck_assert_str_eq(graph->node[graph->n_node - 1]->name, "y");
    return text;
}

START_TEST(young_activations_are_written_out)
{
    ck_assert_str_eq(written_out("Gelu(x)"), " Div Erf Add Mul Mul");
    ck_assert_str_eq(written_out("Gelu(x) {approximate = \"tanh\"}"), " Pow Mul Add Mul Tanh Add Mul Mul");
    ck_assert_str_eq(written_out("HardSwish(x)"), " HardSigmoid Mul");
    ck_assert_str_eq(written_out("Mish(x)"), " Softplus Tanh Mul");
    ck_assert_str_eq(written_out("Swish(x)"), " Sigmoid Mul");
    ck_assert_str_eq(node_text(graph, 1), "Mul(x, y/Sigmoid_1) -> y");
    ck_assert_str_eq(written_out("Swish(x) {alpha = 2.0}"), " Mul Sigmoid Mul");
    saved("graph g {\n input x: float32[7]\n y = Gelu(x)\n output y }", 20);
    ck_assert_str_eq(node_text(graph, 0), "Gelu(x) -> y");
    saved("graph g {\n input x: float32[1,1,1]\n y = Conv(x, x) |> Mish()\n output y }", 17);
    ck_assert_str_eq(node_text(graph, 1), "Softplus(y/epilogue_0) -> y/Softplus_1");
}
END_TEST

START_TEST(docs_and_metadata_are_kept)
{
    sard_graph *g = parse("graph g {\n input x: float32[2]\n y = Relu(x)\n output y }");
    ck_assert(sard_graph_set_doc(g, "a graph") && sard_node_set_doc(sard_graph_first(g), "a node"));
    ck_assert(sard_value_set_doc(sard_graph_input(g, 0), "what goes in") && sard_value_set_doc(sard_graph_output(g, 0), "what comes out"));
    static const char *const pairs[][2] = {{"producer_name", "hand"}, {"producer_version", "7"}, {"domain", "org.example"},
                                           {"model_version", "12"},   {"doc_string", "a model"}, {"colour", "rgb"},
                                           {"opset", "15"},           {"colour", "bgr"},         {"gone", "1"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        ck_assert(sard_graph_set_metadata(g, pairs[i][0], pairs[i][1]));
    ck_assert(sard_graph_add_metadata(g, "domain", "vision", false)); /* a property that is called as a field */
    ck_assert(sard_graph_set_metadata(g, "gone", NULL));
    sard_arena arena;
    sard_arena_init(&arena, NULL);
    const sard_graph *copy = sard_graph_clone(&arena, g);
    ck_assert(sard_graph_set_metadata(g, "colour", "changed behind the copy's back"));
    ck_assert_int_eq(sard_graph_save(copy, path, NULL, &t.error), SARD_OK);
    sard_arena_reset(&arena);
    read_back();
    ck_assert_str_eq(model->producer_name, "hand");
    ck_assert_str_eq(model->producer_version, "7");
    ck_assert_str_eq(model->domain, "org.example");
    ck_assert_int_eq(model->model_version, 12);
    ck_assert_str_eq(model->doc_string, "a model");
    ck_assert_str_eq(graph->doc_string, "a graph");
    ck_assert_str_eq(graph->node[0]->doc_string, "a node");
    ck_assert_str_eq(graph->input[0]->doc_string, "what goes in");
    ck_assert_str_eq(graph->output[0]->doc_string, "what comes out");
    ck_assert_uint_eq(model->n_metadata_props, 3);
    ck_assert_str_eq(model->metadata_props[0]->value, "bgr");
    ck_assert_str_eq(model->metadata_props[1]->key, "opset");
    ck_assert_str_eq(model->metadata_props[2]->key, "domain");
    ck_assert_str_eq(model->metadata_props[2]->value, "vision");
    const sard_export_options options = {.struct_size = sizeof options, .producer = "tool"};
    ck_assert_int_eq(sard_graph_save(g, path, &options, &t.error), SARD_OK);
    read_back();
    ck_assert_str_eq(model->producer_name, "tool");
}
END_TEST

START_TEST(names_of_nodes_are_unique)
{
    saved("graph g {\n input c: bool[]\n input x: float32[2]\n a = Relu@n(x)\n b = Neg@n(a)\n d = Abs@n_1(b)\n e = Exp@n(d)\n"
          " y = If(c) {then_branch = graph t {\n capture e\n f = Log@n(e)\n output f\n }, else_branch = graph f {\n capture x\n"
          " output x\n }}\n output y }",
          0);
    static const char *const expected[] = {"n", "n_1", "n_1_1", "n_2", "y"};
    for (size_t i = 0; i < 5; i++)
        ck_assert_str_eq(graph->node[i]->name, expected[i]);
    ck_assert_str_eq(attribute(graph->node[4], "then_branch")->g->node[0]->name, "n_3");
}
END_TEST

/* A file says its opset; it is kept where it can be. */
START_TEST(the_opset_is_that_of_the_source)
{
    static const char *const from[] = {"9", "15", "24", "99"};
    static const int to[] = {13, 15, 24, 28};
    for (size_t i = 0; i < 4; i++) {
        sard_graph *g = parse("graph g {\n input x: float32[2]\n y = Relu(x)\n output y }");
        ck_assert(sard_graph_add_metadata(g, "opset", from[i], true));
        ck_assert_int_eq(sard_graph_save(g, path, NULL, &t.error), SARD_OK);
        read_back();
        ck_assert_int_eq(model->opset_import[0]->version, to[i]);
        ck_assert_uint_eq(model->n_metadata_props, 0);
    }
}
END_TEST

START_TEST(all_attribute_kinds_are_written)
{
    saved("graph g {\n const shape: int64[1] = {2}\n input x: float32[1,1,1]\n const w: float32[1,1,1] = {1}\n"
          " y = ConstantOfShape(shape) {value = float32[1] {2.5}}\n"
          " i, j = RNN(x, w, w) {hidden_size = 1, activations = [\"Relu\"], activation_alpha = [0.5]}\n output y\n output j }",
          0);
    const Sard__Onnx__AttributeProto *value = attribute(graph->node[0], "value");
    ck_assert_int_eq(value->type, SARD__ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR);
    ck_assert_uint_eq(value->t->raw_data.len, 4);
    const Sard__Onnx__AttributeProto *words = attribute(graph->node[1], "activations");
    ck_assert_int_eq(words->type, SARD__ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRINGS);
    ck_assert_uint_eq(words->n_strings, 1);
    ck_assert(attribute(graph->node[1], "activation_alpha")->floats[0] == 0.5f);
}
END_TEST

static const char plain[] = "graph g {\n input x: float32[2]\n y = Relu(x)\n output y }";

/* A seed of 0 says that runs repeat; none, that they do not. */
START_TEST(what_was_not_given_is_not_written)
{
    saved("graph g {\n const on: bool[] = {1}\n input x: float32[4]\n a = Dropout(x, _, on) {seed = 0}\n b = Dropout(a, _, on)\n"
          " c = RandomNormalLike(b) {seed = 0.0}\n d = RandomNormalLike(c)\n output d }",
          0);
    for (size_t i = 0; i < graph->n_node; i++) {
        const char *output = graph->node[i]->output[0];
        if (strlen(output) == 1)
            ck_assert_msg((attribute(graph->node[i], "seed") != NULL) == (*output == 'a' || *output == 'c'), "%s", output);
    }
    ck_assert_uint_ge(graph->n_node, 4);
}
END_TEST

START_TEST(files_that_cannot_be_written_are_told)
{
    const sard_graph *g = parse(plain);
    ck_assert_int_eq(sard_graph_save(g, "/nowhere/at/all.onnx", NULL, &t.error), SARD_IO);
    ck_assert_ptr_nonnull(strstr(t.error.text, "/nowhere/at/all.onnx"));
    ck_assert_int_eq(sard_graph_save(g, folder, NULL, &t.error), SARD_IO);
    ck_assert_ptr_nonnull(strstr(t.error.text, folder));
    if (!access("/dev/full", W_OK))
        ck_assert_int_eq(sard_graph_save(g, "/dev/full", NULL, &t.error), SARD_IO);
}
END_TEST

START_TEST(an_old_file_is_replaced)
{
    struct stat status;
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 10000; i++)
        fputs("old", file);
    fclose(file);
    saved(plain, 0);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_lt(status.st_size, 1000);
}
END_TEST

/* An allocator that gives out `*user` times. */
static void *alloc_few(void *user, size_t size) { return (*(int *)user)-- > 0 ? malloc(size) : NULL; }

static void free_any(void *user, void *memory)
{
    (void)user;
    free(memory);
}

START_TEST(running_out_of_memory_is_told)
{
    static const char text[] =
        "graph g {\n input x: float32[2]\n input c: bool[]\n y = Relu(x) |> Neg()\n"
        " z = If(c) {then_branch = graph a {\n a = Neg(y)\n output a\n }, else_branch = graph b {\n output x\n }}\n output z }";
    int left = 1 << 20;
    sard_arena arena;
    sard_graph *g;
    sard_arena_init(&arena, &(sard_allocator){alloc_few, free_any, &left});
    ck_assert(!sard_text_parse(&arena, &t.ops, text, strlen(text), &g, &t.error));
    sard_status status = SARD_NOMEM;
    for (int k = 0; status == SARD_NOMEM && k < 1000; k++) {
        left = k;
        status = sard_graph_save(g, path, NULL, &t.error);
        ck_assert_int_eq(access(path, F_OK), status ? -1 : 0);
    }
    ck_assert_int_eq(status, SARD_OK);
    sard_arena_reset(&arena);
}
END_TEST

/* Constants that share their elements, so that the test itself needs little memory. */
START_TEST(a_device_takes_no_second_file)
{
    const int64_t dims[] = {1 << 25};
    const sard_tensor big = sard_tensor_make(SARD_U8, 1, dims, sard_arena_alloc(&t.arena, 1, 1 << 25));
    const sard_export_options outside = {.struct_size = sizeof outside, .external_data = true};
    for (int i = 0; i < 65; i++)
        ck_assert(sard_graph_add_output(t.graph, sard_graph_add_constant(t.graph, NULL, &big)));
    ck_assert_int_eq(sard_graph_save(t.graph, "/dev/null", NULL, &t.error), SARD_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(t.error.text, "models over 2 GB need external data"));
    ck_assert_int_eq(sard_graph_save(parse(plain), "/dev/null", &outside, &t.error), SARD_UNSUPPORTED);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("export");
    TCase *c = tcase_create("export");
    tcase_add_checked_fixture(c, start, end);
    tcase_add_test(c, a_graph_is_written_whole);
    tcase_add_test(c, channels_last_stand_between_transposes);
    tcase_add_test(c, epilogues_become_nodes);
    tcase_add_test(c, outputs_keep_their_names);
    tcase_add_test(c, left_out_inputs_and_outputs_are_written);
    tcase_add_test(c, subgraphs_see_outer_names);
    tcase_add_test(c, old_opsets_get_old_forms);
    tcase_add_test(c, young_activations_are_written_out);
    tcase_add_test(c, docs_and_metadata_are_kept);
    tcase_add_test(c, names_of_nodes_are_unique);
    tcase_add_test(c, the_opset_is_that_of_the_source);
    tcase_add_test(c, all_attribute_kinds_are_written);
    tcase_add_test(c, what_was_not_given_is_not_written);
    tcase_add_test(c, files_that_cannot_be_written_are_told);
    tcase_add_test(c, an_old_file_is_replaced);
    tcase_add_test(c, running_out_of_memory_is_told);
    tcase_add_test(c, a_device_takes_no_second_file);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
