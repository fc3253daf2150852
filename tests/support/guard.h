/* Memory that tells when something is written beyond it, or read: what a kernel may not do. */
#ifndef SARD_TESTS_GUARD_H
#define SARD_TESTS_GUARD_H

#include <sard/graph.h>

/* `bytes` bytes of 0xff, floats that are NaN (a whole number of floats). They end where a page that is not there begins, or begin where one
 * ends. guard_free fails the test where something was written beyond the other end. SARD_TEST_GAP in the environment leaves a vector between
 * block and page, for emulators that read what a mask leaves out. */
void *guard_alloc(size_t bytes, bool at_start);
void guard_free(void *memory);

/* For contexts: blocks of 0xff between guard bytes, which are looked at when a block is freed. */
extern const sard_allocator guard_allocator;

/* Runs a graph of one float32 input and output with that backend at level 0: in the library's memory, and in the caller's, which ends and
 * then begins at pages that are not there and is aligned for floats only. All three must give the same bits; returns the elements (free them), *count of
 * them. */
float *guard_run(sard_context *context, const sard_graph *graph, const char *backend, const sard_tensor *input, size_t *count);

#endif
