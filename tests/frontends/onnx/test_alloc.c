/* Memory that runs out at the k-th allocation, for every k: an error each time, and nothing left over. */
#include "ops/ops.h"
#include "tests/support/check.h"
#include "tests/support/onnx.h"

#include <stdlib.h>

typedef struct counter {
    size_t calls, fail_at, live;
} counter;

static void *take(void *user, size_t size)
{
    counter *c = user;
    if (++c->calls == c->fail_at)
        return NULL;
    c->live++;
    return malloc(size);
}

static void give(void *user, void *memory)
{
    counter *c = user;
    c->live -= memory != NULL;
    free(memory);
}

/* Typed tensors, a subgraph, a function, an old opset: each allocates in its own way. */
static void write_model(proto *model)
{
    proto graph = {.size = 0}, branch = {.size = 0}, branches = {.size = 0}, function = {.size = 0}, tensor = {.size = 0};
    proto softmax = {.size = 0}, entry = {.size = 0};
    proto_input(&graph, "x", SARD_F32, 3, (int64_t[]){2, 3, 4});
    proto_input(&graph, "c", SARD_BOOL, 0, NULL);
    proto_tensor(&tensor, "s", SARD_I64, 1, (int64_t[]){2});
    proto_int(&tensor, 7, 6);
    proto_int(&tensor, 7, 4);
    proto_message(&graph, 5, &tensor);
    proto_attr_int(&softmax, "axis", 1);
    proto_node(&graph, "Softmax", "x", "a", &softmax);
    proto_node(&branch, "Relu", "a", "r", NULL);
    proto_output(&branch, "r");
    proto_attr_message(&branches, "then_branch", 6, 5, &branch);
    proto_attr_message(&branches, "else_branch", 6, 5, &branch);
    proto_node(&graph, "If", "c", "i", &branches);
    proto_node_in(&graph, 1, "my", "Twice", "i", "d", NULL);
    proto_node(&graph, "Reshape", "d s", "y", NULL);
    proto_node(&graph, "SequenceConstruct", "y y", "q", NULL);
    proto_node(&graph, "ConcatFromSequence", "q", "z", &softmax);
    proto_output(&graph, "z");
    proto_text(&function, 1, "Twice");
    proto_text(&function, 4, "p");
    proto_text(&function, 5, "q");
    proto_node_in(&function, 7, "", "Add", "p p", "q", NULL);
    proto_text(&function, 10, "my");
    proto_model(model, &graph, 11);
    proto_opset(model, 8, "my", 1);
    proto_message(model, 25, &function);
    proto_text(&entry, 1, "key");
    proto_text(&entry, 2, "value");
    proto_message(model, 14, &entry);
}

static sard_status import(const proto *model, const sard_op_table *ops, counter *c, sard_error *error)
{
    const sard_allocator allocator = {take, give, c};
    const sard_limits limits = {.file_bytes = 1u << 20, .nodes = 1000, .nesting = 8, .value_bytes = 1u << 20, .fold_bytes = 1u << 20};
    sard_onnx_file *file = NULL;
    sard_graph *graph;
    sard_arena arena;
    sard_arena_init(&arena, &allocator);
    sard_status status = sard_onnx_open_memory(model->bytes, model->size, &limits, &allocator, &file, error);
    if (!status)
        status = sard_onnx_import(file, &arena, ops, &limits, NULL, NULL, &graph, error);
    sard_onnx_close(file);
    sard_arena_reset(&arena);
    return status;
}

START_TEST(every_allocation_may_fail)
{
    static proto model;
    sard_arena ops_arena;
    sard_arena_init(&ops_arena, NULL);
    sard_op_table ops = {.arena = &ops_arena};
    ck_assert(!sard_ops_add(&ops, NULL));
    write_model(&model);
    size_t k = 0;
    for (;;) {
        counter c = {.fail_at = ++k};
        sard_error error = {.text = ""};
        const sard_status status = import(&model, &ops, &c, &error);
        ck_assert_uint_eq(c.live, 0);
        if (c.calls < k) {
            ck_assert_msg(!status, "%s", error.text);
            break;
        }
        ck_assert_msg(status == SARD_NOMEM, "allocation %zu: status %d, %s", k, (int)status, error.text);
        ck_assert(*error.text);
    }
    ck_assert_uint_gt(k, 5);
    sard_arena_reset(&ops_arena);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {every_allocation_may_fail, NULL};
    return check_suite("alloc", tests);
}

CHECK_MAIN(suite)
