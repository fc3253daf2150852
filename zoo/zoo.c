/* The table of networks. */
#include "zoo/zoo.h"

#include "zoo/networks.h"

#include <string.h>

static const sard_zoo_network networks[] = {
#define NETWORK(name, summary) {#name, summary, zoo_##name},
#include "zoo/networks.def"
#undef NETWORK
};

const sard_zoo_network *sard_zoo_at(size_t i) { return i < sizeof networks / sizeof *networks ? &networks[i] : NULL; }

static const sard_zoo_network *find(const char *name, sard_error *error)
{
    char known[400] = "";
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        if (!strcmp(networks[i].name, name))
            return &networks[i];
        if (strlen(known) + strlen(networks[i].name) + 3 < sizeof known)
            strcat(strcat(known, i ? ", " : ""), networks[i].name);
    }
    sard_fail(error, SARD_ARGUMENT, "there is no network '%.100s'; there are %s", name, known);
    return NULL;
}

sard_status sard_zoo_build_into(sard_graph *graph, const char *name, uint64_t seed, sard_error *error)
{
    const sard_zoo_network *network = find(name, error);
    if (!network)
        return SARD_ARGUMENT;
    zoo_net net = {.graph = graph, .seed = seed, .error = error};
    network->build(&net);
    return net.status;
}

sard_status sard_zoo_build(sard_context *context, const char *name, uint64_t seed, sard_graph **out, sard_error *error)
{
    if (!find(name, error))
        return SARD_ARGUMENT;
    sard_graph *graph;
    sard_status status = sard_graph_new(context, name, &graph, error);
    if (status)
        return status;
    status = sard_zoo_build_into(graph, name, seed, error);
    if (status)
        sard_graph_free(graph);
    else
        *out = graph;
    return status;
}
