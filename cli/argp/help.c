/* The text of --help. */
#include <argp.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 79, COLUMN = 29 };

/* Words from `column` on, at most WIDTH wide; lines that the text breaks itself stay, with the blanks that they begin with. */
static void put_words(FILE *out, const char *text, int column)
{
    int at = column;
    for (const char *word = text; *word;) {
        const int blanks = (int)strspn(word, " "), size = (int)strcspn(word + blanks, " \n");
        if (at > column && at + blanks + size > WIDTH)
            at = fprintf(out, "\n%*s%.*s", column, "", size, word + blanks) - 1;
        else
            at += fprintf(out, "%.*s", blanks + size, word);
        word += blanks + size;
        if (*word == '\n')
            at = fprintf(out, "\n%*s", column, "") - 1;
        word += *word == '\n';
    }
    fputc('\n', out);
}

static void put_option(FILE *out, const struct argp_option *o)
{
    const char *open = o->flags & OPTION_ARG_OPTIONAL ? "[=" : "=", *close = o->flags & OPTION_ARG_OPTIONAL ? "]" : "";
    const int letter = o->key > 32 && o->key < 127 && isprint(o->key);
    int at = letter ? fprintf(out, "  -%c%s", o->key, o->name ? ", " : " ") : fprintf(out, "      ");
    if (o->name)
        at += fprintf(out, "--%s", o->name);
    if (o->arg)
        at += o->name ? fprintf(out, "%s%s%s", open, o->arg, close) : fprintf(out, "%s", o->arg);
    if (at >= COLUMN)
        at = fprintf(out, "\n") - 1;
    fprintf(out, "%*s", COLUMN - at, "");
    put_words(out, o->doc ? o->doc : "", COLUMN);
}

/* An option without a name and a key is a header. */
static void put_options(FILE *out, const struct argp_option *o)
{
    if (o)
        fputc('\n', out);
    for (; o && (o->name || o->key || o->doc); o++)
        if (o->name || o->key)
            put_option(out, o);
        else
            fprintf(out, " %s\n", o->doc);
}

/* The text after "\v", as the filter has it. */
static void put_end(FILE *out, const struct argp *argp)
{
    const char *end = argp->doc ? strchr(argp->doc, '\v') : NULL;
    char *other = argp->help_filter ? argp->help_filter(ARGP_KEY_HELP_POST_DOC, end ? end + 1 : NULL, NULL) : NULL;
    const char *text = other ? other : end ? end + 1 : NULL;
    if (text) {
        fputc('\n', out);
        put_words(out, text, 0);
    }
    if (other && (!end || other != end + 1))
        free(other);
}

static void put_doc(FILE *out, const struct argp *argp)
{
    char *text = argp->doc ? strdup(argp->doc) : NULL;
    if (text) {
        text[strcspn(text, "\v")] = 0;
        put_words(out, text, 0);
    }
    free(text);
}

void argp_help(const struct argp *argp, FILE *out, unsigned flags, char *name)
{
    fprintf(out, "Usage: %s [OPTION...] %s\n", name, argp->args_doc ? argp->args_doc : "");
    if (!(flags & ARGP_HELP_STD_HELP))
        return;
    put_doc(out, argp);
    put_options(out, argp->options);
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        put_options(out, c->argp->options);
    put_options(out, argp_own_options);
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        put_end(out, c->argp);
    put_end(out, argp);
}
