/* The window of a node, for kernels of the house and of plugins. */
#include "ops/conv.h"
#include "ops/ops.h"
#include "ops/pool.h"

sard_status sard_node_window(const sard_node *node, sard_window *out, sard_error *error)
{
    switch (sard_node_id(node)) {
    case SARD_OP_conv:
        return sard_conv_window(node, out, error);
    case SARD_OP_max_pool:
    case SARD_OP_average_pool:
        return sard_pool_window(node, out, error);
    default:
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "has no window that is known here");
    }
}
