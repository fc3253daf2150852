/* The text form of graphs (docs/text-form.md): reading it. Printing is sard_graph_print of <sard/graph.h>. */
#ifndef SARD_IR_TEXT_H
#define SARD_IR_TEXT_H

#include "ir/graph.h"

/* Reads a graph into `arena`; the text may go away afterwards. Types and shapes are inferred node by node.
 * Fails with PARSE (with line and column), LIMIT (elements that nobody can hold), or as sard_graph_make_node and sard_node_infer. */
sard_status sard_text_parse(sard_arena *arena, const sard_op_table *ops, const char *text, size_t size, sard_graph **out,
                            sard_error *error) SARD_MUST_USE;

#endif
