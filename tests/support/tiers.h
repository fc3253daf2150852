/* Native kernels of every tier that the machine has against the reference. */
#ifndef SARD_TESTS_TIERS_H
#define SARD_TESTS_TIERS_H

#include <sard/graph.h>

/* Runs a graph with one float32 input and one output, constants "{...}" filled with random numbers, by the reference and by the native
 * backend; elements may differ by `tolerance` times the root of their mean square. All steps must be native ones, unless an operator's name
 * stands in `others` (may be NULL), surrounded by spaces. */
void check_native(const char *text, double tolerance, const char *others);

/* Names for SARD_ISA, and how many of them the machine has, or tests/backends/wide stands in for. */
extern const char *const tiers[];
#define TIERS tier_count()
int tier_count(void);

/* The contexts that are made from now on use tier i. */
void tier_select(int i);

/* A context whose memory is guard.h's. */
sard_context *guarded_context(void);

/* How many of `all` cases are to be run: all, or where SARD_TEST_SHARE is 20 one of 20, for emulators; also for sizes that make cases long.
 * check_native counts its calls. */
int share_of(int all);

#endif
