/* The pool has one job at a time. Workers look for the next one for a short while before they sleep, as loops follow each other
 * closely within a run; an idle pool uses no processor. Nobody takes a lock but to sleep or to wake a sleeper.
 *
 * Each thread has a run of neighbouring items, the same part of every job, so that it finds in its cache what it wrote a step ago; who is
 * done takes the last items of another one. */
#include "runtime/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long a thread without work looks around before it sleeps. */
#define SPIN_NANOSECONDS 120000

/* Items first .. end-1 that nobody has taken: end << 32 | first. On a line of its own. */
typedef struct part {
    _Alignas(64) atomic_uint_fast64_t left;
} part;

typedef struct member {
    sard_pool *pool;
    size_t number; /* the caller of a job is 0 */
    pthread_t thread;
} member;

struct sard_pool {
    sard_allocator allocator;
    pid_t process;
    pthread_mutex_t busy; /* held by the session whose job it is */
    pthread_mutex_t lock; /* of those who sleep */
    pthread_cond_t wake, done;
    atomic_uint_fast64_t job; /* its number << 32 | workers that may still join */
    atomic_int users;         /* sessions in sard_pool_run */
    atomic_int sleepers;      /* workers that sleep, or are about to */
    atomic_int finished;      /* workers that joined and found nothing more to do */
    atomic_bool waiting;      /* the job's owner sleeps until they have */
    atomic_bool stop;
    void (*work)(void *arg, size_t i);
    void *arg;
    size_t part_count; /* threads that this job may have */
    part *parts;       /* one for each thread */
    int thread_count;
    member members[];
};

static void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static bool take_first(part *p, size_t *item)
{
    uint64_t left = atomic_load_explicit(&p->left, memory_order_relaxed);
    while ((uint32_t)left < left >> 32)
        if (atomic_compare_exchange_weak_explicit(&p->left, &left, left + 1, memory_order_relaxed, memory_order_relaxed)) {
            *item = (uint32_t)left;
            return true;
        }
    return false;
}

static bool take_last(part *p, size_t *item)
{
    uint64_t left = atomic_load_explicit(&p->left, memory_order_relaxed);
    while ((uint32_t)left < left >> 32)
        if (atomic_compare_exchange_weak_explicit(&p->left, &left, left - ((uint64_t)1 << 32), memory_order_relaxed,
                                                  memory_order_relaxed)) {
            *item = (size_t)(left >> 32) - 1;
            return true;
        }
    return false;
}

/* Works on one's own part, then on what is left of the others. */
static void drain(sard_pool *pool, size_t own)
{
    size_t item;
    while (own < pool->part_count && take_first(&pool->parts[own], &item))
        pool->work(pool->arg, item);
    for (size_t i = 1; i <= pool->part_count; i++)
        while (take_last(&pool->parts[(own + i) % pool->part_count], &item))
            pool->work(pool->arg, item);
}

static uint32_t number_of(uint64_t job) { return (uint32_t)(job >> 32); }

/* As many sessions as threads, each at work by itself: who has nothing to do would take a processor from them. */
static bool is_crowded(const sard_pool *pool) { return atomic_load_explicit(&pool->users, memory_order_relaxed) > pool->thread_count; }

/* ---- workers ---- */

/* Returns at a new job, or after a short while. */
static void look_around(const sard_pool *pool, uint32_t seen)
{
    const int64_t end = now() + SPIN_NANOSECONDS;
    do
        for (int i = 0; i < 32; i++) {
            if (number_of(atomic_load_explicit(&pool->job, memory_order_acquire)) != seen)
                return;
            pause_cpu();
        }
    while (!is_crowded(pool) && now() < end);
}

/* A worker counts as a sleeper before it looks a last time, and the owner of a job looks for sleepers after it has opened it: one of the
 * two sees the other. */
static void sleep_until(sard_pool *pool, uint32_t seen)
{
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1);
    while (number_of(atomic_load(&pool->job)) == seen && !atomic_load(&pool->stop))
        pthread_cond_wait(&pool->wake, &pool->lock);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->lock);
}

/* Takes part in the job at hand if there is room. *seen: its number. */
static bool join(sard_pool *pool, uint32_t *seen)
{
    uint64_t job = atomic_load(&pool->job);
    *seen = number_of(job);
    while ((uint32_t)job)
        if (atomic_compare_exchange_weak(&pool->job, &job, job - 1)) {
            *seen = number_of(job);
            return true;
        }
    return false;
}

static void *worker(void *arg)
{
    const member *self = arg;
    sard_pool *pool = self->pool;
    uint32_t seen = 0;
    for (;;) {
        look_around(pool, seen);
        if (number_of(atomic_load(&pool->job)) == seen)
            sleep_until(pool, seen);
        if (atomic_load(&pool->stop))
            return NULL;
        if (!join(pool, &seen))
            continue;
        drain(pool, self->number);
        atomic_fetch_add(&pool->finished, 1);
        if (atomic_load(&pool->waiting)) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

/* ---- making ---- */

sard_pool *sard_pool_new(const sard_allocator *allocator, int threads)
{
    const size_t members = sizeof(sard_pool) + (size_t)threads * sizeof(member), bytes = members + (size_t)(threads + 1) * sizeof(part);
    sard_pool *pool = allocator->alloc(allocator->user, bytes);
    if (!pool)
        return NULL;
    memset(pool, 0, bytes);
    pool->parts = (part *)(((uintptr_t)pool + members + sizeof(part) - 1) / sizeof(part) * sizeof(part));
    pool->allocator = *allocator;
    pool->process = getpid();
    pthread_mutex_init(&pool->busy, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    int made = 0;
    pool->thread_count = threads - 1;
    for (; made < threads - 1; made++) {
        member *m = &pool->members[made];
        *m = (member){.pool = pool, .number = (size_t)made + 1};
        if (pthread_create(&m->thread, NULL, worker, m))
            break;
    }
    if (made < threads - 1)
        pool->thread_count = made;
    return pool;
}

bool sard_pool_is_ours(const sard_pool *pool) { return pool->process == getpid(); }

static void stop(sard_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->stop, true);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->thread_count; i++)
        pthread_join(pool->members[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->busy);
}

void sard_pool_free(sard_pool *pool)
{
    if (!pool)
        return;
    if (sard_pool_is_ours(pool))
        stop(pool);
    const sard_allocator allocator = pool->allocator;
    allocator.free(allocator.user, pool);
}

/* ---- jobs ---- */

static void open_job(sard_pool *pool, int helpers, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    pool->work = work;
    pool->arg = arg;
    pool->part_count = (size_t)helpers + 1;
    for (size_t i = 0; i < pool->part_count; i++)
        atomic_store_explicit(&pool->parts[i].left, (uint64_t)(count * (i + 1) / pool->part_count) << 32 | count * i / pool->part_count,
                              memory_order_relaxed);
    atomic_store_explicit(&pool->finished, 0, memory_order_relaxed);
    const uint64_t number = number_of(atomic_load(&pool->job)) + (uint64_t)1;
    atomic_store(&pool->job, number << 32 | (uint32_t)helpers);
    if (!atomic_load(&pool->sleepers))
        return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

/* Waits for the workers that joined; late ones find it closed. */
static void close_job(sard_pool *pool, int helpers)
{
    const int joined = helpers - (int)(uint32_t)atomic_fetch_and(&pool->job, ~(uint64_t)UINT32_MAX);
    const int64_t end = atomic_load(&pool->finished) < joined ? now() + SPIN_NANOSECONDS : 0;
    while (atomic_load(&pool->finished) < joined && now() < end)
        pause_cpu();
    if (atomic_load(&pool->finished) >= joined)
        return;
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->waiting, true);
    while (atomic_load(&pool->finished) < joined)
        pthread_cond_wait(&pool->done, &pool->lock);
    atomic_store(&pool->waiting, false);
    pthread_mutex_unlock(&pool->lock);
}

/* Threads beside the caller's that a job may have: as many as other sessions leave. */
static int helpers_for(const sard_pool *pool, int limit, size_t count, int users)
{
    int helpers = pool->thread_count + 1 - users;
    helpers = helpers > limit - 1 ? limit - 1 : helpers;
    return count <= (size_t)(helpers > 0 ? helpers : 0) ? (int)count - 1 : helpers;
}

void sard_pool_run(sard_pool *pool, int limit, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    const int helpers = pool ? helpers_for(pool, limit, count, atomic_fetch_add(&pool->users, 1) + 1) : 0;
    if (helpers < 1 || count > UINT32_MAX || pthread_mutex_trylock(&pool->busy)) {
        for (size_t i = 0; i < count; i++)
            work(arg, i);
    } else {
        open_job(pool, helpers, count, work, arg);
        drain(pool, 0);
        close_job(pool, helpers);
        pthread_mutex_unlock(&pool->busy);
    }
    if (pool)
        atomic_fetch_sub(&pool->users, 1);
}
