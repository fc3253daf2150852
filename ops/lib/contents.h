/* Shape arithmetic: small integer values as far as they are known before the run, dims among them. */
#ifndef SARD_OPS_LIB_CONTENTS_H
#define SARD_OPS_LIB_CONTENTS_H

#include "ops/lib/util.h"

/* A dim as an element of a shape, and an element as a dim: a number below 0 is SARD_UNKNOWN_DIM. */
static inline sard_content sard_content_of(int64_t dim)
{
    return (sard_content){.known = dim >= 0, .value = dim >= 0 ? dim : 0, .dim = dim >= 0 ? SARD_UNKNOWN_DIM : dim};
}

static inline int64_t sard_content_dim(sard_content content)
{
    return !content.known ? content.dim : content.value < 0 ? SARD_UNKNOWN_DIM : content.value;
}

/* Of input i (perhaps left out); -1: nothing known. `out` has SARD_MAX_CONTENTS. */
int sard_input_contents(const sard_node *node, size_t i, sard_content *out);
/* Of output i: nothing if nobody wants it, if its type is no integer, or if there are too many. */
sard_status sard_output_contents(sard_node *node, size_t i, const sard_content *contents, size_t count, sard_error *error) SARD_MUST_USE;
/* Output 0 has the elements of input 0, in order. Nothing if its rank is above 1. */
sard_status sard_pass_contents(sard_node *node, sard_error *error) SARD_MUST_USE;

/* Elements of an input that is a shape: its length as far as known, -1 if not. Fails if its rank is not 1, or it has more than `max`. */
sard_status sard_input_length(const sard_node *node, size_t i, int64_t max, const char *what, int64_t *out,
                              sard_error *error) SARD_MUST_USE;
/* Dims of output 0 from the elements of input i, as Expand, ConstantOfShape and others have them: none may be negative. *rank -1 and
 * true: not even the rank is known. */
sard_status sard_input_dims(const sard_node *node, size_t i, int *rank, int64_t dims[SARD_MAX_RANK], sard_error *error) SARD_MUST_USE;

/* Two dims that must be the same size: what is known of them; false if they differ. */
bool sard_dim_merge(int64_t a, int64_t b, int64_t *out);
/* Their product: a number, a symbol where the others are 1, or SARD_UNKNOWN_DIM (also where it is too large). */
int64_t sard_dim_product(const int64_t *dims, int count);

/* Is an optional input or output there? */
static inline bool sard_call_has(const sard_call *call, size_t i) { return i < call->input_count && call->inputs[i].dtype; }
static inline bool sard_call_wants(const sard_call *call, size_t i) { return i < call->output_count && call->outputs[i].dtype; }

/* For eval: the elements of an int32 or int64 input; fails if there are more than `max`. An input left out has none. */
sard_status sard_call_ints(const sard_call *call, size_t i, int64_t *out, size_t max, size_t *count) SARD_MUST_USE;

#endif
