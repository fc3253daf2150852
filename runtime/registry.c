/* What a context can use: operators, kernels, backends, passes. Built-ins take the same way in as those of plugins. */
#include "runtime/context.h"

#include "backends/backends.h"
#include "ops/ops.h"
#include "passes/passes.h"
#include "plan/kernel.h"

#include <string.h>

/* A copy as large as this library's struct: what the caller does not know of is zero, what the library does not know of is dropped. */
static void *copy_sized(sard_arena *arena, const void *from, size_t given, size_t own)
{
    size_t *copy = sard_arena_alloc(arena, 1, own);
    if (!copy)
        return NULL;
    memcpy(copy, from, given < own ? given : own);
    *copy = own;
    return copy;
}

sard_backend *sard_context_find_backend(const sard_context *context, const char *name)
{
    for (size_t i = 0; i < context->backend_count; i++)
        if (!strcmp(context->backends[i]->name, name))
            return context->backends[i];
    return NULL;
}

sard_status sard_context_register_op(sard_context *context, const sard_op *op, sard_error *error)
{
    if (!context || !op)
        return sard_null(error, context ? "op" : "context");
    return sard_op_table_add(&context->ops, op, SARD_OP_NONE, error);
}

/* Kernels of the library are for its operators, those of plugins for whatever has the name. */
typedef enum origin { LIBRARY, PLUGIN } origin;

static const sard_kernel *keep_kernel(sard_context *context, const sard_kernel *given, origin from)
{
    sard_known_kernel *known = SARD_NEW(&context->arena, sard_known_kernel, 1);
    if (!known)
        return NULL;
    memcpy(&known->kernel, given, given->struct_size < sizeof *given ? given->struct_size : sizeof *given);
    known->kernel.struct_size = sizeof *given;
    if (from == LIBRARY && given->op)
        known->id = sard_op_id_of(sard_op_table_find(&context->ops, given->domain ? given->domain : "", given->op));
    return &known->kernel;
}

/* Adds or replaces a kernel in the backend's list, which is the context's own copy. */
static sard_status add_kernel(sard_context *context, sard_backend *backend, const sard_kernel *kernel, origin from, sard_error *error)
{
    if (!kernel || !kernel->name || !kernel->run)
        return sard_fail(error, SARD_ARGUMENT, "a kernel of backend '%s' has no name or no run function", backend->name);
    const sard_kernel *copy = keep_kernel(context, kernel, from);
    const sard_kernel **list = SARD_NEW(&context->arena, const sard_kernel *, backend->kernel_count + 1);
    if (!copy || !list)
        return sard_no_memory(error);
    size_t place = 0;
    while (place < backend->kernel_count && strcmp(backend->kernels[place]->name, kernel->name))
        place++;
    if (backend->kernel_count)
        memcpy(list, backend->kernels, backend->kernel_count * sizeof *list);
    list[place] = copy;
    backend->kernels = list;
    backend->kernel_count += place == backend->kernel_count;
    return SARD_OK;
}

sard_status sard_context_register_kernel(sard_context *context, const char *name, const sard_kernel *kernel, sard_error *error)
{
    if (!context || !name || !kernel)
        return sard_null(error, !context ? "context" : !name ? "backend" : "kernel");
    sard_backend *backend = sard_context_find_backend(context, name);
    if (!backend)
        return sard_fail(error, SARD_ARGUMENT, "there is no backend '%.64s'", name);
    return add_kernel(context, backend, kernel, PLUGIN, error);
}

/* Puts a pointer at a place of a list. */
static bool insert(sard_arena *arena, void ***list, size_t *count, size_t *capacity, size_t place, void *item)
{
    if (*count == *capacity && !sard_arena_grow(arena, (void **)list, *count, capacity, sizeof **list))
        return false;
    memmove(*list + place + 1, *list + place, (*count - place) * sizeof **list);
    (*list)[place] = item;
    ++*count;
    return true;
}

static sard_status add_backend(sard_context *context, const sard_backend *given, origin from, sard_error *error)
{
    if (!given->name || (given->kernel_count && !given->kernels))
        return sard_fail(error, SARD_ARGUMENT, "a backend has no name, or no kernels");
    sard_backend *backend = copy_sized(&context->arena, given, given->struct_size, sizeof *given);
    if (!backend)
        return sard_no_memory(error);
    backend->kernels = NULL;
    backend->kernel_count = 0;
    for (size_t i = 0; i < given->kernel_count; i++) {
        const sard_status status = add_kernel(context, backend, given->kernels[i], from, error);
        if (status)
            return status;
    }
    size_t place = 0;
    while (place < context->backend_count && strcmp(context->backends[place]->name, backend->name))
        place++;
    if (place < context->backend_count)
        context->backends[place] = backend;
    else if (!insert(&context->arena, (void ***)&context->backends, &context->backend_count, &context->backend_capacity, 0, backend))
        return sard_no_memory(error);
    return SARD_OK;
}

sard_status sard_context_register_backend(sard_context *context, const sard_backend *given, sard_error *error)
{
    if (!context || !given)
        return sard_null(error, context ? "backend" : "context");
    return add_backend(context, given, PLUGIN, error);
}

/* The place of the pass of that name; the end if there is none. */
static size_t find_pass(const sard_context *context, const char *name)
{
    size_t place = 0;
    while (place < context->pass_count && (!name || strcmp(context->passes[place]->name, name)))
        place++;
    return place;
}

sard_status sard_context_register_pass(sard_context *context, const sard_pass *given, sard_error *error)
{
    if (!context || !given)
        return sard_null(error, context ? "pass" : "context");
    if (!given->name || !given->run == !given->rewrite)
        return sard_fail(error, SARD_ARGUMENT, "pass '%.64s' has no name, or not one of rewrite and run", given->name ? given->name : "");
    if (given->before && find_pass(context, given->before) == context->pass_count)
        return sard_fail(error, SARD_ARGUMENT, "pass '%.64s' wants to run before '%.64s', which is none", given->name, given->before);
    sard_pass *pass = copy_sized(&context->arena, given, given->struct_size, sizeof *given);
    if (!pass)
        return sard_no_memory(error);
    const size_t same = find_pass(context, given->name);
    if (same < context->pass_count)
        context->passes[same] = pass;
    else if (!insert(&context->arena, (void ***)&context->passes, &context->pass_count, &context->pass_capacity,
                     find_pass(context, given->before), pass))
        return sard_no_memory(error);
    return SARD_OK;
}

const sard_op *sard_context_op(const sard_context *context, size_t i)
{
    return context && i < context->ops.count ? context->ops.ops[i] : NULL;
}

const sard_backend *sard_context_backend(const sard_context *context, size_t i)
{
    return context && i < context->backend_count ? context->backends[i] : NULL;
}

const sard_pass *sard_context_pass(const sard_context *context, size_t i)
{
    return context && i < context->pass_count ? context->passes[i] : NULL;
}

sard_status sard_registry_fill(sard_context *context, sard_error *error)
{
    sard_status status = sard_ops_add(&context->ops, error);
    for (size_t i = sard_builtin_backend_count; !status && i-- > 0;) /* the last one registered stands first */
        status = add_backend(context, sard_builtin_backends[i], LIBRARY, error);
    for (size_t i = 0; !status && i < sard_builtin_pass_count; i++)
        status = sard_context_register_pass(context, sard_builtin_passes[i], error);
    return status;
}
