/* Types of values: of tensors, of sequences of tensors, of optional ones of both. */
#include "frontends/onnx/importer.h"

static const char *kind_name(const Sard__Onnx__TypeProto *type)
{
    switch (type ? type->value_case : SARD__ONNX__TYPE_PROTO__VALUE__NOT_SET) {
    case SARD__ONNX__TYPE_PROTO__VALUE_MAP_TYPE:
        return "a map";
    case SARD__ONNX__TYPE_PROTO__VALUE_OPAQUE_TYPE:
        return "opaque";
    case SARD__ONNX__TYPE_PROTO__VALUE_SPARSE_TENSOR_TYPE:
        return "a sparse tensor";
    default:
        return "of no type";
    }
}

static const Sard__Onnx__TypeProto *sequence_item(const Sard__Onnx__TypeProto *type)
{
    return type && type->value_case == SARD__ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE ? type->sequence_type->elem_type : NULL;
}

static const Sard__Onnx__TypeProto *optional_item(const Sard__Onnx__TypeProto *type)
{
    return type && type->value_case == SARD__ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE ? type->optional_type->elem_type : NULL;
}

sard_status sard_onnx_type(const Sard__Onnx__TypeProto *type, const char *what, sard_dtype *out, sard_error *error)
{
    const Sard__Onnx__TypeProto *optional = optional_item(type), *sequence = sequence_item(optional ? optional : type);
    const Sard__Onnx__TypeProto *tensor = sequence ? sequence : optional ? optional : type;
    const bool typed = tensor && tensor->value_case != SARD__ONNX__TYPE_PROTO__VALUE__NOT_SET;
    if (!typed || tensor->value_case != SARD__ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE)
        return sard_fail(error, typed ? SARD_UNSUPPORTED : SARD_MODEL, "%s is %s%s%s", what, optional ? "optional: " : "",
                         sequence ? "a sequence of what is " : "", kind_name(tensor));
    const sard_status status = sard_onnx_dtype(tensor->tensor_type->elem_type, what, out, error);
    if (!status)
        *out = (sard_dtype)(*out | (sequence ? SARD_SEQUENCE : 0) | (optional ? SARD_MAYBE : 0));
    return status;
}
