/* Cast(Cast(x)) -> Cast(x).
 * needs: the type between them holds every number of x's type, and what the second Cast makes depends on the number alone: text does not,
 *        1 is "1" or "True". Floats become the nearest small integer, integers lose their high bits: so integers that go by way of floats end
 *        in a type that holds them too.
 * keeps: every number. */
#include "passes/passes.h"

#include "passes/lib/permute.h"

#include <math.h>

/* Integers from -2^bits, or 0, to below 2^bits; other types have none: floats have their bounds, and those of 8 bits and less, strings and
 * complex numbers hold nothing, for this. */
static const struct {
    sard_dtype dtype;
    int bits;
    bool sign;
} integers[] = {
    {SARD_BOOL, 1, false}, {SARD_U8, 8, false},  {SARD_U16, 16, false}, {SARD_U32, 32, false}, {SARD_U64, 64, false},
    {SARD_I8, 7, true},    {SARD_I16, 15, true}, {SARD_I32, 31, true},  {SARD_I64, 63, true},
};

/* 0: it is no integer. */
static int bits_of(sard_dtype dtype, bool *sign)
{
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        if (integers[i].dtype == dtype) {
            *sign = integers[i].sign;
            return integers[i].bits;
        }
    return 0;
}

/* Does each number of one type have its like in another? Bool holds bool alone: what is cast to it is compared with 0. */
static bool holds(sard_dtype wide, sard_dtype narrow)
{
    const sard_float_bounds w = sard_dtype_bounds(wide), n = sard_dtype_bounds(narrow);
    bool wide_sign = true, narrow_sign = true;
    const int wide_bits = bits_of(wide, &wide_sign), narrow_bits = bits_of(narrow, &narrow_sign);
    if (n.bits)
        return w.bits >= n.bits && w.largest >= n.largest && w.smallest <= n.smallest;
    if (!narrow_bits || (narrow_sign && !wide_sign))
        return false;
    return w.bits ? w.bits >= narrow_bits && w.largest >= ldexp(1, narrow_bits) : wide != SARD_BOOL && wide_bits >= narrow_bits;
}

static bool is_cast(const sard_node *node) { return sard_is_plain(node, SARD_OP_cast) && node->inputs[0]->dtype; }

static sard_status rewrite(sard_rewriter *rewriter, sard_node *node)
{
    const sard_node *before = is_cast(node) ? node->inputs[0]->producer : NULL;
    if (!is_cast(before))
        return SARD_OK;
    const sard_dtype from = before->inputs[0]->dtype, by = before->outputs[0]->dtype, to = node->outputs[0]->dtype;
    if (to == SARD_STRING || !holds(by, from) ||
        (sard_dtype_is_integral(from) && sard_dtype_is_float(by) && sard_dtype_is_integral(to) && !holds(to, from)))
        return SARD_OK;
    sard_node_set_input(node, 0, before->inputs[0]);
    rewriter->edited = true;
    return sard_node_infer(node, rewriter->error); /* to x's own type: remove_identities takes it out */
}

const sard_pass sard_pass_merge_casts = {
    .struct_size = sizeof(sard_pass),
    .name = "merge_casts",
    .reason = "makes one Cast of two where nothing is lost between them",
    .level = SARD_O1,
    .rewrite = rewrite,
};
