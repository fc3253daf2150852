/* The generator of all random operators: MT19937 (Matsumoto, Nishimura, Mersenne Twister, 1998) as numpy.random.RandomState(seed) has it,
 * so that results can be compared with NumPy's. Numbers are drawn in the order of the elements, by one thread. */
#ifndef SARD_OPS_LIB_TWISTER_H
#define SARD_OPS_LIB_TWISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SARD_TWISTER_WORDS = 624 };

typedef struct sard_twister {
    uint32_t words[SARD_TWISTER_WORDS];
    size_t next;
    double normal; /* the second of a pair that was drawn, where there is one */
    bool has_normal;
} sard_twister;

void sard_twister_start(sard_twister *t, uint32_t seed);
/* RandomState.random_sample: two draws for 53 bits, in 0 .. 1, without 1. */
double sard_twister_uniform(sard_twister *t);
/* RandomState.standard_normal: Marsaglia's polar method, two numbers at a time. */
double sard_twister_normal(sard_twister *t);

#endif
