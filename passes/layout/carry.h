/* Carrying a Transpose over a node: Op(Transpose(x)) -> Transpose(Op'(x)). What each operator becomes stands in one table of rules
 * (carry.c); passes only decide where it pays. A rule tells beforehand whether it can be done, so that nothing is left half done.
 *
 *     old input  = Transpose(new input, in)       for each input that is data
 *     old output = Transpose(new output, out)     for each output; `out` has another rank where the operator changes it */
#ifndef SARD_PASSES_LAYOUT_CARRY_H
#define SARD_PASSES_LAYOUT_CARRY_H

#include "passes/lib/permute.h"

/* Can the node work on inputs in the order before `in`? *out: what is left behind its outputs. */
bool sard_can_carry(const sard_node *node, const sard_perm *in, sard_perm *out);

/* Does it. Its outputs keep their meaning: they become results of Transposes behind the node. Only after sard_can_carry. */
sard_status sard_carry(sard_node *node, const sard_perm *in, sard_error *error) SARD_MUST_USE;

/* How many of the node's first inputs are data: the others are axes, sizes, scalars and weights. */
size_t sard_carry_inputs(const sard_node *node);

/* ---- for the rules ---- */

typedef struct sard_carry_rule {
    sard_op_id op;
    bool all; /* each input is data, not only the first */
    bool (*can)(const sard_node *node, const sard_perm *in, sard_perm *out);
    sard_status (*change)(sard_node *node, const sard_perm *in, sard_error *error); /* all but the data inputs; NULL: nothing */
} sard_carry_rule;

/* Each table ends with SARD_OP_NONE. */
extern const sard_carry_rule sard_carry_axis_rules[], sard_carry_list_rules[], sard_carry_shape_rules[];

/* Puts a list of numbers in place of input i, which may lie behind the last one. */
sard_status sard_carry_put_ints(sard_node *node, size_t i, const int64_t *numbers, size_t count, sard_error *error) SARD_MUST_USE;

#endif
