/* A hash table of memory blocks, by the key's bytes. */
#include "plan/store.h"

#include "ir/hash.h"

#include <string.h>

struct sard_store_entry {
    sard_store_key key;
    void *memory;
};

void sard_store_init(sard_store *store, const sard_allocator *allocator)
{
    *store = (sard_store){.count = 0};
    sard_lock_init(&store->lock);
    sard_arena_init_large(&store->arena, allocator);
}

void sard_store_destroy(sard_store *store)
{
    sard_lock_destroy(&store->lock);
    sard_arena_reset(&store->arena);
}

void sard_store_lock(sard_store *store)
{
    if (!sard_lock_take(&store->lock))
        return;
    store->table = NULL;
    store->count = store->capacity = 0;
    store->arena.next = store->arena.end = NULL; /* its blocks stay: plans use them */
}

void sard_store_unlock(sard_store *store) { sard_lock_give(&store->lock); }

static size_t slot_of(const sard_store *store, const sard_store_key *key)
{
    size_t slot = sard_hash(key, sizeof *key) & (store->capacity - 1);
    while (store->table[slot] && memcmp(&store->table[slot]->key, key, sizeof *key))
        slot = (slot + 1) & (store->capacity - 1);
    return slot;
}

static bool make_room(sard_store *store)
{
    if (2 * (store->count + 1) <= store->capacity)
        return true;
    const size_t old_capacity = store->capacity;
    sard_store_entry **old = store->table;
    sard_store_entry **table = SARD_NEW(&store->arena, sard_store_entry *, old_capacity ? 2 * old_capacity : 256);
    if (!table)
        return false;
    store->table = table;
    store->capacity = old_capacity ? 2 * old_capacity : 256;
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i])
            table[slot_of(store, &old[i]->key)] = old[i];
    return true;
}

void *sard_store_get(sard_store *store, const sard_store_key *key, bool *fresh)
{
    if (!make_room(store))
        return NULL;
    const size_t slot = slot_of(store, key);
    *fresh = !store->table[slot];
    if (!*fresh)
        return store->table[slot]->memory;
    sard_store_entry *entry = SARD_NEW(&store->arena, sard_store_entry, 1);
    void *memory = sard_arena_tensor(&store->arena, key->bytes);
    if (!entry || !memory)
        return NULL;
    entry->key = *key;
    entry->memory = memory;
    store->table[slot] = entry;
    store->count++;
    return memory;
}
