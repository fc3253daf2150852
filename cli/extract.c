/* A part of a graph as a graph: values become inputs and outputs, and what is then of no use goes. */
#include "cli/edit.h"

#include <string.h>

/* from, to: ends of the part; empty where the model's own are meant. */
typedef struct part {
    cli_state *cli;
    sard_graph *graph;
    sard_value **from, **to;
    size_t from_count, to_count;
} part;

static sard_value *find(const sard_graph *graph, const char *name)
{
    sard_value *output = sard_graph_output(graph, sard_graph_find_output(graph, name));
    return output ? output : sard_graph_find(graph, name);
}

/* Adds a value unless it is there; "": none. */
static bool take(const part *p, const char *name, sard_value **list, size_t *count)
{
    sard_value *value = find(p->graph, name);
    for (size_t i = 0; value && i < *count; i++)
        if (list[i] == value)
            return true;
    if (value)
        list[(*count)++] = value;
    return value || !*name;
}

/* "from,to". Names may have commas: the one between them is that on either side of which a value is known. */
static sard_status read_part(part *p, const char *text)
{
    const char *known = NULL;
    for (const char *comma = strchr(text, ','); comma; comma = strchr(comma + 1, ',')) {
        const char *left = cli_format(p->cli, "%.*s", (int)(comma - text), text);
        if ((*left && !find(p->graph, left)) || (comma[1] && !find(p->graph, comma + 1))) {
            known = known ? known : *left && !find(p->graph, left) ? left : comma + 1;
            continue;
        }
        take(p, left, p->from, &p->from_count);
        take(p, comma + 1, p->to, &p->to_count);
        return SARD_OK;
    }
    if (known)
        return sard_fail(&p->cli->error, SARD_ARGUMENT, "--extract %.200s: there is no value '%.200s'", text, known);
    return sard_fail(&p->cli->error, SARD_ARGUMENT, "--extract %.200s: FROM,TO is wanted, either of which may be empty", text);
}

/* Puts an input of its name in the place of a value. */
static sard_status cut(part *p, sard_value **place)
{
    sard_value *value = *place;
    const char *name = cli_format(p->cli, "%s", sard_value_name(value));
    int64_t dims[SARD_MAX_RANK];
    if (sard_value_constant(value))
        return sard_fail(&p->cli->error, SARD_ARGUMENT, "--extract: '%.200s' is a constant, which can't be an input", name);
    if (!sard_value_producer(value))
        return SARD_OK;
    for (int i = 0; i < sard_value_rank(value); i++)
        dims[i] = sard_value_dim(value, i);
    sard_status status = SARD_ARGUMENT; /* until a name is free */
    for (int i = 1; status == SARD_ARGUMENT && i <= 1000; i++)
        status = sard_value_rename(value, cli_format(p->cli, "%s/cut_%d", name, i), &p->cli->error);
    if (status)
        return status;
    *place = sard_graph_add_input(p->graph, name, sard_value_dtype(value), sard_value_rank(value), dims);
    if (!*place)
        return sard_fail(&p->cli->error, SARD_NOMEM, "out of memory");
    sard_value_replace(value, *place);
    return SARD_OK;
}

static sard_status set_outputs(part *p)
{
    while (p->to_count && sard_graph_output_count(p->graph))
        sard_graph_remove_output(p->graph, 0);
    for (size_t i = 0; i < p->to_count; i++)
        if (!sard_graph_add_output(p->graph, p->to[i]))
            return sard_fail(&p->cli->error, SARD_NOMEM, "out of memory");
    return SARD_OK;
}

/* Nodes from the last to the first: each goes when nobody is left who uses it. */
static void remove_dead(const part *p)
{
    const size_t count = sard_graph_node_count(p->graph);
    sard_node **nodes = cli_alloc(p->cli, count, sizeof(sard_node *));
    size_t i = 0;
    for (sard_node *node = sard_graph_first(p->graph); node; node = sard_node_next(node))
        nodes[i++] = node;
    while (i-- > 0)
        sard_node_remove(nodes[i]);
}

static bool is_from(const part *p, const sard_value *value)
{
    for (size_t i = 0; i < p->from_count; i++)
        if (p->from[i] == value)
            return true;
    return false;
}

/* With FROM given the inputs are those alone. */
static sard_status set_inputs(part *p)
{
    for (size_t i = sard_graph_input_count(p->graph); i-- > 0;) {
        const sard_value *input = sard_graph_input(p->graph, i);
        const bool used = sard_value_use_count(input) > 0, named = is_from(p, input);
        if (named && !used)
            return sard_fail(&p->cli->error, SARD_ARGUMENT, "--extract: nothing that is asked for depends on '%.200s'",
                             sard_value_name(input));
        if (used && !named && p->from_count)
            return sard_fail(&p->cli->error, SARD_ARGUMENT,
                             "--extract: the part also depends on input '%.200s'; --extract %.200s, takes it in", sard_value_name(input),
                             sard_value_name(input));
        sard_graph_remove_input(p->graph, i);
    }
    return SARD_OK;
}

sard_status cli_extract(cli_state *cli, sard_graph *graph, const cli_words *parts)
{
    part p = {.cli = cli,
              .graph = graph,
              .from = cli_alloc(cli, parts->count, sizeof(sard_value *)),
              .to = cli_alloc(cli, parts->count, sizeof(sard_value *))};
    sard_status status = SARD_OK;
    for (size_t i = 0; i < parts->count && !status; i++)
        status = read_part(&p, parts->items[i]);
    if (!status)
        status = set_outputs(&p);
    for (size_t i = 0; i < p.from_count && !status; i++)
        status = cut(&p, &p.from[i]);
    if (status)
        return status;
    remove_dead(&p);
    return set_inputs(&p);
}
