/* Operators by domain and name. */
#include "ir/graph.h"

#include <string.h>

/* An operator as a table holds it. Plugins see the first member alone, and so cannot claim an id. */
typedef struct known {
    sard_op op;
    int id;
} known;

static bool is(const sard_op *op, const char *domain, const char *name) { return !strcmp(op->name, name) && !strcmp(op->domain, domain); }

/* Where it stands or would stand: the table is sorted by name, then domain. */
static size_t place(const sard_op_table *table, const char *domain, const char *name)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(table->ops[middle]->name, name);
        if (order < 0 || (order == 0 && strcmp(table->ops[middle]->domain, domain) < 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

sard_status sard_op_table_add(sard_op_table *table, const sard_op *op, int id, sard_error *error)
{
    known *row = SARD_NEW(table->arena, known, 1);
    if (!row || (id && !SARD_GROW(table->arena, table->own, table->own_count, table->own_capacity)))
        return sard_no_memory(error);
    sard_op *copy = &row->op;
    row->id = id;
    memcpy(copy, op, op->struct_size < sizeof *op ? op->struct_size : sizeof *op);
    copy->domain = copy->domain ? copy->domain : "";
    if (!copy->name || !copy->inputs || !copy->outputs || !copy->infer || !copy->eval || (copy->attrs && !copy->attrs_size))
        return sard_fail(error, SARD_ARGUMENT, "operator %s: name, inputs, outputs, infer, eval or attrs_size is missing",
                         copy->name ? copy->name : "(no name)");
    if (id)
        table->own[table->own_count++] = copy;
    const size_t at = place(table, copy->domain, copy->name);
    if (at < table->count && is(table->ops[at], copy->domain, copy->name)) {
        table->ops[at] = copy;
        return SARD_OK;
    }
    if (!SARD_GROW(table->arena, table->ops, table->count, table->capacity))
        return sard_no_memory(error);
    memmove(table->ops + at + 1, table->ops + at, (table->count++ - at) * sizeof *table->ops);
    table->ops[at] = copy;
    return SARD_OK;
}

const sard_op *sard_op_table_find(const sard_op_table *table, const char *domain, const char *name)
{
    const size_t at = place(table, domain, name);
    return at < table->count && is(table->ops[at], domain, name) ? table->ops[at] : NULL;
}

const sard_op *sard_op_table_own(const sard_op_table *table, int id)
{
    return id > 0 && (size_t)id <= table->own_count ? table->own[id - 1] : NULL;
}

int sard_op_id_of(const sard_op *op) { return ((const known *)op)->id; }

static size_t least(const sard_port *ports)
{
    size_t count = 0;
    for (size_t i = 0; ports[i].name; i++)
        if (!(ports[i].flags & SARD_OPTIONAL))
            count = i + 1;
    return count;
}

static size_t most(const sard_port *ports)
{
    size_t count = 0;
    while (ports[count].name)
        count++;
    return count && ports[count - 1].flags & SARD_VARIADIC ? SIZE_MAX : count;
}

size_t sard_op_input_min(const sard_op *op) { return least(op->inputs); }
size_t sard_op_input_max(const sard_op *op) { return most(op->inputs); }
size_t sard_op_output_min(const sard_op *op) { return least(op->outputs); }
size_t sard_op_output_max(const sard_op *op) { return most(op->outputs); }
