/* Writes graphs in the text form. */
#include "ir/text_parser.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct printer {
    bool (*write)(void *user, const char *text, size_t size);
    void *user;
    size_t elements;
    int depth;
    bool going;
    size_t used;
    char buffer[4096];
} printer;

static void print_graph(printer *p, const sard_graph *graph);

static void flush(printer *p)
{
    if (p->going && p->used)
        p->going = p->write(p->user, p->buffer, p->used);
    p->used = 0;
}

static void put(printer *p, const char *text, size_t size)
{
    while (size) {
        const size_t room = sizeof p->buffer - p->used, part = size < room ? size : room;
        memcpy(p->buffer + p->used, text, part);
        p->used += part;
        text += part;
        size -= part;
        if (p->used == sizeof p->buffer)
            flush(p);
    }
}

static void puts_(printer *p, const char *text) { put(p, text, strlen(text)); }

static void SARD_PRINTF(2, 3) putf(printer *p, const char *format, ...)
{
    char text[128];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    puts_(p, text);
}

static void put_line_start(printer *p)
{
    puts_(p, "\n");
    for (int i = 0; i < p->depth; i++)
        puts_(p, "    ");
}

/* ---- names and numbers ---- */

static void put_string(printer *p, const char *text, size_t size)
{
    puts_(p, "\"");
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            putf(p, "\\%c", c);
        else if (c == '\n')
            puts_(p, "\\n");
        else if (c < 0x20 || c == 0x7f)
            putf(p, "\\x%02x", c);
        else
            put(p, text + i, 1);
    }
    puts_(p, "\"");
}

static bool is_bare(const char *name)
{
    const char *c = name;
    while (sard_text_bare(*c))
        c++;
    return c != name && !*c && strcmp(name, "_") && strcmp(name, "...");
}

static void put_name(printer *p, const char *name)
{
    if (is_bare(name))
        puts_(p, name);
    else
        put_string(p, name, strlen(name));
}

/* Does the number read back as the same one of that type? */
static bool reads_back(const char *text, sard_dtype dtype, double value)
{
    const double read = dtype == SARD_F32 ? (double)strtof(text, NULL) : strtod(text, NULL);
    if (dtype == SARD_F16 || dtype == SARD_BF16)
        return dtype == SARD_F16 ? sard_f64_to_f16(read) == sard_f64_to_f16(value) : sard_f64_to_bf16(read) == sard_f64_to_bf16(value);
    return read == value;
}

/* The shortest decimal that does, with a sign that it is no integer. */
static void put_double(printer *p, sard_dtype dtype, double value)
{
    char text[64];
    int digits = 1;
    do
        snprintf(text, sizeof text, "%.*g", digits, value);
    while (digits++ < 17 && !reads_back(text, dtype, value));
    puts_(p, text);
    if (!strpbrk(text, ".en"))
        puts_(p, ".0");
}

static void put_float(printer *p, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (isnan(value) && bits != 0x7fc00000)
        putf(p, "nan_%" PRIx32, bits);
    else
        put_double(p, SARD_F32, (double)value);
}

static void put_small(printer *p, sard_dtype dtype, uint8_t code)
{
    const double value = sard_small_to_f64(dtype, code);
    if (isnan(value) && code != sard_f64_to_small(dtype, (double)NAN))
        putf(p, "nan_%x", code);
    else
        put_double(p, SARD_F64, value);
}

/* ---- types and elements ---- */

static void put_type(printer *p, const sard_graph *graph, sard_dtype dtype, int rank, const int64_t *dims)
{
    putf(p, "%s[", dtype ? sard_dtype_name(dtype) : "?");
    for (int i = 0; i < rank; i++) {
        const char *symbol = sard_graph_symbol_name(graph, dims[i]);
        puts_(p, i ? "," : "");
        if (dims[i] >= 0)
            putf(p, "%" PRId64, dims[i]);
        else if (!symbol)
            puts_(p, "?");
        else if (is_bare(symbol) && !strchr("0123456789-", *symbol))
            puts_(p, symbol);
        else
            put_string(p, symbol, strlen(symbol));
    }
    puts_(p, rank < 0 ? "*]" : "]");
}

static void put_value_type(printer *p, const sard_value *value) { put_type(p, value->graph, value->dtype, value->rank, value->dims); }

/* element: aligned for its type. */
static void put_element(printer *p, sard_dtype dtype, const void *element)
{
    const uint16_t half = *(const uint16_t *)element;
    const double wide = *(const double *)element;
    uint64_t bits;
    int64_t integer;
    switch (dtype) {
    case SARD_STRING:
        put_string(p, ((const sard_string *)element)->data, ((const sard_string *)element)->size);
        break;
    case SARD_BOOL:
        puts_(p, *(const uint8_t *)element ? "true" : "false");
        break;
    case SARD_F32:
        put_float(p, *(const float *)element);
        break;
    case SARD_F16:
    case SARD_BF16: {
        const float value = dtype == SARD_F16 ? sard_f16_to_f32(half) : sard_bf16_to_f32(half);
        if (isnan(value) && half != (dtype == SARD_F16 ? 0x7e00 : 0x7fc0))
            putf(p, "nan_%" PRIx16, half);
        else
            put_double(p, dtype, (double)value);
        break;
    }
    case SARD_F64:
        memcpy(&bits, element, sizeof bits);
        if (isnan(wide) && bits != 0x7ff8000000000000)
            putf(p, "nan_%" PRIx64, bits);
        else
            put_double(p, SARD_F64, wide);
        break;
    case SARD_F8E4M3FN:
    case SARD_F8E4M3FNUZ:
    case SARD_F8E5M2:
    case SARD_F8E5M2FNUZ:
    case SARD_F8E8M0:
    case SARD_F4E2M1:
        put_small(p, dtype, *(const uint8_t *)element);
        break;
    default:
        sard_widen_int(dtype, element, 1, &integer);
        if (dtype == SARD_U64)
            putf(p, "%" PRIu64, (uint64_t)integer);
        else
            putf(p, "%" PRId64, integer);
    }
}

static void put_elements(printer *p, const sard_tensor *tensor)
{
    const size_t count = sard_tensor_count(tensor), size = sard_dtype_size(tensor->dtype);
    if (count > p->elements || (count && !sard_dtype_in(tensor->dtype, SARD_SET_ALL))) {
        puts_(p, "{...}");
        return;
    }
    puts_(p, "{");
    for (size_t i = 0; i < count; i++) {
        union {
            double d;
            sard_string s;
        } element = {.s = {NULL, 0}};
        memcpy(&element, (const char *)tensor->data + i * size, size);
        puts_(p, i ? ", " : "");
        put_element(p, tensor->dtype, &element);
    }
    puts_(p, "}");
}

/* ---- attributes ---- */

static void put_attr_value(printer *p, const sard_graph *graph, const sard_attr *attr)
{
    switch (attr->kind) {
    case SARD_ATTR_INT:
        putf(p, "%" PRId64, attr->i);
        return;
    case SARD_ATTR_FLOAT:
        put_float(p, attr->f);
        return;
    case SARD_ATTR_STRING:
        put_string(p, attr->s.data, attr->s.size);
        return;
    case SARD_ATTR_TENSOR:
        put_type(p, graph, attr->tensor->dtype, attr->tensor->rank, attr->tensor->dims);
        puts_(p, " ");
        put_elements(p, attr->tensor);
        return;
    case SARD_ATTR_GRAPH:
        print_graph(p, attr->graph);
        return;
    default:
        break;
    }
    puts_(p, "[");
    for (size_t i = 0; i < attr->count; i++) {
        puts_(p, i ? ", " : "");
        if (attr->kind == SARD_ATTR_INTS)
            putf(p, "%" PRId64, attr->ints[i]);
        else if (attr->kind == SARD_ATTR_FLOATS)
            put_float(p, attr->floats[i]);
        else
            put_string(p, attr->strings[i].data, attr->strings[i].size);
    }
    puts_(p, "]");
}

static void put_attrs(printer *p, const sard_graph *graph, const sard_op *op, void *attrs)
{
    sard_attr attr;
    for (size_t i = 0; sard_attrs_write(op, attrs, i, &attr); i++) {
        puts_(p, i ? ", " : " {");
        put_name(p, attr.name);
        puts_(p, " = ");
        put_attr_value(p, graph, &attr);
    }
    puts_(p, sard_attrs_write(op, attrs, 0, &attr) ? "}" : "");
}

/* ---- nodes ---- */

/* name: what the node is called; known: what the reader will call it if nothing is said. */
static void put_op(printer *p, const sard_op *op, const char *name, const char *known)
{
    if (*op->domain) {
        put_name(p, op->domain);
        puts_(p, "::");
    }
    put_name(p, op->name);
    if (!known || strcmp(name, known)) {
        puts_(p, "@");
        put_name(p, name);
    }
}

static void put_input(printer *p, const sard_value *value)
{
    if (value)
        put_name(p, value->name);
    else
        puts_(p, "_");
}

static void put_epilogue(printer *p, const sard_node *node, const sard_epilogue *entry, const char *known)
{
    puts_(p, " |> ");
    put_op(p, entry->op, entry->name, known);
    puts_(p, "(");
    for (size_t i = 0, k = entry->first; i < entry->input_count && entry->input_count > 1; i++) {
        puts_(p, i ? ", " : "");
        if (i == entry->slot)
            puts_(p, "$");
        else
            put_input(p, node->inputs[k++]);
    }
    puts_(p, ")");
    put_attrs(p, node->graph, entry->op, entry->attrs);
}

static const char *known_name(const sard_node *node)
{
    for (size_t i = 0; i < node->output_count; i++)
        if (node->outputs[i])
            return node->outputs[i]->name;
    return NULL;
}

static void print_node(printer *p, const sard_node *node)
{
    const char *known = known_name(node);
    put_line_start(p);
    for (size_t i = 0; i < node->output_count; i++) {
        puts_(p, i ? ", " : "");
        put_input(p, node->outputs[i]);
    }
    puts_(p, " = ");
    put_op(p, node->op, node->name, known);
    puts_(p, "(");
    for (size_t i = 0; i < node->own_count; i++) {
        puts_(p, i ? ", " : "");
        put_input(p, node->inputs[i]);
    }
    puts_(p, ")");
    put_attrs(p, node->graph, node->op, node->attrs);
    puts_(p, node->layout == SARD_NHWC ? " nhwc" : "");
    for (size_t i = 0; i < node->epilogue_count; i++)
        put_epilogue(p, node, &node->epilogue[i], known);
    for (size_t i = 0; i < node->output_count; i++) {
        puts_(p, i ? ", " : " : ");
        if (node->outputs[i])
            put_value_type(p, node->outputs[i]);
        else
            puts_(p, "_");
    }
}

/* ---- graphs ---- */

static void print_capture(printer *p, const sard_graph *graph, size_t i)
{
    const char *inner = graph->captures[i].inner->name;
    const char *outer = graph->captures[i].outer ? graph->captures[i].outer->name : inner;
    put_line_start(p);
    puts_(p, "capture ");
    put_name(p, inner);
    if (strcmp(inner, outer)) {
        puts_(p, " = ");
        put_name(p, outer);
    }
}

static void print_constant(printer *p, const sard_value *value)
{
    put_line_start(p);
    puts_(p, "const ");
    put_name(p, value->name);
    puts_(p, ": ");
    put_value_type(p, value);
    puts_(p, " = ");
    put_elements(p, sard_value_constant(value));
}

static void print_output(printer *p, const sard_graph *graph, size_t i)
{
    put_line_start(p);
    puts_(p, "output ");
    if (strcmp(graph->output_names[i], graph->outputs[i]->name)) {
        put_name(p, graph->output_names[i]);
        puts_(p, " = ");
    }
    put_name(p, graph->outputs[i]->name);
}

static void print_graph(printer *p, const sard_graph *graph)
{
    puts_(p, "graph ");
    put_name(p, graph->name);
    puts_(p, " {");
    p->depth++;
    for (size_t i = 0; i < graph->capture_count; i++)
        print_capture(p, graph, i);
    for (size_t i = 0; i < graph->input_count; i++) {
        put_line_start(p);
        puts_(p, "input ");
        put_name(p, graph->inputs[i]->name);
        puts_(p, ": ");
        put_value_type(p, graph->inputs[i]);
    }
    for (size_t i = 0; i < graph->value_count; i++)
        if (graph->values[i]->constant && !graph->values[i]->is_input && sard_value_use_count(graph->values[i]))
            print_constant(p, graph->values[i]);
    for (const sard_node *node = graph->first; node && p->going; node = node->next)
        print_node(p, node);
    for (size_t i = 0; i < graph->output_count; i++)
        print_output(p, graph, i);
    p->depth--;
    put_line_start(p);
    puts_(p, "}");
}

bool sard_graph_print(const sard_graph *graph, const sard_print_options *options, bool (*write)(void *user, const char *text, size_t size),
                      void *user)
{
    if (!graph || !write)
        return false;
    printer p = {.write = write, .user = user, .elements = 16, .going = true};
    if (options && options->struct_size >= offsetof(sard_print_options, elements) + sizeof options->elements && options->elements)
        p.elements = options->elements;
    const locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    const locale_t before = uselocale(plain);
    print_graph(&p, graph);
    puts_(&p, "\n");
    flush(&p);
    uselocale(before);
    freelocale(plain);
    return p.going;
}
