/* Native kernels of every tier that the machine has against the reference. */
#ifndef SARD_TESTS_TIERS_H
#define SARD_TESTS_TIERS_H

#include <sard/graph.h>

/* Runs a graph with one float32 input and one output, constants "{...}" filled with random numbers, by the reference and by the native
 * backend; elements may differ by `tolerance` times the root of their mean square. All steps must be native ones, unless an operator's name
 * stands in `others` (may be NULL), surrounded by spaces. */
void check_native(const char *text, double tolerance, const char *others);

/* check_native for SARD_ISA = sse2, avx2 and avx512; i is 0, 1 or 2. */
void tier_select(int i);

#endif
