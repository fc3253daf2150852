/* What passes share that recognise operators written out. */
#ifndef SARD_PASSES_LIB_MATCH_H
#define SARD_PASSES_LIB_MATCH_H

#include "ops/ops.h"

/* Does that operator, without epilogue, make the value? */
bool sard_is_made_by(const sard_value *value, sard_op_id op);
/* And one other node uses it. */
bool sard_is_between(const sard_value *value, sard_op_id op);
/* Input i as one number. */
bool sard_read_number(const sard_node *node, size_t i, double *out);
/* Near in the float32 of exporters, to 1e-5; those who write float64 mean its last bits, but for the last few. */
bool sard_is_near(sard_dtype dtype, double a, double b);
/* Input i is one number that is near. */
bool sard_is_number(const sard_node *node, size_t i, double want);

/* Which axes a reduction that keeps dims takes, a bit each; 0: it is no such node, or its axes are not known. op: SARD_OP_reduce_mean, ... */
uint32_t sard_reduced_axes(const sard_value *value, sard_op_id op);

/* Puts an operator with one output in the place of a node; the values that it used may be unused then. *edited: it did not fail. */
sard_status sard_replace_node(sard_node *node, sard_op_id op, sard_value *const *inputs, size_t input_count, const sard_attr *attrs,
                              size_t attr_count, bool *edited, sard_error *error) SARD_MUST_USE;

#endif
