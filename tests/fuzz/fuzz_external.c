/* Places of external data: three lines of the input are location, offset and length ('@' stands for a file that is there), the next two the
 * type and size of the tensor, and all of it is the file's contents. */
#include "frontends/onnx/onnx.pb-c.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 5, MOST_LINE = 200, ROOM = 60 }; /* ROOM: of a file's name */

size_t fuzz_seed(size_t i, uint8_t *out, size_t most)
{
    static const char *const seeds[] = {"@\n0\n64\n1\n16\n................................................................",
                                        "@\n8\n16\n7\n2\n................",
                                        "../@\n0\n4\n1\n1\n",
                                        "/etc/passwd\n0\n4\n1\n1\n",
                                        "a//@\n18446744073709551615\n1\n2\n1\n",
                                        "@\n\n\n3\n20\n"};
    if (i >= sizeof seeds / sizeof *seeds || strlen(seeds[i]) > most)
        return 0;
    memcpy(out, seeds[i], strlen(seeds[i]));
    return strlen(seeds[i]);
}

size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    fuzz_random r = {.state = seed * 0x9e3779b97f4a7c15u + 1};
    return fuzz_mutate_bytes(bytes, size, most, &r);
}

static void read_lines(const uint8_t *bytes, size_t size, char lines[LINES][MOST_LINE])
{
    size_t line = 0, used = 0;
    for (size_t i = 0; i < size && line < LINES; i++)
        if (bytes[i] == '\n') {
            line++;
            used = 0;
        } else if (used + ROOM >= MOST_LINE)
            continue;
        else if (bytes[i] == '@' && line == 0)
            used += (size_t)snprintf(lines[line] + used, ROOM, "%s", strrchr(fuzz_path(".data"), '/') + 1);
        else
            lines[line][used++] = (char)bytes[i];
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
        abort();
}

/* y = Identity(w), w in the other file. */
static void write_model(char lines[LINES][MOST_LINE])
{
    static uint8_t bytes[4096];
    Sard__Onnx__ModelProto model = SARD__ONNX__MODEL_PROTO__INIT;
    Sard__Onnx__GraphProto graph = SARD__ONNX__GRAPH_PROTO__INIT;
    Sard__Onnx__NodeProto node = SARD__ONNX__NODE_PROTO__INIT, *nodes = &node;
    Sard__Onnx__TensorProto tensor = SARD__ONNX__TENSOR_PROTO__INIT, *tensors = &tensor;
    Sard__Onnx__ValueInfoProto output = SARD__ONNX__VALUE_INFO_PROTO__INIT, *outputs = &output;
    Sard__Onnx__OperatorSetIdProto opset = SARD__ONNX__OPERATOR_SET_ID_PROTO__INIT, *opsets = &opset;
    Sard__Onnx__StringStringEntryProto entries[3], *places[3];
    static const char *const keys[3] = {"location", "offset", "length"};
    char *from = (char *)"w", *to = (char *)"y";
    int64_t count = atoi(lines[4]);
    tensor.n_external_data = 0;
    for (size_t i = 0; i < 3; i++) {
        sard__onnx__string_string_entry_proto__init(&entries[i]);
        entries[i].key = (char *)keys[i];
        entries[i].value = lines[i];
        if (!i || *lines[i])
            places[tensor.n_external_data++] = &entries[i];
    }
    tensor.external_data = places;
    tensor.name = from;
    tensor.has_data_location = tensor.has_data_type = 1;
    tensor.data_location = SARD__ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
    tensor.data_type = atoi(lines[3]);
    tensor.dims = &count;
    tensor.n_dims = 1;
    node.op_type = (char *)"Identity";
    node.input = &from;
    node.output = &to;
    node.n_input = node.n_output = 1;
    output.name = to;
    graph.node = &nodes;
    graph.initializer = &tensors;
    graph.output = &outputs;
    graph.n_node = graph.n_initializer = graph.n_output = 1;
    opset.has_version = model.has_ir_version = 1;
    opset.version = 17;
    model.ir_version = 8;
    model.opset_import = &opsets;
    model.n_opset_import = 1;
    model.graph = &graph;
    if (sard__onnx__model_proto__get_packed_size(&model) <= sizeof bytes)
        write_file(fuzz_path(".external.onnx"), bytes, sard__onnx__model_proto__pack(&model, bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char lines[LINES][MOST_LINE] = {{0}};
    read_lines(bytes, size, lines);
    write_file(fuzz_path(".data"), bytes, size);
    write_model(lines);
    fuzz_run_model(bytes, size, fuzz_path(".external.onnx"));
    return 0;
}
