/* sard check: everything that keeps a model from running, a line each. */
#include "cli/budget.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/load.h"
#include "cli/plan.h"
#include "cli/stats.h"
#include "cli/table.h"

#include <string.h>

/* What a plan may take for the sake of one line. */
#define PLAN_BYTES ((size_t)512 << 20)

typedef struct check {
    cli_options options;
    cJSON *problems; /* with --json */
    size_t count;
} check;

static void problem(void *user, const char *line)
{
    check *c = user;
    c->count++;
    if (c->options.json)
        cJSON_AddItemToArray(c->problems, cJSON_CreateString(line));
    else if (strstr(line, c->options.model))
        cli_say(line);
    else
        cli_say(cli_format(c->options.cli, "%s: %s", c->options.model, line));
}

/* Not a model, or not to be read at all; else the answer is that the model is no good. */
static bool is_unreadable(sard_status status)
{
    return status == SARD_IO || status == SARD_PARSE || status == SARD_NOMEM || status == SARD_ARGUMENT;
}

static void print_good(const check *c, const sard_model *model, const char *slow)
{
    cli_stats stats = cli_stats_of(c->options.cli, sard_model_graph(model));
    cli_print("%s: ok, %zu node%s, %zu operator%s\n", c->options.model, stats.nodes, stats.nodes == 1 ? "" : "s", stats.op_count,
              stats.op_count == 1 ? "" : "s");
    if (*slow)
        cli_print("%s\n", slow);
}

/* Plans where all shapes are known: sizes that can't be, or are over a limit, show up there. */
static sard_status load(check *c, sard_context *context, sard_model **model)
{
    cli_state *cli = c->options.cli;
    sard_session *session;
    const sard_model_options o = {.struct_size = sizeof o, .level = SARD_O0, .on_problem = problem, .on_problem_user = c};
    const sard_session_options session_options = {.struct_size = sizeof session_options, .backends = "reference"};
    sard_status status = cli_open_model(&c->options, context, c->options.model, &o, model);
    if (!status && (status = cli_open_session(&c->options, *model, &session_options, &session)))
        problem(c, cli->error.text);
    return status;
}

/* A plan as `run` makes it, free dimensions at usual sizes; NULL where there is none, or none within the budget. */
static sard_session *plan(check *c)
{
    cli_options *options = &c->options;
    sard_context *context;
    sard_model *model;
    sard_session *session;
    cli_sizes sizes;
    cli_inputs inputs;
    cli_budget *budget = cli_alloc(options->cli, 1, sizeof *budget); /* until after the context, which goes when the verb is over */
    const sard_allocator allocator = cli_budget_allocator(budget);
    atomic_init(&budget->left, PLAN_BYTES);
    options->allocator = &allocator;
    options->verbose = 0;
    const bool failed = cli_open_context(options, &context) || cli_open_model(options, context, options->model, NULL, &model) ||
                        cli_sizes_init(options, model, &sizes) || cli_read_inputs(&sizes, &(cli_words){0}, &inputs) ||
                        cli_shape_inputs(&sizes, &inputs) || cli_open_session(options, model, NULL, &session) ||
                        cli_plan_session(options, session, &inputs);
    options->allocator = NULL;
    return failed ? NULL : session;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    check *c = state->input;
    if (key == ARGP_KEY_INIT)
        cli_init_children(state, 2);
    else if (key == ARGP_KEY_ARG)
        return cli_take_model(&c->options, arg);
    else if (key == ARGP_KEY_NO_ARGS)
        return cli_refuse(&c->options, "which model? sard check MODEL.onnx");
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp_child children[] = {{&cli_load_argp, 0, NULL, 0}, {&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .parser = parse,
    .args_doc = "MODEL.onnx",
    .doc = "Tells whether a model can run: every operator, type, attribute and shape that keeps it from that, a line each;"
           " of one that can, how many steps have no fast kernel."
           "\vExit status: 0 it can, 1 it can't, 2 it could not be read. For example:\n"
           "  sard check detector.onnx",
    .children = children,
};

int cli_check(cli_state *cli, int argc, char **argv)
{
    check c = {.options = {.cli = cli}};
    sard_context *context;
    if (cli_parse(cli, &argp, 0, argc, argv, &c) || cli_open_context(&c.options, &context)) /* a plugin's fault is not the model's */
        return CLI_FAILED;
    cJSON *json = cli_json_new(cli);
    c.problems = cli_json_array(json, "problems");
    sard_model *model = NULL;
    const sard_status status = load(&c, context, &model);
    if (is_unreadable(status) && c.count == 0)
        return CLI_FAILED;
    if (status && c.count == 0)
        problem(&c, cli->error.text);
    cJSON_AddBoolToObject(json, "ok", !status);
    const sard_session *session = status ? NULL : plan(&c);
    if (session)
        cli_json_slow_steps(cli, json, session);
    if (c.options.json && cli_json_print(cli, json))
        return CLI_FAILED;
    if (!status && !c.options.json)
        print_good(&c, model, session ? cli_slow_steps(cli, session) : "");
    *cli->error.text = 0;
    return !status ? CLI_DONE : is_unreadable(status) ? CLI_FAILED : CLI_NO;
}
