/* The sides of a comparison. */
#include "cli/diff.h"
#include "cli/load.h"
#include "cli/tensor.h"

#include <string.h>

static void forget_passes(cli_options *options, sard_level level)
{
    options->level = level;
    options->passes = options->without = NULL;
    options->stop_after = 0;
}

cli_options cli_diff_plain(const cli_comparison *d, const char *backends, sard_precision precision)
{
    cli_options options = d->options;
    forget_passes(&options, SARD_O0);
    options.precision = precision;
    options.backends = backends ? backends : options.backends;
    return options;
}

/* A word of --against: a level, a precision, or a backend. */
static void take_word(cli_options *options, const char *word, const char **backends)
{
    if (word[0] == 'O' && word[1] >= '0' && word[1] <= '3' && !word[2])
        forget_passes(options, (sard_level)(SARD_O0 + (word[1] - '0')));
    else if (strcmp(word, "f64") == 0)
        options->precision = SARD_PRECISION_F64;
    else
        *backends = *backends ? cli_format(options->cli, "%s,%s", *backends, word) : word;
}

cli_options cli_diff_against(const cli_comparison *d)
{
    const char *backends = NULL;
    cli_options options = d->other || d->against ? d->options : cli_diff_plain(d, "reference", d->options.precision);
    options.model = d->other ? d->other : d->options.model;
    char *words = d->against ? cli_format(d->options.cli, "%s", d->against) : NULL;
    for (char *word; (word = strsep(&words, ","));)
        if (*word)
            take_word(&options, word, &backends);
    options.backends = backends ? backends : options.backends;
    return options;
}

static sard_status open_session(void (*value)(void *, const char *, const sard_tensor *, size_t), void *user, cli_side *side)
{
    const sard_session_options o = {.struct_size = sizeof o, .on_value = value, .on_value_user = user};
    side->count = sard_model_output_count(side->model);
    side->outputs = cli_alloc(side->options.cli, side->count, sizeof *side->outputs);
    return cli_open_session(&side->options, side->model, &o, &side->session);
}

sard_status cli_side_open(const cli_comparison *d, const cli_options *options,
                          void (*value)(void *, const char *, const sard_tensor *, size_t), void *user, cli_side *out)
{
    *out = (cli_side){.options = *options};
    const sard_status status = cli_open_model(&out->options, d->context, options->model, NULL, &out->model);
    return status ? status : open_session(value, user, out);
}

sard_status cli_side_open_graph(const cli_comparison *d, const sard_graph *graph, sard_precision precision, cli_side *out)
{
    *out = (cli_side){.options = cli_diff_plain(d, precision ? "reference" : NULL, precision)};
    const sard_status status = cli_open_graph(&out->options, d->context, graph, NULL, &out->model);
    return status ? status : open_session(NULL, NULL, out);
}

sard_status cli_side_run(cli_side *side, const cli_sample *sample)
{
    memset(side->outputs, 0, side->count * sizeof *side->outputs);
    sard_status status = cli_run_session(&side->options, side->session, &sample->inputs, side->outputs, side->count);
    for (size_t i = 0; !status && i < side->count; i++)
        if (side->outputs[i].dtype >= SARD_SEQUENCE)
            status = sard_fail(&side->options.cli->error, SARD_UNSUPPORTED, "%s: output '%s' is %s: diff compares tensors alone",
                               side->options.model, sard_model_output(side->model, i)->name, sard_dtype_name(side->outputs[i].dtype));
    return status;
}

sard_tensor *cli_side_keep(const cli_side *side)
{
    cli_state *cli = side->options.cli;
    sard_tensor *kept = cli_alloc(cli, side->count, sizeof *kept);
    for (size_t i = 0; i < side->count; i++) {
        kept[i] = side->outputs[i];
        kept[i].data = cli_try_alloc(cli, kept[i].bytes, "outputs");
        if (!kept[i].data)
            return NULL;
        memcpy(kept[i].data, side->outputs[i].data, kept[i].bytes);
    }
    return kept;
}

sard_status cli_diff_samples(cli_comparison *d, const sard_model *model)
{
    return cli_get_samples(&d->options, model, &d->source, &d->samples);
}

const char *cli_diff_inputs(const cli_comparison *d)
{
    cli_state *cli = d->options.cli;
    const long long first = d->source.seed, last = first + (long long)d->samples.count - 1;
    const char *text = "";
    if (d->samples.random)
        return last > first ? cli_format(cli, "seeds %lld to %lld", first, last) : cli_format(cli, "seed %lld", first);
    for (size_t i = 0; i < d->samples.count; i++)
        text = cli_format(cli, "%s%s%s", text, i ? ", " : "", d->samples.items[i].name);
    return text;
}

void cli_diff_head(const cli_comparison *d, cJSON *json, bool same)
{
    cJSON_AddBoolToObject(json, "same", same);
    if (d->samples.random)
        cli_json_number(json, "seed", (double)d->source.seed);
    cli_json_number(json, "count", (double)d->samples.count);
}
