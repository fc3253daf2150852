/* MT19937. */
#include "ops/lib/twister.h"

#include <math.h>

enum { WORDS = SARD_TWISTER_WORDS, AHEAD = 397 };

void sard_twister_start(sard_twister *t, uint32_t seed)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        t->words[i] = seed;
        seed = 1812433253u * (seed ^ seed >> 30) + i + 1;
    }
    t->next = WORDS;
    t->has_normal = false;
}

static void twist(sard_twister *t)
{
    for (size_t i = 0; i < WORDS; i++) {
        const uint32_t both = (t->words[i] & 0x80000000u) | (t->words[(i + 1) % WORDS] & 0x7fffffffu);
        t->words[i] = t->words[(i + AHEAD) % WORDS] ^ both >> 1 ^ (both & 1 ? 0x9908b0dfu : 0);
    }
    t->next = 0;
}

static uint32_t draw(sard_twister *t)
{
    if (t->next == WORDS)
        twist(t);
    uint32_t y = t->words[t->next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

double sard_twister_uniform(sard_twister *t)
{
    const uint32_t high = draw(t) >> 5, low = draw(t) >> 6;
    return ((double)high * 67108864 + (double)low) / 9007199254740992;
}

double sard_twister_normal(sard_twister *t)
{
    double x, y, square;
    if (t->has_normal) {
        t->has_normal = false;
        return t->normal;
    }
    do {
        x = 2 * sard_twister_uniform(t) - 1;
        y = 2 * sard_twister_uniform(t) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    const double factor = sqrt(-2 * log(square) / square);
    t->normal = factor * x;
    t->has_normal = true;
    return factor * y;
}
