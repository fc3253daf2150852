/* sard inspect: size, work and operators of a model; its graph as text, for Graphviz, as a page; its plan. */
#include "cli/dot.h"
#include "cli/explain.h"
#include "cli/input.h"
#include "cli/json.h"
#include "cli/load.h"
#include "cli/memory.h"
#include "cli/page.h"
#include "cli/plan.h"
#include "cli/stats.h"
#include "cli/table.h"
#include "cli/tensor.h"
#include "cli/text.h"

#include <math.h>
#include <string.h>

/* dot, html, memory_svg: files, NULL where they are not wanted. */
typedef struct inspect {
    cli_options options;
    bool text, plan, profile;
    const char *dot, *html, *memory_svg;
} inspect;

/* What is printed. session: NULL where there is no plan, `why` tells why. */
typedef struct facts {
    sard_model *model; /* as in the file */
    cli_stats stats;
    sard_session *session;
    cli_explain passes;
    sard_memory memory;
    double macs;
    const char *why, *shapes;
} facts;

static void add_values(cJSON *json, const char *key, const sard_model *model, const sard_value_info *(*at)(const sard_model *, size_t))
{
    cJSON *array = cli_json_array(json, key);
    const sard_value_info *info;
    for (size_t i = 0; (info = at(model, i)); i++)
        cli_json_value(array, info);
}

static const char *const metadata[] = {"producer_name", "producer_version", "domain", "model_version", "ir_version", "opset", "doc_string"};

static cJSON *make_json(cli_state *cli, const facts *f, bool plan, bool times)
{
    cJSON *json = cli_json_new(cli);
    cli_json_number(json, "parameters", (double)f->stats.parameters);
    cli_json_number(json, "macs", f->session ? f->macs : (double)NAN);
    cli_json_number(json, "nodes", (double)f->stats.nodes);
    cJSON *ops = cJSON_AddObjectToObject(json, "operators");
    for (size_t i = 0; i < f->stats.op_count; i++)
        cli_json_number(ops, cli_op_name(cli, f->stats.ops[i].domain, f->stats.ops[i].name), (double)f->stats.ops[i].count);
    cJSON *about = cJSON_AddObjectToObject(json, "metadata");
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++)
        if (sard_model_metadata(f->model, metadata[i]))
            cli_json_text(about, metadata[i], sard_model_metadata(f->model, metadata[i]));
    add_values(json, "inputs", f->model, sard_model_input);
    add_values(json, "outputs", f->model, sard_model_output);
    cli_json_number(json, "arena_bytes", f->session ? (double)f->memory.arena : (double)NAN);
    cli_json_number(json, "scratch_bytes", f->session ? (double)f->memory.scratch : (double)NAN);
    cli_json_number(json, "packed_bytes", f->session ? (double)f->memory.packed : (double)NAN);
    cli_json_number(json, "weight_bytes", f->session ? (double)f->memory.weights : (double)NAN);
    if (f->session)
        cli_json_slow_steps(cli, json, f->session);
    if (plan) {
        cJSON *steps = cli_json_array(json, "steps"), *values = cli_json_array(json, "values");
        if (f->session) {
            cli_json_steps(cli, steps, f->session, times);
            cli_json_places(values, f->session);
        }
    }
    return json;
}

static void row(cli_table *table, const char *key, const char *text)
{
    cli_cell(table, "%s", key);
    cli_cell(table, "%s", text);
}

static void print_metadata(cli_table *table, const sard_model *model)
{
    for (size_t i = 0; i < sizeof metadata / sizeof *metadata; i++) {
        const char *text = sard_model_metadata(model, metadata[i]);
        if (text && *text)
            row(table, metadata[i], text);
    }
}

static void print_values(cli_state *cli, cli_table *table, const char *key, const sard_model *model,
                         const sard_value_info *(*at)(const sard_model *, size_t))
{
    const sard_value_info *info;
    for (size_t i = 0; (info = at(model, i)); i++)
        row(table, i ? "" : key, cli_format(cli, "%s  %s %s", info->name, sard_dtype_name(info->dtype), cli_info_shape(cli, info)));
}

/* A large number for people, and exactly. */
static const char *count(cli_state *cli, double number)
{
    return number < 1000 ? cli_human(cli, number, "") : cli_format(cli, "%s (%.0f)", cli_human(cli, number, ""), number);
}

static void print_plan_rows(cli_state *cli, cli_table *table, const facts *f)
{
    if (!f->session) {
        row(table, "no plan", f->why);
        return;
    }
    if (*f->shapes)
        row(table, "planned for", f->shapes);
    const char *slow = cli_slow_steps(cli, f->session);
    if (*slow)
        row(table, "kernels", slow);
    row(table, "multiply-adds", count(cli, f->macs));
    row(table, "arena", cli_human(cli, (double)f->memory.arena, "B"));
    row(table, "scratch", cli_human(cli, (double)f->memory.scratch, "B"));
    row(table, "weights",
        cli_format(cli, "%s in place, %s packed", cli_human(cli, (double)f->memory.weights, "B"),
                   cli_human(cli, (double)f->memory.packed, "B")));
}

static void print_facts(cli_state *cli, const facts *f)
{
    cli_table *table = cli_table_new(cli, "what|value");
    const char *ops = "";
    print_metadata(table, f->model);
    print_values(cli, table, "inputs", f->model, sard_model_input);
    print_values(cli, table, "outputs", f->model, sard_model_output);
    row(table, "parameters", count(cli, (double)f->stats.parameters));
    for (size_t i = 0; i < f->stats.op_count; i++)
        ops = cli_format(cli, "%s%s%s %zu", ops, i ? ", " : "", cli_op_name(cli, f->stats.ops[i].domain, f->stats.ops[i].name),
                         f->stats.ops[i].count);
    row(table, "constants", cli_format(cli, "%s elements of any type", count(cli, (double)f->stats.elements)));
    row(table, "nodes", cli_format(cli, "%zu", f->stats.nodes));
    row(table, "operators", ops);
    print_plan_rows(cli, table, f);
    cli_table_print(table, true);
}

static double sum_macs(const sard_session *session)
{
    sard_step_info step = {.struct_size = sizeof step};
    double macs = 0;
    for (size_t i = 0; sard_session_step(session, i, &step); i++)
        macs += step.macs;
    return macs;
}

/* The shapes that were chosen, for dimensions that the model leaves free. */
static const char *list_shapes(cli_state *cli, const sard_model *model, const cli_inputs *inputs)
{
    const char *text = "";
    bool any = false;
    for (size_t i = 0; i < inputs->count; i++) {
        const sard_value_info *info = sard_model_input(model, i);
        any |= info->rank < 0;
        for (int k = 0; k < info->rank; k++)
            any |= info->dims[k] < 0;
        text = cli_format(cli, "%s%s%s %s", text, i ? ", " : "", info->name, cli_shape(cli, &inputs->tensors[i]));
    }
    return any ? cli_format(cli, "%s%s", text, *inputs->guesses ? " (--set gives other sizes)" : "") : "";
}

/* The least time of each step among runs of a second, at least three. */
static sard_status profile(const inspect *i, const cli_sizes *sizes, cli_inputs *inputs, sard_session *session)
{
    sard_tensor *outputs = cli_alloc(i->options.cli, sard_model_output_count(sizes->model), sizeof *outputs);
    const double end = cli_now() + 1e3;
    sard_status status = cli_fill_inputs(sizes, inputs, 0);
    for (int run = 0; !status && (run < 3 || cli_now() < end); run++)
        status = cli_run_session(&i->options, session, inputs, outputs, 0);
    return status;
}

/* Fails only where --set is wrong; a model that can't be planned has no session. */
static sard_status plan(inspect *i, sard_model *model, facts *f)
{
    cli_state *cli = i->options.cli;
    cli_sizes sizes;
    cli_inputs inputs;
    sard_session *session;
    sard_status status = cli_sizes_init(&i->options, model, &sizes);
    if (!status)
        status = cli_read_inputs(&sizes, &(cli_words){0}, &inputs);
    if (status)
        return status;
    const sard_session_options session_options = {.struct_size = sizeof session_options, .profile = i->profile};
    if (cli_shape_inputs(&sizes, &inputs) || cli_open_session(&i->options, model, &session_options, &session) ||
        cli_plan_session(&i->options, session, &inputs)) {
        f->why = cli_format(cli, "%s", cli->error.text);
        return i->plan || i->memory_svg || i->profile ? cli->error.status : SARD_OK;
    }
    if (i->profile && (status = profile(i, &sizes, &inputs, session)))
        return status;
    f->session = session;
    f->memory.struct_size = sizeof f->memory;
    sard_session_memory(session, &f->memory);
    f->shapes = list_shapes(cli, model, &inputs);
    f->macs = sum_macs(session);
    return SARD_OK;
}

/* The files that were asked for: all or none. */
static sard_status write_files(inspect *i, const facts *f, sard_model *model)
{
    cli_state *cli = i->options.cli;
    cli_file files[2], drawing;
    size_t count = 0;
    sard_status status = f->session ? cli_draw_memory(cli, f->session, &drawing) : SARD_OK;
    if (!status && i->memory_svg) {
        files[count] = drawing;
        files[count++].path = i->memory_svg;
    }
    if (!status && i->html) {
        const cli_page page = {
            .facts = make_json(cli, f, true, i->profile),
            .before = f->model,
            .after = model,
            .session = f->session,
            .passes = &f->passes,
            .shapes = f->shapes,
            .why = f->why,
            .memory = f->session ? &drawing : NULL,
        };
        status = cli_draw_page(&i->options, &page, &files[count]);
        files[count++].path = i->html;
    }
    return status ? status : cli_write_files(cli, files, count);
}

/* What needs one graph and no plan: --text and --dot. Of the graph as it is in the file, unless passes are chosen. */
static sard_status show_graph(inspect *i, sard_context *context)
{
    const sard_model_options as_is = {.struct_size = sizeof as_is, .level = SARD_O0};
    cli_state *cli = i->options.cli;
    sard_model *model;
    sard_status status = cli_open_model(&i->options, context, i->options.model, cli_chooses_passes(&i->options) ? NULL : &as_is, &model);
    if (status || i->text)
        return status ? status : cli_print_graph(cli, sard_model_graph(model));
    cli_file file;
    status = cli_draw_dot(cli, sard_model_graph(model), &file);
    file.path = i->dot;
    return status ? status : cli_write_files(cli, &file, 1);
}

static bool is_stdout(const char *path) { return path && strcmp(path, "-") == 0; }

static error_t check(const inspect *i)
{
    const cli_options *o = &i->options;
    const char *graph = i->text ? "--text" : "--dot",
               *others[] = {i->text && i->dot ? "--dot" : NULL, i->plan ? "--plan" : NULL, i->html ? "--html" : NULL,
                            i->memory_svg ? "--memory-svg" : NULL, o->json ? "--json" : NULL};
    for (size_t k = 0; (i->text || i->dot) && k < sizeof others / sizeof *others; k++)
        if (others[k])
            return cli_refuse(o, "%s shows the graph alone: not together with %s", graph, others[k]);
    if (is_stdout(i->html) + is_stdout(i->memory_svg) + (o->json || i->plan) > 1)
        return cli_refuse(o, "stdout can take one thing: --html, --memory-svg, or --json or --plan");
    return i->profile && !i->html ? cli_refuse(o, "--profile goes with --html; sard bench --profile measures") : 0;
}

enum { TEXT = 256, PLAN, MEMORY_SVG, HTML, DOT, PROFILE };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    inspect *i = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        cli_init_children(state, 4);
        return 0;
    case ARGP_KEY_ARG:
        return cli_take_model(&i->options, arg);
    case ARGP_KEY_NO_ARGS:
        return cli_refuse(&i->options, "which model? sard inspect MODEL.onnx");
    case ARGP_KEY_END:
        return check(i);
    case TEXT:
        i->text = true;
        return 0;
    case PLAN:
        i->plan = true;
        return 0;
    case MEMORY_SVG:
        i->memory_svg = arg;
        return 0;
    case HTML:
        i->html = arg;
        return 0;
    case DOT:
        i->dot = arg ? arg : "-";
        return 0;
    case PROFILE:
        i->profile = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"text", TEXT, NULL, 0, "Print the graph: as in the file, or after the passes that -O, --passes and their like name", 1},
    {"dot", DOT, "FILE", OPTION_ARG_OPTIONAL, "The same graph for Graphviz, to stdout or --dot=FILE", 0},
    {"plan", PLAN, NULL, 0, "Print the steps: operator, backend, kernel, and why", 0},
    {"html", HTML, "FILE", 0, "Write a page: the graph before and after the passes, the steps, the memory; - is stdout", 0},
    {"profile", PROFILE, NULL, 0, "Run the model for a second, so that the page has the time of each step", 0},
    {"memory-svg", MEMORY_SVG, "FILE", 0, "Draw the arena: time across, offset up, a box for every tensor; - is stdout", 0},
    {0},
};

static const struct argp_child children[] = {
    {&cli_set_argp, 0, NULL, 0}, {&cli_model_argp, 0, NULL, 0}, {&cli_load_argp, 0, NULL, 0}, {&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "MODEL.onnx",
    .doc = "Tells what a model is: inputs, outputs, parameters, operators, and what running it takes. Nothing is run, unless "
           "--profile asks for it."
           "\vThe page of --html is one file that loads nothing, for any browser. For example:\n"
           "  sard inspect inception_v3.onnx --plan --set N=4\n"
           "  sard inspect swin_t.onnx --html swin_t.html --profile",
    .children = children,
};

int cli_inspect(cli_state *cli, int argc, char **argv)
{
    inspect i = {.options = {.cli = cli}};
    sard_context *context;
    sard_model *file, *model;
    const sard_model_options as_is = {.struct_size = sizeof as_is, .level = SARD_O0};
    if (cli_parse(cli, &argp, 0, argc, argv, &i) || cli_open_context(&i.options, &context))
        return CLI_FAILED;
    if (i.text || i.dot)
        return show_graph(&i, context) ? CLI_FAILED : CLI_DONE;
    facts f = {.shapes = "", .passes = {.cli = cli}};
    const sard_model_options watched = {
        .struct_size = sizeof watched, .on_pass = i.html ? cli_explain_add : NULL, .on_pass_user = &f.passes};
    if (cli_open_model(&i.options, context, i.options.model, &as_is, &file) ||
        cli_open_model(&i.options, context, i.options.model, &watched, &model))
        return CLI_FAILED;
    f.model = file;
    f.stats = cli_stats_of(cli, sard_model_graph(file));
    if (plan(&i, model, &f))
        return CLI_FAILED;
    if ((i.memory_svg || i.html) && write_files(&i, &f, model))
        return CLI_FAILED;
    if (i.options.json)
        return cli_json_print(cli, make_json(cli, &f, i.plan, false)) ? CLI_FAILED : CLI_DONE;
    if (i.plan)
        cli_print_plan(cli, f.session);
    else if (!i.memory_svg && !i.html)
        print_facts(cli, &f);
    return CLI_DONE;
}
