/* A context: options, defaults, log, pool. */
#include "runtime/context.h"

#include "ir/options.h"
#include "runtime/target.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* More would be a mistake, or the end of the machine. */
#define MOST_THREADS 4096

static uint64_t at_most(uint64_t bytes, uint64_t bound) { return bytes < bound ? bytes : bound; }

static sard_limits limits_of(const sard_limits *given)
{
    const uint64_t memory = sard_memory_bytes();
    sard_limits limits = {
        .file_bytes = 64ull << 30,
        .nodes = 1000000,
        .nesting = 32,
        .value_bytes = at_most(4ull << 30, memory / 4),
        .arena_bytes = at_most(16ull << 30, memory / 2),
        .fold_bytes = 64ull << 20,
        .steps = 10000000,
        .fold_work = 1000000000,
        .work = 1ull << 50,
    };
#define X(member, name, text) limits.member = given && given->member ? given->member : limits.member;
    SARD_LIMIT_LIST(X)
#undef X
    return limits;
}

void sard_log(const sard_context *context, sard_log_level level, const char *format, ...)
{
    char line[1200];
    va_list list;
    if (!context->on_log)
        return;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    context->on_log(context->on_log_user, level, line);
}

sard_status sard_context_new(const sard_context_options *given, sard_context **out, sard_error *error)
{
    sard_context_options options = {.struct_size = sizeof options};
    if (!out)
        return sard_null(error, "out");
    sard_status status = sard_take_options(&options, sizeof options, given, "sard_context_options", error);
    if (status)
        return status;
    if (options.threads < 0 || options.threads > MOST_THREADS)
        return sard_fail(error, SARD_ARGUMENT, "%d threads: 0 to %d are possible", options.threads, MOST_THREADS);
    if (options.allocator && (!options.allocator->alloc || !options.allocator->free))
        return sard_null(error, "alloc or free of the allocator");
    const sard_allocator *allocator = options.allocator ? options.allocator : &sard_allocator_libc;
    sard_context *context = allocator->alloc(allocator->user, sizeof *context);
    if (!context)
        return sard_no_memory(error);
    *context = (sard_context){.allocator = *allocator,
                              .on_log = options.on_log,
                              .on_log_user = options.on_log_user,
                              .parallel = options.parallel,
                              .parallel_user = options.parallel_user};
    context->limits = limits_of(options.limits);
    context->target = sard_target_detect();
    context->threads = options.threads > 0 ? options.threads : sard_cpu_count();
    sard_lock_init(&context->lock);
    sard_arena_init(&context->arena, &context->allocator);
    context->ops.arena = &context->arena;
    status = sard_registry_fill(context, error);
    if (status) {
        sard_context_free(context);
        return status;
    }
    *out = context;
    return SARD_OK;
}

void sard_context_free(sard_context *context)
{
    if (!context)
        return;
    sard_pool_free(atomic_load(&context->pool));
    sard_plugins_close(context);
    sard_lock_destroy(&context->lock);
    sard_arena_reset(&context->arena);
    const sard_allocator allocator = context->allocator;
    allocator.free(allocator.user, context);
}

int sard_context_threads(const sard_context *context) { return context ? context->threads : 0; }

/* The pool of this process; NULL where there is no memory for one. */
static sard_pool *find_pool(sard_context *context)
{
    sard_pool *pool = atomic_load(&context->pool);
    if (pool && sard_pool_is_ours(pool))
        return pool;
    sard_lock_take(&context->lock);
    pool = atomic_load(&context->pool);
    if (!pool || !sard_pool_is_ours(pool)) {
        sard_pool_free(pool);
        pool = sard_pool_new(&context->allocator, context->threads);
        atomic_store(&context->pool, pool);
    }
    sard_lock_give(&context->lock);
    return pool;
}

void sard_context_parallel(sard_context *context, int threads, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    if (threads > 1 && count > 1 && context->parallel)
        context->parallel(context->parallel_user, threads, count, work, arg);
    else
        sard_pool_run(threads > 1 && count > 1 ? find_pool(context) : NULL, threads, count, work, arg);
}
