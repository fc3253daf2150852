/* Operators on sequences whose items are known while importing. */
#ifndef SARD_FRONTENDS_ONNX_SEQUENCE_H
#define SARD_FRONTENDS_ONNX_SEQUENCE_H

#include "frontends/onnx/draft.h"

/* Names may stand for one, but it is no value of a graph. */
bool sard_onnx_is_sequence(const sard_value *value);
/* The value of the run that it becomes where other operators use it, in the graph that it was made in, at its end. */
sard_status sard_onnx_sequence_value(sard_value *sequence, sard_value **out, sard_error *error) SARD_MUST_USE;
/* Whether the operator may look into one, its input 0; others get the value of the run, before anything is done to their drafts. */
bool sard_onnx_takes_sequence(const char *domain, const char *op);
/* What the output of an operator on sequences stands for; NULL where the draft becomes a node (whose inputs are values of the graph), or has
 * failed. */
sard_value *sard_onnx_apply_sequence(sard_onnx_draft *draft);

#endif
