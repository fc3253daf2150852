/* Progress of steps that take long: one line that is written over. */
#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { QUIET_MS = 1000, PAUSE_MS = 200 };

double cli_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

void cli_progress(cli_state *cli, const char *format, ...)
{
    const double now = cli_now();
    if (cli->next == 0)
        cli->next = now + QUIET_MS;
    if (now < cli->next || !isatty(STDERR_FILENO))
        return;
    cli->next = now + PAUSE_MS;
    va_list list;
    va_start(list, format);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, format, list);
    va_end(list);
    cli->told = true;
}

void cli_progress_end(cli_state *cli)
{
    if (cli->told)
        fputs("\r\033[K", stderr);
    cli->told = false;
    cli->next = 0;
}
