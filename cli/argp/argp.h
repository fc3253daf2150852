/* What the command uses of glibc's argp.h, for C libraries that have none (musl): the same names, one level of children. */
#ifndef SARD_CLI_ARGP_ARGP_H
#define SARD_CLI_ARGP_ARGP_H

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

typedef int error_t;

enum { OPTION_ARG_OPTIONAL = 1 };
enum { ARGP_IN_ORDER = 8 };
enum { ARGP_HELP_STD_HELP = 1, ARGP_HELP_EXIT_OK = 2 };
#define ARGP_ERR_UNKNOWN E2BIG
enum { ARGP_KEY_ARG = 0, ARGP_KEY_END = 0x1000001, ARGP_KEY_NO_ARGS, ARGP_KEY_INIT, ARGP_KEY_HELP_POST_DOC };

/* Ended by one of zeros. group: 0: that of the option before. */
struct argp_option {
    const char *name;
    int key;
    const char *arg;
    int flags;
    const char *doc;
    int group;
};

struct argp;
struct argp_child {
    const struct argp *argp;
    int flags;
    const char *header;
    int group;
};

struct argp_state {
    const struct argp *root_argp;
    int argc;
    char **argv;
    int next;
    void *input, **child_inputs;
};

typedef error_t (*argp_parser_t)(int key, char *arg, struct argp_state *state);

/* doc: what stands after "\v" comes last in the help. help_filter: may give another text, from malloc. */
struct argp {
    const struct argp_option *options;
    argp_parser_t parser;
    const char *args_doc, *doc;
    const struct argp_child *children;
    char *(*help_filter)(int key, const char *text, void *input);
};

extern const char *argp_program_version;

/* --help, --usage and --version, which every parser has. */
extern const struct argp_option argp_own_options[];

/* --help, --usage and --version print and exit. flags: ARGP_IN_ORDER or 0. at: NULL. */
error_t argp_parse(const struct argp *argp, int argc, char **argv, unsigned flags, int *at, void *input);

void argp_help(const struct argp *argp, FILE *out, unsigned flags, char *name);

#endif
