/* Identity-1 .. -25, BitCast-26
 *
 * Identity  in input; out output: the same
 * BitCast   in input; out output: the same bytes as another type of that size */
#include "ops/lib/contents.h"
#include "ops/lib/elementwise.h"

#include <inttypes.h>
#include <string.h>

static void copy(const sard_call *call)
{
    const sard_tensor *from = &call->inputs[0], *to = &call->outputs[0];
    if (to->data != from->data && to->bytes)
        memcpy(to->data, from->data, sard_tensor_count(to) * sard_dtype_size(to->dtype));
}

/* ---- Identity ---- */

static sard_status eval_identity(const sard_call *call)
{
    copy(call);
    return SARD_OK;
}

static sard_status infer_identity(sard_node *node, sard_error *error)
{
    const sard_status status = sard_infer_same(node, error);
    return status ? status : sard_pass_contents(node, error);
}

static const sard_port identity_inputs[] = {SARD_PORT("input", 'V', SARD_SET_ALL | SARD_SET_LIST), SARD_PORTS_END};
static const sard_port identity_outputs[] = {SARD_PORT("output", 'V', SARD_SET_ALL | SARD_SET_LIST), SARD_PORTS_END};
SARD_MAP_OP(identity, "Identity", 25, .traits = SARD_ELEMENTWISE | SARD_IN_PLACE, .infer = infer_identity)

/* ---- BitCast ---- */

#define PLAIN_TYPES (SARD_SET_ALL & ~SARD_SET(STRING))

/* In a file: 4 for a type of 4 bits. */
static size_t bits_of(sard_dtype dtype) { return sard_packed_bytes(dtype, 4) * 2; }

typedef struct bit_cast {
    int64_t to;
} bit_cast;

static const sard_attr_spec bit_cast_attrs[] = {SARD_INT_REQUIRED(bit_cast, to), SARD_ATTRS_END};

static sard_status infer_bit_cast(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[0];
    const int64_t to = ((const bit_cast *)node->attrs)->to;
    if (to < 0 || to > 31 || !sard_dtype_in((sard_dtype)to, PLAIN_TYPES))
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "to type %" PRId64 ", which is not supported", to);
    if (bits_of((sard_dtype)to) != bits_of(x->dtype))
        return sard_node_fail(node, error, SARD_SHAPE, "from %s to %s, which has another size", sard_dtype_name(x->dtype),
                              sard_dtype_name((sard_dtype)to));
    return sard_node_set_output(node, 0, (sard_dtype)to, x->rank, x->dims, error);
}

/* The bits of an element below 8 are the same, but what extends them to a byte may differ. */
static void renew_signs(const sard_tensor *to)
{
    uint8_t *bytes = to->data, packed;
    for (size_t i = 0; i < sard_tensor_count(to); i++) {
        sard_pack(to->dtype, &bytes[i], 1, &packed);
        sard_unpack(to->dtype, &packed, 1, &bytes[i]);
    }
}

static sard_status eval_bit_cast(const sard_call *call)
{
    const sard_tensor *to = &call->outputs[0];
    uint8_t *bytes = to->data;
    copy(call);
    if (sard_dtype_is_packed(to->dtype))
        renew_signs(to);
    for (size_t i = 0; to->dtype == SARD_BOOL && i < sard_tensor_count(to); i++)
        bytes[i] = bytes[i] != 0; /* a bool is 0 or 1 */
    return SARD_OK;
}

static const sard_port bit_cast_inputs[] = {SARD_PORT("input", 'T', PLAIN_TYPES), SARD_PORTS_END};
static const sard_port bit_cast_outputs[] = {SARD_PORT("output", 'U', PLAIN_TYPES), SARD_PORTS_END};
SARD_MAP_OP(bit_cast, "BitCast", 26, .traits = SARD_ELEMENTWISE, .infer = infer_bit_cast, .attrs = bit_cast_attrs,
            .attrs_size = sizeof(bit_cast))
