/* Parsing of options as argp does it. */
#include <argp.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CHILDREN = 16, HELP = '?', USAGE = 1, VERSION = 'V' };

const struct argp_option argp_own_options[] = {{"help", HELP, NULL, 0, "Give this help list", 0},
                                               {"usage", USAGE, NULL, 0, "Give a short usage message", 0},
                                               {"version", VERSION, NULL, 0, "Print program version", 0},
                                               {0}};

static const struct argp own = {.options = argp_own_options};

/* The parser itself, its children, and own options; each with its input. */
typedef struct parsing {
    const struct argp *parts[MOST_CHILDREN + 2];
    void *inputs[MOST_CHILDREN + 2];
    size_t count;
    struct argp_state state;
} parsing;

static bool is_last(const struct argp_option *o) { return !o->name && !o->key && !o->doc && !o->group; }

static error_t tell(parsing *p, size_t part, int key, char *arg)
{
    p->state.input = p->inputs[part];
    return p->parts[part]->parser ? p->parts[part]->parser(key, arg, &p->state) : ARGP_ERR_UNKNOWN;
}

/* Each part is told until one takes it, or `all` of them; a part that does not know the key is no error. */
static error_t tell_all(parsing *p, int key, char *arg, bool all)
{
    for (size_t i = 0; i < p->count; i++) {
        const error_t error = tell(p, i, key, arg);
        if (error != ARGP_ERR_UNKNOWN && (error || !all))
            return error;
    }
    return all ? 0 : ARGP_ERR_UNKNOWN;
}

static error_t begin(parsing *p, const struct argp *argp, int argc, char **argv, void *input)
{
    void *child_inputs[MOST_CHILDREN] = {NULL};
    *p = (parsing){.parts = {argp}, .inputs = {input}, .count = 1, .state = {.root_argp = argp, .argc = argc, .argv = argv, .next = 1}};
    for (const struct argp_child *c = argp->children; c && c->argp && p->count <= MOST_CHILDREN; c++)
        p->parts[p->count++] = c->argp;
    p->state.child_inputs = child_inputs;
    const error_t error = tell(p, 0, ARGP_KEY_INIT, NULL);
    for (size_t i = 1; i < p->count; i++)
        p->inputs[i] = child_inputs[i - 1];
    p->state.child_inputs = NULL;
    p->parts[p->count++] = &own;
    return error == ARGP_ERR_UNKNOWN ? 0 : error;
}

/* The option of that name, whole or the only one that begins so; name NULL: that of the key. *part: whose it is. */
static const struct argp_option *find(const parsing *p, const char *name, size_t length, int key, size_t *part)
{
    const struct argp_option *found = NULL;
    for (size_t i = 0; i < p->count; i++)
        for (const struct argp_option *o = p->parts[i]->options; o && !is_last(o); o++) {
            const bool same = name ? o->name && strncmp(o->name, name, length) == 0 : o->key == key;
            if (!same)
                continue;
            *part = i;
            found = o;
            if (!name || strlen(o->name) == length)
                return o;
        }
    return found;
}

/* Help and the like end the program. */
static error_t take(parsing *p, size_t part, const struct argp_option *o, char *arg)
{
    if (p->parts[part] != &own)
        return tell(p, part, o->key, arg);
    if (o->key == VERSION)
        puts(argp_program_version);
    else
        argp_help(p->state.root_argp, stdout, o->key == HELP ? ARGP_HELP_STD_HELP : 0, p->state.argv[0]);
    exit(0);
}

static error_t take_long(parsing *p, char *word)
{
    char *value = strchr(word, '=');
    size_t part = 0;
    const struct argp_option *o = find(p, word, value ? (size_t)(value - word) : strlen(word), 0, &part);
    char *arg = value ? value + 1 : NULL;
    if (!o)
        return EINVAL;
    if (o->arg && !arg && !(o->flags & OPTION_ARG_OPTIONAL))
        arg = p->state.next < p->state.argc ? p->state.argv[p->state.next++] : NULL;
    return take(p, part, o, arg);
}

static error_t take_short(parsing *p, char *letters)
{
    error_t error = 0;
    for (char *c = letters; *c && !error; c++) {
        size_t part = 0;
        const struct argp_option *o = find(p, NULL, 0, (unsigned char)*c, &part);
        if (!o)
            return EINVAL;
        if (!o->arg) {
            error = take(p, part, o, NULL);
            continue;
        }
        char *arg = c[1] ? c + 1 : NULL;
        if (!arg && !(o->flags & OPTION_ARG_OPTIONAL))
            arg = p->state.next < p->state.argc ? p->state.argv[p->state.next++] : NULL;
        return take(p, part, o, arg);
    }
    return error;
}

/* Arguments that stand between options are kept for later, unless they are to be taken in order. */
static error_t walk(parsing *p, bool in_order, char **later, size_t *count)
{
    error_t error = 0;
    bool options = true;
    while (!error && p->state.next < p->state.argc) {
        char *word = p->state.argv[p->state.next++];
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && word[0] == '-' && word[1])
            error = word[1] == '-' ? take_long(p, word + 2) : take_short(p, word + 1);
        else if (in_order && ++*count)
            error = tell_all(p, ARGP_KEY_ARG, word, false);
        else
            later[(*count)++] = word;
    }
    return error;
}

error_t argp_parse(const struct argp *argp, int argc, char **argv, unsigned flags, int *at, void *input)
{
    parsing p;
    size_t count = 0;
    const bool in_order = flags & ARGP_IN_ORDER;
    char **later = calloc((size_t)argc + 1, sizeof *later);
    error_t error = later ? begin(&p, argp, argc, argv, input) : ENOMEM;
    (void)at;
    if (!error)
        error = walk(&p, in_order, later, &count);
    for (size_t i = 0; i < count && !error && !in_order; i++)
        error = tell_all(&p, ARGP_KEY_ARG, later[i], false);
    if (!error && !count)
        error = tell_all(&p, ARGP_KEY_NO_ARGS, NULL, true);
    if (!error)
        error = tell_all(&p, ARGP_KEY_END, NULL, true);
    free(later);
    return error;
}
