/* The machine: instruction sets, caches, processors. */
#ifndef SARD_RUNTIME_TARGET_H
#define SARD_RUNTIME_TARGET_H

#include <sard/plugin.h>

/* What this machine has. The environment's SARD_ISA ("sse2", "avx2", "avx512", "neon") masks everything above it. */
sard_target sard_target_detect(void);

/* Processors this process may use: the lower of its affinity and its cgroup's quota (rounded up), at least 1. */
int sard_cpu_count(void);

/* Bytes of memory: the lower of the machine's and its cgroup's limit. */
uint64_t sard_memory_bytes(void);

#endif
