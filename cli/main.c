/* The command `sard`: finds the verb, runs it, prints its error. */
#include "cli/args.h"
#include "cli/cli.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

#define TEXT(x) TEXT_(x)
#define TEXT_(x) #x

/* libc looks for it by this name. */
SARD_API const char *argp_program_version = "sard " TEXT(SARD_VERSION_MAJOR) "." TEXT(SARD_VERSION_MINOR) "." TEXT(SARD_VERSION_PATCH);

static const struct verb {
    const char *name, *help;
    int (*run)(cli_state *cli, int argc, char **argv);
} verbs[] = {
#define VERB(name, help) {#name, help, cli_##name},
#include "cli/verbs.def"
#undef VERB
};

enum { VERB_COUNT = sizeof verbs / sizeof *verbs };

/* argp frees the text with free(). */
static char *list_verbs(int key, const char *text, void *input)
{
    char *list = NULL;
    size_t size;
    (void)input;
    FILE *out = key == ARGP_KEY_HELP_POST_DOC ? open_memstream(&list, &size) : NULL;
    if (!out)
        return (char *)(uintptr_t)text;
    fputs("Verbs:\n", out);
    for (size_t i = 0; i < VERB_COUNT; i++)
        fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].help);
    fputs("\nsard VERB --help tells more. For example:\n"
          "  sard run inception_v3.onnx --image cat.jpg --labels imagenet.txt\n\n"
          "Exit status: 0 done, 1 a negative answer (check, diff), 2 could not do it.",
          out);
    fclose(out);
    return list;
}

/* Stops at the verb, whose options are its own. */
static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    *(int *)state->input = state->next - 1;
    state->next = state->argc;
    return 0;
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "VERB ...",
    .doc = "Runs ONNX vision models on the CPU.\v ",
    .help_filter = list_verbs,
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

static int run_verb(cli_state *cli, int argc, char **argv)
{
    int at = 0;
    if (cli_parse(cli, &argp, ARGP_IN_ORDER, argc, argv, &at))
        return CLI_FAILED;
    if (!at) {
        argp_help(&argp, stderr, ARGP_HELP_STD_HELP & ~(unsigned)ARGP_HELP_EXIT_OK, "sard");
        return CLI_FAILED;
    }
    const struct verb *verb = find_verb(argv[at]);
    if (!verb) {
        sard_fail(&cli->error, SARD_ARGUMENT, "there is no verb '%s'; sard --help lists them", argv[at]);
        return CLI_FAILED;
    }
    argv[at] = cli_format(cli, "sard %s", verb->name);
    return verb->run(cli, argc - at, argv + at);
}

int main(int argc, char **argv)
{
    cli_state cli = {.undo = NULL};
    int result = run_verb(&cli, argc, argv);
    if (result == CLI_FAILED && *cli.error.text)
        cli_say(cli.error.text);
    cli_undo_to(&cli, NULL);
    if (fflush(stdout) || ferror(stdout)) {
        cli_say("can't write to stdout");
        result = CLI_FAILED;
    }
    return result;
}
