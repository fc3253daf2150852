/* What happens to a result before it leaves the cache: residual, clamp, activations.
 *
 * The first part of an epilogue, [Add of the result's shape] [Relu or Clip], is done in registers at the end of a tile. The rest, if any, is
 * a list of functions that sard_post_apply runs over rows that have just been computed; kernels that don't call it have sard_post_whole_run
 * go over the whole result. Kernels' `matches` asks sard_post_takes, so that nothing else comes. `bind` makes what is const in a plan: it
 * knows operands by their number among the inputs. */
#ifndef SARD_BACKENDS_NATIVE_COMMON_POST_H
#define SARD_BACKENDS_NATIVE_COMMON_POST_H

#include "backends/native/common/tier.h"

#define SARD_POST_STEPS 12

/* One function. Its operand is an input of the node; the element for channel c of pixel p: p / period * batch + p % period * row + c * step. */
typedef struct sard_post_step {
    sard_function function;
    bool swapped; /* the running result is the second operand */
    size_t input; /* the operand; 0: none */
    int step;
    int64_t row, batch, period;
    float p, q;
} sard_post_step;

typedef struct sard_post {
    float low, high;      /* clamp at the end of the tile; -inf and inf: none */
    size_t residual;      /* the input that is added before the clamp, of the result's shape; 0: none */
    int64_t residual_row; /* from pixel to pixel of it */
    bool rest;            /* the epilogue is something else */
    int count;            /* steps after the clamp */
    sard_post_step steps[SARD_POST_STEPS];
    const sard_tier *tier;
} sard_post;

/* Whether the functions below do the whole epilogue of a node. */
bool sard_post_takes(const sard_node *node);

/* Whether the epilogue reads tensors beside the result. */
bool sard_post_reads(const sard_node *node);

/* From a node that may have an epilogue, and its inputs: dims and distances of all, elements of constants. */
sard_post sard_post_of(const sard_node *node, const sard_tensor *inputs, const sard_target *target);
/* The same with nothing left for registers: all are steps. */
sard_post sard_post_steps(const sard_node *node, const sard_tensor *inputs, const sard_target *target);

/* The residual of a pixel, or NULL. inputs: of the run, likewise below. */
static inline const float *sard_post_residual(const sard_post *post, const sard_tensor *inputs, int64_t pixel)
{
    return post->residual ? (const float *)inputs[post->residual].data + pixel * post->residual_row : NULL;
}

/* The steps on a rectangle of the result: pixels are its rows of channels, counted over the whole result; y is where the rectangle begins,
 * with y_row from pixel to pixel. */
void sard_post_apply(const sard_post *post, const sard_tensor *inputs, float *y, int64_t y_row, int64_t pixel, int64_t pixels,
                     int64_t channel, int64_t channels);

/* Steps for kernels that don't apply them to what they have just computed: they go over the whole result once more. */
typedef struct sard_post_whole {
    sard_post post;
    int64_t row, pixels, channels, block; /* block: pixels of a piece of work */
} sard_post_whole;

sard_post_whole sard_post_whole_of(const sard_binding *binding);
void sard_post_whole_run(const sard_post_whole *whole, const sard_call *call);

#endif
