/* What kernels derive from a model's constants: packed weights, aligned copies. Made once, shared by the model's sessions. */
#ifndef SARD_PLAN_STORE_H
#define SARD_PLAN_STORE_H

#include "ir/graph.h"
#include "ir/lock.h"

typedef struct sard_store_entry sard_store_entry;

typedef struct sard_store {
    sard_lock lock; /* held while a plan is made */
    sard_arena arena;
    sard_store_entry **table; /* open addressing; a power of two */
    size_t count, capacity;
} sard_store;

void sard_store_init(sard_store *store, const sard_allocator *allocator);
void sard_store_destroy(sard_store *store);
/* Takes and gives back the lock. In a child after fork() the store begins anew: what the parent was putting there may be incomplete. */
void sard_store_lock(sard_store *store);
void sard_store_unlock(sard_store *store);

/* Who asks: memory with the same key is the same memory. constants: addresses of the elements it is derived from, at most 8. */
typedef struct sard_store_key {
    const void *kernel, *attrs, *constants[8];
    size_t slot, bytes, layout;
} sard_store_key;

/* Memory aligned to 64; *fresh: the caller has to fill it. NULL when memory runs out. The lock is held by the caller. */
void *sard_store_get(sard_store *store, const sard_store_key *key, bool *fresh);

#endif
