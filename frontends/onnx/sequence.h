/* Operators on sequences whose items are known while importing. */
#ifndef SARD_FRONTENDS_ONNX_SEQUENCE_H
#define SARD_FRONTENDS_ONNX_SEQUENCE_H

#include "frontends/onnx/draft.h"

/* Names may stand for one, but it is no value of a graph: only the operators here can use it. */
bool sard_onnx_is_sequence(const sard_value *value);
bool sard_onnx_takes_sequences(const char *domain, const char *op);
/* What the output of such an operator stands for; NULL where the draft has become a node that makes it, or has failed. */
sard_value *sard_onnx_apply_sequence(sard_onnx_draft *draft);

#endif
