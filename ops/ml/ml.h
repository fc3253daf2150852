/* What the operators of domain ai.onnx.ml share. */
#ifndef SARD_OPS_ML_ML_H
#define SARD_OPS_ML_ML_H

#include "ops/lib/contents.h"
#include "ops/lib/text.h"

#define SARD_ML_NUMBERS (SARD_SET(F32) | SARD_SET(F64) | SARD_SET(I64) | SARD_SET(I32))

/* X as rows of features: [N, C], or [C], which is one row. infer fails for other ranks. */
sard_status sard_ml_rows(const sard_node *node, int64_t *rows, int64_t *width, sard_error *error) SARD_MUST_USE;
/* The same in eval. */
static inline int64_t sard_ml_row_count(const sard_tensor *x) { return x->rank == 1 ? 1 : x->dims[0]; }
static inline int64_t sard_ml_width(const sard_tensor *x) { return x->dims[x->rank - 1]; }
static inline void sard_ml_row(const sard_tensor *x, size_t row, double *out)
{
    const size_t width = (size_t)sard_ml_width(x);
    sard_widen(x->dtype, (const char *)x->data + row * width * sard_dtype_size(x->dtype), width, out);
}

/* Fails naming the list where it has another number of elements. */
sard_status sard_ml_check_count(const sard_node *node, const char *name, size_t count, size_t wanted, sard_error *error) SARD_MUST_USE;

/* The words of post_transform, in the order of TreeEnsemble's numbers. */
enum { SARD_ML_NONE, SARD_ML_SOFTMAX, SARD_ML_LOGISTIC, SARD_ML_SOFTMAX_ZERO, SARD_ML_PROBIT };
extern const char *const sard_ml_post_words[];
/* Changes scores of one row. SOFTMAX_ZERO leaves out scores of 0. PROBIT is the approximation that ONNX's reference and ONNX Runtime
 * have. */
void sard_ml_post(int64_t post_transform, double *scores, size_t count);

/* Scores of two classes from the one of the second: 1 - s and s; -s and s where the score is no share of 1 (`signed`), and for LOGISTIC,
 * then post_transform. SOFTMAX stays undone, as in ONNX Runtime: shares of 1 need none. */
void sard_ml_two_scores(int64_t post_transform, bool is_signed, double scores[2]);

/* Labels of classes: one of the lists. */
typedef struct sard_ml_labels {
    sard_ints ints;
    sard_strings strings;
} sard_ml_labels;
static inline size_t sard_ml_label_count(const sard_ml_labels *labels)
{
    return labels->strings.count ? labels->strings.count : labels->ints.count;
}
static inline sard_dtype sard_ml_label_type(const sard_ml_labels *labels) { return labels->strings.count ? SARD_STRING : SARD_I64; }
/* infer of a classifier: output 0 has a label, output 1 `scores` float32 for each row. Fails unless one list is given. */
sard_status sard_ml_set_outputs(sard_node *node, const sard_ml_labels *labels, int64_t scores, sard_error *error) SARD_MUST_USE;
/* Writes label `label` for row `row`, if the output is wanted. */
void sard_ml_put_label(const sard_call *call, const sard_ml_labels *labels, size_t row, size_t label);

/* A list of numbers or strings as elements of a tensor of rank 1: what a TENSOR attribute is. data NULL: not given. */
static inline sard_tensor sard_ml_list(sard_dtype dtype, const void *data, size_t count)
{
    return data ? sard_tensor_make(dtype, 1, (int64_t[]){(int64_t)count}, (void *)data) : (sard_tensor){.dtype = SARD_NONE};
}

/* Runs work(arg, slot, i) for each i below count, on several threads; `together` of them are worth a task. No two that run at once have the
 * same slot, so that memory for SARD_ML_SLOTS of them is enough. */
enum { SARD_ML_SLOTS = 64 };
typedef void sard_ml_work(void *arg, size_t slot, size_t i);
void sard_ml_parallel(const sard_call *call, size_t count, size_t together, sard_ml_work *work, void *arg);

#define SARD_ML_OP(row, text, version, ...) \
    const sard_op sard_op_ml_##row = {.struct_size = sizeof(sard_op), .domain = "ai.onnx.ml", .name = text, .since = version, __VA_ARGS__};

#endif
