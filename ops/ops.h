/* The built-in operators. ops.def is the only list: OP(row) per line, where `row` is the name of a `const sard_op sard_op_<row>`. */
#ifndef SARD_OPS_OPS_H
#define SARD_OPS_OPS_H

#include "ir/graph.h"

/* Adds all of them to a table. */
sard_status sard_ops_add(sard_op_table *table, sard_error *error) SARD_MUST_USE;

#endif
