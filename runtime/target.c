/* The machine: instruction sets, caches, processors. */
#include "runtime/target.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names of glibc. */
#ifndef _SC_LEVEL1_DCACHE_SIZE
#define _SC_LEVEL1_DCACHE_SIZE -1
#endif
#ifndef _SC_LEVEL2_CACHE_SIZE
#define _SC_LEVEL2_CACHE_SIZE -1
#endif
#ifndef _SC_LEVEL3_CACHE_SIZE
#define _SC_LEVEL3_CACHE_SIZE -1
#endif

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

/* The first word of a file, as scanf reads it. */
static bool read_file(const char *path, const char *format, void *out)
{
    FILE *file = fopen(path, "re");
    const int found = file ? fscanf(file, format, out) : 0;
    if (file)
        fclose(file);
    return found == 1;
}

/* The kernel's files of the first processor tell what the C library does not. */
static size_t cache_of_kernel(int level)
{
    char path[80], type[32];
    for (int i = 0; i < 8; i++) {
        int found = 0;
        size_t kib = 0;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", i);
        if (!read_file(path, "%d", &found))
            return 0;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/type", i);
        if (found != level || !read_file(path, "%31s", type) || strcmp(type, "Instruction") == 0)
            continue;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
        return read_file(path, "%zuK", &kib) ? kib << 10 : 0;
    }
    return 0;
}

static size_t cache_size(int name, int level, size_t otherwise)
{
    const long known = name < 0 ? 0 : sysconf(name);
    const size_t bytes = known > 0 ? (size_t)known : cache_of_kernel(level);
    return bytes ? bytes : otherwise;
}

sard_target sard_target_detect(void)
{
    return (sard_target){
        .struct_size = sizeof(sard_target),
        .isa = detect_isa() & mask_of(getenv("SARD_ISA")),
        .l1 = cache_size(_SC_LEVEL1_DCACHE_SIZE, 1, 32 << 10),
        .l2 = cache_size(_SC_LEVEL2_CACHE_SIZE, 2, 512 << 10),
        .l3 = cache_size(_SC_LEVEL3_CACHE_SIZE, 3, 4 << 20),
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
    return read_file(path, "%llu", &number) && number > 0 ? number : UINT64_MAX;
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
