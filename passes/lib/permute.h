/* Values in another order: what the passes share that move Transposes. */
#ifndef SARD_PASSES_LIB_PERMUTE_H
#define SARD_PASSES_LIB_PERMUTE_H

#include "ir/order.h"
#include "ops/ops.h"
#include "ops/transpose.h"

/* Of more users of a value the last ones that came alone are looked at for a Transpose. */
#define SARD_MOST_USERS 256

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
