/* Col2Im-18: adds blocks back into the image that they were cut from
 *
 * in   input: N, C * elements of a block, L blocks; image_shape, block_shape: int64, without N and C
 * out  output: N, C, image: the sum of all blocks at their places; what lies in the padding is dropped
 *
 * Blocks stand in row-major order of their places, as windows of a Conv with these strides, dilations and pads. */
#include "ops/lib/contents.h"

#include <inttypes.h>
#include <string.h>

typedef struct col2im {
    sard_ints strides, dilations, pads;
} col2im;

static const sard_attr_spec attrs[] = {SARD_LIST(col2im, strides), SARD_LIST(col2im, dilations), SARD_LIST(col2im, pads), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_NUMBER), SARD_PORT("image_shape", 'S', SARD_SET(I64)),
                                   SARD_PORT("block_shape", 'S', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_NUMBER), SARD_PORTS_END};

/* What is known when both shapes are. */
static sard_status check_blocks(const sard_node *node, int count, const int64_t *image, const int64_t *block, int64_t *channels,
                                sard_error *error)
{
    const col2im *a = node->attrs;
    const sard_value *x = node->inputs[0];
    sard_window window;
    int64_t elements, places;
    const sard_status status =
        sard_window_make(node, count, image, block, a->strides, a->dilations, a->pads, SARD_AUTO_NOTSET, false, &window, error);
    if (status)
        return status;
    if (!sard_count(block, count, &elements) || !sard_count(window.out, count, &places))
        return sard_node_fail(node, error, SARD_SHAPE, "blocks are too large");
    if (x->dims[2] >= 0 && x->dims[2] != places)
        return sard_node_fail(node, error, SARD_SHAPE, "input has %" PRId64 " blocks, but the image has %" PRId64, x->dims[2], places);
    if (x->dims[1] >= 0 && x->dims[1] % elements)
        return sard_node_fail(node, error, SARD_SHAPE, "%" PRId64 " channels are not blocks of %" PRId64, x->dims[1], elements);
    *channels = x->dims[1] >= 0 ? x->dims[1] / elements : SARD_UNKNOWN_DIM;
    return SARD_OK;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    int64_t image[SARD_MAX_RANK], block[SARD_MAX_RANK], dims[SARD_MAX_RANK + 2];
    int count, block_count;
    if (x->rank != 3)
        return sard_node_fail(node, error, SARD_SHAPE, "input has rank %d, must be 3", x->rank);
    sard_status status = sard_input_dims(node, 1, &count, image, error);
    if (!status)
        status = sard_input_dims(node, 2, &block_count, block, error);
    count = status || count >= 0 ? count : block_count;
    if (!status && block_count >= 0 && block_count != count)
        status = sard_node_fail(node, error, SARD_SHAPE, "image_shape has %d elements and block_shape %d", count, block_count);
    if (!status && (count == 0 || count > SARD_MAX_SPATIAL))
        status = sard_node_fail(node, error, SARD_UNSUPPORTED, "images of %d dimensions, must be 1 to %d", count, SARD_MAX_SPATIAL);
    if (status)
        return status;
    bool known = count > 0 && sard_value_is_static(x);
    dims[0] = x->dims[0];
    dims[1] = SARD_UNKNOWN_DIM;
    for (int i = 0; i < count; i++) {
        known &= image[i] >= 0 && block_count >= 0 && block[i] >= 0;
        dims[2 + i] = image[i];
    }
    if (known)
        status = check_blocks(node, count, image, block, &dims[1], error);
    return status ? status : sard_node_set_output(node, 0, x->dtype, count < 0 ? -1 : count + 2, dims, error);
}

/* An image of sums: of integers modulo 2^64. */
typedef struct job {
    const sard_call *call;
    sard_window window;
    int64_t image, blocks, elements; /* of an image; blocks; elements of a block */
    char *sums;                      /* an image for each task */
    int64_t image_strides[SARD_MAX_SPATIAL];
} job;

/* Adds what element `tap` of all blocks has; places beyond the image are in the padding. */
static void add_tap(const job *j, const int64_t *tap, const char *from, char *sums)
{
    const sard_window *w = &j->window;
    const sard_tensor *x = &j->call->inputs[0], *y = &j->call->outputs[0];
    const size_t size = sard_dtype_size(x->dtype);
    const bool floats = sard_dtype_is_float(x->dtype);
    for (sard_walk at = sard_walk_start(w->count, w->out, NULL, NULL, NULL); at.more; sard_walk_next(&at), from += size) {
        int64_t to = 0;
        bool inside = true;
        for (int i = 0; i < w->count; i++) {
            const int64_t place = at.index[i] * w->stride[i] + tap[i] * w->dilation[i] - w->begin[i];
            inside &= place >= 0 && place < y->dims[2 + i];
            to += place * j->image_strides[i];
        }
        if (!inside)
            continue;
        if (floats) {
            double value;
            sard_widen(x->dtype, from, 1, &value);
            ((double *)sums)[to] += value;
        } else {
            int64_t value;
            sard_widen_int(x->dtype, from, 1, &value);
            ((uint64_t *)sums)[to] += (uint64_t)value;
        }
    }
}

static void add_channel(void *arg, size_t channel)
{
    const job *j = arg;
    const sard_tensor *x = &j->call->inputs[0], *y = &j->call->outputs[0];
    const size_t size = sard_dtype_size(x->dtype);
    const char *from = (const char *)x->data + channel * (size_t)(j->elements * j->blocks) * size;
    char *sums = j->sums + channel * (size_t)j->image * sizeof(double), *to = (char *)y->data + channel * (size_t)j->image * size;
    memset(sums, 0, (size_t)j->image * sizeof(double));
    for (sard_walk tap = sard_walk_start(j->window.count, j->window.kernel, NULL, NULL, NULL); tap.more; sard_walk_next(&tap)) {
        add_tap(j, tap.index, from, sums);
        from += (size_t)j->blocks * size;
    }
    if (sard_dtype_is_float(x->dtype))
        sard_narrow(x->dtype, (const double *)sums, (size_t)j->image, to);
    else
        sard_narrow_int(x->dtype, (const int64_t *)sums, (size_t)j->image, to);
}

static sard_status eval(const sard_call *call)
{
    const col2im *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const int count = y->rank - 2;
    job j = {.call = call, .image = 1, .blocks = x->dims[2], .elements = 1};
    const sard_status status = sard_window_make(call->node, count, y->dims + 2, call->inputs[2].data, a->strides, a->dilations, a->pads,
                                                SARD_AUTO_NOTSET, false, &j.window, call->error);
    if (status || !sard_tensor_count(y))
        return status;
    for (int i = count - 1; i >= 0; i--) {
        j.image_strides[i] = j.image;
        j.image *= y->dims[2 + i];
        j.elements *= j.window.kernel[i];
    }
    j.sums = sard_call_alloc(call, sard_tensor_count(y) * sizeof(double));
    if (!j.sums)
        return sard_call_fail(call, SARD_NOMEM, "no memory for %zu sums", sard_tensor_count(y));
    sard_call_parallel(call, (size_t)(y->dims[0] * y->dims[1]), add_channel, &j);
    return SARD_OK;
}

const sard_op sard_op_col2im = {.struct_size = sizeof(sard_op),
                                .domain = "",
                                .name = "Col2Im",
                                .since = 18,
                                .inputs = inputs,
                                .outputs = outputs,
                                .attrs = attrs,
                                .attrs_size = sizeof(col2im),
                                .infer = infer,
                                .eval = eval};
