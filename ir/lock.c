#include "ir/lock.h"

#include <sched.h>
#include <unistd.h>

void sard_lock_init(sard_lock *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
    atomic_init(&lock->process, getpid());
}

void sard_lock_destroy(sard_lock *lock) { pthread_mutex_destroy(&lock->mutex); }

bool sard_lock_take(sard_lock *lock)
{
    const long own = getpid();
    long process = atomic_load(&lock->process);
    while (process != own) {
        if (process == -own)
            sched_yield();
        else if (atomic_compare_exchange_strong(&lock->process, &process, -own)) {
            pthread_mutex_init(&lock->mutex, NULL);
            pthread_mutex_lock(&lock->mutex);
            atomic_store(&lock->process, own);
            return true;
        }
        process = atomic_load(&lock->process);
    }
    pthread_mutex_lock(&lock->mutex);
    return false;
}

void sard_lock_give(sard_lock *lock) { pthread_mutex_unlock(&lock->mutex); }
