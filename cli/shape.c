/* Names and their sizes. An input that --set gives a shape is a name with a rank. */
#include "cli/shape.h"

#include "cli/tensor.h"

#include <search.h>
#include <string.h>

/* 1 picture of 224 x 224: what most classifiers were trained on. */
enum { USUAL_BATCH = 1, USUAL_CHANNELS = 3, USUAL_SIDE = 224, MOST_SIZE = 1 << 30 };

typedef struct cli_size {
    const char *name;
    int rank; /* -1: the one number dims[0] */
    int64_t dims[SARD_MAX_RANK];
    struct cli_size *next; /* in the order in which they came */
} cli_size;

/* For tsearch: a model may have a name for each of many inputs. */
static int compare(const void *a, const void *b)
{
    const cli_size *one = a, *two = b;
    const bool whole = one->rank >= 0, other = two->rank >= 0;
    return whole == other ? strcmp(one->name, two->name) : whole ? 1 : -1;
}

static void keep(void *item) { (void)item; }

static void free_tree(void *root) { tdestroy(*(void **)root, keep); }

/* The first size of a name stays. */
static void add(cli_sizes *sizes, cli_size size)
{
    cli_size *item = cli_alloc(sizes->cli, 1, sizeof *item);
    *item = size;
    tsearch(item, sizes->root, compare);
    if (sizes->last)
        sizes->last->next = item;
    else
        sizes->first = item;
    sizes->last = item;
}

static const cli_size *find(const cli_sizes *sizes, const char *name, bool whole)
{
    const cli_size wanted = {.name = name, .rank = whole ? 0 : -1};
    cli_size *const *found = tfind(&wanted, sizes->root, compare);
    return found ? *found : NULL;
}

int64_t cli_size_of(const cli_sizes *sizes, const char *name)
{
    const cli_size *size = name ? find(sizes, name, false) : NULL;
    return size ? size->dims[0] : -1;
}

static bool is_dimension(const sard_model *model, const char *name)
{
    for (size_t i = 0; i < sard_model_input_count(model); i++) {
        const sard_value_info *info = sard_model_input(model, i);
        for (int k = 0; k < info->rank; k++)
            if (info->dim_names[k] && strcmp(info->dim_names[k], name) == 0)
                return true;
    }
    return false;
}

static sard_status no_such_name(const cli_sizes *sizes, const char *name)
{
    const char *known = "";
    for (size_t i = 0; i < sard_model_input_count(sizes->model); i++) {
        const sard_value_info *info = sard_model_input(sizes->model, i);
        known = cli_format(sizes->cli, "%s%s'%s' %s", known, *known ? ", " : "", info->name, cli_info_shape(sizes->cli, info));
    }
    return sard_fail(&sizes->cli->error, SARD_ARGUMENT, "--set %s: no such dimension or input; inputs are %s", name, known);
}

/* "4", or "1x3x64x64". */
static bool read_sizes(cli_state *cli, const char *text, cli_size *out)
{
    char *words = cli_format(cli, "%s", text), *rest = words;
    out->rank = 0;
    for (char *word; (word = strsep(&rest, "x,")); out->rank++)
        if (out->rank == SARD_MAX_RANK || !cli_integer(word, 0, MOST_SIZE, &out->dims[out->rank]))
            return false;
    return true;
}

static sard_status read_set(cli_sizes *sizes, const char *set)
{
    cli_state *cli = sizes->cli;
    const char *equals = strrchr(set, '=');
    cli_size size = {.name = cli_format(cli, "%.*s", (int)(equals - set), set)};
    if (!read_sizes(cli, equals + 1, &size))
        return sard_fail(&cli->error, SARD_ARGUMENT, "--set %s: a size or a shape like 1x3x64x64 is wanted", set);
    if (size.rank == 1 && is_dimension(sizes->model, size.name))
        size.rank = -1;
    else if (sard_model_find_input(sizes->model, size.name) == SIZE_MAX)
        return no_such_name(sizes, size.name);
    add(sizes, size);
    return SARD_OK;
}

static bool agrees(const cli_sizes *sizes, const sard_value_info *info, int rank, const int64_t *dims)
{
    bool same = info->rank < 0 || info->rank == rank;
    for (int i = 0; same && i < info->rank; i++) {
        const int64_t wanted = info->dims[i] >= 0 ? info->dims[i] : cli_size_of(sizes, info->dim_names[i]);
        same = wanted < 0 || wanted == dims[i];
    }
    return same;
}

static void note_names(cli_sizes *sizes, const sard_value_info *info, const int64_t *dims)
{
    for (int i = 0; i < info->rank; i++)
        if (info->dim_names[i] && cli_size_of(sizes, info->dim_names[i]) < 0)
            add(sizes, (cli_size){.name = info->dim_names[i], .rank = -1, .dims = {dims[i]}});
}

/* "N = 4" for each name that has a size, to explain what a shape contradicts. */
static const char *list_sizes(const cli_sizes *sizes)
{
    const char *text = "";
    for (const cli_size *size = sizes->first; size; size = size->next)
        if (size->rank < 0)
            text = cli_format(sizes->cli, "%s%s%s = %lld", text, *text ? ", " : " with ", size->name, (long long)size->dims[0]);
    return text;
}

/* Inputs whose shape --set gives name sizes for others. */
static sard_status take_whole(cli_sizes *sizes, const sard_value_info *info)
{
    cli_state *cli = sizes->cli;
    const cli_size *whole = find(sizes, info->name, true);
    if (!whole)
        return SARD_OK;
    if (!agrees(sizes, info, whole->rank, whole->dims))
        return sard_fail(&cli->error, SARD_SHAPE, "--set %s: the input is %s%s", info->name, cli_info_shape(cli, info), list_sizes(sizes));
    note_names(sizes, info, whole->dims);
    return SARD_OK;
}

sard_status cli_sizes_init(const cli_options *options, const sard_model *model, cli_sizes *out)
{
    *out = (cli_sizes){.cli = options->cli, .model = model, .root = cli_alloc(options->cli, 1, sizeof(void *))};
    cli_defer(options->cli, free_tree, out->root);
    sard_status status = SARD_OK;
    for (size_t i = 0; i < options->sets.count && !status; i++)
        status = read_set(out, options->sets.items[i]);
    for (size_t i = 0; i < sard_model_input_count(model) && !status; i++)
        status = take_whole(out, sard_model_input(model, i));
    return status;
}

sard_status cli_sizes_take(cli_sizes *sizes, const sard_value_info *info, const sard_tensor *tensor, const char *file)
{
    cli_state *cli = sizes->cli;
    if (tensor->dtype != info->dtype || !agrees(sizes, info, tensor->rank, tensor->dims))
        return sard_fail(&cli->error, SARD_SHAPE, "%s: %s %s, but input '%s' is %s %s%s", file, sard_dtype_name(tensor->dtype),
                         cli_shape(cli, tensor), info->name, sard_dtype_name(info->dtype), cli_info_shape(cli, info), list_sizes(sizes));
    note_names(sizes, info, tensor->dims);
    return SARD_OK;
}

bool cli_is_channels(int64_t size) { return size == 1 || size == 3 || size == 4; }

/* Pictures: N, C, H, W or N, H, W, C, perhaps without N. Anything else has 1 wherever it is free. */
static int64_t usual_size(const sard_value_info *info, int i)
{
    const int first = info->rank == 4 ? 1 : 0; /* after the batch */
    if (info->rank < 3 || info->rank > 4 || i < first)
        return USUAL_BATCH;
    const int64_t *d = info->dims + first;
    const bool last = d[0] < 0 && cli_is_channels(d[2]);
    if (info->rank == 3 && !last && !cli_is_channels(d[0]))
        return 1;
    return i - first == (last ? 2 : 0) ? USUAL_CHANNELS : USUAL_SIDE;
}

sard_status cli_sizes_apply(cli_sizes *sizes, const sard_value_info *info, sard_tensor *out, bool *guessed)
{
    cli_state *cli = sizes->cli;
    const cli_size *whole = find(sizes, info->name, true);
    if (!whole && info->rank < 0)
        return sard_fail(&cli->error, SARD_ARGUMENT, "input '%s' is of any shape: --set %s=1x3x224x224, say", info->name, info->name);
    *out = (sard_tensor){.dtype = info->dtype, .rank = whole ? whole->rank : info->rank};
    for (int i = 0; i < out->rank; i++) {
        int64_t size = whole ? whole->dims[i] : info->dims[i];
        if (size < 0)
            size = cli_size_of(sizes, info->dim_names[i]);
        *guessed |= size < 0;
        out->dims[i] = size < 0 ? usual_size(info, i) : size;
    }
    note_names(sizes, info, out->dims);
    return SARD_OK;
}
