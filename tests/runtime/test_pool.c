/* The pool: every item once, whoever asks and however often; an idle pool uses no processor. */
#include "runtime/pool.h"

#include "ir/arena.h"
#include "tests/support/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ITEMS = 1000 };

static atomic_int hits[ITEMS];

static void hit(void *arg, size_t i)
{
    (void)arg;
    atomic_fetch_add(&hits[i], 1);
}

static void check_hits(int wanted)
{
    for (int i = 0; i < ITEMS; i++)
        ck_assert_int_eq(atomic_load(&hits[i]), wanted);
    memset(hits, 0, sizeof hits);
}

START_TEST(each_item_once)
{
    sard_pool *pool = sard_pool_new(&sard_allocator_libc, 4);
    for (int limit = 1; limit < 8; limit++) {
        for (int round = 0; round < 200; round++)
            sard_pool_run(pool, limit, ITEMS, hit, NULL);
        check_hits(200);
    }
    sard_pool_run(pool, 4, 0, hit, NULL);
    sard_pool_run(pool, 4, 1, hit, NULL);
    ck_assert_int_eq(atomic_exchange(&hits[0], 0), 1);
    sard_pool_run(NULL, 4, ITEMS, hit, NULL);
    check_hits(1);
    sard_pool_free(pool);
}
END_TEST

static void *user(void *pool)
{
    for (int round = 0; round < 300; round++)
        sard_pool_run(pool, 4, ITEMS, hit, NULL);
    return NULL;
}

START_TEST(several_users_at_once)
{
    sard_pool *pool = sard_pool_new(&sard_allocator_libc, 3);
    pthread_t users[3];
    for (int i = 0; i < 3; i++)
        ck_assert(!pthread_create(&users[i], NULL, user, pool));
    for (int i = 0; i < 3; i++)
        pthread_join(users[i], NULL);
    check_hits(900);
    sard_pool_free(pool);
}
END_TEST

/* Clock ticks that this process has used, of all its threads (proc(5), /proc/self/stat, utime and stime). */
static long ticks(void)
{
    long user_ticks = 0, system_ticks = 0;
    FILE *file = fopen("/proc/self/stat", "re");
    ck_assert(file && fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user_ticks, &system_ticks) == 2);
    fclose(file);
    return user_ticks + system_ticks;
}

START_TEST(idle_threads_sleep)
{
    sard_pool *pool = sard_pool_new(&sard_allocator_libc, 4);
    sard_pool_run(pool, 4, ITEMS, hit, NULL);
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    const long before = ticks();
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    ck_assert_int_le(ticks() - before, 1);
    sard_pool_free(pool);
    memset(hits, 0, sizeof hits);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pool");
    TCase *c = tcase_create("pool");
    tcase_add_test(c, each_item_once);
    tcase_add_test(c, several_users_at_once);
    tcase_add_test(c, idle_threads_sleep);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
