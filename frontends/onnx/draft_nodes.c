/* Drafts: the nodes before them that many upgrades make. */
#include "frontends/onnx/draft.h"

static sard_value *with_attr(sard_onnx_draft *draft, const char *op, const char *role, sard_value *value, sard_attr attr)
{
    return sard_onnx_node_before(draft, op, role, &value, 1, &attr, 1);
}

sard_value *sard_onnx_cast(sard_onnx_draft *draft, const char *role, sard_value *value, sard_dtype dtype)
{
    return with_attr(draft, "Cast", role, value, (sard_attr){.name = "to", .kind = SARD_ATTR_INT, .i = dtype});
}

sard_value *sard_onnx_transpose(sard_onnx_draft *draft, const char *role, sard_value *value, const int64_t *perm, size_t rank)
{
    return with_attr(draft, "Transpose", role, value, (sard_attr){.name = "perm", .kind = SARD_ATTR_INTS, .ints = perm, .count = rank});
}

sard_value *sard_onnx_unsqueeze(sard_onnx_draft *draft, const char *role, sard_value *value, const int64_t *axes, size_t count)
{
    return SARD_ONNX_OP(draft, "Unsqueeze", role, value, sard_onnx_ints(draft, "axes", axes, count));
}

sard_value *sard_onnx_reshape(sard_onnx_draft *draft, const char *role, sard_value *value, const int64_t *dims, size_t rank)
{
    return SARD_ONNX_OP(draft, "Reshape", role, value, sard_onnx_ints(draft, "shape", dims, rank));
}

bool sard_onnx_parts(sard_onnx_draft *draft, const char *role, sard_value *value, int64_t axis, const int64_t *sizes, size_t count,
                     sard_value **out)
{
    const sard_attr attr = {.name = "axis", .kind = SARD_ATTR_INT, .i = axis};
    sard_value *const inputs[] = {value, sard_onnx_ints(draft, "sizes", sizes, count)};
    const sard_node *node = sard_onnx_nodes_before(draft, "Split", role, inputs, 2, &attr, 1, count);
    for (size_t i = 0; i < count; i++)
        out[i] = node ? node->outputs[i] : NULL;
    return node != NULL;
}

sard_value *sard_onnx_dim(sard_onnx_draft *draft, const char *role, sard_value *value, int64_t axis)
{
    const sard_attr range[] = {{.name = "start", .kind = SARD_ATTR_INT, .i = axis}, {.name = "end", .kind = SARD_ATTR_INT, .i = axis + 1}};
    return sard_onnx_node_before(draft, "Shape", role, &value, 1, range, 2);
}

void sard_onnx_become(sard_onnx_draft *draft, const char *op, sard_value *const *inputs, size_t count)
{
    draft->domain = "";
    draft->op = op;
    draft->version = SARD_ONNX_ANY_VERSION - 1;
    draft->attr_count = draft->input_count = 0;
    draft->output_count = 1;
    for (size_t i = 0; i < count; i++)
        sard_onnx_set_input(draft, i, inputs[i]);
}
