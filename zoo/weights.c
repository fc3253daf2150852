/* Numbers drawn by counter: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) of the place, keyed
 * by the tensor's name. A normal number is the sum of four uniform ones of 16 bits, integers until the last multiplication, so that
 * every machine gets the same bytes. */
#include "zoo/blocks.h"

#include <math.h>

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static uint64_t key_of(uint64_t seed, const char *name)
{
    uint64_t key = mix(seed + 1);
    for (const char *c = name; *c; c++)
        key = mix(key ^ (unsigned char)*c);
    return key;
}

void zoo_normal(uint64_t seed, const char *name, double mean, double deviation, float *out, size_t count)
{
    const uint64_t key = key_of(seed, name);
    const double unit = sqrt((65536.0 * 65536.0 - 1) / 3); /* deviation of a sum */
    const double scale = deviation / unit;
    for (size_t i = 0; i < count; i++) {
        const uint64_t bits = mix(key + (i + 1) * 0x9e3779b97f4a7c15u);
        const int64_t sum = (int64_t)((bits & 0xffff) + (bits >> 16 & 0xffff) + (bits >> 32 & 0xffff) + (bits >> 48));
        const double centred = (double)(sum - 2 * 65535) * scale;
        out[i] = (float)(centred + mean);
    }
}
