/* Blocks of growing size; large requests get a block of their own, so that the free part of the newest block is not lost. */
#include "ir/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct sard_arena_block {
    struct sard_arena_block *next;
    char padding[64 - sizeof(void *)]; /* what follows is as well aligned as the block */
};

enum { ALIGN = 16, TENSOR_ALIGN = 64, FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20, LARGE_PAGE = 2 << 20, LARGEST_LARGE = 16 << 20 };

static void *libc_alloc(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void libc_free(void *user, void *memory)
{
    (void)user;
    free(memory);
}

const sard_allocator sard_allocator_libc = {libc_alloc, libc_free, NULL};

/* Small requests, and what is left at the end of a large one, stay in small pages: no page is there in vain. */
static void *large_alloc(void *user, size_t size)
{
    (void)user;
    if (size < LARGE_PAGE || size > SIZE_MAX - LARGE_PAGE)
        return malloc(size);
    void *memory = aligned_alloc(LARGE_PAGE, (size + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE);
#ifdef MADV_HUGEPAGE
    if (memory)
        (void)madvise(memory, size / LARGE_PAGE * LARGE_PAGE, MADV_HUGEPAGE); /* only advice: where there are none nothing is lost */
#endif
    return memory;
}

static const sard_allocator large = {large_alloc, libc_free, NULL};

void sard_arena_init(sard_arena *arena, const sard_allocator *allocator)
{
    *arena = (sard_arena){.allocator = allocator ? allocator : &sard_allocator_libc};
}

void sard_arena_init_large(sard_arena *arena, const sard_allocator *allocator)
{
    const bool ours = !allocator || allocator->alloc == libc_alloc;
    *arena = (sard_arena){.allocator = ours ? &large : allocator, .large = ours};
}

void sard_arena_reset(sard_arena *arena)
{
    struct sard_arena_block *block = arena->blocks;
    while (block) {
        struct sard_arena_block *next = block->next;
        arena->allocator->free(arena->allocator->user, block);
        block = next;
    }
    if (arena->budget)
        arena->budget->left += arena->bytes;
    *arena = (sard_arena){.allocator = arena->allocator, .large = arena->large, .budget = arena->budget};
}

static bool is_over_budget(const sard_arena *arena, size_t size)
{
    if (!arena->budget || size <= arena->budget->left)
        return false;
    arena->budget->over = true;
    return true;
}

static struct sard_arena_block *add_block(sard_arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct sard_arena_block))
        return NULL;
    size += sizeof(struct sard_arena_block);
    if (is_over_budget(arena, size))
        return NULL;
    struct sard_arena_block *block = arena->allocator->alloc(arena->allocator->user, size);
    if (!block)
        return NULL;
    block->next = arena->blocks;
    arena->blocks = block;
    arena->bytes += size;
    if (arena->budget)
        arena->budget->left -= size;
    return block;
}

static size_t gap(const char *at, size_t align) { return (size_t)(-(uintptr_t)at & (align - 1)); }

/* Blocks grow with the arena; those of a large one on to several pages, but so that no more than a fifth of it is ever empty. */
static size_t usual_block(const sard_arena *arena)
{
    const size_t bytes = arena->bytes;
    if (bytes < LARGEST_BLOCK)
        return bytes < FIRST_BLOCK ? FIRST_BLOCK : bytes;
    if (!arena->large || bytes / 4 < LARGEST_BLOCK)
        return LARGEST_BLOCK;
    return bytes / 4 < LARGEST_LARGE ? bytes / 4 : LARGEST_LARGE;
}

static void *take(sard_arena *arena, size_t size, size_t align)
{
    const size_t skip = gap(arena->next, align);
    if (arena->next && skip <= (size_t)(arena->end - arena->next) && size <= (size_t)(arena->end - arena->next) - skip) {
        char *result = arena->next + skip;
        arena->next = result + size;
        return result;
    }
    if (size > SIZE_MAX - 2 * TENSOR_ALIGN)
        return NULL;
    const size_t usual = usual_block(arena);
    const bool alone = size > usual / 4;
    struct sard_arena_block *block = add_block(arena, alone ? size + align : usual);
    if (!block)
        return NULL;
    char *result = (char *)(block + 1);
    result += gap(result, align);
    if (!alone) {
        arena->next = result + size;
        arena->end = (char *)(block + 1) + usual;
    }
    return result;
}

void *sard_arena_alloc(sard_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *result = take(arena, bytes, ALIGN);
    if (result)
        memset(result, 0, bytes);
    return result;
}

void *sard_arena_tensor(sard_arena *arena, size_t bytes) { return take(arena, bytes, TENSOR_ALIGN); }

void *sard_arena_copy(sard_arena *arena, const void *bytes, size_t size)
{
    void *result = take(arena, size, ALIGN);
    if (result && size)
        memcpy(result, bytes, size);
    return result;
}

char *sard_arena_string(sard_arena *arena, const char *text, size_t size)
{
    char *result = size < SIZE_MAX ? take(arena, size + 1, 1) : NULL;
    if (!result)
        return NULL;
    if (size)
        memcpy(result, text, size);
    result[size] = 0;
    return result;
}

char *sard_arena_printf(sard_arena *arena, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const int size = vsnprintf(NULL, 0, format, list);
    va_end(list);
    char *result = size < 0 ? NULL : take(arena, (size_t)size + 1, 1);
    if (!result)
        return NULL;
    va_start(list, format);
    vsnprintf(result, (size_t)size + 1, format, list);
    va_end(list);
    return result;
}

bool sard_arena_grow(sard_arena *arena, void **array, size_t count, size_t *capacity, size_t size)
{
    const size_t more = *capacity ? *capacity * 2 : 8;
    void *bigger = more > *capacity ? sard_arena_alloc(arena, more, size) : NULL;
    if (!bigger)
        return false;
    if (count)
        memcpy(bigger, *array, count * size);
    *array = bigger;
    *capacity = more;
    return true;
}
