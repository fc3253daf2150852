/* A context: options, defaults, log, pool. */
#include "runtime/context.h"

#include "runtime/target.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const sard_limits defaults = {
    .file_bytes = 64ull << 30,
    .nodes = 1000000,
    .nesting = 32,
    .value_bytes = 4ull << 30,
    .arena_bytes = 16ull << 30,
    .fold_bytes = 64ull << 20,
    .steps = 10000000,
};

static sard_limits limits_of(const sard_limits *given)
{
    static const sard_limits none = {0};
    const sard_limits *own = given ? given : &none;
    sard_limits limits = defaults;
#define TAKE(member) limits.member = own->member ? own->member : defaults.member
    TAKE(file_bytes);
    TAKE(nodes);
    TAKE(nesting);
    TAKE(value_bytes);
    TAKE(arena_bytes);
    TAKE(fold_bytes);
    TAKE(steps);
#undef TAKE
    return limits;
}

void sard_log(const sard_context *context, sard_log_level level, const char *format, ...)
{
    char line[1200];
    va_list list;
    if (!context->log)
        return;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    context->log(context->log_user, level, line);
}

sard_status sard_context_new(const sard_context_options *given, sard_context **out, sard_error *error)
{
    sard_context_options options = {.struct_size = sizeof options};
    if (given)
        memcpy(&options, given, given->struct_size < sizeof options ? given->struct_size : sizeof options);
    const sard_allocator *allocator = options.allocator ? options.allocator : &sard_allocator_libc;
    sard_context *context = allocator->alloc(allocator->user, sizeof *context);
    if (!context)
        return sard_fail(error, SARD_NOMEM, "out of memory");
    *context = (sard_context){.allocator = *allocator, .log = options.log, .log_user = options.log_user};
    context->limits = limits_of(options.limits);
    context->target = sard_target_detect();
    context->threads = options.threads > 0 ? options.threads : sard_cpu_count();
    pthread_mutex_init(&context->lock, NULL);
    sard_arena_init(&context->arena, &context->allocator);
    context->ops.arena = &context->arena;
    const sard_status status = sard_registry_fill(context, error);
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
    sard_pool_free(context->pool);
    sard_plugins_close(context);
    pthread_mutex_destroy(&context->lock);
    sard_arena_reset(&context->arena);
    const sard_allocator allocator = context->allocator;
    allocator.free(allocator.user, context);
}

int sard_context_threads(const sard_context *context) { return context->threads; }

sard_pool *sard_context_pool(sard_context *context)
{
    pthread_mutex_lock(&context->lock);
    if (!context->pool && context->threads > 1)
        context->pool = sard_pool_new(&context->allocator, context->threads);
    pthread_mutex_unlock(&context->lock);
    return context->pool;
}
