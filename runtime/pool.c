/* The pool has one job at a time. Workers look for the next one for a short while before they sleep, as loops follow each other
 * closely within a run; an idle pool uses no processor. */
#include "runtime/pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

/* How long a thread without work looks around before it sleeps. */
#define SPIN_NANOSECONDS 60000

struct sard_pool {
    sard_allocator allocator;
    pthread_mutex_t busy; /* held by the session whose job it is */
    pthread_mutex_t lock; /* of all below but the atomics */
    pthread_cond_t wake, done;
    atomic_uint generation; /* of the job */
    atomic_int inside;      /* workers in the job */
    atomic_size_t next;     /* item */
    int open;               /* workers that may still join */
    bool stop;
    void (*work)(void *arg, size_t i);
    void *arg;
    size_t count;
    int thread_count;
    pthread_t threads[];
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

static void drain(sard_pool *pool)
{
    for (size_t i; (i = atomic_fetch_add(&pool->next, 1)) < pool->count;)
        pool->work(pool->arg, i);
}

/* Returns at a new generation or after a short while. */
static void look_around(sard_pool *pool, unsigned seen)
{
    const int64_t end = now() + SPIN_NANOSECONDS;
    while (atomic_load_explicit(&pool->generation, memory_order_acquire) == seen && now() < end)
        for (int i = 0; i < 32; i++)
            pause_cpu();
}

static void *worker(void *arg)
{
    sard_pool *pool = arg;
    unsigned seen = 0;
    for (;;) {
        look_around(pool, seen);
        pthread_mutex_lock(&pool->lock);
        while (atomic_load(&pool->generation) == seen && !pool->stop)
            pthread_cond_wait(&pool->wake, &pool->lock);
        const bool stop = pool->stop, join = pool->open > 0;
        seen = atomic_load(&pool->generation);
        if (join && !stop) {
            pool->open--;
            atomic_fetch_add(&pool->inside, 1);
        }
        pthread_mutex_unlock(&pool->lock);
        if (stop)
            return NULL;
        if (!join)
            continue;
        drain(pool);
        pthread_mutex_lock(&pool->lock);
        if (atomic_fetch_sub(&pool->inside, 1) == 1)
            pthread_cond_signal(&pool->done);
        pthread_mutex_unlock(&pool->lock);
    }
}

sard_pool *sard_pool_new(const sard_allocator *allocator, int threads)
{
    sard_pool *pool = allocator->alloc(allocator->user, sizeof *pool + (size_t)threads * sizeof *pool->threads);
    if (!pool)
        return NULL;
    memset(pool, 0, sizeof *pool);
    pool->allocator = *allocator;
    pthread_mutex_init(&pool->busy, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    while (pool->thread_count < threads - 1 && !pthread_create(&pool->threads[pool->thread_count], NULL, worker, pool))
        pool->thread_count++;
    return pool;
}

void sard_pool_free(sard_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->thread_count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->busy);
    const sard_allocator allocator = pool->allocator;
    allocator.free(allocator.user, pool);
}

static void open_job(sard_pool *pool, int helpers, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    pthread_mutex_lock(&pool->lock);
    pool->work = work;
    pool->arg = arg;
    pool->count = count;
    pool->open = helpers;
    atomic_store(&pool->next, 0);
    atomic_fetch_add(&pool->generation, 1);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

/* Waits for the workers that joined; late ones find it closed. */
static void close_job(sard_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->open = 0;
    pthread_mutex_unlock(&pool->lock);
    const int64_t end = now() + SPIN_NANOSECONDS;
    while (atomic_load(&pool->inside) && now() < end)
        pause_cpu();
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->inside))
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void sard_pool_run(sard_pool *pool, int limit, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    int helpers = pool ? pool->thread_count : 0;
    if (helpers > limit - 1)
        helpers = limit - 1;
    if (count < (size_t)helpers + 1)
        helpers = (int)count - 1;
    if (!pool || helpers < 1 || pthread_mutex_trylock(&pool->busy)) {
        for (size_t i = 0; i < count; i++)
            work(arg, i);
        return;
    }
    open_job(pool, helpers, count, work, arg);
    drain(pool);
    close_job(pool);
    pthread_mutex_unlock(&pool->busy);
}
