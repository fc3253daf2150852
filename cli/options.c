/* Options that verbs share. */
#include "cli/args.h"

#include <string.h>

enum { ACCURACY = 1024, PASSES, WITHOUT, STOP_AFTER, PRECISION }; /* above the keys of the verbs */

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

static error_t parse_precision(cli_options *o, const char *word)
{
    const bool wide = strcmp(word, "f64") == 0;
    if (!wide && strcmp(word, "model") != 0)
        return cli_refuse(o, "--precision %s: it is model or f64", word);
    o->precision = wide ? SARD_PRECISION_F64 : SARD_PRECISION_MODEL;
    return 0;
}

/* Lists that are given several times are one. */
static const char *join(const cli_options *o, const char *list, const char *more)
{
    return list ? cli_format(o->cli, "%s,%s", list, more) : more;
}

static error_t parse_passes(int key, char *arg, struct argp_state *state)
{
    cli_options *o = state->input;
    switch (key) {
    case 'O':
        if (strlen(arg) != 1 || *arg < '0' || *arg > '3')
            return cli_refuse(o, "-O%s: levels are -O0, -O1, -O2 and -O3", arg);
        o->level = (sard_level)(SARD_O0 + (*arg - '0'));
        return 0;
    case PASSES:
        o->passes = join(o, o->passes, arg);
        return 0;
    case WITHOUT:
        o->without = join(o, o->without, arg);
        return 0;
    case STOP_AFTER:
        if (!cli_integer(arg, 1, INT64_MAX, &o->stop_after))
            return cli_refuse(o, "--stop-after %s: a number from 1 on is wanted; -O0 makes no edits", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

bool cli_chooses_passes(const cli_options *o) { return o->level || o->passes || o->without || o->stop_after; }

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
    case ACCURACY:
        return parse_accuracy(o, arg);
    case PRECISION:
        return parse_precision(o, arg);
    default:
        return parse_passes(key, arg, state);
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
    {"passes", PASSES, "A,B,...", 0, "Run these passes only, whatever their level; in their own order", 0},
    {"without", WITHOUT, "A,B,...", 0, "Leave these passes out", 0},
    {"stop-after", STOP_AFTER, "N", 0, "Let the passes make N edits, no more, to find the one that changes an answer", 0},
    {"accuracy", ACCURACY, "exact|default|fast", 0, "exact: plain float32 sums; fast: also transforms that err more", 0},
    {"precision", PRECISION, "model|f64", 0, "f64: compute all floats in double, on reference; outputs are float64", 0},
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
