/* Scratch for work that runs on several threads: each takes a slot while it works, the lowest that is free, so that a few of them stay
 * in the cache however much work there is. */
#ifndef SARD_BACKENDS_SLOTS_H
#define SARD_BACKENDS_SLOTS_H

#include <stdatomic.h>

#define SARD_SLOTS 16

typedef struct sard_slots {
    atomic_uint taken; /* a bit for each */
} sard_slots;

/* Waits where more threads than slots are at work. */
static inline unsigned sard_slot_take(sard_slots *slots)
{
    for (;;) {
        unsigned taken = atomic_load_explicit(&slots->taken, memory_order_relaxed);
        const unsigned slot = (unsigned)__builtin_ctz(~taken);
        if (slot < SARD_SLOTS &&
            atomic_compare_exchange_weak_explicit(&slots->taken, &taken, taken | 1u << slot, memory_order_acquire, memory_order_relaxed))
            return slot;
    }
}

static inline void sard_slot_give(sard_slots *slots, unsigned slot)
{
    atomic_fetch_and_explicit(&slots->taken, ~(1u << slot), memory_order_release);
}

#endif
