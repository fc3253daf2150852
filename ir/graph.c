/* Graphs and values: making them, names, symbols, types. */
#include "ir/graph.h"

#include "ir/hash.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

sard_graph *sard_graph_create(sard_arena *arena, const sard_op_table *ops, const char *name)
{
    sard_graph *graph = SARD_NEW(arena, sard_graph, 1);
    if (!graph)
        return NULL;
    graph->arena = arena;
    graph->ops = ops;
    graph->name = sard_arena_string(arena, name, strlen(name));
    graph->symbols = SARD_NEW(arena, sard_symbols, 1);
    return graph->name && graph->symbols ? graph : NULL;
}

sard_graph *sard_graph_create_inner(sard_graph *parent, const char *name)
{
    sard_graph *graph = sard_graph_create(parent->arena, parent->ops, name);
    if (graph) {
        graph->parent = parent;
        graph->symbols = parent->symbols;
    }
    return graph;
}

/* ---- symbols ---- */

/* Of so many symbols no further multiples are made: they are found by looking at all. */
#define MOST_SYMBOLS 256

static int64_t find_symbol(const sard_graph *graph, const char *name)
{
    size_t i = 0;
    while (i < graph->symbols->count && strcmp(graph->symbols->list[i].name, name))
        i++;
    return i < graph->symbols->count ? SARD_FIRST_SYMBOL - (int64_t)i : SARD_UNKNOWN_DIM;
}

/* What stands behind the factors of "2*32*N"; *factor is their product. Names that are no multiple, or none that can be counted, are once
 * themselves. */
static const char *read_multiple(const char *name, int64_t *factor)
{
    const char *base = name;
    char *end;
    *factor = 1;
    while (isdigit((unsigned char)*base)) {
        const long long next = strtoll(base, &end, 10);
        if (next < 2 || next > INT32_MAX || *end != '*' || !end[1])
            break;
        if (__builtin_mul_overflow(*factor, next, factor)) {
            *factor = 1;
            return name;
        }
        base = end + 1;
    }
    return base;
}

int64_t sard_graph_symbol(sard_graph *graph, const char *name)
{
    if (!graph || !name)
        return SARD_UNKNOWN_DIM;
    const int64_t found = find_symbol(graph, name);
    if (found != SARD_UNKNOWN_DIM)
        return found;
    sard_symbols *symbols = graph->symbols;
    sard_symbol symbol = {.name = sard_arena_string(graph->arena, name, strlen(name))};
    if (!symbol.name || !SARD_GROW(graph->arena, symbols->list, symbols->count, symbols->capacity))
        return SARD_UNKNOWN_DIM;
    const size_t i = symbols->count++;
    symbols->list[i] = symbol;
    const char *base = read_multiple(symbols->list[i].name, &symbol.factor);
    symbol.base = base == symbol.name ? SARD_FIRST_SYMBOL - (int64_t)i : sard_graph_symbol(graph, base); /* which has no factor */
    symbols->list[i] = symbol;
    return symbol.base == SARD_UNKNOWN_DIM ? SARD_UNKNOWN_DIM : SARD_FIRST_SYMBOL - (int64_t)i;
}

static const sard_symbol *symbol_of(const sard_graph *graph, int64_t dim)
{
    if (!graph || dim > SARD_FIRST_SYMBOL || (uint64_t)(SARD_FIRST_SYMBOL - dim) >= graph->symbols->count)
        return NULL;
    return &graph->symbols->list[SARD_FIRST_SYMBOL - dim];
}

const char *sard_graph_symbol_name(const sard_graph *graph, int64_t dim)
{
    const sard_symbol *symbol = symbol_of(graph, dim);
    return symbol ? symbol->name : NULL;
}

int64_t sard_dim_factor(const sard_graph *graph, int64_t symbol, int64_t *base)
{
    const sard_symbol *found = symbol_of(graph, symbol);
    *base = found ? found->base : symbol;
    return found ? found->factor : 1;
}

int64_t sard_dim_multiple(sard_graph *graph, int64_t dim, int64_t factor)
{
    char name[300];
    int64_t base, whole;
    if (factor == 0 || factor == 1)
        return factor ? dim : 0;
    if (dim >= 0)
        return __builtin_mul_overflow(dim, factor, &whole) ? SARD_UNKNOWN_DIM : whole;
    if (dim == SARD_UNKNOWN_DIM || __builtin_mul_overflow(sard_dim_factor(graph, dim, &base), factor, &whole) || whole > INT32_MAX ||
        (size_t)snprintf(name, sizeof name, "%" PRId64 "*%s", whole, sard_graph_symbol_name(graph, base)) >= sizeof name)
        return SARD_UNKNOWN_DIM;
    return graph->symbols->count < MOST_SYMBOLS ? sard_graph_symbol(graph, name) : find_symbol(graph, name);
}

void sard_dims_text(const sard_graph *graph, int rank, const int64_t *dims, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < rank && used < size; i++) {
        const char *symbol = sard_graph_symbol_name(graph, dims[i]);
        if (i)
            used += (size_t)snprintf(text + used, size - used, ",");
        if (used >= size)
            return;
        if (dims[i] >= 0)
            used += (size_t)snprintf(text + used, size - used, "%" PRId64, dims[i]);
        else
            used += (size_t)snprintf(text + used, size - used, "%.30s", symbol ? symbol : "?");
    }
    if (used < size)
        snprintf(text + used, size - used, "]");
}

/* ---- names: a hash table with open addressing ---- */

static size_t slot_of(const sard_graph *graph, const char *name)
{
    size_t slot = sard_hash(name, strlen(name)) & (graph->name_capacity - 1);
    while (graph->names[slot] && strcmp(graph->names[slot]->name, name))
        slot = (slot + 1) & (graph->name_capacity - 1);
    return slot;
}

sard_value *sard_graph_find(const sard_graph *graph, const char *name)
{
    return graph && graph->name_capacity && name ? graph->names[slot_of(graph, name)] : NULL;
}

/* Room for one more name at a load of at most a half. Renaming leaves stale entries, which are dropped here. */
static bool make_room(sard_graph *graph)
{
    if (2 * (graph->name_count + 1) <= graph->name_capacity)
        return true;
    const size_t capacity = graph->name_capacity ? 2 * graph->name_capacity : 64;
    sard_value **names = SARD_NEW(graph->arena, sard_value *, capacity);
    if (!names)
        return false;
    graph->names = names;
    graph->name_capacity = capacity;
    graph->name_count = 0;
    for (size_t i = 0; i < graph->value_count; i++) {
        graph->names[slot_of(graph, graph->values[i]->name)] = graph->values[i];
        graph->name_count++;
    }
    return true;
}

/* A name for a value: `wanted`, or with a number at its end, so that it is new in the graph. That of a value whose name got a number gets
 * another one instead. Numbers only go up, so that names of a file which look like that are met once each. False when memory runs out. */
static bool set_free_name(sard_graph *graph, sard_value *value, const char *wanted)
{
    const bool named = wanted && *wanted;
    const sard_value *taken = named ? sard_graph_find(graph, wanted) : NULL;
    if (named && !taken)
        return (value->name = sard_arena_string(graph->arena, wanted, strlen(wanted))) != NULL;
    const char *stem = named ? wanted : "v";
    const size_t length = taken && taken->stem ? taken->stem : strlen(stem), size = length + 24;
    char *name = sard_arena_alloc(graph->arena, size, 1);
    if (!name)
        return false;
    memcpy(name, stem, length);
    if (graph->next_number < graph->value_count)
        graph->next_number = graph->value_count;
    do
        snprintf(name + length, size - length, "_%zu", graph->next_number++);
    while (sard_graph_find(graph, name));
    value->name = name;
    value->stem = length;
    return true;
}

sard_value *sard_graph_add_value(sard_graph *graph, const char *name)
{
    sard_value *value = SARD_NEW(graph->arena, sard_value, 1);
    if (!value || !make_room(graph) || !SARD_GROW(graph->arena, graph->values, graph->value_count, graph->value_capacity))
        return NULL;
    if (!set_free_name(graph, value, name))
        return NULL;
    value->graph = graph;
    value->rank = -1;
    value->content_count = -1;
    value->id = graph->value_count;
    graph->values[graph->value_count++] = value;
    graph->names[slot_of(graph, value->name)] = value;
    graph->name_count++;
    return value;
}

/* The table keeps no holes: it is rebuilt without the old name. */
sard_status sard_value_rename(sard_value *value, const char *name, sard_error *error)
{
    if (!value || !name)
        return sard_null(error, value ? "name" : "value");
    sard_graph *graph = value->graph;
    if (!strcmp(value->name, name))
        return SARD_OK;
    if (sard_graph_find(graph, name))
        return sard_fail(error, SARD_ARGUMENT, "another value is called '%.200s'", name);
    const char *copy = sard_arena_string(graph->arena, name, strlen(name));
    if (!copy)
        return sard_no_memory(error);
    value->name = copy;
    value->stem = 0;
    memset(graph->names, 0, graph->name_capacity * sizeof *graph->names);
    for (size_t i = 0; i < graph->value_count; i++)
        graph->names[slot_of(graph, graph->values[i]->name)] = graph->values[i];
    return SARD_OK;
}

sard_value *sard_graph_add_input(sard_graph *graph, const char *name, sard_dtype dtype, int rank, const int64_t *dims)
{
    if (!graph || rank < -1 || rank > SARD_MAX_RANK || (rank > 0 && !dims) ||
        !SARD_GROW(graph->arena, graph->inputs, graph->input_count, graph->input_capacity))
        return NULL;
    sard_value *value = sard_graph_add_value(graph, name);
    if (!value)
        return NULL;
    sard_value_set_type(value, dtype, rank, dims);
    value->is_input = true;
    graph->inputs[graph->input_count++] = value;
    return value;
}

static bool is_sound(const sard_tensor *tensor)
{
    int64_t count;
    size_t bytes = 0;
    if (tensor->rank < 0 || tensor->rank > SARD_MAX_RANK || tensor->ld || !sard_count(tensor->dims, tensor->rank, &count))
        return false;
    if (sard_dtype_is_list(tensor->dtype) ||
        (sard_dtype_size(tensor->dtype) && !sard_bytes(tensor->dtype, tensor->dims, tensor->rank, &bytes)))
        return false;
    return tensor->bytes >= bytes && (tensor->data || !bytes);
}

sard_value *sard_graph_add_constant(sard_graph *graph, const char *name, const sard_tensor *tensor)
{
    if (!graph || !tensor || !is_sound(tensor))
        return NULL;
    sard_value *value = sard_graph_add_value(graph, name);
    return value && sard_value_set_constant(value, tensor) ? value : NULL;
}

void *sard_graph_alloc(sard_graph *graph, size_t count) { return graph ? sard_arena_tensor(graph->arena, count) : NULL; }

bool sard_graph_add_output(sard_graph *graph, sard_value *value)
{
    if (!graph || !value || !SARD_GROW(graph->arena, graph->outputs, graph->output_count, graph->output_capacity) ||
        !SARD_GROW(graph->arena, graph->output_names, graph->output_count, graph->name_slots) ||
        !SARD_GROW(graph->arena, graph->claims, graph->output_count, graph->claim_slots))
        return false;
    graph->claims[graph->output_count] = NULL;
    graph->output_names[graph->output_count] = value->name;
    if (!value->output_count++)
        value->first_output = graph->output_count;
    graph->outputs[graph->output_count++] = value;
    return true;
}

/* Where the table has a capture, or room for it: places in `captures`, from 1 on, by what they read; open addressing. */
static size_t capture_slot(const sard_graph *graph, const sard_value *outer)
{
    size_t slot = sard_hash(&outer, sizeof outer) & (graph->capture_table_size - 1);
    while (graph->capture_table[slot] && graph->captures[graph->capture_table[slot] - 1].outer != outer)
        slot = (slot + 1) & (graph->capture_table_size - 1);
    return slot;
}

static bool make_capture_room(sard_graph *graph)
{
    if (2 * (graph->capture_count + 1) <= graph->capture_table_size)
        return true;
    const size_t size = graph->capture_table_size ? 2 * graph->capture_table_size : 16;
    size_t *table = SARD_NEW(graph->arena, size_t, size);
    if (!table)
        return false;
    graph->capture_table = table;
    graph->capture_table_size = size;
    for (size_t i = 0; i < graph->capture_count; i++)
        table[capture_slot(graph, graph->captures[i].outer)] = i + 1;
    return true;
}

sard_value *sard_graph_capture(sard_graph *graph, sard_value *outer)
{
    if (!make_capture_room(graph) || !SARD_GROW(graph->arena, graph->captures, graph->capture_count, graph->capture_capacity))
        return NULL;
    const size_t slot = capture_slot(graph, outer);
    if (graph->capture_table[slot])
        return graph->captures[graph->capture_table[slot] - 1].inner;
    sard_value *inner = sard_graph_add_value(graph, outer->name);
    if (!inner)
        return NULL;
    inner->is_input = true;
    graph->captures[graph->capture_count++] = (sard_capture){inner, outer};
    graph->capture_table[slot] = graph->capture_count;
    return inner;
}

void sard_graph_free(sard_graph *graph)
{
    if (!graph || graph->arena != &graph->own)
        return;
    sard_arena own = graph->own; /* the graph lies in its own arena */
    sard_arena_reset(&own);
}

/* ---- values ---- */

void sard_value_set_type(sard_value *value, sard_dtype dtype, int rank, const int64_t *dims)
{
    value->dtype = dtype;
    value->rank = rank;
    if (rank > 0)
        memcpy(value->dims, dims, (size_t)rank * sizeof *dims);
}

bool sard_value_set_constant(sard_value *value, const sard_tensor *tensor)
{
    sard_tensor *copy = sard_arena_copy(value->graph->arena, tensor, sizeof *tensor);
    if (!copy)
        return false;
    if (value->producer) {
        value->producer->outputs[value->output] = NULL;
        value->producer = NULL;
    }
    value->constant = copy;
    value->scaled = NULL;
    value->content_count = -1;
    sard_value_set_type(value, tensor->dtype, tensor->rank, tensor->dims);
    return true;
}

bool sard_value_set_contents(sard_value *value, const sard_content *contents, size_t count)
{
    value->content_count = -1;
    if (count > SARD_MAX_CONTENTS)
        return true;
    if (!value->contents)
        value->contents = SARD_NEW(value->graph->arena, sard_content, SARD_MAX_CONTENTS);
    if (!value->contents)
        return false;
    if (count)
        memcpy(value->contents, contents, count * sizeof *contents);
    value->content_count = (int)count;
    return true;
}

int sard_value_contents(const sard_value *value, sard_content out[SARD_MAX_CONTENTS])
{
    if (value->constant) {
        const sard_tensor *tensor = value->constant;
        const size_t count = sard_tensor_count(tensor), size = sard_dtype_size(tensor->dtype);
        if (tensor->rank > 1 || count > SARD_MAX_CONTENTS || !sard_dtype_is_integral(tensor->dtype))
            return -1;
        for (size_t i = 0; i < count; i++) {
            uint64_t element; /* the constant may have any address */
            memcpy(&element, (const char *)tensor->data + i * size, size);
            out[i] = (sard_content){.known = true};
            sard_widen_int(tensor->dtype, &element, 1, &out[i].value);
        }
        return (int)count;
    }
    if (value->content_count > 0)
        memcpy(out, value->contents, (size_t)value->content_count * sizeof *out);
    return value->content_count;
}

bool sard_value_is_static(const sard_value *value)
{
    if (value->rank < 0 || !value->dtype)
        return false;
    for (int i = 0; i < value->rank; i++)
        if (value->dims[i] < 0)
            return false;
    return true;
}

bool sard_value_same_shape(const sard_value *a, const sard_value *b)
{
    if (a->rank < 0 || a->rank != b->rank)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i] || a->dims[i] == SARD_UNKNOWN_DIM)
            return false;
    return true;
}

const sard_tensor *sard_tensor_align(sard_arena *arena, const sard_tensor *tensor)
{
    if (sard_tensor_is_aligned(tensor))
        return tensor;
    sard_tensor *copy = sard_arena_copy(arena, tensor, sizeof *tensor);
    void *data = sard_arena_tensor(arena, tensor->bytes);
    if (!copy || !data)
        return NULL;
    memcpy(data, tensor->data, tensor->bytes);
    copy->data = data;
    return copy;
}
