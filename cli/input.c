/* Which file is which input. */
#include "cli/input.h"

#include "cli/load.h"
#include "cli/tensor.h"

#include <string.h>
#include <unistd.h>

static const char *input_name(const sard_model *model, size_t i) { return sard_model_input(model, i)->name; }

int cli_split_name(const char *word, const char *(*name_at)(const sard_model *model, size_t i), const sard_model *model, size_t count,
                   const char **path)
{
    int found = -1;
    size_t longest = 0;
    *path = word;
    for (size_t i = 0; i < count; i++) {
        const char *name = name_at(model, i);
        const size_t n = strlen(name);
        if ((found < 0 || n > longest) && strncmp(word, name, n) == 0 && word[n] == '=') {
            found = (int)i;
            longest = n;
            *path = word + n + 1;
        }
    }
    return found;
}

static const char *list_inputs(cli_state *cli, const sard_model *model)
{
    const char *text = "";
    for (size_t i = 0; i < sard_model_input_count(model); i++)
        text = cli_format(cli, "%s%s'%s'", text, i ? ", " : "", input_name(model, i));
    return *text ? text : "none";
}

/* An element as its type has it in memory, from a byte that is the number or its lowest bits; false if it is neither. */
static bool extend(sard_dtype dtype, unsigned char *byte)
{
    const int bits = dtype == SARD_U4 || dtype == SARD_I4 ? 4 : 2, value = *byte < 128 ? *byte : *byte - 256;
    const bool is_signed = dtype == SARD_I4 || dtype == SARD_I2;
    if (value >= 1 << bits || value < (is_signed ? -(1 << (bits - 1)) : 0))
        return false;
    *byte = (unsigned char)(is_signed && value >= 1 << (bits - 1) ? value - (1 << bits) : value);
    return true;
}

/* The types that numpy lacks are read from the bits, as ml_dtypes writes them, or from small integers. */
static sard_status take_bits(cli_state *cli, const sard_value_info *info, sard_tensor *tensor, const char *file)
{
    const bool bytes = tensor->dtype == SARD_U8 || tensor->dtype == SARD_I8;
    const bool integers = info->dtype == SARD_U4 || info->dtype == SARD_I4 || info->dtype == SARD_U2 || info->dtype == SARD_I2;
    if (info->dtype == SARD_BF16 && tensor->dtype == SARD_U16)
        tensor->dtype = SARD_BF16;
    if (!bytes || info->dtype < SARD_F8E4M3FN)
        return SARD_OK;
    for (size_t i = 0; integers && i < tensor->bytes; i++)
        if (!extend(info->dtype, (unsigned char *)tensor->data + i))
            return sard_fail(&cli->error, SARD_DATA, "%s: element %zu is %g, which is no %s", file, i, sard_tensor_get(tensor, i),
                             sard_dtype_name(info->dtype));
    tensor->dtype = info->dtype;
    return SARD_OK;
}

static sard_status place(cli_sizes *sizes, cli_inputs *inputs, size_t i, const cli_array *array)
{
    const sard_value_info *info = sard_model_input(sizes->model, i);
    sard_tensor tensor = array->tensor;
    if (inputs->files[i])
        return sard_fail(&sizes->cli->error, SARD_ARGUMENT, "input '%s' is given twice, by %s and %s", info->name, inputs->files[i],
                         array->file);
    const sard_status status = take_bits(sizes->cli, info, &tensor, array->file);
    if (status)
        return status;
    inputs->tensors[i] = tensor;
    inputs->files[i] = array->file;
    return cli_sizes_take(sizes, info, &tensor, array->file);
}

/* `wanted` is the input that "name=" said. */
static sard_status place_wanted(cli_sizes *sizes, cli_inputs *inputs, size_t wanted, const cli_array *arrays, size_t count)
{
    const char *name = input_name(sizes->model, wanted);
    for (size_t i = 0; i < count; i++)
        if (count == 1 || strcmp(arrays[i].name, name) == 0)
            return place(sizes, inputs, wanted, &arrays[i]);
    return sard_fail(&sizes->cli->error, SARD_ARGUMENT, "none of the file's %zu arrays is called '%s'", count, name);
}

static sard_status place_all(cli_sizes *sizes, cli_inputs *inputs, const char *word, const cli_array *arrays, size_t count)
{
    sard_status status = SARD_OK;
    size_t placed = 0;
    for (size_t i = 0; i < count && !status; i++) {
        size_t at = sard_model_find_input(sizes->model, arrays[i].name);
        if (at == SIZE_MAX && count == 1 && inputs->count == 1)
            at = 0;
        if (at != SIZE_MAX)
            status = place(sizes, inputs, at, &arrays[i]);
        placed += at != SIZE_MAX;
    }
    if (!status && placed == 0)
        return sard_fail(&sizes->cli->error, SARD_ARGUMENT, "--input %s: which input is it for? Say NAME=%s; inputs are %s", word, word,
                         list_inputs(sizes->cli, sizes->model));
    return status;
}

static sard_status read_input(cli_sizes *sizes, cli_inputs *inputs, const char *word)
{
    cli_state *cli = sizes->cli;
    const char *path;
    cli_array *arrays;
    size_t count;
    const int wanted = cli_split_name(word, input_name, sizes->model, inputs->count, &path);
    const char *equals = strchr(word, '=');
    if (wanted < 0 && equals && access(word, F_OK) != 0)
        return sard_fail(&cli->error, SARD_ARGUMENT, "no input is called '%.*s'; inputs are %s", (int)(equals - word), word,
                         list_inputs(cli, sizes->model));
    const size_t at = wanted >= 0 ? (size_t)wanted : 0;
    const sard_dtype dtype = wanted >= 0 || inputs->count == 1 ? sard_model_input(sizes->model, at)->dtype : SARD_NONE;
    const bool is_list = dtype >= SARD_SEQUENCE;
    const sard_status status = is_list ? cli_read_list(cli, path, dtype, &arrays) : cli_read_arrays(cli, path, &arrays, &count);
    if (status || is_list)
        return status ? status : place(sizes, inputs, at, arrays);
    return wanted >= 0 ? place_wanted(sizes, inputs, (size_t)wanted, arrays, count) : place_all(sizes, inputs, word, arrays, count);
}

sard_status cli_read_inputs(cli_sizes *sizes, const cli_words *words, cli_inputs *out)
{
    const size_t count = sard_model_input_count(sizes->model);
    *out = (cli_inputs){
        .count = count,
        .tensors = cli_alloc(sizes->cli, count, sizeof *out->tensors),
        .files = cli_alloc(sizes->cli, count, sizeof *out->files),
        .guesses = "",
    };
    sard_status status = SARD_OK;
    for (size_t i = 0; i < words->count && !status; i++)
        status = read_input(sizes, out, words->items[i]);
    return status;
}

sard_status cli_need_inputs(const cli_sizes *sizes, const cli_inputs *inputs, const sard_value_info *except)
{
    for (size_t i = 0; i < inputs->count; i++) {
        const sard_value_info *info = sard_model_input(sizes->model, i);
        if (!inputs->files[i] && info != except)
            return sard_fail(&sizes->cli->error, SARD_ARGUMENT, "input '%s' (%s %s) is not given: --input %s=FILE", info->name,
                             sard_dtype_name(info->dtype), cli_info_shape(sizes->cli, info), info->name);
    }
    return SARD_OK;
}

/* Inputs whose sizes are told one by one. */
enum { MOST_GUESSES = 16 };

sard_status cli_shape_inputs(cli_sizes *sizes, cli_inputs *inputs)
{
    size_t guesses = 0;
    sard_status status = SARD_OK;
    cli_state *cli = sizes->cli;
    for (size_t i = 0; i < inputs->count && !status; i++) {
        bool guessed = false;
        const sard_value_info *info = sard_model_input(sizes->model, i);
        if (!inputs->files[i] && info->dtype >= SARD_SEQUENCE)
            status = sard_fail(&cli->error, SARD_ARGUMENT, "input '%s' is %s, which is not made up: --input %s=FILE.pb", info->name,
                               sard_dtype_name(info->dtype), info->name);
        else if (!inputs->files[i])
            status = cli_sizes_apply(sizes, sard_model_input(sizes->model, i), &inputs->tensors[i], &guessed);
        guesses += guessed;
        if (guessed && guesses <= MOST_GUESSES)
            inputs->guesses = cli_format(cli, "%s%s%s %s", inputs->guesses, *inputs->guesses ? ", " : "", input_name(sizes->model, i),
                                         cli_shape(cli, &inputs->tensors[i]));
    }
    if (guesses > MOST_GUESSES)
        inputs->guesses = cli_format(cli, "%s and %zu more", inputs->guesses, guesses - MOST_GUESSES);
    return status;
}

sard_status cli_fill_inputs(const cli_sizes *sizes, cli_inputs *inputs, uint64_t seed)
{
    for (size_t i = 0; i < inputs->count; i++) {
        if (inputs->files[i])
            continue;
        const sard_status status = cli_make_elements(sizes->cli, &inputs->tensors[i], input_name(sizes->model, i));
        if (status)
            return status;
        cli_fill_random(&inputs->tensors[i], &seed);
    }
    return SARD_OK;
}

void cli_tell_guesses(cli_state *cli, const cli_inputs *inputs)
{
    if (*inputs->guesses)
        cli_say(cli_format(cli, "free dimensions got usual sizes (--set gives others): %s", inputs->guesses));
}

/* Sizes that do not fit, told by the graph as it is in the file: passes give nodes other dims, channels last say. */
static sard_status explain_by_file(const cli_options *options, const cli_inputs *inputs)
{
    const sard_model_options as_is = {.struct_size = sizeof as_is, .level = SARD_O0};
    const sard_session_options on_reference = {.struct_size = sizeof on_reference, .backends = "reference"};
    const sard_error why = options->cli->error;
    cli_options plain = *options;
    sard_context *context;
    sard_model *model;
    sard_session *session;
    plain.verbose = 0;
    if (!cli_open_context(&plain, &context) && !cli_open_model(&plain, context, plain.model, &as_is, &model) &&
        !cli_open_session(&plain, model, &on_reference, &session) &&
        sard_session_plan(session, inputs->tensors, inputs->count, &options->cli->error) == SARD_SHAPE)
        return SARD_SHAPE;
    options->cli->error = why;
    return why.status;
}

static sard_status explain(const cli_options *options, const cli_inputs *inputs, sard_status status)
{
    cli_state *cli = options->cli;
    if (status == SARD_SHAPE)
        status = explain_by_file(options, inputs);
    const sard_error why = cli->error;
    if (status && *inputs->guesses)
        sard_fail(&cli->error, status, "%s; free dimensions got usual sizes (--set gives others): %s", why.text, inputs->guesses);
    return cli_name_file(cli, status, options->model);
}

sard_status cli_plan_session(const cli_options *options, sard_session *session, const cli_inputs *inputs)
{
    return explain(options, inputs, sard_session_plan(session, inputs->tensors, inputs->count, &options->cli->error));
}

sard_status cli_run_session(const cli_options *options, sard_session *session, const cli_inputs *inputs, sard_tensor *outputs, size_t count)
{
    return explain(options, inputs, sard_session_run(session, inputs->tensors, inputs->count, outputs, count, &options->cli->error));
}
