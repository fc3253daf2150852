/* One reader and one writer of attributes for all operators, driven by their rows. */
#include "ir/graph.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* The lists of a struct, seen alike: sard_ints, sard_floats and sard_strings begin the same way. */
typedef struct list {
    const void *data;
    size_t count;
} list;

static const char *kind_name(sard_attr_kind kind)
{
    static const char *const names[] = {"nothing", "an int", "a float", "a string", "a tensor", "a graph", "ints", "floats", "strings"};
    return (unsigned)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

static void *member(const sard_attr_spec *spec, void *attrs) { return (char *)attrs + spec->offset; }

static sard_status check_range(const sard_attr_spec *spec, const int64_t *values, size_t count, const char *what, sard_error *error)
{
    for (size_t i = 0; spec->flags & SARD_RANGED && i < count; i++)
        if (values[i] < spec->min || values[i] > spec->max)
            return sard_fail(error, SARD_MODEL, "%s: attribute %s is %" PRId64 ", must be %" PRId64 " to %" PRId64, what, spec->name,
                             values[i], spec->min, spec->max);
    return SARD_OK;
}

static sard_status read_choice(const sard_attr_spec *spec, sard_string word, int64_t *out, const char *what, sard_error *error)
{
    for (int64_t i = 0; spec->choices[i]; i++)
        if (strlen(spec->choices[i]) == word.size && !memcmp(spec->choices[i], word.data, word.size)) {
            *out = i;
            return SARD_OK;
        }
    return sard_fail(error, SARD_MODEL, "%s: attribute %s is '%.*s', which is none of its values", what, spec->name,
                     (int)(word.size > 64 ? 64 : word.size), word.data ? word.data : "");
}

static bool read_list(const sard_attr *attr, size_t size, list *out, sard_arena *arena)
{
    out->data = sard_arena_copy(arena, attr->ints, attr->count * size);
    out->count = attr->count;
    return out->data != NULL;
}

static bool read_strings(const sard_attr *attr, list *out, sard_arena *arena)
{
    sard_string *copy = SARD_NEW(arena, sard_string, attr->count);
    out->data = copy;
    out->count = attr->count;
    for (size_t i = 0; copy && i < attr->count; i++) {
        copy[i].size = attr->strings[i].size;
        copy[i].data = sard_arena_string(arena, attr->strings[i].data, attr->strings[i].size);
        if (!copy[i].data)
            return false;
    }
    return copy != NULL;
}

static bool has_value(const sard_attr *attr)
{
    bool whole = true;
    switch (attr->kind) {
    case SARD_ATTR_STRING:
        return attr->s.data || !attr->s.size;
    case SARD_ATTR_TENSOR:
        return attr->tensor != NULL;
    case SARD_ATTR_GRAPH:
        return attr->graph != NULL;
    case SARD_ATTR_INTS:
        return attr->ints || !attr->count;
    case SARD_ATTR_FLOATS:
        return attr->floats || !attr->count;
    case SARD_ATTR_STRINGS:
        whole = attr->strings || !attr->count;
        for (size_t i = 0; whole && i < attr->count; i++)
            whole = attr->strings[i].data || !attr->strings[i].size;
        return whole;
    default:
        return true;
    }
}

static sard_status read_one(const sard_attr_spec *spec, const sard_attr *attr, sard_arena *arena, void *to, const char *what,
                            sard_error *error)
{
    bool enough = true;
    if (attr->kind != spec->kind)
        return sard_fail(error, SARD_MODEL, "%s: attribute %s is %s, must be %s", what, spec->name, kind_name(attr->kind),
                         kind_name(spec->kind));
    if (!has_value(attr))
        return sard_fail(error, SARD_ARGUMENT, "%s: attribute %s is NULL", what, spec->name);
    switch (spec->kind) {
    case SARD_ATTR_INT:
        *(int64_t *)to = attr->i;
        return check_range(spec, &attr->i, 1, what, error);
    case SARD_ATTR_FLOAT:
        *(float *)to = attr->f;
        break;
    case SARD_ATTR_STRING:
        if (spec->choices)
            return read_choice(spec, attr->s, to, what, error);
        *(const char **)to = sard_arena_string(arena, attr->s.data, attr->s.size);
        enough = *(const char **)to != NULL;
        break;
    case SARD_ATTR_TENSOR: {
        const sard_tensor *aligned = sard_tensor_align(arena, attr->tensor);
        *(const sard_tensor **)to = aligned == attr->tensor ? sard_arena_copy(arena, aligned, sizeof *aligned) : aligned;
        enough = *(const sard_tensor **)to != NULL;
        break;
    }
    case SARD_ATTR_GRAPH:
        *(sard_graph **)to = attr->graph;
        break;
    case SARD_ATTR_INTS:
        enough = read_list(attr, sizeof(int64_t), to, arena);
        if (enough)
            return check_range(spec, attr->ints, attr->count, what, error);
        break;
    case SARD_ATTR_FLOATS:
        enough = read_list(attr, sizeof(float), to, arena);
        break;
    case SARD_ATTR_STRINGS:
        enough = read_strings(attr, to, arena);
        break;
    }
    return enough ? SARD_OK : sard_no_memory(error);
}

static sard_status set_default(const sard_attr_spec *spec, void *to, const char *what, sard_error *error)
{
    if (spec->flags & SARD_REQUIRED)
        return sard_fail(error, SARD_MODEL, "%s: attribute %s is missing", what, spec->name);
    if (spec->kind == SARD_ATTR_INT)
        *(int64_t *)to = spec->i;
    else if (spec->kind == SARD_ATTR_FLOAT)
        *(float *)to = spec->f;
    else if (spec->kind == SARD_ATTR_STRING && spec->choices)
        return spec->s ? read_choice(spec, (sard_string){spec->s, strlen(spec->s)}, to, what, error) : SARD_OK;
    else if (spec->kind == SARD_ATTR_STRING)
        *(const char **)to = spec->s;
    return SARD_OK;
}

static const sard_attr_spec *find_spec(const sard_op *op, const char *name)
{
    const sard_attr_spec *spec = op->attrs;
    while (spec && spec->name && strcmp(spec->name, name))
        spec++;
    return spec && spec->name ? spec : NULL;
}

sard_status sard_attrs_read(const sard_op *op, const sard_attr *attrs, size_t count, sard_arena *arena, void **out, const char *what,
                            sard_error *error)
{
    *out = SARD_NEW(arena, char, op->attrs_size);
    if (!*out)
        return sard_no_memory(error);
    for (size_t i = 0; i < count; i++) {
        if (!attrs[i].name)
            return sard_fail(error, SARD_ARGUMENT, "%s: the name of attribute %zu is NULL", what, i);
        if (!find_spec(op, attrs[i].name))
            return sard_fail(error, SARD_MODEL, "%s: there is no attribute %.64s", what, attrs[i].name);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(attrs[k].name, attrs[i].name))
                return sard_fail(error, SARD_MODEL, "%s: attribute %.64s is given twice", what, attrs[i].name);
    }
    for (const sard_attr_spec *spec = op->attrs; spec && spec->name; spec++) {
        size_t i = 0;
        while (i < count && strcmp(attrs[i].name, spec->name))
            i++;
        const sard_status status = i < count ? read_one(spec, &attrs[i], arena, member(spec, *out), what, error)
                                             : set_default(spec, member(spec, *out), what, error);
        if (status)
            return status;
    }
    return SARD_OK;
}

/* ---- back to a list ---- */

/* Not a number as the default means: not given. */
static bool floats_differ(float a, float b) { return isnan(a) || isnan(b) ? isnan(a) != isnan(b) : a != b; }

static bool differs(const sard_attr_spec *spec, const sard_attr *attr)
{
    switch (spec->kind) {
    case SARD_ATTR_INT:
        return spec->flags & SARD_REQUIRED || attr->i != spec->i;
    case SARD_ATTR_FLOAT:
        return spec->flags & SARD_REQUIRED || floats_differ(attr->f, spec->f);
    case SARD_ATTR_STRING:
        return attr->s.data && (spec->flags & SARD_REQUIRED || !spec->s || strcmp(attr->s.data, spec->s));
    case SARD_ATTR_TENSOR:
        return attr->tensor != NULL;
    case SARD_ATTR_GRAPH:
        return attr->graph != NULL;
    default:
        return attr->ints != NULL;
    }
}

static sard_attr write_one(const sard_attr_spec *spec, void *from)
{
    sard_attr attr = {.name = spec->name, .kind = spec->kind};
    switch (spec->kind) {
    case SARD_ATTR_INT:
        attr.i = *(const int64_t *)from;
        break;
    case SARD_ATTR_FLOAT:
        attr.f = *(const float *)from;
        break;
    case SARD_ATTR_STRING:
        attr.s.data = spec->choices ? spec->choices[*(const int64_t *)from] : *(const char *const *)from;
        attr.s.size = attr.s.data ? strlen(attr.s.data) : 0;
        break;
    case SARD_ATTR_TENSOR:
        attr.tensor = *(const sard_tensor *const *)from;
        break;
    case SARD_ATTR_GRAPH:
        attr.graph = *(sard_graph *const *)from;
        break;
    default:
        attr.ints = ((const list *)from)->data;
        attr.count = ((const list *)from)->count;
    }
    return attr;
}

bool sard_attrs_write(const sard_op *op, void *attrs, size_t i, sard_attr *out)
{
    for (const sard_attr_spec *spec = op->attrs; spec && spec->name; spec++) {
        *out = write_one(spec, member(spec, attrs));
        if (differs(spec, out) && i-- == 0)
            return true;
    }
    return false;
}

bool sard_node_attr(const sard_node *node, size_t i, sard_attr *out)
{
    return node && out && sard_attrs_write(node->op, node->attrs, i, out);
}

sard_graph *sard_node_subgraph(const sard_node *node, size_t i)
{
    for (const sard_attr_spec *spec = node->op->attrs; spec && spec->name; spec++) {
        sard_graph *graph = spec->kind == SARD_ATTR_GRAPH ? *(sard_graph **)member(spec, node->attrs) : NULL;
        if (graph && i-- == 0)
            return graph;
    }
    return NULL;
}
