/* What argp does, with one-line errors: options are checked here first, as argp itself says two lines. */
#include "cli/args.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct found {
    const char *arg; /* NULL: takes none */
    bool optional;   /* the argument may be left out; it stands behind '=' only */
    int exact, partial;
} found;

/* argp's own. */
static const struct argp_option own_options[] = {
    {"help", '?', NULL, 0, NULL, 0}, {"usage", 1, NULL, 0, NULL, 0}, {"version", 'V', NULL, 0, NULL, 0}, {0}};

/* Headers of groups have a text only. */
static bool is_last(const struct argp_option *o) { return !o->name && !o->key && !o->doc && !o->group; }

static void note(found *f, const struct argp_option *o, bool exact)
{
    if (!exact && f->exact)
        return;
    f->arg = o->arg;
    f->optional = o->flags & OPTION_ARG_OPTIONAL;
    f->exact += exact;
    f->partial += !exact;
}

static void search_options(const struct argp_option *o, const char *name, size_t length, char key, found *f)
{
    for (; o && !is_last(o); o++)
        if (name ? o->name && strncmp(o->name, name, length) == 0 : o->key == key)
            note(f, o, !name || strlen(o->name) == length);
}

/* name: a long option, perhaps shortened; NULL: the short option `key`. */
static found search(const struct argp *argp, const char *name, size_t length, char key)
{
    found f = {0};
    search_options(own_options, name, length, key, &f);
    search_options(argp->options, name, length, key, &f);
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        search_options(c->argp->options, name, length, key, &f);
    return f;
}

/* What is wrong with a long option, or NULL; *next: its argument is the next word. */
static const char *judge_long(const struct argp *argp, const char *word, bool *next)
{
    const char *name = word + 2, *value = strchr(name, '=');
    const found f = search(argp, name, value ? (size_t)(value - name) : strlen(name), 0);
    *next = f.arg && !f.optional && !value;
    if (!f.exact && f.partial != 1)
        return f.partial ? "may mean several options" : "is no option";
    return !f.arg && value ? "takes no argument" : NULL;
}

static const char *judge_short(const struct argp *argp, const char *word, bool *next)
{
    for (const char *c = word + 1; *c; c++) {
        const found f = search(argp, NULL, 0, *c);
        if (!f.exact)
            return "is no option";
        *next = f.arg && !c[1];
        if (f.arg)
            break;
    }
    return NULL;
}

/* in_order: what follows the first argument is not for this parser. */
static sard_status check_options(cli_state *cli, const struct argp *argp, bool in_order, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        bool next = false;
        const char *word = argv[i], *wrong = NULL;
        if (word[0] != '-' || !word[1]) {
            if (in_order)
                break;
            continue;
        }
        wrong = word[1] == '-' ? judge_long(argp, word, &next) : judge_short(argp, word, &next);
        if (!wrong && next && ++i == argc)
            wrong = "needs an argument";
        if (wrong)
            return sard_fail(&cli->error, SARD_ARGUMENT, "'%s' %s; see %s --help", word, wrong, argv[0]);
    }
    return SARD_OK;
}

sard_status cli_parse(cli_state *cli, const struct argp *argp, unsigned flags, int argc, char **argv, void *input)
{
    if (check_options(cli, argp, flags & ARGP_IN_ORDER, argc, argv))
        return SARD_ARGUMENT;
    if (!argp_parse(argp, argc, argv, flags, NULL, input))
        return SARD_OK;
    return *cli->error.text ? SARD_ARGUMENT : sard_fail(&cli->error, SARD_NOMEM, "out of memory");
}

void cli_init_children(struct argp_state *state, size_t count)
{
    for (size_t i = 0; i < count; i++)
        state->child_inputs[i] = state->input;
}

error_t cli_refuse(const cli_options *options, const char *format, ...)
{
    char text[700];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    sard_fail(&options->cli->error, SARD_ARGUMENT, "%s", text);
    return EINVAL;
}

error_t cli_take_model(cli_options *options, const char *arg)
{
    if (options->model)
        return cli_refuse(options, "one argument too many: '%s'", arg);
    options->model = arg;
    return 0;
}

bool cli_number(const char *word, double min, double max, double *out)
{
    char *end;
    *out = strtod(word, &end);
    return end > word && !*end && *out >= min && *out <= max;
}

bool cli_integer(const char *word, int64_t min, int64_t max, int64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoll(word, &end, 10);
    return end > word && !*end && errno == 0 && *out >= min && *out <= max;
}
