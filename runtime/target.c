/* The machine: instruction sets, caches, processors. */
#include "runtime/target.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint32_t detect_isa(void)
{
#if defined(__x86_64__)
    uint32_t isa = 1u << SARD_ISA_SSE2;
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        isa |= 1u << SARD_ISA_AVX2;
    if (isa & 1u << SARD_ISA_AVX2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        isa |= 1u << SARD_ISA_AVX512;
    return isa;
#elif defined(__aarch64__)
    return 1u << SARD_ISA_NEON;
#else
    return 0;
#endif
}

/* Bits of the named instruction set and those before it; all where the name is unknown. */
static uint32_t mask_of(const char *name)
{
    static const char *const names[] = {
#define X(isa, text) [SARD_ISA_##isa] = text,
        SARD_ISA_LIST(X)
#undef X
    };
    for (unsigned i = 0; name && i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return (2u << i) - 1;
    return UINT32_MAX;
}

static size_t cache_size(int name, size_t otherwise)
{
    const long bytes = sysconf(name);
    return bytes > 0 ? (size_t)bytes : otherwise;
}

sard_target sard_target_detect(void)
{
    return (sard_target){
        .struct_size = sizeof(sard_target),
        .isa = detect_isa() & mask_of(getenv("SARD_ISA")),
        .l1 = cache_size(_SC_LEVEL1_DCACHE_SIZE, 32 << 10),
        .l2 = cache_size(_SC_LEVEL2_CACHE_SIZE, 512 << 10),
        .l3 = cache_size(_SC_LEVEL3_CACHE_SIZE, 4 << 20),
    };
}

/* Processors that cgroup v2's "quota period" amounts to; INT_MAX without one. */
static int cgroup_quota(void)
{
    double quota, period;
    FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
    const bool found = file && fscanf(file, "%lf %lf", &quota, &period) == 2 && quota > 0 && period > 0;
    if (file)
        fclose(file);
    const double cpus = found ? quota / period : 1e6;
    return cpus > 1e6 ? 1000000 : (int)cpus + (cpus > (int)cpus);
}

int sard_cpu_count(void)
{
    cpu_set_t set;
    const int allowed = sched_getaffinity(0, sizeof set, &set) ? (int)sysconf(_SC_NPROCESSORS_ONLN) : CPU_COUNT(&set);
    const int quota = cgroup_quota(), count = allowed < quota ? allowed : quota;
    return count > 0 ? count : 1;
}

/* The number in a file of the system; UINT64_MAX without one ("max"). */
static uint64_t number_in(const char *path)
{
    unsigned long long number = 0;
    FILE *file = fopen(path, "re");
    const bool found = file && fscanf(file, "%llu", &number) == 1 && number > 0;
    if (file)
        fclose(file);
    return found ? number : UINT64_MAX;
}

uint64_t sard_memory_bytes(void)
{
    static const char *const groups[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t bytes = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const uint64_t limit = number_in(groups[i]);
        bytes = limit < bytes ? limit : bytes;
    }
    return bytes;
}
