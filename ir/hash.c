/* Hashes of bytes that a file chose: 8 bytes at a time are multiplied by a secret, and the halves of the product combined. */
#include "ir/hash.h"

#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

__extension__ typedef unsigned __int128 wide;

static uint64_t secret[2];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Where there is no entropy, addresses and the time are better than nothing. */
static void make_secret(void)
{
    if (getentropy(secret, sizeof secret)) {
        secret[0] = (uint64_t)(uintptr_t)&secret ^ (uint64_t)time(NULL) * 0x9e3779b97f4a7c15;
        secret[1] = (uint64_t)(uintptr_t)&once * 0xbf58476d1ce4e5b9 ^ (uint64_t)clock();
    }
    secret[1] |= 1;
}

static uint64_t mix(uint64_t a)
{
    const wide product = (wide)a * secret[1];
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t sard_hash(const void *bytes, size_t size)
{
    pthread_once(&once, make_secret);
    uint64_t hash = secret[0] ^ size;
    for (size_t at = 0; at < size; at += sizeof hash) {
        uint64_t word = 0;
        memcpy(&word, (const char *)bytes + at, size - at < sizeof word ? size - at : sizeof word);
        hash = mix(hash ^ word);
    }
    return mix(hash ^ secret[0]);
}

uint64_t sard_hash_both(uint64_t first, uint64_t second) { return sard_hash((uint64_t[]){first, second}, 2 * sizeof first); }
