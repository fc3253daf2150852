/* sard ops: what the library, with its plugins, can evaluate. */
#include "cli/json.h"
#include "cli/load.h"
#include "cli/table.h"

#include <sard/plugin.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    uint32_t set;
    const char *name;
} groups[] = {
    {SARD_SET_ALL, "all"},         {SARD_SET_ANY, "any"},       {SARD_SET_SMALL, "small"},
    {SARD_SET_FLOAT8, "float8"},   {SARD_SET_NUMBER, "number"}, {SARD_SET_FLOAT, "float"},
    {SARD_SET_INTEGER, "integer"}, {SARD_SET_SIGNED, "signed"}, {SARD_SET_UNSIGNED, "unsigned"},
};

static const struct {
    uint32_t trait;
    const char *name;
} traits[] = {
    {SARD_ELEMENTWISE, "elementwise"},
    {SARD_COMMUTATIVE, "commutative"},
    {SARD_DATA_DEPENDENT, "data-dependent"},
    {SARD_IN_PLACE, "in-place"},
    {SARD_SPATIAL, "spatial"},
    {SARD_NO_FOLD, "no-fold"},
    {SARD_MACS, "macs"},
    {SARD_ACTIVATION, "activation"},
};

/* Groups first, then single types: "float, uint8". */
static const char *name_types(cli_state *cli, uint32_t set)
{
    const char *text = "";
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if ((set & groups[i].set) == groups[i].set) {
            text = cli_format(cli, "%s%s%s", text, *text ? ", " : "", groups[i].name);
            set &= ~groups[i].set;
        }
    for (unsigned dtype = 1; dtype < 32; dtype++)
        if (set & 1u << dtype)
            text = cli_format(cli, "%s%s%s", text, *text ? ", " : "", sard_dtype_name((sard_dtype)dtype));
    return text;
}

/* Types of the first input; of the first output where there is none. */
static uint32_t types_of(const sard_op *op)
{
    const sard_port *port = op->inputs && op->inputs->name ? op->inputs : op->outputs;
    return port && port->name ? port->dtypes : 0;
}

static const char *name_traits(cli_state *cli, const sard_op *op)
{
    const char *text = "";
    for (size_t i = 0; i < sizeof traits / sizeof *traits; i++)
        if (op->traits & traits[i].trait)
            text = cli_format(cli, "%s%s%s", text, *text ? ", " : "", traits[i].name);
    return text;
}

static int by_name(const void *a, const void *b)
{
    const sard_op *const *x = a, *const *y = b;
    const int order = strcmp((*x)->domain, (*y)->domain);
    return order ? order : strcmp((*x)->name, (*y)->name);
}

static const sard_op **sorted_ops(cli_state *cli, const sard_context *context, size_t *count)
{
    for (*count = 0; sard_context_op(context, *count);)
        ++*count;
    const sard_op **ops = cli_alloc(cli, *count, sizeof(void *));
    for (size_t i = 0; i < *count; i++)
        ops[i] = sard_context_op(context, i);
    qsort(ops, *count, sizeof(void *), by_name);
    return ops;
}

static const char *domain_of(const sard_op *op) { return *op->domain ? op->domain : "ai.onnx"; }

/* ---- for programs ---- */

static void put_types(cJSON *object, uint32_t set)
{
    cJSON *list = cli_json_array(object, "dtypes");
    for (unsigned dtype = 1; dtype < 32; dtype++)
        if (set & 1u << dtype)
            cJSON_AddItemToArray(list, cJSON_CreateString(sard_dtype_name((sard_dtype)dtype)));
}

static void put_flag(cJSON *object, const char *key, bool value)
{
    if (value)
        cJSON_AddTrueToObject(object, key);
}

static void put_ports(cJSON *list, const sard_port *ports)
{
    for (; ports && ports->name; ports++) {
        cJSON *row = cli_json_object(list);
        cli_json_text(row, "name", ports->name);
        cli_json_text(row, "type", (const char[]){ports->type, 0});
        put_flag(row, "optional", ports->flags & SARD_OPTIONAL);
        put_flag(row, "variadic", ports->flags & SARD_VARIADIC);
        put_flag(row, "mixed", ports->flags & SARD_MIXED);
        put_types(row, ports->dtypes);
    }
}

/* The default, where it is a number or a word. */
static void put_attrs(cJSON *list, const sard_attr_spec *specs)
{
    static const char *const kinds[] = {"", "int", "float", "string", "tensor", "graph", "ints", "floats", "strings"};
    for (; specs && specs->name; specs++) {
        cJSON *row = cli_json_object(list);
        cli_json_text(row, "name", specs->name);
        cli_json_text(row, "kind", kinds[specs->kind]);
        put_flag(row, "required", specs->flags & SARD_REQUIRED);
        if (specs->flags & SARD_REQUIRED)
            continue;
        if (specs->kind == SARD_ATTR_INT)
            cli_json_number(row, "default", (double)specs->i);
        else if (specs->kind == SARD_ATTR_FLOAT)
            cli_json_number(row, "default", (double)specs->f);
        else if (specs->kind == SARD_ATTR_STRING && specs->s)
            cli_json_text(row, "default", specs->s);
    }
}

static sard_status print_json(cli_state *cli, const sard_op *const *ops, size_t count)
{
    cJSON *json = cli_json_new(cli), *list = cli_json_array(json, "operators");
    for (size_t i = 0; i < count; i++) {
        cJSON *row = cli_json_object(list);
        cli_json_text(row, "name", ops[i]->name);
        cli_json_text(row, "domain", domain_of(ops[i]));
        cli_json_number(row, "since", ops[i]->since);
        cJSON *names = cli_json_array(row, "traits");
        put_types(row, types_of(ops[i]));
        for (size_t k = 0; k < sizeof traits / sizeof *traits; k++)
            if (ops[i]->traits & traits[k].trait)
                cJSON_AddItemToArray(names, cJSON_CreateString(traits[k].name));
        put_ports(cli_json_array(row, "inputs"), ops[i]->inputs);
        put_ports(cli_json_array(row, "outputs"), ops[i]->outputs);
        put_attrs(cli_json_array(row, "attributes"), ops[i]->attrs);
    }
    return cli_json_print(cli, json);
}

static void print_table(cli_state *cli, const sard_op *const *ops, size_t count)
{
    cli_table *table = cli_table_new(cli, "operator|domain|>since|types of the first input|traits");
    for (size_t i = 0; i < count; i++) {
        cli_cell(table, "%s", ops[i]->name);
        cli_cell(table, "%s", domain_of(ops[i]));
        cli_cell(table, "%d", ops[i]->since);
        cli_cell(table, "%s", name_types(cli, types_of(ops[i])));
        cli_cell(table, "%s", name_traits(cli, ops[i]));
    }
    cli_table_print(table, false);
    cli_print("%zu operators\n", count);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    if (key == ARGP_KEY_INIT)
        cli_init_children(state, 1);
    else if (key == ARGP_KEY_ARG)
        return cli_refuse(o, "one argument too many: '%s'", arg);
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp_child children[] = {{&cli_general_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .parser = parse,
    .doc = "Lists the operators that models may use, with the element types of their first input."
           "\vall: any and small; any: number, bool and string; number: float and integer; small: types of 8 bits and less for storage, "
           "float8 among"
           " them. For example:\n"
           "  sard ops --json",
    .children = children,
};

int cli_ops(cli_state *cli, int argc, char **argv)
{
    cli_options options = {.cli = cli};
    sard_context *context;
    if (cli_parse(cli, &argp, 0, argc, argv, &options) || cli_open_context(&options, &context))
        return CLI_FAILED;
    size_t count;
    const sard_op **ops = sorted_ops(cli, context, &count);
    if (options.json)
        return print_json(cli, ops, count) ? CLI_FAILED : CLI_DONE;
    print_table(cli, ops, count);
    return CLI_DONE;
}
