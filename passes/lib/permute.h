/* Orders of dimensions, and values in another order: what the passes share that move Transposes. */
#ifndef SARD_PASSES_LIB_PERMUTE_H
#define SARD_PASSES_LIB_PERMUTE_H

#include "ir/graph.h"

/* Of more users of a value the last ones that came alone are looked at for a Transpose. */
#define SARD_MOST_USERS 256

/* Dimension i of the result is dimension axis[i] of what is permuted, as Transpose has it. */
typedef struct sard_perm {
    int rank;
    int axis[SARD_MAX_RANK];
} sard_perm;

/* N, spatial..., C -> N, C, spatial... and the other way round. */
sard_perm sard_perm_to_nchw(int rank);
sard_perm sard_perm_to_nhwc(int rank);
sard_perm sard_perm_of(const sard_node *transpose);
sard_perm sard_perm_inverse(const sard_perm *p);
/* `first`, then `second`, in one. */
sard_perm sard_perm_then(const sard_perm *first, const sard_perm *second);
/* Of what is left when the axes of `mask`, numbered as in the result, are gone on both sides. */
sard_perm sard_perm_without(const sard_perm *p, uint32_t mask);
bool sard_perm_same(const sard_perm *a, const sard_perm *b);
bool sard_perm_is_identity(const sard_perm *p);
/* Does it turn all dimensions but the first one around, as between channels first and channels last? */
bool sard_perm_turns(const sard_perm *p);
/* Keeps every element where it is: the dimensions other than 1 stay in order. */
bool sard_perm_moves_nothing(const sard_perm *p, const sard_value *value);

/* The Transpose that makes a value, or NULL; its operand is node->inputs[0]. */
const sard_node *sard_transpose_of(const sard_value *value);
/* Is the value the result of a Transpose in this order? */
bool sard_is_permuted(const sard_value *value, const sard_perm *p);
/* How many elements a Transpose of the value moves; dimensions that are not numbers count as 1. */
int64_t sard_permute_cost(const sard_perm *p, const sard_value *value);
/* All dims are 1. */
bool sard_is_single(const sard_value *value);

/* The value in that order. A Transpose that is there already is used, one that the value comes from is merged with it, the elements of
 * a constant are permuted. A constant of lower rank counts as one with dimensions of size 1 before its own. New Transposes stand as
 * early as possible. */
sard_status sard_permute(sard_value *value, const sard_perm *p, sard_value **out, sard_error *error) SARD_MUST_USE;
/* May sard_permute copy this constant? Copies are limited as folded constants are. */
bool sard_can_permute_constant(const sard_value *value, const sard_perm *p);
/* The constant without its first dimensions of size 1. NULL when memory runs out. */
sard_value *sard_shorten_constant(sard_value *value);

/* A constant with the elements of a tensor in that order; not copied if they stay where they are. NULL when memory runs out. */
sard_value *sard_permute_tensor(sard_graph *graph, const char *name, const sard_tensor *tensor, const sard_perm *p);

/* Elements of a tensor, which may have any address: `dims` of them, `from` apart along each dimension, from the first-th on. The copy is
 * dense. NULL when memory runs out. */
void *sard_take_elements(sard_graph *graph, const sard_tensor *tensor, int64_t first, const int64_t *from, const int64_t *dims);

/* A constant of int64s. NULL when memory runs out. */
sard_value *sard_add_ints(sard_graph *graph, const char *name, const int64_t *numbers, size_t count);

#endif
