/* What a context holds. The registry is filled before models use it; the pool is made when first needed. */
#ifndef SARD_RUNTIME_CONTEXT_H
#define SARD_RUNTIME_CONTEXT_H

#include "ir/graph.h"
#include "ir/lock.h"
#include "runtime/pool.h"

#include <stdatomic.h>

struct sard_context {
    sard_allocator allocator;
    void (*on_log)(void *user, sard_log_level level, const char *line);
    void *on_log_user;
    sard_limits limits; /* no zeroes */
    sard_target target;
    sard_arena arena; /* of the registry */
    sard_op_table ops;
    sard_backend **backends; /* best first */
    size_t backend_count, backend_capacity;
    sard_pass **passes; /* in order */
    size_t pass_count, pass_capacity;
    void **modules; /* of plugins */
    size_t module_count, module_capacity;
    int threads;
    void (*parallel)(void *user, int threads, size_t count, void (*work)(void *arg, size_t i), void *arg); /* NULL: the pool */
    void *parallel_user;
    sard_lock lock; /* of the pool's making */
    _Atomic(sard_pool *) pool;
};

void sard_log(const sard_context *context, sard_log_level level, const char *format, ...) SARD_PRINTF(3, 4);

/* Runs work(arg, i) for each i below count on up to `threads` threads, the host's or the pool's, which is made when first needed. */
void sard_context_parallel(sard_context *context, int threads, size_t count, void (*work)(void *arg, size_t i), void *arg);

sard_backend *sard_context_find_backend(const sard_context *context, const char *name);

/* Built-in operators, backends and passes. */
sard_status sard_registry_fill(sard_context *context, sard_error *error) SARD_MUST_USE;
/* Unloads the plugins. */
void sard_plugins_close(sard_context *context);

#endif
