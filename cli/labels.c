/* Classes: names, and the best scores. */
#include "cli/labels.h"

#include "cli/file.h"
#include "cli/tensor.h"

#include <math.h>
#include <sard/graph.h>
#include <stdlib.h>
#include <string.h>

sard_status cli_read_labels(cli_state *cli, const char *path, cli_words *out)
{
    const void *bytes;
    size_t size, count = 1;
    const sard_status status = cli_read_file(cli, path, &bytes, &size);
    if (status)
        return status;
    if (memchr(bytes, 0, size))
        return sard_fail(&cli->error, SARD_PARSE, "%s: not a text file", path);
    char *text = cli_format(cli, "%.*s", (int)size, (const char *)bytes);
    while (size > 0 && strchr("\r\n", text[size - 1]))
        text[--size] = 0;
    for (size_t i = 0; i < size; i++)
        count += text[i] == '\n';
    *out = (cli_words){.items = cli_alloc(cli, count, sizeof *out->items)};
    for (char *line; size > 0 && (line = strsep(&text, "\n"));) {
        line[strcspn(line, "\r")] = 0;
        out->items[out->count++] = line;
    }
    return SARD_OK;
}

/* NaN is worse than any score. */
static double rank_of(double score) { return isnan(score) ? -(double)INFINITY : score; }

static int best_first(const void *a, const void *b)
{
    const cli_class *x = a, *y = b;
    const double p = rank_of(x->score), q = rank_of(y->score);
    const int by_index = (x->index > y->index) - (x->index < y->index);
    return p == q ? by_index : p < q ? 1 : -1;
}

static void apply_softmax(cli_class *classes, size_t count)
{
    double sum = 0;
    const double largest = classes[0].score;
    for (size_t i = 0; i < count; i++)
        sum += exp(classes[i].score - largest);
    for (size_t i = 0; i < count; i++)
        classes[i].score = exp(classes[i].score - largest) / sum;
}

void cli_rank(const sard_tensor *scores, size_t first, size_t count, bool softmax, cli_class *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (cli_class){i, sard_tensor_get(scores, first + i)};
    qsort(out, count, sizeof *out, best_first);
    if (softmax && count)
        apply_softmax(out, count);
}

static bool is_one_of(const char *op, const char *const *ops)
{
    for (; *ops; ops++)
        if (strcmp(op, *ops) == 0)
            return true;
    return false;
}

bool cli_is_probability(const sard_model *model, size_t i)
{
    static const char *const scores[] = {"Softmax", "Sigmoid", NULL};
    static const char *const neutral[] = {"Reshape", "Flatten", "Squeeze",          "Unsqueeze",      "Identity",
                                          "Cast",    "Dropout", "DequantizeLinear", "QuantizeLinear", NULL};
    const sard_node *node = sard_value_producer(sard_graph_output(sard_model_graph(model), i));
    while (node) {
        const size_t epilogue = sard_node_epilogue_count(node);
        if (is_one_of(epilogue ? sard_node_epilogue_op(node, epilogue - 1) : sard_node_op(node), scores))
            return true;
        if (epilogue || !is_one_of(sard_node_op(node), neutral) || !sard_node_input(node, 0))
            return false;
        node = sard_value_producer(sard_node_input(node, 0));
    }
    return false;
}
