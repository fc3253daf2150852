/* The builders of the networks in networks.def. */
#ifndef SARD_ZOO_NETWORKS_H
#define SARD_ZOO_NETWORKS_H

#include "zoo/blocks.h"

#define NETWORK(name, summary) void zoo_##name(zoo_net *net);
#include "zoo/networks.def"
#undef NETWORK

#endif
