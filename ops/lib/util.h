/* What operators share: axes, broadcasting, walking through strided tensors, spatial shapes. */
#ifndef SARD_OPS_LIB_UTIL_H
#define SARD_OPS_LIB_UTIL_H

#include "ir/call.h"
#include "ir/graph.h"

/* ---- inference ---- */

/* Axis -rank .. rank-1 -> 0 .. rank-1; fails naming `what` ("axis"). */
sard_status sard_axis(const sard_node *node, int64_t axis, int rank, const char *what, int *out, sard_error *error) SARD_MUST_USE;

/* A set of axes from an INTS attribute or from constant input `i`; each once. data NULL: *count = 0. `mask`: bit per axis. */
sard_status sard_axes(const sard_node *node, sard_ints axes, int rank, uint32_t *mask, sard_error *error) SARD_MUST_USE;

/* The same where input i is known before the run and right; false: it is not. */
bool sard_input_axes(const sard_node *node, size_t i, int rank, uint32_t *mask);

/* Numpy's broadcasting of inputs first .. first+count-1 (ONNX: Multidirectional Broadcasting); unknown dims give unknown dims. */
sard_status sard_broadcast(const sard_node *node, size_t first, size_t count, int *rank, int64_t dims[SARD_MAX_RANK],
                           sard_error *error) SARD_MUST_USE;

/* Fails naming the port unless input i, which may be left out, has one element as far as known. */
sard_status sard_one_element(const sard_node *node, size_t i, sard_error *error) SARD_MUST_USE;

/* Output i gets type and shape of input j. */
sard_status sard_infer_same(sard_node *node, sard_error *error) SARD_MUST_USE;      /* output 0 as input 0 */
sard_status sard_infer_broadcast(sard_node *node, sard_error *error) SARD_MUST_USE; /* output 0: all inputs broadcast */

/* True if the input is there. */
static inline bool sard_has_input(const sard_node *node, size_t i) { return i < node->own_count && node->inputs[i]; }
/* Whether input i is there and comes with the run. */
static inline bool sard_is_computed(const sard_node *node, size_t i) { return sard_has_input(node, i) && !node->inputs[i]->constant; }

/* Every number of a list, which may have none. */
static inline bool sard_ints_are(sard_ints list, int64_t wanted)
{
    for (size_t i = 0; i < list.count; i++)
        if (list.data[i] != wanted)
            return false;
    return true;
}

/* Elements of a constant float input as doubles; -1 if not constant, not there, or over max. */
int64_t sard_node_input_floats(const sard_node *node, size_t i, double *out, size_t max);

/* ---- walking ---- */

/* Row-major strides, in elements. */
void sard_strides(const int64_t *dims, int rank, int64_t *strides);

/* dst[sum i*dst_strides] = src[sum i*src_strides] for all i below dims; strides in elements of `size` bytes, may be negative or 0.
 * Transpose, Slice, Expand, Concat, Pad ... are this. */
void sard_copy(void *dst, const int64_t *dst_strides, const void *src, const int64_t *src_strides, const int64_t *dims, int rank,
               size_t size);

/* Steps through all index tuples below dims, row-major: for (sard_walk w = sard_walk_start(rank, dims); w.more; sard_walk_next(&w)).
 * Up to three offsets follow along, in elements. */
typedef struct sard_walk {
    int rank;
    bool more;
    int64_t dims[SARD_MAX_RANK], index[SARD_MAX_RANK];
    const int64_t *strides[3]; /* rank long each, or NULL */
    int64_t offset[3];
} sard_walk;
sard_walk sard_walk_start(int rank, const int64_t *dims, const int64_t *a, const int64_t *b, const int64_t *c);
void sard_walk_next(sard_walk *walk);

/* ---- numbers ---- */

/* x rounded to float. Volatile, since gcc 12 leaves out a double's way to float and back where it makes vectors of two. */
static inline double sard_to_float(double x)
{
    volatile float narrow = (float)x;
    return (double)narrow;
}

/* ---- spatial operators ---- */

/* dims from N, C and spatial sizes in that layout. */
void sard_spatial_dims(sard_layout layout, int spatial, int64_t n, int64_t c, const int64_t *size, int64_t *dims);

enum { SARD_AUTO_NOTSET, SARD_AUTO_SAME_UPPER, SARD_AUTO_SAME_LOWER, SARD_AUTO_VALID };
extern const char *const sard_auto_pad_words[];

/* What Conv and pools have in common; kernel comes from the attribute or from W. size: the input's (unknown allowed). Checks that
 * all is positive, padding not negative, lengths right, the window not larger than the padded input; resolves auto_pad; ceil_mode
 * drops a last window that would begin in the padding (as ONNX's reference since opset 22 does). */
sard_status sard_window_make(const sard_node *node, int count, const int64_t *size, const int64_t *kernel, sard_ints strides,
                             sard_ints dilations, sard_ints pads, int64_t auto_pad, bool ceil_mode, sard_window *out,
                             sard_error *error) SARD_MUST_USE;

#endif
