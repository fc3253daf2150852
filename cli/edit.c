/* Shapes of inputs, and the order of all edits. */
#include "cli/edit.h"

#include "cli/tensor.h"

#include <string.h>

bool cli_wants_edits(const cli_edits *edits)
{
    return edits->extracts.count || edits->shapes.count || edits->layouts.count || edits->batch;
}

static sard_status no_memory(cli_state *cli) { return sard_fail(&cli->error, SARD_NOMEM, "out of memory"); }

sard_status cli_find_input(cli_state *cli, const sard_graph *graph, const char *option, const char *name, sard_value **out)
{
    const char *known = "";
    const size_t count = sard_graph_input_count(graph);
    *out = sard_graph_input(graph, name ? sard_graph_find_input(graph, name) : 0);
    if (*out && (name || count == 1))
        return SARD_OK;
    for (size_t i = 0; i < count; i++)
        known = cli_format(cli, "%s%s'%.100s'", known, i ? ", " : "", sard_value_name(sard_graph_input(graph, i)));
    if (name)
        return sard_fail(&cli->error, SARD_ARGUMENT, "%s: there is no input '%.200s', but %s", option, name, known);
    return sard_fail(&cli->error, SARD_ARGUMENT, "%s: which input? NAME=... before it; there are %s", option, known);
}

/* ---- shapes ---- */

enum { MOST_SIZE = 1 << 30 };

/* A number, a name, or "?" for neither. */
static bool read_dim(sard_graph *graph, const char *word, int64_t *out)
{
    if (cli_integer(word, 0, MOST_SIZE, out))
        return true;
    *out = strcmp(word, "?") == 0 ? SARD_UNKNOWN_DIM : sard_graph_symbol(graph, word);
    return *word && !strchr("+-0123456789", *word);
}

/* "1x3xHxW", or with commas, which leaves names the x. -1: it is no shape. */
static int read_shape(cli_state *cli, sard_graph *graph, const char *text, int64_t *dims)
{
    const char *between = strchr(text, ',') ? "," : "x";
    char *rest = cli_format(cli, "%s", text);
    int rank = 0;
    for (char *word; (word = strsep(&rest, between)); rank++)
        if (rank == SARD_MAX_RANK || !read_dim(graph, word, &dims[rank]))
            return -1;
    return rank;
}

static sard_status set_shape(cli_state *cli, sard_graph *graph, const char *text)
{
    const char *equals = strrchr(text, '='), *name = equals ? cli_format(cli, "%.*s", (int)(equals - text), text) : NULL;
    sard_value *input;
    int64_t dims[SARD_MAX_RANK];
    const int rank = read_shape(cli, graph, equals ? equals + 1 : text, dims);
    if (rank < 0)
        return sard_fail(&cli->error, SARD_ARGUMENT, "--input-shape %.200s: a shape like 1x3x224x224 or Nx3xHxW is wanted", text);
    const sard_status status = cli_find_input(cli, graph, cli_format(cli, "--input-shape %.200s", text), name, &input);
    if (status)
        return status;
    const int known = sard_value_rank(input);
    if (known >= 0 && known != rank)
        return sard_fail(&cli->error, SARD_ARGUMENT, "--input-shape %.200s: %d dims, but input '%.200s' has %d", text, rank,
                         sard_value_name(input), known);
    if (!sard_value_set_shape(input, rank, dims))
        return sard_fail(&cli->error, SARD_ARGUMENT, "--input-shape %.200s: too many elements", text);
    return SARD_OK;
}

/* ---- batch ---- */

/* Dim `at` of an input becomes `to`. */
static bool set_dim(sard_value *input, int at, int64_t to)
{
    int64_t dims[SARD_MAX_RANK];
    for (int i = 0; i < sard_value_rank(input); i++)
        dims[i] = i == at ? to : sard_value_dim(input, i);
    return sard_value_set_shape(input, sard_value_rank(input), dims);
}

/* What says "the batch" in a list of sizes that begins with it: the dim of x, or what is left; 0 with allowzero is neither. */
static bool free_size(const sard_node *node, int64_t *sizes, size_t count)
{
    sard_attr allowzero;
    bool left = true;
    for (size_t i = 1; i < count; i++)
        left &= sizes[i] > 0;
    if (!left && sard_node_attr(node, 0, &allowzero))
        return false;
    sizes[0] = left ? -1 : 0;
    return true;
}

/* Reshape(x, [batch, ...]) of an x with that batch takes it from x. */
static sard_status free_reshape(cli_state *cli, sard_graph *graph, sard_node *node, int64_t batch)
{
    sard_value *x = sard_node_input(node, 0), *shape = sard_node_input(node, 1);
    const sard_tensor *sizes = shape ? sard_value_constant(shape) : NULL;
    if (strcmp(sard_node_op(node), "Reshape") != 0 || *sard_node_domain(node) || !sizes || sard_value_rank(x) < 1 ||
        sard_value_dim(x, 0) != batch || sizes->rank != 1 || sizes->dims[0] < 1)
        return SARD_OK;
    const size_t count = (size_t)sizes->dims[0];
    int64_t *copy = sard_graph_alloc(graph, count * sizeof batch);
    if (!copy)
        return no_memory(cli);
    memcpy(copy, sizes->data, count * sizeof batch);
    if (copy[0] != batch || !free_size(node, copy, count))
        return SARD_OK;
    const sard_tensor tensor = {.dtype = SARD_I64, .rank = 1, .dims = {sizes->dims[0]}, .data = copy, .bytes = count * sizeof batch};
    sard_value *free_sizes = sard_graph_add_constant(graph, sard_value_name(shape), &tensor);
    return free_sizes && sard_node_set_input(node, 1, free_sizes) ? SARD_OK : no_memory(cli);
}

/* The first input says what is a batch: its first dim, and what has that name in any input or that size at the start of others. */
static sard_status set_batch(cli_state *cli, sard_graph *graph, const char *text)
{
    int64_t batch;
    const sard_value *first = sard_graph_input(graph, 0);
    if (!read_dim(graph, text, &batch) || batch == SARD_UNKNOWN_DIM || batch == 0)
        return sard_fail(&cli->error, SARD_ARGUMENT, "--batch %.100s: a number from 1 on or a name is wanted", text);
    if (!first || sard_value_rank(first) < 1)
        return sard_fail(&cli->error, SARD_ARGUMENT, "--batch %.100s: the first input has no dims known", text);
    const int64_t old = sard_value_dim(first, 0);
    sard_status status = SARD_OK;
    for (sard_node *node = sard_graph_first(graph); node && !status && old > 0; node = sard_node_next(node))
        status = free_reshape(cli, graph, node, old);
    for (size_t i = 0; i < sard_graph_input_count(graph) && !status; i++) {
        sard_value *input = sard_graph_input(graph, i);
        for (int k = 0; k < sard_value_rank(input); k++)
            if (sard_value_dim(input, k) == old && (k == 0 || old <= SARD_FIRST_SYMBOL) && !set_dim(input, k, batch))
                return sard_fail(&cli->error, SARD_ARGUMENT, "--batch %.100s: input '%.200s' has too many elements then", text,
                                 sard_value_name(input));
    }
    return status;
}

/* Has a value of the graph other dims in the edited one? */
static bool varies(const sard_graph *graph, const sard_value *edited)
{
    const sard_value *value = edited ? sard_graph_find(graph, sard_value_name(edited)) : NULL;
    for (int i = 0; value && i < sard_value_rank(value) && i < sard_value_rank(edited); i++)
        if (sard_value_dim(value, i) != sard_value_dim(edited, i))
            return true;
    return false;
}

/* A node that takes a part of its input, the same however many pictures there are. */
static bool cuts(const sard_graph *graph, const sard_node *node)
{
    static const char *const ops[] = {"Slice", "Gather", "GatherND", "GatherElements", "Split", "Reshape"};
    bool listed = false;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        listed |= strcmp(sard_node_op(node), ops[i]) == 0 && !*sard_node_domain(node);
    if (!listed || !varies(graph, sard_node_input(node, 0)))
        return false;
    for (size_t i = 0; i < sard_node_output_count(node); i++)
        if (varies(graph, sard_node_output(node, i)))
            return false;
    return true;
}

static sard_status check_cuts(cli_state *cli, const cli_edits *edits, const sard_graph *graph, const sard_graph *edited)
{
    for (const sard_node *node = sard_graph_first(edited); node; node = sard_node_next(node))
        if (cuts(graph, node))
            return sard_fail(&cli->error, SARD_ARGUMENT,
                             "--batch %.100s: %s '%.200s' takes a part of the batch that is written into the graph", edits->batch,
                             sard_node_op(node), sard_node_name(node));
    return SARD_OK;
}

const char *cli_trial_batch(const cli_edits *edits, const sard_graph *graph)
{
    const sard_value *first = sard_graph_input(graph, 0);
    int64_t batch;
    if (!edits->batch || !first || sard_value_rank(first) < 1 || sard_value_dim(first, 0) < 1)
        return NULL;
    if (cli_integer(edits->batch, 1, MOST_SIZE, &batch))
        return batch == sard_value_dim(first, 0) ? NULL : edits->batch;
    return sard_value_dim(first, 0) == 3 ? "5" : "3";
}

sard_status cli_check_batch(cli_state *cli, const cli_edits *edits, const sard_graph *graph, const sard_model *edited)
{
    const sard_value *first = sard_graph_input(graph, 0);
    const int64_t old = edits->batch && first && sard_value_rank(first) > 0 ? sard_value_dim(first, 0) : -1;
    for (size_t i = 0; old > 0 && i < sard_model_output_count(edited); i++) {
        const sard_value_info *info = sard_model_output(edited, i);
        int64_t batch = -1;
        const bool same = info->rank > 1 && info->dims[0] == old && !(cli_integer(edits->batch, 1, MOST_SIZE, &batch) && batch == old);
        const sard_value *before = sard_graph_find(graph, info->name);
        if (same && before && sard_value_rank(before) > 0 && sard_value_dim(before, 0) == old)
            return sard_fail(&cli->error, SARD_ARGUMENT, "--batch %.100s: output '%.200s' stays %s, its batch is written into the graph",
                             edits->batch, info->name, cli_info_shape(cli, info));
    }
    return old > 0 ? check_cuts(cli, edits, graph, sard_model_graph(edited)) : SARD_OK;
}

/* ---- all ---- */

static void free_graph(void *graph) { sard_graph_free(graph); }

sard_status cli_edit(cli_state *cli, const cli_edits *edits, const sard_graph *graph, sard_graph **out)
{
    sard_status status = sard_graph_copy(graph, out, &cli->error);
    if (status)
        return status;
    cli_defer(cli, free_graph, *out);
    if (edits->extracts.count)
        status = cli_extract(cli, *out, &edits->extracts);
    for (size_t i = 0; i < edits->shapes.count && !status; i++)
        status = set_shape(cli, *out, edits->shapes.items[i]);
    if (!status && edits->batch)
        status = set_batch(cli, *out, edits->batch);
    return status ? status : cli_set_layouts(cli, *out, &edits->layouts);
}
