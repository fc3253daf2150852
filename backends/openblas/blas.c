/* Loading OpenBLAS. It chooses its kernels once, when it is loaded, and takes the plainest ones for a CPU that is newer than the
 * library; OPENBLAS_CORETYPE, which it reads then, names better ones (OpenBLAS README, "Environment variables"). */
#include "backends/openblas/blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

static sard_blas blas;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint32_t isa; /* of the first target that asked; all are of this machine */

/* Sets a variable that the user has not set; true if it has to be taken back. */
static bool suggest(const char *name, const char *value) { return value && !getenv(name) && !setenv(name, value, 0); }

static const char *core_type(void)
{
    if (isa & 1u << SARD_ISA_AVX512)
        return "SkylakeX";
    if (isa & 1u << SARD_ISA_AVX2)
        return "Haswell";
    return NULL;
}

static void load(void)
{
    const bool core = suggest("OPENBLAS_CORETYPE", core_type());
    const bool threads = suggest("OPENBLAS_NUM_THREADS", "1"); /* the threads are sard's */
    void *module = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (core)
        unsetenv("OPENBLAS_CORETYPE");
    if (threads)
        unsetenv("OPENBLAS_NUM_THREADS");
    if (!module)
        return;
    void (*set_threads)(int);
    *(void **)&blas.sgemm = dlsym(module, "cblas_sgemm");
    *(void **)&blas.sgemv = dlsym(module, "cblas_sgemv");
    *(void **)&set_threads = dlsym(module, "openblas_set_num_threads");
    if (set_threads)
        set_threads(1);
    loaded = blas.sgemm && blas.sgemv;
}

const sard_blas *sard_blas_load(const sard_target *target, const char **why)
{
    if (!__atomic_load_n(&isa, __ATOMIC_RELAXED))
        __atomic_store_n(&isa, target->isa, __ATOMIC_RELAXED);
    pthread_once(&once, load);
    *why = loaded ? NULL : "libopenblas.so.0 is not installed";
    return loaded ? &blas : NULL;
}

const sard_blas *sard_blas_loaded(void) { return &blas; }
