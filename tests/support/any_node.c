/* Graphs of one node. */
#include "tests/support/any_node.h"

#include "ir/dtype.h"

#include <check.h>
#include <string.h>
#include <sys/mman.h>

enum { MOST_ELEMENTS = 4096, MOST_ATTRS = 40 };

size_t any_input_count(const sard_op *op)
{
    size_t count = 0;
    while (op->inputs[count].name && count < ANY_MOST_INPUTS)
        count++;
    return count;
}

static sard_dtype type_of(const sard_port *port)
{
    static const sard_dtype wanted[] = {SARD_F32, SARD_I64, SARD_U8, SARD_BOOL, SARD_I32, SARD_I8};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (sard_dtype_in(wanted[i], port->dtypes))
            return wanted[i];
    return SARD_NONE;
}

/* A page that cannot be read. */
static void *nowhere(void)
{
    static void *page;
    if (!page)
        page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(page != MAP_FAILED);
    return page;
}

/* Ones of any type of up to 8 bytes, as elements of 4096 bytes. */
static void *ones(sard_dtype dtype)
{
    static uint64_t room[32][MOST_ELEMENTS];
    const double one = 1;
    char *data = (char *)room[dtype & 31];
    for (size_t i = 0; i < MOST_ELEMENTS; i++)
        sard_narrow(dtype, &one, 1, data + i * sard_dtype_size(dtype));
    return data;
}

static sard_tensor tensor_of(const any_shape *shape, size_t i, sard_dtype dtype)
{
    const bool empty = shape->empty >> i & 1;
    const int rank = empty ? 1 : i ? shape->other_rank : shape->rank;
    int64_t dims[SARD_MAX_RANK];
    for (int k = 0; k < rank; k++)
        dims[k] = empty ? 0 : shape->size;
    return sard_tensor_make(dtype, rank, dims, empty ? nowhere() : ones(dtype));
}

/* The attributes that must be there. False: there is a subgraph among them. */
static bool fill_attrs(const sard_op *op, int spatial, sard_attr attrs[MOST_ATTRS], size_t *count)
{
    static const int64_t ints[SARD_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    static const float floats[1] = {1};
    static const sard_tensor scalar = {.dtype = SARD_F32, .data = (void *)floats, .bytes = sizeof floats};
    *count = 0;
    for (const sard_attr_spec *spec = op->attrs; spec && spec->name; spec++) {
        if (!(spec->flags & SARD_REQUIRED))
            continue;
        sard_attr *attr = &attrs[(*count)++];
        *attr = (sard_attr){.name = spec->name, .kind = spec->kind};
        switch (spec->kind) {
        case SARD_ATTR_INT:
            attr->i = 1;
            break;
        case SARD_ATTR_FLOAT:
            attr->f = 1;
            break;
        case SARD_ATTR_STRING:
            attr->s = (sard_string){"...->...", 8};
            break;
        case SARD_ATTR_TENSOR:
            attr->tensor = &scalar;
            break;
        case SARD_ATTR_INTS:
            attr->ints = ints, attr->count = (size_t)spatial;
            break;
        case SARD_ATTR_FLOATS:
            attr->floats = floats, attr->count = 1;
            break;
        default:
            return false;
        }
    }
    return true;
}

static bool add_inputs(sard_graph *graph, const sard_op *op, const any_shape *shape, sard_value **values, sard_tensor *tensors,
                       size_t *count)
{
    static const int64_t unknown[SARD_MAX_RANK] = {-1, -1, -1, -1, -1, -1, -1, -1};
    sard_dtype bound[128] = {SARD_NONE};
    const size_t inputs = any_input_count(op);
    *count = 0;
    for (size_t i = 0; i < inputs; i++) {
        const unsigned letter = (unsigned char)op->inputs[i].type & 127;
        values[i] = NULL;
        if (shape->left_out >> i & 1)
            continue;
        if (!bound[letter] || op->inputs[i].flags & SARD_MIXED)
            bound[letter] = type_of(&op->inputs[i]);
        const sard_tensor tensor = tensor_of(shape, i, bound[letter]);
        if (!tensor.dtype)
            return false;
        values[i] = sard_graph_add_input(graph, op->inputs[i].name, tensor.dtype, tensor.rank, shape->told ? tensor.dims : unknown);
        tensors[(*count)++] = tensor;
    }
    return true;
}

bool any_graph(sard_context *context, const sard_op *op, const any_shape *shape, sard_graph **out, sard_tensor tensors[ANY_MOST_INPUTS],
               size_t *count)
{
    sard_value *values[ANY_MOST_INPUTS];
    sard_attr attrs[MOST_ATTRS];
    size_t attr_count;
    sard_node *node;
    if (!fill_attrs(op, shape->rank > 2 ? shape->rank - 2 : 1, attrs, &attr_count))
        return false;
    ck_assert(!sard_graph_new(context, "any", out, NULL));
    if (add_inputs(*out, op, shape, values, tensors, count) &&
        !sard_graph_add_node(*out, op->domain, op->name, "node", values, any_input_count(op), attrs, attr_count, 1, &node, NULL) &&
        sard_graph_add_output(*out, sard_node_output(node, 0)))
        return true;
    sard_graph_free(*out);
    return false;
}
