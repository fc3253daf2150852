/* DepthToSpace-28, SpaceToDepth-28: blocks of pixels are channels, and back
 *
 * in   input: N, C, H, W; with b = blocksize
 * out  DepthToSpace: N, C/b^2, H*b, W*b.   SpaceToDepth: N, C*b^2, H/b, W/b
 *
 * Pixel (y, x) of a block of channel c is the deep channel (y*b + x)*C + c (mode DCR) or (c*b + y)*b + x (CRD), C the shallow ones. */
#include "ops/depth_to_space.h"

#include "ops/lib/move.h"

#include <inttypes.h>

static const char *const modes[] = {"DCR", "CRD", NULL};

static const sard_attr_spec attrs[] = {SARD_CHOICE(sard_depth_to_space, mode, "DCR", modes),
                                       {.name = "blocksize",
                                        .kind = SARD_ATTR_INT,
                                        .flags = SARD_REQUIRED | SARD_RANGED,
                                        .offset = offsetof(sard_depth_to_space, blocksize),
                                        .min = 1,
                                        .max = 32768},
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("input", 'T', SARD_SET_ANY), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_ANY), SARD_PORTS_END};

static bool times(int64_t dim, int64_t factor, int64_t *out)
{
    *out = factor == 1 ? dim : SARD_UNKNOWN_DIM;
    return dim < 0 || !__builtin_mul_overflow(dim, factor, out);
}

static bool divided(int64_t dim, int64_t by, int64_t *out)
{
    *out = by == 1 ? dim : SARD_UNKNOWN_DIM;
    if (dim >= 0)
        *out = dim / by;
    return dim < 0 || dim % by == 0;
}

static sard_status infer(sard_node *node, bool to_space, sard_error *error)
{
    const int64_t b = ((const sard_depth_to_space *)node->attrs)->blocksize;
    const sard_value *x = node->inputs[0];
    const int c = node->layout == SARD_NHWC ? 3 : 1, h = node->layout == SARD_NHWC ? 1 : 2;
    int64_t dims[4];
    if (x->rank != 4)
        return sard_node_fail(node, error, SARD_SHAPE, "input has rank %d, must be 4", x->rank);
    dims[0] = x->dims[0];
    bool fits = to_space ? divided(x->dims[c], b * b, &dims[c]) : times(x->dims[c], b * b, &dims[c]);
    for (int i = h; i < h + 2; i++)
        fits &= to_space ? times(x->dims[i], b, &dims[i]) : divided(x->dims[i], b, &dims[i]);
    if (!fits)
        return sard_node_fail(node, error, SARD_SHAPE, "blocks of %" PRId64 " do not fit %" PRId64 " channels of %" PRId64 "x%" PRId64, b,
                              x->dims[c], x->dims[h], x->dims[h + 1]);
    return sard_node_set_output(node, 0, x->dtype, 4, dims, error);
}

/* Both are one copy over n, c, y, y in block, x, x in block, with the strides of the deep and the shallow tensor. */
static sard_status eval(const sard_call *call, bool to_space)
{
    const sard_depth_to_space *a = call->attrs;
    const sard_layout layout = call->node->layout;
    const sard_tensor *in = &call->inputs[0], *out = &call->outputs[0];
    const sard_tensor *deep = to_space ? in : out, *flat = to_space ? out : in;
    const sard_spatial d = sard_spatial_of(layout, 4, deep->dims, 0), f = sard_spatial_of(layout, 4, flat->dims, 0);
    const int64_t b = a->blocksize;
    const bool dcr = a->mode == SARD_DEPTH_DCR;
    const int64_t dims[] = {f.n, f.c, d.size[0], b, d.size[1], b};
    const int64_t flat_strides[] = {f.stride_n, f.stride_c, b * f.stride[0], f.stride[0], b * f.stride[1], f.stride[1]};
    const int64_t deep_strides[] = {d.stride_n,  (dcr ? 1 : b * b) * d.stride_c, d.stride[0], (dcr ? b * f.c : b) * d.stride_c,
                                    d.stride[1], (dcr ? f.c : 1) * d.stride_c};
    sard_move(call, out->data, to_space ? flat_strides : deep_strides, in->data, to_space ? deep_strides : flat_strides, dims, 6,
              sard_dtype_size(in->dtype));
    return SARD_OK;
}

static sard_status infer_to_space(sard_node *node, sard_error *error) { return infer(node, true, error); }
static sard_status infer_to_depth(sard_node *node, sard_error *error) { return infer(node, false, error); }
static sard_status eval_to_space(const sard_call *call) { return eval(call, true); }
static sard_status eval_to_depth(const sard_call *call) { return eval(call, false); }

const sard_op sard_op_depth_to_space = {.struct_size = sizeof(sard_op),
                                        .domain = "",
                                        .name = "DepthToSpace",
                                        .since = 28,
                                        .traits = SARD_SPATIAL,
                                        .inputs = inputs,
                                        .outputs = outputs,
                                        .attrs = attrs,
                                        .attrs_size = sizeof(sard_depth_to_space),
                                        .infer = infer_to_space,
                                        .eval = eval_to_space};
const sard_op sard_op_space_to_depth = {.struct_size = sizeof(sard_op),
                                        .domain = "",
                                        .name = "SpaceToDepth",
                                        .since = 28,
                                        .traits = SARD_SPATIAL,
                                        .inputs = inputs,
                                        .outputs = outputs,
                                        .attrs = attrs,
                                        .attrs_size = sizeof(sard_depth_to_space),
                                        .infer = infer_to_depth,
                                        .eval = eval_to_depth};
