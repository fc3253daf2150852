/* What every verb works with: its error, what it has to undo, its exit status. */
#ifndef SARD_CLI_CLI_H
#define SARD_CLI_CLI_H

#include <sard/sard.h>

/* Exit status: done; a negative answer (check, diff); could not do it. */
enum { CLI_DONE = 0, CLI_NO = 1, CLI_FAILED = 2 };

struct cli_undo;

/* error: the one line that main prints where a verb returns CLI_FAILED. undo: what main does last, newest first. */
typedef struct cli_state {
    sard_error error;
    struct cli_undo *undo;
    double next; /* when progress is told again; 0: no step is under way */
    bool told;
} cli_state;

/* Calls undo(arg) when the verb is over. */
void cli_defer(cli_state *cli, void (*undo)(void *arg), void *arg);

/* count * size zeroed bytes until the verb is over. Without memory the command ends here: for small things. */
void *cli_alloc(cli_state *cli, size_t count, size_t size);

/* The same for what a file or shape asks for: NULL and cli->error where there is no memory. */
void *cli_try_alloc(cli_state *cli, size_t size, const char *what);

char *cli_format(cli_state *cli, const char *format, ...) SARD_PRINTF(2, 3);

/* Undoes all that is newer than a mark, which is what cli->undo was then; NULL: everything. */
void cli_undo_to(cli_state *cli, const struct cli_undo *mark);

/* Puts the name of a file before cli->error, unless its text has it or status is OK. Returns the status. */
sard_status cli_name_file(cli_state *cli, sard_status status, const char *path);

/* A list of words from the command line. */
typedef struct cli_words {
    const char **items;
    size_t count;
} cli_words;

void cli_words_add(cli_state *cli, cli_words *words, const char *word);

/* Bytes of the control character at the beginning of a text, one of ASCII or of Unicode (U+0080 to U+009F); 0: there is none. */
size_t cli_control_size(const char *text);
/* Names come from files nobody trusts: no control character goes to a terminal, but for those of `kept`. */
void cli_clean(char *text, char instead, const char *kept);

/* Prints a line to stderr: "sard: " and the text, control characters of which become blanks. */
void cli_say(const char *text);

/* Tells on stderr how far a step is that has taken over a second, where stderr is a terminal; cli_progress_end wipes it out. */
void cli_progress(cli_state *cli, const char *format, ...) SARD_PRINTF(2, 3);
void cli_progress_end(cli_state *cli);

/* Milliseconds of a clock that only goes forward. */
double cli_now(void);

/* Verbs: rows of verbs.def. Each reads its own argv[1], ...; argv[0] is "sard run". */
#define VERB(name, help) int cli_##name(cli_state *cli, int argc, char **argv);
#include "cli/verbs.def"
#undef VERB

#endif
