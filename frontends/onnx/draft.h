/* A node on its way from the file to the graph: what upgrades work on. They change it, or put nodes of their own before it; whatever they
 * do, what is left in the draft makes the outputs.
 *
 * Failure is remembered in `status`, and whatever is asked of a draft that has failed gives NULL and does nothing: an upgrade is written
 * without a look at it. */
#ifndef SARD_FRONTENDS_ONNX_DRAFT_H
#define SARD_FRONTENDS_ONNX_DRAFT_H

#include "frontends/onnx/importer.h"

#define SARD_ONNX_ANY_VERSION INT32_MAX

typedef struct sard_onnx_draft {
    sard_onnx_scope *scope;
    const char *domain, *op, *name;
    int64_t version;     /* of the domain */
    sard_value **inputs; /* NULL: left out */
    size_t input_count, input_capacity;
    sard_attr *attrs;
    size_t attr_count, attr_capacity;
    const char **outputs; /* names in the graph; "": nobody wants it */
    size_t output_count;
    sard_value *known[5]; /* what outputs stand for that are not the node's own, because an upgrade has split it */
    sard_status status;
    sard_error *error;
} sard_onnx_draft;

/* Fails with the draft's operator and name before the text. */
void sard_onnx_draft_fail(sard_onnx_draft *draft, sard_status status, const char *format, ...) SARD_PRINTF(3, 4);

/* ---- inputs ---- */

/* NULL if left out. */
sard_value *sard_onnx_input(const sard_onnx_draft *draft, size_t i);
/* The same, with its type and shape as far as they follow from what is before it. */
sard_value *sard_onnx_typed_input(sard_onnx_draft *draft, size_t i);
/* Of any value that the draft has made; NULL stays NULL. */
sard_value *sard_onnx_typed(sard_onnx_draft *draft, sard_value *value);
void sard_onnx_set_input(sard_onnx_draft *draft, size_t i, sard_value *value);
/* Leaves the first `count`. */
void sard_onnx_cut_inputs(sard_onnx_draft *draft, size_t count);

/* ---- attributes ---- */

/* NULL if not given, or, which is a failure, of another kind. */
const sard_attr *sard_onnx_attr(sard_onnx_draft *draft, const char *name, sard_attr_kind kind);
/* Takes it out of the draft: false if it is not there. */
bool sard_onnx_take_attr(sard_onnx_draft *draft, const char *name, sard_attr_kind kind, sard_attr *out);
int64_t sard_onnx_take_int(sard_onnx_draft *draft, const char *name, int64_t otherwise);
float sard_onnx_take_float(sard_onnx_draft *draft, const char *name, float otherwise);
void sard_onnx_drop_attr(sard_onnx_draft *draft, const char *name);
/* Sets, or replaces. */
void sard_onnx_set_attr(sard_onnx_draft *draft, sard_attr attr);
void sard_onnx_set_int(sard_onnx_draft *draft, const char *name, int64_t value);
void sard_onnx_set_float(sard_onnx_draft *draft, const char *name, float value);
void sard_onnx_set_ints(sard_onnx_draft *draft, const char *name, const int64_t *values, size_t count);
void sard_onnx_set_word(sard_onnx_draft *draft, const char *name, const char *word);
void sard_onnx_rename_attr(sard_onnx_draft *draft, const char *from, const char *to);
/* True if it is given as that word. */
bool sard_onnx_attr_is(const sard_onnx_draft *draft, const char *name, const char *word);

/* ---- new values: named after the node and `role` ---- */

sard_value *sard_onnx_ints(sard_onnx_draft *draft, const char *role, const int64_t *values, size_t count);
sard_value *sard_onnx_floats(sard_onnx_draft *draft, const char *role, const float *values, size_t count);
/* Rank 0. */
sard_value *sard_onnx_scalar(sard_onnx_draft *draft, const char *role, sard_dtype dtype, double value);
/* A node of domain "" before the draft's; its first output. */
sard_value *sard_onnx_node_before(sard_onnx_draft *draft, const char *op, const char *role, sard_value *const *inputs, size_t input_count,
                                  const sard_attr *attrs, size_t attr_count);
/* The same with several outputs. */
sard_node *sard_onnx_nodes_before(sard_onnx_draft *draft, const char *op, const char *role, sard_value *const *inputs, size_t input_count,
                                  const sard_attr *attrs, size_t attr_count, size_t output_count);
/* SARD_ONNX_OP(draft, "Add", "sum", a, b): a node before the draft's without attributes. */
#define SARD_ONNX_VALUES(...) (sard_value *const[]){__VA_ARGS__}, sizeof((sard_value *const[]){__VA_ARGS__}) / sizeof(sard_value *)
#define SARD_ONNX_OP(draft, op, role, ...) sard_onnx_node_before(draft, op, role, SARD_ONNX_VALUES(__VA_ARGS__), NULL, 0)
sard_value *sard_onnx_cast(sard_onnx_draft *draft, const char *role, sard_value *value, sard_dtype dtype);
sard_value *sard_onnx_transpose(sard_onnx_draft *draft, const char *role, sard_value *value, const int64_t *perm, size_t rank);
/* Dims of 1 at the `count` places `axes` of the result. */
sard_value *sard_onnx_unsqueeze(sard_onnx_draft *draft, const char *role, sard_value *value, const int64_t *axes, size_t count);
/* Dims 0: as they are, -1: what is left. */
sard_value *sard_onnx_reshape(sard_onnx_draft *draft, const char *role, sard_value *value, const int64_t *dims, size_t rank);
/* Parts of the given sizes along an axis; false on failure. */
bool sard_onnx_parts(sard_onnx_draft *draft, const char *role, sard_value *value, int64_t axis, const int64_t *sizes, size_t count,
                     sard_value **out);
/* Dimension `axis` >= 0 of a value, as int64 of rank 1. */
sard_value *sard_onnx_dim(sard_onnx_draft *draft, const char *role, sard_value *value, int64_t axis);
/* `value` with `count` dims of 1 behind its own. */
sard_value *sard_onnx_append_dims(sard_onnx_draft *draft, const char *role, sard_value *value, size_t count);
/* Makes the draft as it is a node before it, and gives its first result; the draft keeps its outputs and has no inputs or attributes. */
sard_value *sard_onnx_split(sard_onnx_draft *draft, const char *role);

/* ---- the end ---- */

/* SARD_ONNX_BECOME(draft, "Add", a, b): the draft is an operator of the standard in its newest form, of one output, without attributes so
 * far. */
void sard_onnx_become(sard_onnx_draft *draft, const char *op, sard_value *const *inputs, size_t count);
#define SARD_ONNX_BECOME(draft, op, ...) sard_onnx_become(draft, op, SARD_ONNX_VALUES(__VA_ARGS__))
/* Makes the node. */
sard_status sard_onnx_draft_finish(sard_onnx_draft *draft, sard_node **out) SARD_MUST_USE;

#endif
