/* Opening what the library has, and closing it when the verb is over. */
#include "cli/load.h"

#include "cli/file.h"

#include <sard/graph.h>
#include <sard/image.h>
#include <sard/plugin.h>
#include <string.h>

static void close_context(void *context) { sard_context_free(context); }
static void close_model(void *model) { sard_model_free(model); }
static void close_session(void *session) { sard_session_free(session); }

static void log_line(void *user, sard_log_level level, const char *line)
{
    const cli_options *options = user;
    if (level == SARD_LOG_WARNING || (int)level <= options->verbose + 1)
        cli_say(line);
}

/* Without a slash the loader would search the system's folders, and not find the file that was named. */
static const char *plugin_path(cli_state *cli, const char *path) { return strchr(path, '/') ? path : cli_format(cli, "./%s", path); }

static void tell_context(cli_state *cli, const sard_context *context)
{
    size_t ops = 0, passes = 0;
    while (sard_context_op(context, ops))
        ops++;
    while (sard_context_pass(context, passes))
        passes++;
    const int threads = sard_context_threads(context);
    cli_say(cli_format(cli, "%zu operators, %zu passes, %d thread%s", ops, passes, threads, threads == 1 ? "" : "s"));
}

/* How long loading took, and what is left after the passes. */
static void tell_model(const cli_options *options, const char *path, const sard_model *model, double start)
{
    const size_t count = sard_graph_node_count(sard_model_graph(model));
    if (options->verbose)
        cli_say(cli_format(options->cli, "%s: %zu node%s, loaded in %.1f ms", path, count, count == 1 ? "" : "s", cli_now() - start));
}

sard_status cli_open_context(cli_options *options, sard_context **out)
{
    cli_state *cli = options->cli;
    const sard_context_options context_options = {
        .struct_size = sizeof context_options,
        .allocator = options->allocator,
        .on_log = options->verbose ? log_line : NULL,
        .on_log_user = options,
        .threads = options->threads,
        .limits = &options->limits,
    };
    sard_status status = sard_context_new(&context_options, out, &cli->error);
    if (status)
        return status;
    cli_defer(cli, close_context, *out);
    if (options->verbose)
        tell_context(cli, *out);
    status = sard_image_register(*out, &cli->error);
    for (size_t i = 0; i < options->plugins.count && !status; i++)
        status = sard_context_load_plugin(*out, plugin_path(cli, options->plugins.items[i]), &cli->error);
    return status;
}

static sard_status load(cli_options *options, sard_context *context, const char *path, const sard_model_options *model_options,
                        sard_model **out)
{
    cli_state *cli = options->cli;
    if (strcmp(path, "-") != 0)
        return sard_model_load(context, path, model_options, out, &cli->error);
    const sard_status status = options->piped ? SARD_OK : cli_read_file(cli, path, &options->piped, &options->piped_size);
    return status ? status : sard_model_load_memory(context, options->piped, options->piped_size, model_options, out, &cli->error);
}

/* What the verb leaves open, the options say. */
static sard_model_options complete(const cli_options *options, const sard_model_options *model_options)
{
    sard_model_options o = {.struct_size = sizeof o};
    if (model_options)
        o = *model_options;
    if (!o.level) {
        o.level = options->level;
        o.pass_filter = options->passes;
        o.pass_exclude = options->without;
        o.stop_after = (size_t)options->stop_after;
    }
    o.follow_links = options->follow_links;
    o.copy = options->copy;
    if (!o.precision)
        o.precision = options->precision;
    return o;
}

sard_status cli_open_model(cli_options *options, sard_context *context, const char *path, const sard_model_options *model_options,
                           sard_model **out)
{
    cli_state *cli = options->cli;
    const sard_model_options o = complete(options, model_options);
    const double start = cli_now();
    const sard_status status = load(options, context, path, &o, out);
    if (!status)
        tell_model(options, path, *out, start);
    if (status)
        return cli_name_file(cli, status, strcmp(path, "-") == 0 ? "stdin" : path);
    cli_defer(cli, close_model, *out);
    return SARD_OK;
}

sard_status cli_open_graph(cli_options *options, sard_context *context, const sard_graph *graph, const sard_model_options *model_options,
                           sard_model **out)
{
    const sard_model_options o = complete(options, model_options);
    const sard_status status = sard_model_from_graph(context, graph, &o, out, &options->cli->error);
    if (status)
        return cli_name_file(options->cli, status, options->model);
    cli_defer(options->cli, close_model, *out);
    return SARD_OK;
}

sard_status cli_open_session(cli_options *options, sard_model *model, const sard_session_options *session_options, sard_session **out)
{
    sard_session_options o = {.struct_size = sizeof o};
    if (session_options)
        o = *session_options;
    if (!o.backends)
        o.backends = options->backends;
    o.threads = options->threads;
    o.accuracy = options->accuracy;
    const sard_status status = sard_session_new(model, &o, out, &options->cli->error);
    if (!status)
        cli_defer(options->cli, close_session, *out);
    return cli_name_file(options->cli, status, options->model);
}
