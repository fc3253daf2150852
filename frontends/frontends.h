/* Formats of models. frontends.def is the only list: FRONTEND(name) is `const sard_frontend sard_frontend_<name>`. */
#ifndef SARD_FRONTENDS_FRONTENDS_H
#define SARD_FRONTENDS_FRONTENDS_H

#include "ir/graph.h"

/* How files are read: external data through symbolic links too; into memory instead of mapped. */
typedef enum sard_read_flags { SARD_READ_LINKS = 1, SARD_READ_COPY = 2 } sard_read_flags;

/* Where an opened model comes from. */
typedef struct sard_read_request {
    const char *path;  /* NULL: from memory */
    const void *bytes; /* the caller's; they stay while the model lives */
    size_t size;
    unsigned flags;            /* bits of sard_read_flags */
    const sard_limits *limits; /* no zeroes */
    const sard_allocator *allocator;
} sard_read_request;

/* A format of model files. An opened model is a sard_origin, which the frontend's own struct begins with. */
typedef struct sard_frontend {
    const char *name;
    /* Does a file that begins with these bytes belong to this format? size: 16, or the whole of a shorter file. */
    bool (*claims)(const uint8_t *bytes, size_t size);
    /* Is a model saved under this path written in this format? */
    bool (*writes)(const char *path);
    /* Fails with IO, LIMIT or NOMEM. */
    sard_status (*open)(const sard_read_request *request, sard_origin **out, sard_error *error);
    /* After the graphs whose constants point into the file. */
    void (*close)(sard_origin *origin);
    /* Makes the graph in the arena; its nodes are checked but nothing is inferred. `problem` (may be NULL) gets each thing that keeps the
     * model from running, and the first one's status is returned; *out may then be a graph of what could be imported, or NULL. */
    sard_status (*import)(sard_origin *origin, sard_arena *arena, const sard_op_table *ops, const sard_limits *limits,
                          void (*problem)(void *user, const sard_error *problem), void *user, sard_graph **out, sard_error *error);
    /* As sard_graph_save, whose arguments were checked. */
    sard_status (*save)(const sard_graph *graph, const char *path, const sard_export_options *options, sard_error *error);
    /* A range of the file's bytes is not read for now: its pages may be released. Any other range: nothing. */
    void (*release)(const sard_origin *origin, const void *data, size_t bytes);
} sard_frontend;

#define FRONTEND(name) extern const sard_frontend sard_frontend_##name;
#include "frontends/frontends.def"
#undef FRONTEND

/* Opens a model with the frontend that claims it. The result is closed with sard_origin_close. Fails as sard_frontend.open. */
sard_status sard_origin_open(const sard_read_request *request, sard_origin **out, sard_error *error) SARD_MUST_USE;
/* NULL does nothing. */
void sard_origin_close(sard_origin *origin);

#endif
