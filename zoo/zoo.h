/* Full-size networks, written with the public builder: the architectures of torchvision (names of tensors, counts of parameters),
 * weights made from a seed. Each is in the form of an export: BatchNormalization stands in the graph, the input is one picture. */
#ifndef SARD_ZOO_ZOO_H
#define SARD_ZOO_ZOO_H

#include <sard/graph.h>

struct zoo_net;

/* A row of the table. build: adds inputs, nodes and outputs to the net's graph (blocks.h); what fails stands in the net. */
typedef struct sard_zoo_network {
    const char *name;
    const char *summary; /* a few words */
    void (*build)(struct zoo_net *net);
} sard_zoo_network;

/* The i-th network, NULL beyond the last. */
const sard_zoo_network *sard_zoo_at(size_t i);

/* Makes a network; free the graph with sard_graph_free. The same seed gives the same bytes everywhere.
 * Fails with ARGUMENT (no network of that name), UNSUPPORTED (the context lacks an operator) or NOMEM. */
sard_status sard_zoo_build(sard_context *context, const char *name, uint64_t seed, sard_graph **out, sard_error *error) SARD_MUST_USE;

/* The same into an empty graph. */
sard_status sard_zoo_build_into(sard_graph *graph, const char *name, uint64_t seed, sard_error *error) SARD_MUST_USE;

#endif
