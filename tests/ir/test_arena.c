/* Arenas: alignment, sizes at the edge, memory that runs out. */
#include "ir/arena.h"
#include "tests/support/check.h"

#include <string.h>

/* Counts what is alive; refuses after `left` blocks. */
typedef struct counter {
    int alive, left;
} counter;

static void *count_alloc(void *user, size_t size)
{
    counter *c = user;
    if (c->left-- <= 0)
        return NULL;
    c->alive++;
    return malloc(size);
}

static void count_free(void *user, void *memory)
{
    counter *c = user;
    c->alive--;
    free(memory);
}

/* A check of each byte would be slow: Check notes where it is. */
static bool are_all(const unsigned char *bytes, size_t size, size_t step, size_t wanted)
{
    size_t k = 0;
    while (k < size && bytes[k] == wanted)
        k += step;
    return k >= size;
}

START_TEST(memory_is_zeroed_aligned_and_does_not_overlap)
{
    sard_arena arena;
    sard_arena_init(&arena, NULL);
    unsigned char *blocks[200];
    for (size_t i = 0; i < 200; i++) {
        const size_t size = i * i % 1999;
        blocks[i] = sard_arena_alloc(&arena, size, 1);
        ck_assert_ptr_nonnull(blocks[i]);
        ck_assert_uint_eq((uintptr_t)blocks[i] % 16, 0);
        ck_assert(are_all(blocks[i], size, 1, 0));
        memset(blocks[i], (int)i, size);
    }
    for (size_t i = 0; i < 200; i++)
        ck_assert(are_all(blocks[i], i * i % 1999, 1, i));
    sard_arena_reset(&arena);
    ck_assert_uint_eq(arena.bytes, 0);
}
END_TEST

START_TEST(tensors_are_aligned_to_64)
{
    sard_arena arena;
    sard_arena_init(&arena, NULL);
    const size_t sizes[] = {0, 1, 63, 64, 1023, 1024, 1025, 4096, 100000, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *tensor = sard_arena_tensor(&arena, sizes[i]);
        ck_assert_ptr_nonnull(tensor);
        ck_assert_uint_eq((uintptr_t)tensor % 64, 0);
        memset(tensor, 1, sizes[i]);
        ck_assert_ptr_nonnull(sard_arena_string(&arena, "x", 1));
    }
    sard_arena_reset(&arena);
}
END_TEST

START_TEST(sizes_that_overflow_are_refused)
{
    sard_arena arena;
    sard_arena_init(&arena, NULL);
    ck_assert_ptr_null(sard_arena_alloc(&arena, SIZE_MAX / 2, 3));
    ck_assert_ptr_null(sard_arena_alloc(&arena, SIZE_MAX, 1));
    ck_assert_ptr_null(sard_arena_tensor(&arena, SIZE_MAX - 63));
    ck_assert_ptr_null(sard_arena_string(&arena, "", SIZE_MAX));
    ck_assert_ptr_nonnull(sard_arena_alloc(&arena, 0, SIZE_MAX));
    sard_arena_reset(&arena);
}
END_TEST

START_TEST(all_blocks_go_back_and_failures_are_survived)
{
    for (int left = 0; left < 8; left++) {
        counter c = {0, left};
        const sard_allocator allocator = {count_alloc, count_free, &c};
        sard_arena arena;
        sard_arena_init(&arena, &allocator);
        int got = 0;
        for (int i = 0; i < 8; i++)
            got += sard_arena_alloc(&arena, 1, 5000) != NULL;
        ck_assert_int_ge(got, left); /* later blocks are larger and hold more */
        ck_assert_int_le(got, left ? 8 : 0);
        sard_arena_reset(&arena);
        ck_assert_int_eq(c.alive, 0);
    }
}
END_TEST

/* What a large arena gives is like what any gives: aligned, apart, all writable. */
START_TEST(large_arenas_hold_all_sizes)
{
    sard_arena arena;
    sard_arena_init_large(&arena, NULL);
    enum { MOST = 40 };
    unsigned char *blocks[MOST];
    size_t sizes[MOST];
    for (size_t i = 0; i < MOST; i++) {
        sizes[i] = i % 8 == 7 ? (size_t)5 << 20 : i * i * 400;
        blocks[i] = sard_arena_tensor(&arena, sizes[i]);
        ck_assert_ptr_nonnull(blocks[i]);
        ck_assert_uint_eq((uintptr_t)blocks[i] % 64, 0);
        memset(blocks[i], (int)i, sizes[i]);
    }
    for (size_t i = 0; i < MOST; i++)
        ck_assert(are_all(blocks[i], sizes[i], 61, i));
    ck_assert_ptr_null(sard_arena_tensor(&arena, SIZE_MAX - 63));
    ck_assert_ptr_null(sard_arena_tensor(&arena, SIZE_MAX / 2));
    sard_arena_reset(&arena);
    ck_assert_ptr_nonnull(sard_arena_tensor(&arena, 3 << 20));
    sard_arena_reset(&arena);
}
END_TEST

START_TEST(large_arenas_ask_the_callers_allocator)
{
    counter c = {0, 1};
    const sard_allocator allocator = {count_alloc, count_free, &c};
    sard_arena arena;
    sard_arena_init_large(&arena, &allocator);
    ck_assert_ptr_nonnull(sard_arena_tensor(&arena, 5 << 20));
    ck_assert_int_eq(c.alive, 1);
    ck_assert_ptr_null(sard_arena_tensor(&arena, 5 << 20));
    sard_arena_reset(&arena);
    ck_assert_int_eq(c.alive, 0);
}
END_TEST

START_TEST(strings_and_growth)
{
    sard_arena arena;
    sard_arena_init(&arena, NULL);
    ck_assert_str_eq(sard_arena_string(&arena, "abcdef", 3), "abc");
    ck_assert_str_eq(sard_arena_printf(&arena, "%s_%d", "x", 7), "x_7");
    int *list = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 100; i++) {
        ck_assert(SARD_GROW(&arena, list, count, capacity));
        list[count++] = i;
    }
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(list[i], i);
    sard_arena_reset(&arena);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("arena",
                       (const TTest *[]){memory_is_zeroed_aligned_and_does_not_overlap, tensors_are_aligned_to_64,
                                         sizes_that_overflow_are_refused, all_blocks_go_back_and_failures_are_survived,
                                         large_arenas_hold_all_sizes, large_arenas_ask_the_callers_allocator, strings_and_growth, NULL});
}

CHECK_MAIN(suite)
