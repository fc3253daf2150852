/* The processor's floating-point state of a thread: what optimised kernels run with, whatever the caller's thread or a host's pool had
 * set, so that results don't depend on who computes them. Denormals count as zero: they cost a hundred cycles each on some CPUs. */
#ifndef SARD_RUNTIME_FLOAT_STATE_H
#define SARD_RUNTIME_FLOAT_STATE_H

#include <stdint.h>

/* Rounds to nearest, traps nothing, flushes denormals (x86: MXCSR, Intel SDM volume 1, 10.2.3; aarch64: FPCR). Returns what was set. */
static inline uint64_t sard_float_state_set(void)
{
#if defined(__x86_64__)
    const uint64_t old = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(0x9fc0);
    return old;
#elif defined(__aarch64__)
    uint64_t old;
    __asm__ volatile("mrs %0, fpcr" : "=r"(old));
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)1 << 24));
    return old;
#else
    return 0;
#endif
}

static inline void sard_float_state_restore(uint64_t old)
{
#if defined(__x86_64__)
    __builtin_ia32_ldmxcsr((unsigned)old);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(old));
#else
    (void)old;
#endif
}

#endif
