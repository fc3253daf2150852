/* Memory that dies together. A model, a plan and a pass each have an arena; nothing in it is freed singly, so that an error path is
 * just `return`. A constructor takes the arena it fills; whoever made the arena destroys it. Not thread-safe. */
#ifndef SARD_IR_ARENA_H
#define SARD_IR_ARENA_H

#include <sard/sard.h>

/* Bytes that several arenas may take together; what one of them frees may be taken again. */
typedef struct sard_budget {
    uint64_t left;
    bool over; /* more was asked for */
} sard_budget;

typedef struct sard_arena {
    const sard_allocator *allocator; /* not owned */
    struct sard_arena_block *blocks;
    char *next, *end;    /* free part of the newest block */
    size_t bytes;        /* asked from the allocator so far */
    bool large;          /* in large pages */
    sard_budget *budget; /* NULL: no bound; not owned */
} sard_arena;

/* The default: malloc and free. */
extern const sard_allocator sard_allocator_libc;

/* An empty arena; cannot fail. */
void sard_arena_init(sard_arena *arena, const sard_allocator *allocator);
/* The same for much memory that will all be written, such as packed weights: where it would come from malloc it comes in large pages. The
 * first touch of small ones takes longer than what is then written to them. */
void sard_arena_init_large(sard_arena *arena, const sard_allocator *allocator);
/* Frees all its memory; the arena is empty again. */
void sard_arena_reset(sard_arena *arena);

/* count * size zeroed bytes, aligned to 16; NULL if the product overflows or memory runs out. Zero bytes give a valid pointer. */
void *sard_arena_alloc(sard_arena *arena, size_t count, size_t size);
/* The same for elements of tensors: aligned to 64 and not zeroed. */
void *sard_arena_tensor(sard_arena *arena, size_t bytes);
void *sard_arena_copy(sard_arena *arena, const void *bytes, size_t size);
/* A copy that ends with a zero. */
char *sard_arena_string(sard_arena *arena, const char *text, size_t size);
char *sard_arena_printf(sard_arena *arena, const char *format, ...) SARD_PRINTF(2, 3);

#define SARD_NEW(arena, type, count) ((type *)sard_arena_alloc((arena), (count), sizeof(type)))

/* Grows an array that has `count` elements so that one more fits; false when memory runs out. The old one stays in the arena. */
#define SARD_GROW(arena, array, count, capacity) \
    ((count) < (capacity) || sard_arena_grow((arena), (void **)&(array), (count), &(capacity), sizeof *(array)))
bool sard_arena_grow(sard_arena *arena, void **array, size_t count, size_t *capacity, size_t size);

#endif
