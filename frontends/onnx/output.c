/* Files that are written whole or not at all. */
#include "frontends/onnx/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_SIZE ((size_t)1 << 16)

static bool write_all(sard_output *output, const char *bytes, size_t size)
{
    while (size && !output->problem) {
        const ssize_t count = write(output->fd, bytes, size);
        if (count < 0 && errno != EINTR)
            output->problem = errno;
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
    return !output->problem;
}

static bool flush(sard_output *output)
{
    const size_t used = output->used;
    output->used = 0;
    return write_all(output, output->buffer, used);
}

bool sard_output_write(void *user, const void *bytes, size_t size)
{
    sard_output *output = user;
    if (output->used + size > BUFFER_SIZE && !flush(output))
        return false;
    if (size >= BUFFER_SIZE)
        return write_all(output, bytes, size);
    memcpy(output->buffer + output->used, bytes, size);
    output->used += size;
    return true;
}

bool sard_output_is_special(const char *path)
{
    struct stat status;
    return !stat(path, &status) && !S_ISREG(status.st_mode);
}

/* The mode of a regular file. */
static bool find_mode(const char *path, mode_t *mode)
{
    struct stat status;
    const bool found = !stat(path, &status) && S_ISREG(status.st_mode);
    *mode = found ? status.st_mode & 0777 : 0666;
    return found;
}

/* A new file; the number keeps saves of several threads apart. */
static int open_beside(sard_arena *arena, const char *path, mode_t mode, const char **name)
{
    int fd = -1;
    errno = EEXIST;
    for (int i = 0; fd < 0 && errno == EEXIST && i < 1000; i++) {
        *name = sard_arena_printf(arena, "%s.%d-%d.part", path, (int)getpid(), i);
        if (!*name) {
            errno = ENOMEM;
            return -1;
        }
        fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    return fd;
}

static int open_new(sard_arena *arena, const char *like, sard_output *output)
{
    mode_t mode;
    const bool known = find_mode(like, &mode);
    const int fd = open_beside(arena, output->place, mode, &output->name);
    if (fd >= 0 && known)
        (void)fchmod(fd, mode); /* some file systems have no modes */
    return fd;
}

bool sard_output_open(sard_arena *arena, const char *path, const char *like, sard_output *output)
{
    *output = (sard_output){.path = path, .name = path, .fd = -1, .buffer = sard_arena_alloc(arena, 1, BUFFER_SIZE)};
    char *real = realpath(path, NULL);
    output->place = output->buffer ? sard_arena_string(arena, real ? real : path, strlen(real ? real : path)) : NULL;
    free(real);
    if (!output->place) {
        output->problem = ENOMEM;
        return false;
    }
    output->fd = sard_output_is_special(path) ? open(path, O_WRONLY | O_CLOEXEC) : open_new(arena, like, output);
    if (output->fd < 0) {
        output->problem = errno;
        output->name = path;
    }
    return output->fd >= 0;
}

static void shut(sard_output *output)
{
    if (output->fd >= 0 && close(output->fd) && !output->problem)
        output->problem = errno;
    output->fd = -1;
}

bool sard_output_finish(sard_output *output)
{
    if (!output->problem)
        flush(output);
    if (!output->problem && output->name != output->path && fsync(output->fd) && errno != EINVAL)
        output->problem = errno;
    shut(output);
    return !output->problem;
}

/* The names in a folder are on the disk as well. */
static void sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    const size_t size = slash ? (size_t)(slash - path) + 1 : 0;
    if (size >= sizeof folder)
        return;
    memcpy(folder, path, size);
    folder[size] = 0;
    const int fd = open(size ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd); /* some file systems cannot; the file is in place all the same */
    close(fd);
}

bool sard_output_place(sard_output *output)
{
    if (!output->problem && output->name != output->path && rename(output->name, output->place))
        output->problem = errno;
    else if (!output->problem && output->name != output->path)
        sync_folder(output->place);
    if (!output->problem)
        output->name = output->path;
    return !output->problem;
}

void sard_output_discard(sard_output *output)
{
    shut(output);
    if (output->name != output->path)
        unlink(output->name);
}
