/* Sets of inputs. */
#include "cli/samples.h"

#include "cli/tensor.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- folders ---- */

static int is_set(const struct dirent *entry) { return strncmp(entry->d_name, "test_data_set_", strlen("test_data_set_")) == 0; }

/* The folder itself, or those of the sets in it, by their numbers. */
static sard_status add_folder(cli_state *cli, const char *path, cli_words *out)
{
    struct dirent **entries;
    if (access(cli_format(cli, "%s/input_0.pb", path), F_OK) == 0 || access(cli_format(cli, "%s/output_0.pb", path), F_OK) == 0) {
        cli_words_add(cli, out, path);
        return SARD_OK;
    }
    const int count = scandir(path, &entries, is_set, versionsort);
    if (count < 0)
        return sard_fail(&cli->error, SARD_IO, "%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        cli_words_add(cli, out, cli_format(cli, "%s/%s", path, entries[i]->d_name));
        free(entries[i]);
    }
    free(entries);
    return count ? SARD_OK : sard_fail(&cli->error, SARD_ARGUMENT, "%s has neither input_0.pb nor test_data_set_0", path);
}

/* The one tensor of a file, if there is one. */
static sard_status read_expected(cli_state *cli, const char *path, sard_tensor *out)
{
    cli_array *arrays;
    size_t count;
    if (access(path, F_OK) != 0)
        return SARD_OK;
    const sard_status status = cli_read_arrays(cli, path, &arrays, &count);
    if (!status && count)
        *out = arrays->tensor;
    return status;
}

static sard_status read_outputs(cli_state *cli, const sard_model *model, const char *folder, cli_sample *out)
{
    const size_t count = sard_model_output_count(model);
    sard_tensor *expected = cli_alloc(cli, count, sizeof *expected);
    sard_status status = SARD_OK;
    for (size_t i = 0; i < count && !status; i++)
        status = read_expected(cli, cli_format(cli, "%s/output_%zu.pb", folder, i), &expected[i]);
    out->expected = expected;
    while (access(cli_format(cli, "%s/output_%zu.pb", folder, count + out->beyond), F_OK) == 0)
        out->beyond++;
    return status;
}

static sard_status read_folder(const cli_options *options, const sard_model *model, const char *folder, cli_sample *out)
{
    cli_state *cli = options->cli;
    cli_sizes sizes;
    cli_words words = {0};
    for (size_t i = 0; i < sard_model_input_count(model); i++) {
        const char *path = cli_format(cli, "%s/input_%zu.pb", folder, i);
        if (access(path, F_OK) == 0)
            cli_words_add(cli, &words, cli_format(cli, "%s=%s", sard_model_input(model, i)->name, path));
    }
    const char *slash = strrchr(folder, '/');
    out->name = slash && slash[1] ? slash + 1 : folder;
    sard_status status = cli_sizes_init(options, model, &sizes);
    if (!status)
        status = cli_read_inputs(&sizes, &words, &out->inputs);
    if (!status)
        status = cli_name_file(cli, cli_need_inputs(&sizes, &out->inputs, NULL), folder);
    return status ? status : read_outputs(cli, model, folder, out);
}

static sard_status read_folders(const cli_options *options, const sard_model *model, const cli_words *folders, cli_samples *out)
{
    cli_words paths = {0};
    sard_status status = SARD_OK;
    for (size_t i = 0; i < folders->count && !status; i++)
        status = add_folder(options->cli, folders->items[i], &paths);
    out->count = paths.count;
    out->items = cli_alloc(options->cli, paths.count, sizeof *out->items);
    for (size_t i = 0; i < out->count && !status; i++)
        status = read_folder(options, model, paths.items[i], &out->items[i]);
    return status;
}

/* ---- files, and made-up elements ---- */

static bool is_complete(const cli_inputs *inputs)
{
    for (size_t i = 0; i < inputs->count; i++)
        if (!inputs->files[i])
            return false;
    return inputs->count > 0;
}

static sard_status make_sample(const cli_options *options, const sard_model *model, const cli_sample_source *from, int64_t seed,
                               cli_sample *out, bool *random)
{
    cli_sizes sizes;
    sard_status status = cli_sizes_init(options, model, &sizes);
    if (!status)
        status = cli_read_inputs(&sizes, &from->inputs, &out->inputs);
    if (status)
        return status;
    *random = !is_complete(&out->inputs);
    out->name = *random ? cli_format(options->cli, "seed %lld", (long long)seed) : "files";
    status = cli_shape_inputs(&sizes, &out->inputs);
    return status ? status : cli_fill_inputs(&sizes, &out->inputs, (uint64_t)seed);
}

static sard_status make_samples(const cli_options *options, const sard_model *model, const cli_sample_source *from, cli_samples *out)
{
    const size_t most = from->count > 0 ? (size_t)from->count : 1;
    sard_status status = SARD_OK;
    out->items = cli_alloc(options->cli, most, sizeof *out->items);
    out->random = true;
    while (!status && out->count < (out->random ? most : 1)) {
        status = make_sample(options, model, from, from->seed + (int64_t)out->count, &out->items[out->count], &out->random);
        out->count++;
    }
    return status;
}

sard_status cli_get_samples(const cli_options *options, const sard_model *model, const cli_sample_source *from, cli_samples *out)
{
    *out = (cli_samples){0};
    if (from->folders.count && (from->inputs.count || from->count))
        return sard_fail(&options->cli->error, SARD_ARGUMENT, "--data gives the inputs: --input and --count cannot be given with it");
    return from->folders.count ? read_folders(options, model, &from->folders, out) : make_samples(options, model, from, out);
}
