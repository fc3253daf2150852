/* What the machine can do at most: multiply-adds a second of each instruction set, and bytes read a second.
 *
 * usage: peak [THREADS]     prints JSON: GFLOP/s and GB/s of all threads together, the best of several tries
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TRIES 400 /* short ones: on a busy machine some go undisturbed */
#define MEMORY_TRIES 6
#define BYTES ((size_t)256 << 20)
#define MOST_THREADS 256

typedef struct probe {
    const char *name;
    int tries;
    double (*work)(void); /* returns operations or bytes, in 1e9 */
} probe;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#define STEPS 100000L
#define ADD(i) all += sums[i];
#define SUMS 10 /* independent ones: more than latency times units */

/* Sums that stay in registers; the fence keeps them there, as they are. */
#define PROBE_FMA(NAME, TARGET, LANES, FMA)                                                                  \
    TARGET static double NAME(void)                                                                          \
    {                                                                                                        \
        typedef float vector __attribute__((vector_size((LANES) * sizeof(float))));                          \
        vector sums[SUMS] = {{0}}, x = {0}, y = {0};                                                         \
        __asm__ volatile("" : REGISTER(x), REGISTER(y));                                                     \
        for (long n = 0; n < STEPS; n++) {                                                                   \
            FMA(0) FMA(1) FMA(2) FMA(3) FMA(4) FMA(5) FMA(6) FMA(7) FMA(8) FMA(9)                            \
        }                                                                                                    \
        vector all = sums[0];                                                                                \
        ADD(1) ADD(2) ADD(3) ADD(4) ADD(5) ADD(6) ADD(7) ADD(8) ADD(9) __asm__ volatile("" : REGISTER(all)); \
        return 2e-9 * (LANES)*SUMS * STEPS;                                                                  \
    }

#if defined __x86_64__
#define REGISTER(v) "+v"(v)
#define FUSED(i) __asm__ volatile("vfmadd231ps %1, %2, %0" : "+v"(sums[i]) : "v"(x), "v"(y));
#define MULTIPLY_ADD(i)                                                                           \
    {                                                                                             \
        vector product = x;                                                                       \
        __asm__ volatile("mulps %2, %1\n\taddps %1, %0" : "+x"(sums[i]), "+x"(product) : "x"(y)); \
    }
PROBE_FMA(fma_avx512, __attribute__((target("avx512f"))), 16, FUSED)
PROBE_FMA(fma_avx2, __attribute__((target("avx2,fma"))), 8, FUSED)
#undef REGISTER
#define REGISTER(v) "+x"(v)
PROBE_FMA(fma_sse2, , 4, MULTIPLY_ADD)
#elif defined __aarch64__
#define REGISTER(v) "+w"(v)
#define FUSED(i) __asm__ volatile("fmla %0.4s, %1.4s, %2.4s" : "+w"(sums[i]) : "w"(x), "w"(y));
PROBE_FMA(fma_neon, , 4, FUSED)
#endif

static double read_memory(void)
{
    static __thread unsigned long *memory;
    if (!memory) {
        memory = malloc(BYTES);
        if (!memory)
            return 0;
        memset(memory, 1, BYTES);
    }
    unsigned long sum[8] = {0};
    for (size_t i = 0; i < BYTES / sizeof *memory; i += 8)
        for (int k = 0; k < 8; k++)
            sum[k] ^= memory[i + (size_t)k];
    for (int k = 1; k < 8; k++)
        sum[0] ^= sum[k];
    __asm__ volatile("" : : "r"(sum[0]));
    return 1e-9 * (double)BYTES;
}

typedef struct worker {
    const probe *probe;
    pthread_barrier_t *barrier;
    double rate; /* of the best try */
} worker;

static void *work(void *arg)
{
    worker *w = arg;
    for (int i = 0; i < w->probe->tries; i++) {
        pthread_barrier_wait(w->barrier);
        const double start = now(), amount = w->probe->work(), taken = now() - start;
        w->rate = amount / taken > w->rate ? amount / taken : w->rate;
    }
    return NULL;
}

static double measure(const probe *p, int threads)
{
    pthread_t ids[MOST_THREADS];
    worker workers[MOST_THREADS];
    pthread_barrier_t barrier;
    double rate = 0;
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    for (int i = 0; i < threads; i++) {
        workers[i] = (worker){p, &barrier, 0};
        if (pthread_create(&ids[i], NULL, work, &workers[i]))
            abort();
    }
    for (int i = 0; i < threads; i++) {
        pthread_join(ids[i], NULL);
        rate += workers[i].rate;
    }
    pthread_barrier_destroy(&barrier);
    return rate;
}

int main(int argc, char **argv)
{
    const int threads = argc > 1 ? atoi(argv[1]) : 1;
    probe probes[4];
    int count = 0;
    if (threads < 1 || threads > MOST_THREADS)
        return fprintf(stderr, "usage: peak [THREADS]\n"), 2;
#if defined __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        probes[count++] = (probe){"avx512", TRIES, fma_avx512};
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        probes[count++] = (probe){"avx2", TRIES, fma_avx2};
    probes[count++] = (probe){"sse2", TRIES, fma_sse2};
#elif defined __aarch64__
    probes[count++] = (probe){"neon", TRIES, fma_neon};
#endif
    printf("{\"threads\": %d", threads);
    for (int i = 0; i < count; i++)
        printf(", \"%s\": %.1f", probes[i].name, measure(&probes[i], threads));
    printf(", \"memory\": %.1f}\n", measure(&(probe){"memory", MEMORY_TRIES, read_memory}, threads));
    return 0;
}
