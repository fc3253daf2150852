/* Upgrades of attributes that became inputs. */
#include "frontends/onnx/upgrade.h"

#include <string.h>

/* A list becomes the constant input `i`; nothing where it is not given. */
static bool list_to_input(sard_onnx_draft *draft, const char *name, size_t i)
{
    sard_attr attr;
    if (!sard_onnx_take_attr(draft, name, SARD_ATTR_INTS, &attr))
        return false;
    sard_onnx_set_input(draft, i, sard_onnx_ints(draft, name, attr.ints, attr.count));
    return true;
}

/* A constant of the type of input 0 has to be of that type; where nothing is known of it, float is what files mean. */
static sard_dtype type_of_data(sard_onnx_draft *draft)
{
    const sard_value *data = sard_onnx_typed_input(draft, 0);
    return data && data->dtype && data->dtype != SARD_STRING ? data->dtype : SARD_F32;
}

static void float_to_input(sard_onnx_draft *draft, const char *name, size_t i)
{
    sard_attr attr;
    if (sard_onnx_take_attr(draft, name, SARD_ATTR_FLOAT, &attr))
        sard_onnx_set_input(draft, i, sard_onnx_scalar(draft, name, type_of_data(draft), (double)attr.f));
}

/* Reduce* 1-17 (ReduceSum 1-12), Squeeze and Unsqueeze 1-12. */
void sard_onnx_step_axes(sard_onnx_draft *draft) { list_to_input(draft, "axes", 1); }

/* Clip 1-10. */
void sard_onnx_step_clip(sard_onnx_draft *draft)
{
    float_to_input(draft, "min", 1);
    float_to_input(draft, "max", 2);
}

/* Pad 1. */
void sard_onnx_step_pad_2(sard_onnx_draft *draft) { sard_onnx_rename_attr(draft, "paddings", "pads"); }

/* Pad 2-10. */
void sard_onnx_step_pad(sard_onnx_draft *draft)
{
    if (!list_to_input(draft, "pads", 1))
        sard_onnx_draft_fail(draft, SARD_MODEL, "attribute pads is missing");
    float_to_input(draft, "value", 2);
}

/* Slice 1-9. */
void sard_onnx_step_slice(sard_onnx_draft *draft)
{
    const sard_attr *starts = sard_onnx_attr(draft, "starts", SARD_ATTR_INTS), *ends = sard_onnx_attr(draft, "ends", SARD_ATTR_INTS);
    if (!starts || !ends || starts->count != ends->count)
        sard_onnx_draft_fail(draft, SARD_MODEL, "attributes starts and ends must be there, of the same length");
    list_to_input(draft, "starts", 1);
    list_to_input(draft, "ends", 2);
    list_to_input(draft, "axes", 3);
}

/* Split 1 has it as an input already, of the type of the data, 2-12 as an attribute; before 18 equal parts are as many as there are outputs. */
void sard_onnx_step_split(sard_onnx_draft *draft)
{
    const sard_attr to = {.name = "to", .kind = SARD_ATTR_INT, .i = SARD_I64};
    sard_value *parts = sard_onnx_input(draft, 1);
    if (draft->version < 2 && parts)
        sard_onnx_set_input(draft, 1, sard_onnx_node_before(draft, "Cast", "split", &parts, 1, &to, 1));
    if (draft->version < 13)
        list_to_input(draft, "split", 1);
    if (!sard_onnx_input(draft, 1))
        sard_onnx_set_int(draft, "num_outputs", (int64_t)draft->output_count);
}

/* TopK 1-9. */
void sard_onnx_step_topk(sard_onnx_draft *draft)
{
    sard_attr k;
    if (sard_onnx_take_attr(draft, "k", SARD_ATTR_INT, &k))
        sard_onnx_set_input(draft, 1, sard_onnx_ints(draft, "k", &k.i, 1));
}

/* Reshape 1-4. */
void sard_onnx_step_reshape(sard_onnx_draft *draft) { list_to_input(draft, "shape", 1); }

/* Tile 1-5: input 1 tells how often, along the axis of input 2. */
void sard_onnx_step_tile(sard_onnx_draft *draft)
{
    const sard_value *data = sard_onnx_typed_input(draft, 0), *tiles = sard_onnx_input(draft, 1), *axis = sard_onnx_input(draft, 2);
    if (!tiles || !axis || !data || data->rank < 0 || !tiles->constant || !axis->constant || sard_tensor_count(tiles->constant) != 1 ||
        sard_tensor_count(axis->constant) != 1) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "in this opset it needs a constant tile and axis, and a known rank");
        return;
    }
    int64_t repeats[SARD_MAX_RANK];
    sard_tensor along = *axis->constant, often = *tiles->constant;
    const sard_tensor *at = sard_tensor_align(draft->scope->importer->scratch, &along);
    const sard_tensor *times = sard_tensor_align(draft->scope->importer->scratch, &often);
    const double place = at ? sard_get(at, 0) : -1, count = times ? sard_get(times, 0) : 0;
    if (!(place >= 0 && place < data->rank && count >= 0 && count < (double)INT32_MAX)) {
        sard_onnx_draft_fail(draft, SARD_MODEL, "%g tiles along axis %g", count, place);
        return;
    }
    for (int i = 0; i < data->rank; i++)
        repeats[i] = i == (int)place ? (int64_t)count : 1;
    sard_onnx_cut_inputs(draft, 1);
    sard_onnx_set_input(draft, 1, sard_onnx_ints(draft, "repeats", repeats, (size_t)data->rank));
}

/* DFT 17: axis was an attribute, 1 by default. */
void sard_onnx_step_dft(sard_onnx_draft *draft)
{
    const int64_t axis = sard_onnx_take_int(draft, "axis", 1);
    sard_onnx_set_input(draft, 2, sard_onnx_scalar(draft, "axis", SARD_I64, (double)axis));
}

/* Cast 1-5: `to` was a word. */
void sard_onnx_step_cast(sard_onnx_draft *draft)
{
    sard_attr to;
    char word[32] = "";
    if (!sard_onnx_take_attr(draft, "to", SARD_ATTR_STRING, &to))
        return;
    if (to.s.size < sizeof word && to.s.size)
        memcpy(word, to.s.data, to.s.size);
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(&sard__onnx__tensor_proto__data_type__descriptor, word);
    if (value)
        sard_onnx_set_int(draft, "to", value->value);
    else
        sard_onnx_draft_fail(draft, SARD_MODEL, "there is no element type '%s'", word);
}

/* ConstantFill: a shape, given or of the input, and a value; ConstantOfShape has the shape as an input alone. */
void sard_onnx_step_fill(sard_onnx_draft *draft)
{
    const float value = sard_onnx_take_float(draft, "value", 0);
    const int64_t dtype = sard_onnx_take_int(draft, "dtype", SARD_F32), as_shape = sard_onnx_take_int(draft, "input_as_shape", 0);
    sard_attr shape, extra;
    sard_value *dims = sard_onnx_input(draft, 0);
    if (sard_onnx_take_attr(draft, "extra_shape", SARD_ATTR_INTS, &extra) && extra.count)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "extra_shape is not supported");
    if (sard_onnx_take_attr(draft, "shape", SARD_ATTR_INTS, &shape))
        dims = sard_onnx_ints(draft, "shape", shape.ints, shape.count);
    else if (dims && !as_shape)
        dims = sard_onnx_node_before(draft, "Shape", "shape", &dims, 1, NULL, 0);
    if (dtype < 1 || dtype > 31 || !sard_dtype_in((sard_dtype)dtype, SARD_SET_NUMBER | SARD_SET(BOOL)))
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "element type %d", (int)dtype);
    const sard_value *element = draft->status ? NULL : sard_onnx_scalar(draft, "value", (sard_dtype)dtype, (double)value);
    if (!element)
        return;
    sard_tensor one = *element->constant;
    one.rank = 1;
    one.dims[0] = 1;
    const sard_tensor *copy = sard_arena_copy(draft->scope->importer->scratch, &one, sizeof one);
    draft->op = "ConstantOfShape";
    sard_onnx_set_input(draft, 0, dims);
    if (copy)
        sard_onnx_set_attr(draft, (sard_attr){.name = "value", .kind = SARD_ATTR_TENSOR, .tensor = copy});
    else
        sard_onnx_draft_fail(draft, SARD_NOMEM, "out of memory");
}
