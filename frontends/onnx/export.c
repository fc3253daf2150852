/* The file: written beside its place under another name, then moved there whole. */
#include "frontends/onnx/export.h"

#include "frontends/onnx/encode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a message of Protocol Buffers can hold. */
#define MAX_FILE 0x7fffffff

typedef struct output_file {
    int fd;
    int problem; /* errno of the first failure */
    size_t used;
    char *buffer;
} output_file;

#define BUFFER_SIZE ((size_t)1 << 16)

static bool write_all(output_file *file, const char *bytes, size_t size)
{
    while (size && !file->problem) {
        const ssize_t count = write(file->fd, bytes, size);
        if (count < 0 && errno != EINTR)
            file->problem = errno;
        if (count > 0) {
            bytes += count;
            size -= (size_t)count;
        }
    }
    return !file->problem;
}

static bool flush(output_file *file)
{
    const size_t used = file->used;
    file->used = 0;
    return write_all(file, file->buffer, used);
}

/* Small pieces are gathered, large ones go straight out. */
static bool write_part(void *user, const void *bytes, size_t size)
{
    output_file *file = user;
    if (file->used + size > BUFFER_SIZE && !flush(file))
        return false;
    if (size >= BUFFER_SIZE)
        return write_all(file, bytes, size);
    memcpy(file->buffer + file->used, bytes, size);
    file->used += size;
    return true;
}

/* A new file beside `path`, or `path` itself if that is a device or a pipe. *name: what was opened. */
static int open_beside(sard_arena *arena, const char *path, const char **name)
{
    struct stat status;
    int fd = -1;
    if (!stat(path, &status) && !S_ISREG(status.st_mode)) {
        *name = path;
        return open(path, O_WRONLY | O_CLOEXEC);
    }
    errno = EEXIST;
    for (int i = 0; fd < 0 && errno == EEXIST && i < 1000; i++) {
        *name = sard_arena_printf(arena, "%s.%d-%d.part", path, (int)getpid(), i);
        if (!*name) {
            errno = ENOMEM;
            return -1;
        }
        fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return fd;
}

static sard_status write_file(sard_export *x, const sard_export_model *model, const char *path)
{
    const char *name;
    output_file file = {.buffer = sard_arena_alloc(&x->arena, 1, BUFFER_SIZE)};
    if (!file.buffer)
        return sard_fail(x->error, SARD_NOMEM, "out of memory");
    file.fd = open_beside(&x->arena, path, &name);
    if (file.fd < 0)
        return sard_fail(x->error, SARD_IO, "%s: cannot be written: %s", path, strerror(errno));
    sard_encoder encoder = {.write = write_part, .user = &file};
    sard_export_put(&encoder, model);
    if (!encoder.failed)
        flush(&file);
    if (close(file.fd) && !file.problem)
        file.problem = errno;
    if (!file.problem && name != path && rename(name, path))
        file.problem = errno;
    if (!file.problem)
        return SARD_OK;
    if (name != path)
        unlink(name);
    return sard_fail(x->error, SARD_IO, "%s: cannot be written: %s", path, strerror(file.problem));
}

/* rising: the opset may be raised to what the operators need. */
static sard_status list_graph(sard_export *x, const sard_graph *graph, bool rising, sard_export_graph **out)
{
    for (;;) {
        x->needed = 0;
        const sard_status status = sard_export_list(x, graph, NULL, out);
        if (status != SARD_UNSUPPORTED || !rising || x->needed <= x->opset || x->needed > SARD_EXPORT_OPSET_MAX)
            return status;
        x->opset = x->needed;
    }
}

static sard_status save(sard_export *x, const sard_graph *graph, const char *path, const sard_export_options *options)
{
    sard_export_graph *list;
    const sard_status status = list_graph(x, graph, options->opset == 0, &list);
    if (status)
        return status;
    const sard_export_model model = {list, x->opset, options->producer ? options->producer : "sard"};
    sard_encoder count = {.write = NULL};
    sard_export_put(&count, &model);
    if (count.size > MAX_FILE)
        return sard_fail(x->error, SARD_UNSUPPORTED, "%s: would have %.1f GB; an ONNX file without external data holds 2.1 at most", path,
                         (double)count.size / 1e9);
    return write_file(x, &model, path);
}

sard_status sard_graph_save(const sard_graph *graph, const char *path, const sard_export_options *options, sard_error *error)
{
    sard_export_options o = {.struct_size = sizeof o};
    if (options)
        memcpy(&o, options, options->struct_size < sizeof o ? options->struct_size : sizeof o);
    sard_export x = {.opset = o.opset ? o.opset : 17, .error = error};
    if (x.opset < SARD_EXPORT_OPSET_MIN || x.opset > SARD_EXPORT_OPSET_MAX)
        return sard_fail(error, SARD_UNSUPPORTED, "opset %d cannot be written, %d to %d can", x.opset, SARD_EXPORT_OPSET_MIN,
                         SARD_EXPORT_OPSET_MAX);
    sard_arena_init(&x.arena, graph->arena->allocator);
    const sard_status status = save(&x, graph, path, &o);
    sard_arena_reset(&x.arena);
    return status;
}
