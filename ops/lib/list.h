/* Items of sequences and optionals. They last until the run is over, wherever they are made, so that lists can share them: a list that goes
 * into or out of a subgraph, or gets one item more, is a copy of an array of sard_tensors. */
#ifndef SARD_OPS_LIB_LIST_H
#define SARD_OPS_LIB_LIST_H

#include "ops/lib/util.h"

/* Output i becomes a list whose length is known only when it runs. Nothing is set where the type of the items is not known. */
sard_status sard_infer_list(sard_node *node, size_t i, sard_dtype list, sard_error *error) SARD_MUST_USE;

/* Output i of the call becomes a list of `count` items (at most 16384), which the caller then fills: (sard_tensor *)call->outputs[i].data. */
sard_status sard_call_list(const sard_call *call, size_t i, sard_dtype list, size_t count, sard_tensor **items) SARD_MUST_USE;

/* Memory for the elements of an item. */
sard_status sard_item_make(const sard_call *call, sard_dtype dtype, int rank, const int64_t *dims, sard_tensor *item) SARD_MUST_USE;
/* Its elements are set: the bytes of strings are copied too. */
sard_status sard_item_finish(const sard_call *call, const sard_tensor *item) SARD_MUST_USE;
/* A copy of a value; of a list its array, with the same items. */
sard_status sard_item_copy(const sard_call *call, const sard_tensor *from, sard_tensor *item) SARD_MUST_USE;

/* An index of -n .. n-1, or ..n with `behind`, from input i (of one element), or `otherwise` where that is left out. Fails with DATA. */
sard_status sard_item_index(const sard_call *call, size_t i, size_t n, bool behind, int64_t otherwise, size_t *out) SARD_MUST_USE;

#endif
