/* Expands frontends.def, and finds the row for a file. */
#include "frontends/frontends.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const sard_frontend *const frontends[] = {
#define FRONTEND(name) &sard_frontend_##name,
#include "frontends/frontends.def"
#undef FRONTEND
};

enum { COUNT = sizeof frontends / sizeof *frontends, HEAD = 16 };

/* The first bytes of a file; 0 where it cannot be read, which its frontend then reports. */
static size_t read_head(const char *path, uint8_t head[HEAD])
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const ssize_t size = fd < 0 ? 0 : pread(fd, head, HEAD, 0);
    if (fd >= 0)
        close(fd);
    return size > 0 ? (size_t)size : 0;
}

static const sard_frontend *frontend_of(const sard_read_request *request)
{
    uint8_t head[HEAD];
    const uint8_t *bytes = request->path ? head : request->bytes;
    size_t i = 0, size = request->size < HEAD ? request->size : HEAD;
    if (request->path && COUNT > 1)
        size = read_head(request->path, head);
    while (i + 1 < COUNT && !frontends[i]->claims(bytes, size))
        i++;
    return frontends[i];
}

sard_status sard_origin_open(const sard_read_request *request, sard_origin **out, sard_error *error)
{
    return frontend_of(request)->open(request, out, error);
}

void sard_origin_close(sard_origin *origin)
{
    if (origin)
        origin->frontend->close(origin);
}

sard_status sard_graph_save(const sard_graph *graph, const char *path, const sard_export_options *options, sard_error *error)
{
    if (!graph || !path)
        return sard_null(error, graph ? "path" : "graph");
    size_t i = 0;
    while (i + 1 < COUNT && !frontends[i]->writes(path))
        i++;
    return frontends[i]->save(graph, path, options, error);
}
