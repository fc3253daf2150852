/* TopK: the k largest (or smallest) elements along an axis, and where they stand
 *
 * in   X, K: int64, one element
 * out  Values, Indices: like X with k along `axis`; best first (also where `sorted` is 0), of equals the one with the lower index
 *
 * NaN is above every number, so first among the largest and last among the smallest. */
#include "ops/lib/order.h"
#include "ops/lib/util.h"

#include <inttypes.h>

typedef struct top_k {
    int64_t axis, largest, sorted;
} top_k;

static const sard_attr_spec attrs[] = {SARD_INT(top_k, axis, -1), SARD_INT(top_k, largest, 1), SARD_INT(top_k, sorted, 1), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET_NUMBER), SARD_PORT("K", 'K', SARD_SET(I64)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Values", 'T', SARD_SET_NUMBER), SARD_PORT("Indices", 'I', SARD_SET(I64)), SARD_PORTS_END};

static sard_status infer(sard_node *node, sard_error *error)
{
    const top_k *a = node->attrs;
    const sard_value *x = node->inputs[0], *k_in = node->inputs[1];
    int axis;
    sard_status status = sard_axis(node, a->axis, x->rank, "axis", &axis, error);
    if (status)
        return status;
    if (k_in->rank > 1 || (k_in->rank == 1 && k_in->dims[0] >= 0 && k_in->dims[0] != 1))
        return sard_node_fail(node, error, SARD_SHAPE, "K must have one element");
    int64_t dims[SARD_MAX_RANK], k = SARD_UNKNOWN_DIM;
    size_t count;
    if (sard_node_input_ints(node, 1, &k, 1, &count)) {
        if (k < 0 || (x->dims[axis] >= 0 && k > x->dims[axis]))
            return sard_node_fail(node, error, SARD_SHAPE, "K is %" PRId64 ", but axis %d has %" PRId64 " elements", k, axis,
                                  x->dims[axis]);
    }
    for (int i = 0; i < x->rank; i++)
        dims[i] = i == axis ? k : x->dims[i];
    status = sard_node_set_output(node, 0, x->dtype, x->rank, dims, error);
    return status ? status : sard_node_set_output(node, 1, SARD_I64, x->rank, dims, error);
}

/* The tensor is outer x axis x inner. A task takes every task_count-th line; each has a heap of its own. */
typedef struct job {
    const sard_tensor *x;
    char *values;     /* NULL: not wanted */
    int64_t *indices; /* likewise */
    int64_t lines, tasks, axis, inner, k;
    uint64_t flip;      /* of the keys: all bits for the smallest */
    sard_ranked *heaps; /* the worst of the k best on top */
} job;

enum { BLOCK = 256 };

static void select_best(const job *j, const char *from, sard_ranked *heap)
{
    uint64_t keys[BLOCK];
    const size_t size = sard_dtype_size(j->x->dtype);
    for (int64_t at = 0; at < j->axis; at += BLOCK) {
        const int64_t n = j->axis - at < BLOCK ? j->axis - at : BLOCK;
        sard_order_keys(j->x->dtype, from + (size_t)(at * j->inner) * size, j->inner, (size_t)n, keys);
        for (int64_t i = 0; i < n; i++) {
            const sard_ranked next = {keys[i] ^ j->flip, at + i};
            if (next.index < j->k) {
                heap[next.index] = next;
                if (next.index == j->k - 1)
                    sard_heap_make(heap, j->k);
            } else if (sard_ranked_before(&heap[0], &next)) {
                heap[0] = next;
                sard_heap_sink(heap, j->k, 0);
            }
        }
    }
    sard_heap_sort(heap, j->k);
}

/* An element of any size but that of strings. */
static void copy_element(char *to, const char *from, size_t size)
{
    for (size_t i = 0; i < size; i++)
        to[i] = from[i];
}

static void take_lines(void *arg, size_t task)
{
    const job *j = arg;
    sard_ranked *heap = j->heaps + (int64_t)task * j->k;
    const size_t size = sard_dtype_size(j->x->dtype);
    for (int64_t line = (int64_t)task; line < j->lines; line += j->tasks) {
        const int64_t outer = line / j->inner, inner = line % j->inner;
        const char *from = (const char *)j->x->data + (size_t)(outer * j->axis * j->inner + inner) * size;
        select_best(j, from, heap);
        for (int64_t i = 0; i < j->k; i++) {
            const int64_t to = (outer * j->k + i) * j->inner + inner;
            if (j->values)
                copy_element(j->values + (size_t)to * size, from + (size_t)(heap[i].index * j->inner) * size, size);
            if (j->indices)
                j->indices[to] = heap[i].index;
        }
    }
}

static sard_status eval(const sard_call *call)
{
    const top_k *a = call->attrs;
    const sard_tensor *x = &call->inputs[0], *out = &call->outputs[call->outputs[0].dtype ? 0 : 1];
    const int axis = (int)(a->axis < 0 ? a->axis + x->rank : a->axis);
    if (!out->dtype || !sard_tensor_count(out))
        return SARD_OK;
    job j = {.x = x, .axis = x->dims[axis], .inner = 1, .k = out->dims[axis], .flip = a->largest ? 0 : UINT64_MAX};
    for (int i = axis + 1; i < x->rank; i++)
        j.inner *= x->dims[i];
    j.lines = (int64_t)sard_tensor_count(x) / j.axis;
    j.tasks = j.lines < 16 ? j.lines : 16;
    j.values = call->outputs[0].dtype ? call->outputs[0].data : NULL;
    j.indices = call->output_count > 1 && call->outputs[1].dtype ? call->outputs[1].data : NULL;
    j.heaps = sard_call_alloc(call, (size_t)(j.tasks * j.k) * sizeof *j.heaps);
    if (!j.heaps)
        return sard_call_fail(call, SARD_NOMEM, "no memory for the %" PRId64 " best", j.k);
    sard_call_parallel(call, (size_t)j.tasks, take_lines, &j);
    return SARD_OK;
}

const sard_op sard_op_top_k = {.struct_size = sizeof(sard_op),
                               .domain = "",
                               .name = "TopK",
                               .since = 24,
                               .inputs = inputs,
                               .outputs = outputs,
                               .attrs = attrs,
                               .attrs_size = sizeof(top_k),
                               .infer = infer,
                               .eval = eval,
                               .work = sard_order_work};
