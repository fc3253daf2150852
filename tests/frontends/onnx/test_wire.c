/* Broken bytes: each ends in an error that says where, or in a graph; never in a crash. */
#include "frontends/onnx/onnx.pb-c.h"
#include "frontends/onnx/wire.h"
#include "tests/support/check.h"
#include "tests/support/onnx.h"

#include <string.h>

static onnx_test t;

static void start(void) { onnx_start(&t); }
static void end(void) { onnx_end(&t); }

/* A small model with a bit of everything: typed and raw tensors, a subgraph, a function, a symbol. */
static void write_model(proto *model)
{
    proto graph = {.size = 0}, branch = {.size = 0}, attrs = {.size = 0}, function = {.size = 0}, tensor = {.size = 0},
          packed = {.size = 0};
    proto_input(&graph, "x", 1, 2, (int64_t[]){2, 3});
    proto_input(&graph, "c", 9, 0, NULL);
    proto_floats(&graph, "w", 1, (int64_t[]){3}, (float[]){1, 2, 3});
    proto_tensor(&tensor, "s", 7, 1, (int64_t[]){2});
    proto_varint(&packed, 3);
    proto_varint(&packed, 2);
    proto_message(&tensor, 7, &packed);
    proto_message(&graph, 5, &tensor);
    proto_node(&graph, "Add", "x w", "a", NULL);
    proto_node(&branch, "Relu", "a", "r", NULL);
    proto_output(&branch, "r");
    proto_attr_message(&attrs, "then_branch", 6, 5, &branch);
    proto_attr_message(&attrs, "else_branch", 6, 5, &branch);
    proto_node(&graph, "If", "c", "i", &attrs);
    proto_node_in(&graph, 1, "my", "Twice", "i", "d", NULL);
    proto_node(&graph, "Reshape", "d s", "y", NULL);
    proto_output(&graph, "y");
    proto_text(&function, 1, "Twice");
    proto_text(&function, 4, "p");
    proto_text(&function, 5, "q");
    proto_node_in(&function, 7, "", "Add", "p p", "q", NULL);
    proto_opset(&function, 9, "", 17);
    proto_text(&function, 10, "my");
    proto_model(model, &graph, 17);
    proto_opset(model, 8, "my", 1);
    proto_message(model, 25, &function);
}

START_TEST(a_sound_model_is_imported)
{
    proto model = {.size = 0};
    write_model(&model);
    ck_assert_msg(!onnx_import_model(&t, &model), "%s", t.error.text);
    ck_assert_str_eq(onnx_ops(t.graph), "Add If Add Reshape");
}
END_TEST

START_TEST(any_prefix_is_survived)
{
    proto model = {.size = 0};
    write_model(&model);
    for (size_t size = 0; size < model.size; size++)
        if (onnx_import(&t, model.bytes, size))
            ck_assert_msg(*t.error.text, "no message at %zu bytes", size);
}
END_TEST

START_TEST(any_wrong_byte_is_survived)
{
    proto model = {.size = 0};
    write_model(&model);
    for (size_t i = 0; i < model.size; i++) {
        const uint8_t right = model.bytes[i];
        for (unsigned k = 0; k < 12; k++) {
            const uint8_t wrong[] = {0, 1, 127, 128, 255, 11};
            model.bytes[i] = k < 6 ? wrong[k] : (uint8_t)(right ^ 1u << (k - 4));
            if (onnx_import_model(&t, &model))
                ck_assert_msg(*t.error.text, "no message with byte %zu wrong", i);
        }
        model.bytes[i] = right;
    }
}
END_TEST

static void refuse(const proto *model, sard_status status, const char *text)
{
    ck_assert_int_eq(onnx_import_model(&t, model), status);
    ck_assert_msg(strstr(t.error.text, text), "'%s' lacks '%s'", t.error.text, text);
}

START_TEST(wrong_bytes_are_named)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *text;
    } cases[] = {
        {"", 0, "empty"},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, "byte 0, in a ModelProto: a number does not end"},
        {"\x08\x08\x3a\xff\xff\xff\xff\x0f", 8, "byte 2, in a ModelProto: a value runs beyond the end"},
        {"\x0b\x0b", 2, "wire type"},
        {"\x00\x01", 2, "no field of that number"},
        {"\x3d\x01\x02\x03\x04", 5, "another type"},
        {"\x12\x03"
         "a\0b",
         5, "zero byte"},
        {"\x08\x08", 2, "no graph"},
        {"version https://git-lfs.github.com/spec/v1\n", 43, "Git LFS"},
        {"\x89PNG\r\n\x1a\n", 8, "picture"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_int_eq(onnx_import(&t, cases[i].bytes, cases[i].size), SARD_PARSE);
        ck_assert_msg(strstr(t.error.text, cases[i].text), "'%s' lacks '%s'", t.error.text, cases[i].text);
    }
}
END_TEST

START_TEST(depth_and_nodes_are_limited)
{
    static proto graph, model;
    graph.size = model.size = 0;
    proto_output(&graph, "x");
    for (int i = 0; i < 20; i++) {
        proto attrs = {.size = 0}, outer = {.size = 0};
        proto_attr_message(&attrs, "then_branch", 6, 5, &graph);
        proto_node(&outer, "If", "c", "x", &attrs);
        graph = outer;
    }
    proto_model(&model, &graph, 17);
    refuse(&model, SARD_LIMIT, "nested more than 8 deep");
    graph.size = model.size = 0;
    for (int i = 0; i < 1001; i++)
        proto_node(&graph, "Abs", "x", "y", NULL);
    proto_model(&model, &graph, 17);
    refuse(&model, SARD_LIMIT, "more than 1000 nodes");
}
END_TEST

START_TEST(unknown_fields_are_skipped)
{
    proto graph = {.size = 0}, model = {.size = 0};
    proto_input(&graph, "x", 1, 1, (int64_t[]){4});
    proto_int(&graph, 77, 5);
    proto_text(&graph, 4000, "later");
    proto_node(&graph, "Relu", "x", "y", NULL);
    proto_output(&graph, "y");
    proto_model(&model, &graph, 17);
    proto_float(&model, 99, 1);
    ck_assert_msg(!onnx_import_model(&t, &model), "%s", t.error.text);
}
END_TEST

/* protobuf joins the lists of a message that is given twice, and takes the last of what can be there once. */
START_TEST(messages_given_twice_are_joined)
{
    proto first = {.size = 0}, second = {.size = 0}, model = {.size = 0};
    proto_input(&first, "x", 1, 1, (int64_t[]){4});
    proto_node(&first, "Relu", "x", "a", NULL);
    proto_text(&first, 2, "one");
    proto_node(&second, "Abs", "a", "y", NULL);
    proto_output(&second, "y");
    proto_text(&second, 2, "two");
    proto_model(&model, &first, 17);
    proto_message(&model, 7, &second);
    ck_assert_msg(!onnx_import_model(&t, &model), "%s", t.error.text);
    ck_assert_str_eq(onnx_ops(t.graph), "Relu Abs");
    ck_assert_str_eq(sard_graph_name(t.graph), "two");
}
END_TEST

START_TEST(payloads_stay_where_they_are)
{
    static proto tensor;
    sard_onnx_wire wire;
    float values[1000] = {0};
    tensor.size = 0;
    proto_tensor(&tensor, "w", 1, 1, (int64_t[]){1000});
    proto_bytes(&tensor, 9, values, sizeof values);
    ck_assert(!sard_onnx_wire_read(&sard__onnx__tensor_proto__descriptor, tensor.bytes, tensor.size, &t.limits, &t.arena, &wire, &t.error));
    ck_assert_uint_eq(wire.piece_count, 1);
    ck_assert_ptr_eq(wire.pieces[0].end, tensor.bytes + tensor.size);
    ck_assert_uint_lt(t.arena.bytes, 8192);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("wire");
    TCase *cases = tcase_create("wire");
    const TTest *const tests[] = {a_sound_model_is_imported,       any_prefix_is_survived,      any_wrong_byte_is_survived,
                                  wrong_bytes_are_named,           depth_and_nodes_are_limited, unknown_fields_are_skipped,
                                  messages_given_twice_are_joined, payloads_stay_where_they_are};
    tcase_add_checked_fixture(cases, start, end);
    tcase_set_timeout(cases, 60);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
