/* Threads that share the work of one loop at a time. */
#ifndef SARD_RUNTIME_POOL_H
#define SARD_RUNTIME_POOL_H

#include <sard/sard.h>

typedef struct sard_pool sard_pool;

/* threads: those that work at once, the caller of sard_pool_run among them. NULL when memory or threads run out. */
sard_pool *sard_pool_new(const sard_allocator *allocator, int threads);
void sard_pool_free(sard_pool *pool);

/* Did this process make it? After fork() its threads are the parent's alone: the child must not run anything on it, but may free it. */
bool sard_pool_is_ours(const sard_pool *pool);

/* Runs work(arg, i) once for each i below count, on at most `limit` threads, and returns when all are done. Items are handed out in
 * order, to whoever is free. While other sessions keep the pool's threads busy, or without a pool (NULL), the caller does all by itself. */
void sard_pool_run(sard_pool *pool, int limit, size_t count, void (*work)(void *arg, size_t i), void *arg);

#endif
