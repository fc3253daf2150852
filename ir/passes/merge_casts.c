/* Cast(Cast(x)) -> Cast(x).
 * needs: the type between them holds every number of x's type. Floats become the nearest small integer, integers lose their high bits: so
 *        integers that go by way of floats end in a type that holds them too.
 * keeps: every number. */
#include "ir/passes/passes.h"

#include "ir/passes/permute.h"

/* Integers of `bits` and a sign, or floats with a fraction and an exponent of so many bits; others have none. */
typedef struct range {
    int bits, fraction, exponent;
    bool sign;
} range;

static range range_of(sard_dtype dtype)
{
    switch (dtype) {
    case SARD_BOOL:
        return (range){.bits = 1};
    case SARD_U8:
    case SARD_U16:
    case SARD_U32:
    case SARD_U64:
        return (range){.bits = 8 * (int)sard_dtype_size(dtype)};
    case SARD_I8:
    case SARD_I16:
    case SARD_I32:
    case SARD_I64:
        return (range){.bits = 8 * (int)sard_dtype_size(dtype) - 1, .sign = true};
    case SARD_F16:
        return (range){.fraction = 11, .exponent = 5, .sign = true};
    case SARD_BF16:
        return (range){.fraction = 8, .exponent = 8, .sign = true};
    case SARD_F32:
        return (range){.fraction = 24, .exponent = 8, .sign = true};
    case SARD_F64:
        return (range){.fraction = 53, .exponent = 11, .sign = true};
    default:
        return (range){.bits = 0};
    }
}

/* Does each number of one type have its like in another? Bool holds bool alone: what is cast to it is compared with 0. */
static bool holds(sard_dtype wide, sard_dtype narrow)
{
    const range w = range_of(wide), n = range_of(narrow);
    if (n.sign && !w.sign)
        return false;
    if (n.fraction)
        return w.fraction >= n.fraction && w.exponent >= n.exponent;
    return n.bits && (w.fraction ? w.fraction >= n.bits && w.exponent > 5 : wide != SARD_BOOL && w.bits >= n.bits);
}

static bool is_cast(const sard_node *node) { return sard_is_plain(node, "Cast") && node->inputs[0]->dtype; }

static sard_status rewrite(sard_graph *graph, sard_node *node, bool *edited, sard_error *error)
{
    const sard_node *before = node->inputs[0]->producer;
    (void)graph;
    if (!is_cast(node) || !is_cast(before))
        return SARD_OK;
    const sard_dtype from = before->inputs[0]->dtype, by = before->outputs[0]->dtype, to = node->outputs[0]->dtype;
    if (!holds(by, from) || (sard_dtype_is_integral(from) && sard_dtype_is_float(by) && sard_dtype_is_integral(to) && !holds(to, from)))
        return SARD_OK;
    sard_node_set_input(node, 0, before->inputs[0]);
    *edited = true;
    return sard_node_infer(node, error); /* to x's own type: remove_identities takes it out */
}

const sard_pass sard_pass_merge_casts = {
    .struct_size = sizeof(sard_pass),
    .name = "merge_casts",
    .reason = "makes one Cast of two where nothing is lost between them",
    .level = SARD_O1,
    .op = "Cast",
    .rewrite = rewrite,
};
