/* What plans are made from: a graph that no longer changes, what kernels derive from its constants, and what its owner lends. */
#ifndef SARD_PLAN_SOURCE_H
#define SARD_PLAN_SOURCE_H

#include "plan/store.h"

/* Allocator, limits and graph belong to the owner and outlive the plans. */
typedef struct sard_plan_source {
    const sard_allocator *allocator;
    const sard_limits *limits; /* no zeroes */
    const sard_graph *graph;
    sard_store store;
    /* Runs work(arg, i) for each i below count on up to `threads` threads. */
    void (*parallel)(void *owner, int threads, size_t count, void (*work)(void *arg, size_t i), void *arg);
    /* The elements at `data` are not read for now: their pages may be released. NULL: there are none to release. */
    void (*release)(void *owner, const void *data, size_t bytes);
    void *owner;
} sard_plan_source;

#endif
