#include "tests/support/onnx.h"

#include "ops/ops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void onnx_start(onnx_test *t)
{
    memset(t, 0, sizeof *t);
    sard_arena_init(&t->arena, NULL);
    sard_arena_init(&t->ops_arena, NULL);
    t->ops.arena = &t->ops_arena;
    t->limits = (sard_limits){.file_bytes = 1u << 30,
                              .nodes = 1000,
                              .nesting = 8,
                              .value_bytes = 1u << 28,
                              .arena_bytes = 1u << 30,
                              .fold_bytes = 1u << 20,
                              .steps = 1000};
    if (sard_ops_add(&t->ops, NULL))
        abort();
}

static void forget(onnx_test *t)
{
    sard_arena_reset(&t->arena);
    sard_onnx_close(t->file);
    t->file = NULL;
    t->graph = NULL;
    t->problems = 0;
    t->error = (sard_error){.text = ""};
    memset(t->problem, 0, sizeof t->problem);
}

void onnx_end(onnx_test *t)
{
    forget(t);
    sard_arena_reset(&t->ops_arena);
}

static void note(void *user, const sard_error *problem)
{
    onnx_test *t = user;
    if (t->problems < 8)
        snprintf(t->problem[t->problems], sizeof t->problem[0], "%.250s", problem->text);
    t->problems++;
}

static sard_status import(onnx_test *t, sard_status opened)
{
    return opened ? opened : sard_onnx_import(t->file, &t->arena, &t->ops, &t->limits, note, t, &t->graph, &t->error);
}

sard_status onnx_import(onnx_test *t, const void *bytes, size_t size)
{
    forget(t);
    return import(t, sard_onnx_open_memory(bytes, size, &t->limits, NULL, &t->file, &t->error));
}

sard_status onnx_import_model(onnx_test *t, const proto *model) { return onnx_import(t, model->bytes, model->size); }

sard_status onnx_import_path(onnx_test *t, const char *path)
{
    forget(t);
    return import(t, sard_onnx_open(path, t->how, &t->limits, NULL, &t->file, &t->error));
}

const char *onnx_ops(const sard_graph *graph)
{
    static char text[1024];
    size_t used = 0;
    *text = 0;
    for (const sard_node *node = graph ? graph->first : NULL; node && used < sizeof text; node = node->next)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", used ? " " : "", node->op->name);
    return text;
}

const char *onnx_constant(const onnx_test *t, const sard_value *value)
{
    static char text[1024];
    size_t used = 0;
    (void)t;
    if (!value || !value->constant)
        return "none";
    *text = 0;
    for (size_t i = 0; i < sard_tensor_count(value->constant) && used < sizeof text - 40; i++) {
        double element; /* large enough for any, and aligned */
        const sard_tensor *tensor = value->constant;
        const size_t size = sard_dtype_size(tensor->dtype);
        memcpy(&element, (const char *)tensor->data + i * size, size);
        const sard_tensor one = sard_tensor_make(tensor->dtype, 0, NULL, &element);
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%g", used ? " " : "", sard_get(&one, 0));
    }
    return text;
}

sard_value *onnx_input(const onnx_test *t, size_t n, size_t i)
{
    sard_node *node = t->graph ? t->graph->first : NULL;
    while (node && n--)
        node = node->next;
    return node ? sard_node_input(node, i) : NULL;
}
