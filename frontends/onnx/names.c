/* Open addressing at a load of at most a half. */
#include "frontends/onnx/names.h"

#include "ir/hash.h"

#include <string.h>

static size_t slot_of(const sard_onnx_names *names, const char *key)
{
    size_t slot = sard_hash(key, strlen(key)) & (names->capacity - 1);
    while (names->slots[slot].key && strcmp(names->slots[slot].key, key))
        slot = (slot + 1) & (names->capacity - 1);
    return slot;
}

static bool grow(sard_onnx_names *names)
{
    const sard_onnx_names old = *names;
    names->capacity = old.capacity ? 2 * old.capacity : 16;
    names->slots = SARD_NEW(names->arena, sard_onnx_name, names->capacity);
    if (!names->slots) {
        *names = old;
        return false;
    }
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].key)
            names->slots[slot_of(names, old.slots[i].key)] = old.slots[i];
    return true;
}

void *sard_onnx_names_get(const sard_onnx_names *names, const char *key)
{
    return names->capacity ? names->slots[slot_of(names, key)].value : NULL;
}

bool sard_onnx_names_put(sard_onnx_names *names, const char *key, void *value)
{
    if (2 * (names->count + 1) > names->capacity && !grow(names))
        return false;
    sard_onnx_name *slot = &names->slots[slot_of(names, key)];
    names->count += !slot->key;
    *slot = (sard_onnx_name){key, value};
    return true;
}
