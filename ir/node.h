/* Edits of nodes that keep use lists right, for the files of this room. */
#ifndef SARD_IR_NODE_H
#define SARD_IR_NODE_H

#include "ir/graph.h"

#include <stdio.h>

/* Sets any input, also an extra one. */
void sard_node_put_input(sard_node *node, size_t i, sard_value *value);
/* Another number of inputs; new ones are NULL. False (nothing done) when memory runs out. */
bool sard_node_resize_inputs(sard_node *node, size_t count);
/* Takes a node out of the list and its inputs out of use lists; outputs are the caller's business. */
void sard_node_unlink(sard_node *node);

#endif
