/* What happens to a result before it leaves the cache: residual, clamp, activations. */
#ifndef SARD_BACKENDS_NATIVE_POST_H
#define SARD_BACKENDS_NATIVE_POST_H

#include "backends/native/tier.h"

typedef struct sard_post {
    float low, high;             /* clamp at the end of the tile; -inf and inf: none */
    const sard_tensor *residual; /* added before the clamp; of the result's shape */
    bool rest;                   /* the epilogue is something else: sard_call_epilogue afterwards */
} sard_post;

/* From a call whose node may have an epilogue. */
sard_post sard_post_of(const sard_call *call);

/* What is left when the kernel has done its part. */
sard_status sard_post_rest(const sard_post *post, const sard_call *call) SARD_MUST_USE;

#endif
