#include "tests/support/proto.h"

#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

void proto_raw(proto *to, const void *bytes, size_t size)
{
    if (size > sizeof to->bytes - to->size)
        abort(); /* the test wants too much */
    if (size)
        memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

void proto_varint(proto *to, uint64_t value)
{
    do {
        const uint8_t byte = (uint8_t)((value & 127) | (value > 127 ? 128 : 0));
        proto_raw(to, &byte, 1);
        value >>= 7;
    } while (value);
}

void proto_tag(proto *to, unsigned field, unsigned wire) { proto_varint(to, (uint64_t)field << 3 | wire); }

void proto_int(proto *to, unsigned field, int64_t value)
{
    proto_tag(to, field, 0);
    proto_varint(to, (uint64_t)value);
}

void proto_float(proto *to, unsigned field, float value)
{
    proto_tag(to, field, 5);
    proto_raw(to, &value, sizeof value);
}

void proto_bytes(proto *to, unsigned field, const void *bytes, size_t size)
{
    proto_tag(to, field, 2);
    proto_varint(to, size);
    proto_raw(to, bytes, size);
}

void proto_text(proto *to, unsigned field, const char *text) { proto_bytes(to, field, text, strlen(text)); }
void proto_message(proto *to, unsigned field, const proto *message) { proto_bytes(to, field, message->bytes, message->size); }

/* ---- ONNX ---- */

enum { NODE_ATTRIBUTE = 5, FLOAT = 1, INT = 2, STRING = 3, INTS = 7 };

static void finish_attr(proto *attrs, proto *attr, int type)
{
    proto_int(attr, 20, type);
    proto_message(attrs, NODE_ATTRIBUTE, attr);
}

void proto_attr_int(proto *attrs, const char *name, int64_t value)
{
    proto attr = {.size = 0};
    proto_text(&attr, 1, name);
    proto_int(&attr, 3, value);
    finish_attr(attrs, &attr, INT);
}

void proto_attr_float(proto *attrs, const char *name, float value)
{
    proto attr = {.size = 0};
    proto_text(&attr, 1, name);
    proto_float(&attr, 2, value);
    finish_attr(attrs, &attr, FLOAT);
}

void proto_attr_ints(proto *attrs, const char *name, const int64_t *values, size_t count)
{
    proto attr = {.size = 0};
    proto_text(&attr, 1, name);
    for (size_t i = 0; i < count; i++)
        proto_int(&attr, 8, values[i]);
    finish_attr(attrs, &attr, INTS);
}

void proto_attr_text(proto *attrs, const char *name, const char *value)
{
    proto attr = {.size = 0};
    proto_text(&attr, 1, name);
    proto_text(&attr, 4, value);
    finish_attr(attrs, &attr, STRING);
}

void proto_attr_message(proto *attrs, const char *name, unsigned field, int type, const proto *message)
{
    proto attr = {.size = 0};
    proto_text(&attr, 1, name);
    proto_message(&attr, field, message);
    finish_attr(attrs, &attr, type);
}

void proto_attr_ref(proto *attrs, const char *name, const char *from, int type)
{
    proto attr = {.size = 0};
    proto_text(&attr, 1, name);
    proto_text(&attr, 21, from);
    finish_attr(attrs, &attr, type);
}

static void put_names(proto *to, unsigned field, const char *names)
{
    while (*names) {
        const size_t size = strcspn(names, " ");
        const int absent = size == 1 && *names == '-';
        proto_bytes(to, field, names, absent ? 0 : size);
        names += size + (names[size] == ' ');
    }
}

void proto_node_in(proto *to, unsigned field, const char *domain, const char *op, const char *inputs, const char *outputs,
                   const proto *attrs)
{
    proto node = {.size = 0};
    put_names(&node, 1, inputs);
    put_names(&node, 2, outputs);
    proto_text(&node, 4, op);
    proto_text(&node, 7, domain);
    if (attrs)
        proto_raw(&node, attrs->bytes, attrs->size);
    proto_message(to, field, &node);
}

void proto_node(proto *graph, const char *op, const char *inputs, const char *outputs, const proto *attrs)
{
    proto_node_in(graph, 1, "", op, inputs, outputs, attrs);
}

void proto_input(proto *graph, const char *name, int dtype, int rank, const int64_t *dims)
{
    proto shape = {.size = 0}, tensor = {.size = 0}, type = {.size = 0}, info = {.size = 0};
    for (int i = 0; i < rank; i++) {
        proto dim = {.size = 0};
        proto_int(&dim, 1, dims[i]);
        proto_message(&shape, 1, &dim);
    }
    proto_int(&tensor, 1, dtype);
    if (rank >= 0)
        proto_message(&tensor, 2, &shape);
    proto_message(&type, 1, &tensor);
    proto_text(&info, 1, name);
    proto_message(&info, 2, &type);
    proto_message(graph, 11, &info);
}

void proto_output(proto *graph, const char *name)
{
    proto info = {.size = 0};
    proto_text(&info, 1, name);
    proto_message(graph, 12, &info);
}

void proto_tensor(proto *tensor, const char *name, int dtype, int rank, const int64_t *dims)
{
    for (int i = 0; i < rank; i++)
        proto_int(tensor, 1, dims[i]);
    proto_int(tensor, 2, dtype);
    proto_text(tensor, 8, name);
}

static void put_raw(proto *graph, const char *name, int dtype, int rank, const int64_t *dims, const void *values, size_t size)
{
    proto tensor = {.size = 0};
    for (int i = 0; i < rank; i++)
        size *= (size_t)dims[i];
    proto_tensor(&tensor, name, dtype, rank, dims);
    proto_bytes(&tensor, 9, values, size);
    proto_message(graph, 5, &tensor);
}

void proto_floats(proto *graph, const char *name, int rank, const int64_t *dims, const float *values)
{
    put_raw(graph, name, 1, rank, dims, values, sizeof *values);
}

void proto_int64s(proto *graph, const char *name, int rank, const int64_t *dims, const int64_t *values)
{
    put_raw(graph, name, 7, rank, dims, values, sizeof *values);
}

void proto_opset(proto *to, unsigned field, const char *domain, int version)
{
    proto opset = {.size = 0};
    proto_text(&opset, 1, domain);
    proto_int(&opset, 2, version);
    proto_message(to, field, &opset);
}

void proto_model(proto *model, const proto *graph, int opset)
{
    proto_int(model, 1, 8);
    proto_message(model, 7, graph);
    proto_opset(model, 8, "", opset);
}
