/* Scratch for work that runs on several threads: each takes a slot while it works, the one that it had last, which is in its cache, or
 * the lowest that is free, so that few are in use however much work there is. */
#ifndef SARD_IR_SLOTS_H
#define SARD_IR_SLOTS_H

#include <sard/plugin.h>

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

typedef struct sard_slots {
    atomic_uint taken; /* a bit for each */
    unsigned count;    /* that have memory: SARD_SLOTS, or as many as there are pieces of work */
} sard_slots;

static inline void sard_slots_init(sard_slots *slots, int64_t count)
{
    atomic_init(&slots->taken, 0);
    slots->count = count < SARD_SLOTS ? (unsigned)count : SARD_SLOTS;
}

/* Waits where more threads than slots are at work. */
static inline unsigned sard_slot_take(sard_slots *slots)
{
    static _Thread_local unsigned last;
    for (;;) {
        unsigned taken = atomic_load_explicit(&slots->taken, memory_order_relaxed);
        const unsigned slot = last >= slots->count || taken >> last & 1 ? (unsigned)__builtin_ctz(~taken) : last;
        if (slot >= slots->count)
            sched_yield();
        else if (atomic_compare_exchange_weak_explicit(&slots->taken, &taken, taken | 1u << slot, memory_order_acquire,
                                                       memory_order_relaxed))
            return last = slot;
    }
}

static inline void sard_slot_give(sard_slots *slots, unsigned slot)
{
    atomic_fetch_and_explicit(&slots->taken, ~(1u << slot), memory_order_release);
}

#endif
