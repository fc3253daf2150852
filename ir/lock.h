/* A mutex that a child after fork() finds open, whichever thread of the parent held it. */
#ifndef SARD_IR_LOCK_H
#define SARD_IR_LOCK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct sard_lock {
    pthread_mutex_t mutex;
    atomic_long process; /* that the mutex belongs to; negative: a thread of that process is making it anew */
} sard_lock;

void sard_lock_init(sard_lock *lock);
void sard_lock_destroy(sard_lock *lock);

/* True where this is the first time in a child of the process that had the lock: what it guards may be half changed. */
bool sard_lock_take(sard_lock *lock);
void sard_lock_give(sard_lock *lock);

#endif
