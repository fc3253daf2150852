/* The builders of the networks in networks.def. */
#ifndef SARD_FRONTENDS_ZOO_NETWORKS_H
#define SARD_FRONTENDS_ZOO_NETWORKS_H

#include "frontends/zoo/blocks.h"

#define NETWORK(name, summary) void zoo_##name(zoo_net *net);
#include "frontends/zoo/networks.def"
#undef NETWORK

#endif
