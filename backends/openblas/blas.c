/* Loading OpenBLAS. It chooses its kernels when it is loaded, and takes the plainest ones for a CPU that is newer than the library; who
 * wants others sets OPENBLAS_CORETYPE before the program starts (OpenBLAS README, "Environment variables"). */
#include "backends/openblas/blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

/* Products that are added up before the sum goes to the result: the error of long sums is less by a third, at no cost. */
#define PART 128

static sard_blas blas;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void load(void)
{
    void *module = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!module)
        return;
    void (*set_threads)(int);
    *(void **)&blas.sgemm = dlsym(module, "cblas_sgemm");
    *(void **)&blas.sgemv = dlsym(module, "cblas_sgemv");
    *(void **)&set_threads = dlsym(module, "openblas_set_num_threads");
    if (set_threads)
        set_threads(1); /* the threads are sard's */
    loaded = blas.sgemm && blas.sgemv;
}

const sard_blas *sard_blas_load(const sard_target *target, const char **why)
{
    (void)target;
    pthread_once(&once, load);
    *why = loaded ? NULL : "libopenblas.so.0 is not installed";
    return loaded ? &blas : NULL;
}

const sard_blas *sard_blas_loaded(void) { return &blas; }

void sard_blas_multiply(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                        const float *b, int64_t ldb, float *c, int64_t ldc)
{
    const int64_t parts = (k + PART - 1) / PART, part = (k + parts - 1) / parts;
    for (int64_t at = 0; at < k; at += part) {
        const int64_t count = k - at < part ? k - at : part;
        blas.sgemm(BLAS_ROW_MAJOR, trans_a ? BLAS_TRANS : BLAS_NO_TRANS, trans_b ? BLAS_TRANS : BLAS_NO_TRANS, (int)m, (int)n, (int)count,
                   alpha, a + at * (trans_a ? lda : 1), (int)lda, b + at * (trans_b ? 1 : ldb), (int)ldb, at > 0, c, (int)ldc);
    }
}

double sard_blas_attr(const sard_node *node, const char *name, double otherwise)
{
    sard_attr attr;
    for (size_t i = 0; sard_node_attr(node, i, &attr); i++)
        if (!strcmp(attr.name, name))
            return attr.kind == SARD_ATTR_FLOAT ? (double)attr.f : (double)attr.i;
    return otherwise;
}

bool sard_blas_is_float(const sard_node *node, size_t i) { return sard_value_dtype(sard_node_input(node, i)) == SARD_F32; }
