/* Spatial tensors in either layout, and windows that slide over them: sizes and padding as ONNX's Conv and pools define them. */
#include "ops/lib/util.h"

#include <inttypes.h>

const char *const sard_auto_pad_words[] = {"NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID", NULL};

/* Dims may be unknown or hostile here: then the strides mean nothing, but wrap. */
static int64_t multiply(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }

sard_spatial sard_spatial_of(sard_layout layout, int rank, const int64_t *dims, int64_t ld)
{
    const int channel = layout == SARD_NHWC ? rank - 1 : 1, first = layout == SARD_NHWC ? 1 : 2;
    int64_t strides[SARD_MAX_RANK];
    strides[rank - 1] = 1;
    if (rank > 1)
        strides[rank - 2] = ld ? ld : dims[rank - 1];
    for (int i = rank - 3; i >= 0; i--)
        strides[i] = multiply(strides[i + 1], dims[i + 1]);
    sard_spatial s = {.count = rank - 2, .n = dims[0], .c = dims[channel], .stride_n = strides[0], .stride_c = strides[channel]};
    for (int i = 0; i < s.count; i++) {
        s.size[i] = dims[first + i];
        s.stride[i] = strides[first + i];
    }
    return s;
}

void sard_spatial_dims(sard_layout layout, int spatial, int64_t n, int64_t c, const int64_t *size, int64_t *dims)
{
    const int first = layout == SARD_NHWC ? 1 : 2;
    dims[0] = n;
    dims[layout == SARD_NHWC ? spatial + 1 : 1] = c;
    for (int i = 0; i < spatial; i++)
        dims[first + i] = size[i];
}

/* ---- windows ---- */

/* Sums and products of two such numbers don't overflow. */
static const int64_t LARGEST = INT32_MAX;

/* One element of an attribute's list, checked; `absent` where there is no list. */
static sard_status read_item(const sard_node *node, sard_ints list, size_t i, int64_t absent, int64_t least, const char *what, int64_t *out,
                             sard_error *error)
{
    *out = list.data ? list.data[i] : absent;
    if (*out < least || *out > LARGEST)
        return sard_node_fail(node, error, SARD_SHAPE, "%s[%zu] is %" PRId64 ", must be %" PRId64 " to %" PRId64, what, i, *out, least,
                              LARGEST);
    return SARD_OK;
}

static sard_status check_length(const sard_node *node, sard_ints list, int length, const char *what, sard_error *error)
{
    if (list.data && list.count != (size_t)length)
        return sard_node_fail(node, error, SARD_SHAPE, "%s has %zu elements, must have %d", what, list.count, length);
    return SARD_OK;
}

static sard_status read_lists(const sard_node *node, const int64_t *kernel, sard_ints strides, sard_ints dilations, sard_ints pads,
                              sard_window *w, sard_error *error)
{
    const sard_ints kernels = {kernel, (size_t)w->count};
    sard_status status = check_length(node, strides, w->count, "strides", error);
    if (!status)
        status = check_length(node, dilations, w->count, "dilations", error);
    if (!status)
        status = check_length(node, pads, 2 * w->count, "pads", error);
    for (size_t i = 0; !status && i < (size_t)w->count; i++) {
        status = read_item(node, kernels, i, 1, 1, "kernel", &w->kernel[i], error);
        if (!status)
            status = read_item(node, strides, i, 1, 1, "strides", &w->stride[i], error);
        if (!status)
            status = read_item(node, dilations, i, 1, 1, "dilations", &w->dilation[i], error);
        if (!status)
            status = read_item(node, pads, i, 0, 0, "pads", &w->begin[i], error);
        if (!status)
            status = read_item(node, pads, i + (size_t)w->count, 0, 0, "pads", &w->end[i], error);
    }
    return status;
}

/* SAME_*: as many windows as steps fit into the input; the padding that this takes, the odd one at the named end. */
static void pad_same(sard_window *w, int i, int64_t size, int64_t extent, bool upper)
{
    const int64_t step = w->stride[i];
    int64_t total = step == 1 ? extent - 1 : 0;
    w->out[i] = step == 1 ? size : SARD_UNKNOWN_DIM;
    if (size >= 0) {
        w->out[i] = size / step + (size % step != 0);
        total = w->out[i] ? (w->out[i] - 1) * step + extent - size : 0;
        total = total < 0 ? 0 : total;
    }
    w->begin[i] = upper ? total / 2 : total - total / 2;
    w->end[i] = total - w->begin[i];
}

static int64_t count_windows(const sard_window *w, int i, int64_t size, int64_t extent, bool ceil_mode)
{
    const int64_t room = size + w->begin[i] + w->end[i] - extent;
    const int64_t count = room / w->stride[i] + 1 + (ceil_mode && room % w->stride[i]);
    return count - (ceil_mode && (count - 1) * w->stride[i] >= size + w->begin[i]);
}

static sard_status resolve(const sard_node *node, sard_window *w, int i, int64_t size, int64_t auto_pad, bool ceil_mode, sard_error *error)
{
    const int64_t extent = (w->kernel[i] - 1) * w->dilation[i] + 1;
    if (size > INT64_MAX / 4)
        return sard_node_fail(node, error, SARD_SHAPE, "spatial dimension %d is %" PRId64, i, size);
    if (auto_pad == SARD_AUTO_SAME_UPPER || auto_pad == SARD_AUTO_SAME_LOWER) {
        pad_same(w, i, size, extent, auto_pad == SARD_AUTO_SAME_UPPER);
        return SARD_OK;
    }
    if (auto_pad == SARD_AUTO_VALID)
        w->begin[i] = w->end[i] = 0;
    if (size < 0) { /* whatever it is, it stays if padding makes up for what the window takes */
        w->out[i] = w->stride[i] == 1 && w->begin[i] + w->end[i] == extent - 1 ? size : SARD_UNKNOWN_DIM;
        return SARD_OK;
    }
    if (extent > size + w->begin[i] + w->end[i])
        return sard_node_fail(node, error, SARD_SHAPE,
                              "a window of %" PRId64 " (kernel %" PRId64 ", dilation %" PRId64 ") does not fit "
                              "into spatial dimension %d of %" PRId64 " + padding %" PRId64,
                              extent, w->kernel[i], w->dilation[i], i, size, w->begin[i] + w->end[i]);
    w->out[i] = count_windows(w, i, size, extent, ceil_mode && auto_pad == SARD_AUTO_NOTSET);
    return SARD_OK;
}

sard_status sard_window_make(const sard_node *node, int count, const int64_t *size, const int64_t *kernel, sard_ints strides,
                             sard_ints dilations, sard_ints pads, int64_t auto_pad, bool ceil_mode, sard_window *out, sard_error *error)
{
    *out = (sard_window){.count = count};
    sard_status status = read_lists(node, kernel, strides, dilations, pads, out, error);
    for (int i = 0; !status && i < count; i++)
        status = resolve(node, out, i, size[i], auto_pad, ceil_mode, error);
    return status;
}

bool sard_window_is_point(const sard_window *w)
{
    for (int i = 0; i < w->count; i++)
        if (w->kernel[i] != 1 || w->stride[i] != 1 || w->begin[i] || w->end[i])
            return false;
    return true;
}
