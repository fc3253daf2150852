/* The built-in operators, and how to tell them. ops.def is the only list: OP(row) per line, where `row` is the name of a `const sard_op
 * sard_op_<row>` and of its id.
 *
 * An operator that a plugin puts in the place of a built-in one has no id: whatever it is called, nothing here matches it. */
#ifndef SARD_OPS_OPS_H
#define SARD_OPS_OPS_H

#include "ir/graph.h"

typedef enum sard_op_id {
    SARD_OP_NONE, /* of a plugin */
#define OP(row) SARD_OP_##row,
#include "ops/ops.def"
#undef OP
} sard_op_id;

/* Adds all of them to an empty table. */
sard_status sard_ops_add(sard_op_table *table, sard_error *error) SARD_MUST_USE;

static inline sard_op_id sard_node_id(const sard_node *node) { return (sard_op_id)sard_op_id_of(node->op); }
/* Does the node (may be NULL) apply that operator? Others may stand in its epilogue. */
static inline bool sard_is(const sard_node *node, sard_op_id id) { return node && sard_node_id(node) == id; }
/* And nothing stands in its epilogue. */
static inline bool sard_is_plain(const sard_node *node, sard_op_id id) { return sard_is(node, id) && !node->epilogue_count; }
/* Is it a built-in operator of ONNX's own domain? */
static inline bool sard_is_onnx(const sard_node *node) { return sard_node_id(node) && !*node->op->domain; }

/* Makes a node of a built-in operator with one output before `at` (NULL: at the end) and infers it. */
sard_status sard_insert(sard_graph *graph, sard_node *at, sard_op_id id, const char *name, sard_value *const *inputs, size_t input_count,
                        const sard_attr *attrs, size_t attr_count, sard_node **out, sard_error *error) SARD_MUST_USE;

#endif
