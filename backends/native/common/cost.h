/* What costs are made of. Cycles are counted as of a core that does two fused multiply-adds of vectors in one; their quotient with the
 * speed of memory is what chooses between kernels, and it is much the same for all cores of an instruction set. */
#ifndef SARD_BACKENDS_NATIVE_COMMON_COST_H
#define SARD_BACKENDS_NATIVE_COMMON_COST_H

#include "backends/native/common/tier.h"

/* Cycles to nanoseconds. */
#define SARD_COST_GHZ 3.5

/* Cycles of products: vectors of outputs times steps, at what register tiles reach. */
static inline double sard_cost_products(double vectors) { return vectors / (2 * 0.97); }

/* Weights that come from memory once: bytes a cycle where products wait for them, and where they do not because tiles prefetch them. A
 * core with a large L2 has a slow way to what lies behind it (measured: 2 MB of L2, 3 bytes a cycle; 1 MB, 8.5; 512 KB, 6.2). */
#define SARD_COST_WEIGHTS 5.7
static inline double sard_cost_prefetched(const sard_tier *tier, size_t l2) { return l2 > 1 << 20 ? 3.5 : tier->lanes == 16 ? 8.5 : 6.2; }

/* What a step costs before it does anything: cold code and tables. */
#define SARD_COST_STEP 30000.0

#endif
