/* Options that verbs share. */
#include "cli/args.h"

#include <string.h>

enum { ACCURACY = 1024 }; /* above the keys of the verbs */

static error_t parse_general(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case 'j':
        o->json = true;
        return 0;
    case 'v':
        o->verbose++;
        return 0;
    case 'p':
        cli_words_add(o->cli, &o->plugins, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_accuracy(cli_options *o, const char *word)
{
    static const char *const words[] = {[SARD_ACCURACY_DEFAULT] = "default", [SARD_EXACT] = "exact", [SARD_FAST] = "fast"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0) {
            o->accuracy = (sard_accuracy)i;
            return 0;
        }
    return cli_refuse(o, "--accuracy %s: it is exact, default or fast", word);
}

static error_t parse_model(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    int64_t threads;
    switch (key) {
    case 'b':
        o->backends = arg;
        return 0;
    case 't':
        if (!cli_integer(arg, 1, 4096, &threads))
            return cli_refuse(o, "--threads %s: a number from 1 on is wanted", arg);
        o->threads = (int)threads;
        return 0;
    case 'O':
        if (strlen(arg) != 1 || *arg < '0' || *arg > '3')
            return cli_refuse(o, "-O%s: levels are -O0, -O1, -O2 and -O3", arg);
        o->level = (sard_level)(SARD_O0 + (*arg - '0'));
        return 0;
    case ACCURACY:
        return parse_accuracy(o, arg);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_set(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    if (key != 's')
        return ARGP_ERR_UNKNOWN;
    if (!strchr(arg, '='))
        return cli_refuse(o, "--set %s: NAME=SIZE is wanted", arg);
    cli_words_add(o->cli, &o->sets, arg);
    return 0;
}

static const struct argp_option general_options[] = {
    {"json", 'j', NULL, 0, "Print JSON", 90},
    {"plugin", 'p', "FILE.so", 0, "Load a plugin; may be repeated", 0},
    {"verbose", 'v', NULL, 0, "Tell on stderr what is done; twice: more of it", 0},
    {0},
};

const struct argp cli_general_argp = {
    .options = general_options,
    .parser = parse_general,
};

static const struct argp_option model_options[] = {
    {"backend", 'b', "A,B,...", 0, "Order of preference, openblas,reference say; reference always ends it", 80},
    {"threads", 't', "N", 0, "Use at most N threads [all that the machine grants]", 0},
    {NULL, 'O', "0..3", 0, "What the passes may do: nothing, exact things, rounding may change [-O2], all", 0},
    {"accuracy", ACCURACY, "exact|default|fast", 0, "exact: plain float32 sums; fast: also transforms that err more", 0},
    {0},
};

const struct argp cli_model_argp = {
    .options = model_options,
    .parser = parse_model,
};

static const struct argp_option set_options[] = {
    {"set", 's', "NAME=SIZE", 0, "Size of the free dimension NAME (--set N=4); or a whole input's shape (--set x=1x3x64x64)", 70},
    {0},
};

const struct argp cli_set_argp = {
    .options = set_options,
    .parser = parse_set,
};
