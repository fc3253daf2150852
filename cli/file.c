/* Whole files in and out. */
#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_BYTES ((size_t)4 << 30)

typedef struct buffer {
    char *bytes;
    size_t size, room;
} buffer;

static sard_status read_all(cli_state *cli, int file, const char *path, buffer *b)
{
    for (;;) {
        if (b->size == b->room) {
            const size_t room = b->room ? 2 * b->room : 1 << 16;
            char *more = room <= 2 * MOST_BYTES ? realloc(b->bytes, room) : NULL;
            if (!more)
                return sard_fail(&cli->error, SARD_LIMIT, "%s: more than %zu bytes, or than there is memory for", path, b->room);
            b->bytes = more;
            b->room = room;
        }
        const ssize_t n = read(file, b->bytes + b->size, b->room - b->size);
        if (n == 0)
            return SARD_OK;
        if (n < 0 && errno != EINTR)
            return sard_fail(&cli->error, SARD_IO, "%s: %s", path, strerror(errno));
        b->size += n > 0 ? (size_t)n : 0;
    }
}

/* Room for a file of known size and the read that finds its end. */
static void reserve(int file, buffer *b)
{
    struct stat s;
    if (fstat(file, &s) == 0 && S_ISREG(s.st_mode) && (uint64_t)s.st_size < MOST_BYTES && (b->bytes = malloc((size_t)s.st_size + 1)))
        b->room = (size_t)s.st_size + 1;
}

sard_status cli_read_file(cli_state *cli, const char *path, const void **bytes, size_t *size)
{
    const bool is_stdin = strcmp(path, "-") == 0;
    const int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return sard_fail(&cli->error, SARD_IO, "%s: %s", path, strerror(errno));
    buffer b = {0};
    reserve(file, &b);
    const sard_status status = read_all(cli, file, is_stdin ? "stdin" : path, &b);
    if (!is_stdin)
        close(file);
    if (b.bytes)
        cli_defer(cli, free, b.bytes);
    *bytes = b.bytes;
    *size = b.size;
    return status;
}

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t n = write(file, bytes, size);
        if (n < 0 && errno != EINTR)
            return false;
        bytes += n > 0 ? n : 0;
        size -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* Devices and pipes keep their name: a rename would put a file in their place. */
static bool is_direct(const char *path)
{
    struct stat s;
    return strcmp(path, "-") == 0 || (stat(path, &s) == 0 && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode));
}

static sard_status cannot_write(cli_state *cli, const char *path)
{
    return sard_fail(&cli->error, SARD_IO, "can't write %s: %s", path, strerror(errno));
}

static sard_status write_direct(cli_state *cli, const cli_file *file)
{
    const bool is_stdout = strcmp(file->path, "-") == 0;
    if (is_stdout)
        fflush(stdout);
    const int to = is_stdout ? STDOUT_FILENO : open(file->path, O_WRONLY | O_CLOEXEC);
    const bool written = to >= 0 && write_all(to, file->bytes, file->size);
    const sard_status status = written ? SARD_OK : cannot_write(cli, is_stdout ? "stdout" : file->path);
    if (to >= 0 && !is_stdout)
        close(to);
    return status;
}

/* A new file, with the mode of the one that it will replace. */
static int open_new(const char *name, const char *path)
{
    struct stat s;
    const bool known = stat(path, &s) == 0;
    const mode_t mode = known ? s.st_mode & 0777 : 0666;
    const int file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file >= 0 && known)
        (void)fchmod(file, mode); /* some file systems have no modes */
    return file;
}

static sard_status write_temporary(cli_state *cli, const cli_file *file, char *name)
{
    const int to = open_new(name, file->path);
    if (to < 0) {
        *name = 0;
        return cannot_write(cli, file->path);
    }
    const bool written = write_all(to, file->bytes, file->size) && (fsync(to) == 0 || errno == EINVAL);
    const int why = errno;
    if (close(to) == 0 && written)
        return SARD_OK;
    errno = written ? errno : why;
    return cannot_write(cli, file->path);
}

/* The file a name stands for: a link stays, what it points to is replaced. */
static const char *resolve(cli_state *cli, const char *path)
{
    char *real = realpath(path, NULL);
    if (real)
        cli_defer(cli, free, real);
    return real ? real : path;
}

static sard_status put_in_place(cli_state *cli, const cli_file *file, char *name)
{
    if (rename(name, resolve(cli, file->path)))
        return cannot_write(cli, file->path);
    *name = 0;
    return SARD_OK;
}

sard_status cli_write_files(cli_state *cli, const cli_file *files, size_t count)
{
    char **names = cli_alloc(cli, count, sizeof *names);
    sard_status status = SARD_OK;
    for (size_t i = 0; i < count && !status; i++)
        if (!is_direct(files[i].path)) {
            names[i] = cli_format(cli, "%s.%ld-%zu.tmp", resolve(cli, files[i].path), (long)getpid(), i);
            status = write_temporary(cli, &files[i], names[i]);
        }
    for (size_t i = 0; i < count && !status; i++)
        status = names[i] ? put_in_place(cli, &files[i], names[i]) : write_direct(cli, &files[i]);
    for (size_t i = 0; i < count; i++)
        if (names[i] && *names[i])
            unlink(names[i]);
    return status;
}
