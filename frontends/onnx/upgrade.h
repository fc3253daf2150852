/* Operators as older opsets have them, made into what ops/ knows: their newest form. */
#ifndef SARD_FRONTENDS_ONNX_UPGRADE_H
#define SARD_FRONTENDS_ONNX_UPGRADE_H

#include "frontends/onnx/draft.h"

/* One step: for an operator of a version below `below`. Steps are taken in the order of their rows, so a later one sees what an earlier one
 * made of the draft. */
typedef struct sard_onnx_upgrade {
    const char *op;
    int below;
    void (*apply)(sard_onnx_draft *draft);
} sard_onnx_upgrade;

/* Of domain "": rows of one operator together, ends with op NULL. */
extern const sard_onnx_upgrade sard_onnx_upgrades[];
/* Of domain com.microsoft, and of operators that are defined by others: used where there is no such operator in the table. */
extern const sard_onnx_upgrade sard_onnx_microsoft[];
extern const sard_onnx_upgrade sard_onnx_expansions[];
/* Of domain ai.onnx.ml: older forms, too. */
extern const sard_onnx_upgrade sard_onnx_ml[];

/* Applies all rows that fit; draft->status tells. */
void sard_onnx_upgrade_draft(sard_onnx_draft *draft);
/* Is there a row for such an operator? */
bool sard_onnx_can_upgrade(const char *domain, const char *op, int64_t version);

/* For operators whose input 0 has its channels last (attribute channels_last; `always`: without one): turns it. Returns its rank, 0 if it
 * need not be turned back; sard_onnx_leave_nhwc does that with the result of the draft as it then is. */
int sard_onnx_enter_nhwc(sard_onnx_draft *draft, bool always);
void sard_onnx_leave_nhwc(sard_onnx_draft *draft, int rank);

/* ---- steps, by file ---- */

/* A line or two for each file. */
/* clang-format off */
#define SARD_ONNX_STEP_LIST(X) \
    X(broadcast) X(prelu) /* upgrade_broadcast.c */ \
    X(axes) X(clip) X(pad_2) X(pad) X(slice) X(split) X(topk) X(reshape) X(tile) X(dft) X(fill) X(cast) /* upgrade_inputs.c */ \
    X(softmax) X(upsample_7) X(upsample_9) X(upsample) X(resize_10) X(resize) X(group_norm) X(batch_norm) /* upgrade_meaning.c */ \
    X(drop_ratio) X(mask) X(drop_broadcast) X(drop_sequence) X(concat) X(roi_align) X(grid_sample) X(scatter) X(norm_p) \
    X(selu) /* upgrade_attrs.c */ \
    X(scan) /* upgrade_scan.c */ \
    X(affine) X(scaled_tanh) X(soft_plus) X(image_scaler) X(crop) X(dynamic_slice) X(mvn) /* upgrade_experimental.c */
/* clang-format on */

#define SARD_ONNX_QLINEAR_LIST(X) \
    X(add)                        \
    X(mul)                        \
    X(leaky_relu) X(sigmoid) X(average_pool) X(global_average_pool) X(softmax) X(reduce_mean) X(concat) /* upgrade_qlinear.c */

#define X(name) void sard_onnx_step_##name(sard_onnx_draft *draft);
SARD_ONNX_STEP_LIST(X)
#undef X
#define X(name) void sard_onnx_qlinear_##name(sard_onnx_draft *draft);
SARD_ONNX_QLINEAR_LIST(X)
#undef X
void sard_onnx_qgemm(sard_onnx_draft *draft); /* upgrade_qgemm.c */

#endif
