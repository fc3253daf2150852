/* TensorScatter-24: writes a piece of a sequence into a cache
 *
 * in   past_cache; update: of the same dims, along `axis` not longer; write_indices: int64, a place on the axis for each index of
 *      dimension 0; optional, 0
 * out  present_cache: past_cache with update from that place on; mode circular: beyond the end it goes on at the beginning */
#include "ops/lib/contents.h"
#include "ops/lib/move.h"

#include <inttypes.h>
#include <string.h>

enum { LINEAR, CIRCULAR };
static const char *const modes[] = {"linear", "circular", NULL};

typedef struct tensor_scatter {
    int64_t axis, mode;
} tensor_scatter;

/* Types of 2 bits came after it. */
#define TYPES (SARD_SET_ALL & ~(SARD_SET(U2) | SARD_SET(I2)))

static const sard_attr_spec attrs[] = {SARD_INT(tensor_scatter, axis, -2), SARD_CHOICE(tensor_scatter, mode, "linear", modes),
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("past_cache", 'T', TYPES), SARD_PORT("update", 'T', TYPES),
                                   SARD_PORT_OPTIONAL("write_indices", 'I', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("present_cache", 'T', TYPES), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const tensor_scatter *a = node->attrs;
    const sard_value *x = node->inputs[0], *update = node->inputs[1];
    const sard_value *places = sard_has_input(node, 2) ? node->inputs[2] : NULL;
    int64_t dims[SARD_MAX_RANK];
    int axis;
    sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (!status && (axis == 0 || update->rank != x->rank))
        status = sard_node_fail(node, error, SARD_SHAPE, "axis is %d, must not be 0; past_cache has rank %d and update %d", axis, x->rank,
                                update->rank);
    for (int i = 0; !status && i < x->rank; i++) {
        dims[i] = x->dims[i];
        const bool fits =
            i == axis ? x->dims[i] < 0 || update->dims[i] <= x->dims[i] : sard_dim_merge(x->dims[i], update->dims[i], &dims[i]);
        if (!fits)
            status = sard_node_fail(node, error, SARD_SHAPE, "dimension %d is %" PRId64 " in past_cache and %" PRId64 " in update", i,
                                    x->dims[i], update->dims[i]);
    }
    if (!status && places && (places->rank != 1 || !sard_dim_merge(places->dims[0], x->dims[0], &dims[0])))
        status = sard_node_fail(node, error, SARD_SHAPE, "write_indices must have an element for each of the batch");
    return status ? status : sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
}

/* The cache as batch x outer x length x inner. */
typedef struct view {
    int64_t batch, outer, length, inner, count; /* count: of the update along the axis */
} view;

/* Elements from .. of the update go to place `to` of one batch entry. */
static void write_piece(const sard_call *call, const view *v, int64_t batch, int64_t from, int64_t to, int64_t count)
{
    const size_t size = sard_dtype_size(call->inputs[0].dtype);
    const int64_t first = batch * v->outer * v->length + to, start = batch * v->outer * v->count + from;
    sard_move(call, (char *)call->outputs[0].data + (size_t)(first * v->inner) * size, (int64_t[]){v->length * v->inner, 1},
              (const char *)call->inputs[1].data + (size_t)(start * v->inner) * size, (int64_t[]){v->count * v->inner, 1},
              (int64_t[]){v->outer, count * v->inner}, 2, size);
}

static sard_status eval(const sard_call *call)
{
    const tensor_scatter *a = call->attrs;
    const sard_tensor *x = &call->inputs[0];
    const int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    view v = {x->dims[0], 1, x->dims[axis], 1, call->inputs[1].dims[axis]};
    for (int i = 1; i < x->rank; i++)
        *(i < axis ? &v.outer : &v.inner) *= i == axis ? 1 : x->dims[i];
    const sard_status status = sard_move_whole(call);
    if (status)
        return status;
    for (int64_t b = 0; v.count && b < v.batch; b++) {
        int64_t place = sard_call_has(call, 2) ? ((const int64_t *)call->inputs[2].data)[b] : 0;
        if (place < 0 || (a->mode == LINEAR && place > v.length - v.count))
            return sard_call_fail(call, SARD_DATA, "%" PRId64 " elements at %" PRId64 " are beyond a length of %" PRId64, v.count, place,
                                  v.length);
        place %= v.length;
        const int64_t piece = v.count < v.length - place ? v.count : v.length - place;
        write_piece(call, &v, b, 0, place, piece);
        write_piece(call, &v, b, piece, 0, v.count - piece);
    }
    return SARD_OK;
}

const sard_op sard_op_tensor_scatter = {.struct_size = sizeof(sard_op),
                                        .domain = "",
                                        .name = "TensorScatter",
                                        .since = 24,
                                        .traits = SARD_IN_PLACE,
                                        .inputs = inputs,
                                        .outputs = outputs,
                                        .attrs = attrs,
                                        .attrs_size = sizeof(tensor_scatter),
                                        .infer = infer,
                                        .eval = eval};
