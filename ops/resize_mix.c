/* Resize by weighted sums: axis by axis through buffers that stay in the cache.
 *
 * A slab is what lies within one index of the dimensions before the first one that changes: a channel of a picture, or with channels
 * last the picture. Several slabs are several tasks; few are worked on by all threads together. */
#include "ops/resample.h"

#include <math.h>

enum { TASKS = 16, ENOUGH_SLABS = 4 };

typedef struct job {
    const sard_call *call;
    const sard_taps *taps;
    const int *order;
    int count, first;                       /* axes that change, and the first of them */
    size_t size;                            /* of an element in the buffers: float, or double */
    int64_t slabs, tasks, in, out, largest; /* elements of a slab: of X, of Y, and the most there are in between */
    char *buffers;                          /* two for each task */
} job;

/* Elements of a slab before the axes of order[done ...] are resized, and the most that a buffer must hold. */
static void measure(job *j)
{
    const sard_tensor *x = &j->call->inputs[0];
    j->slabs = j->in = 1;
    for (int i = 0; i < x->rank; i++)
        *(i < j->first ? &j->slabs : &j->in) *= x->dims[i];
    j->out = j->largest = j->in;
    for (int k = 0; k < j->count; k++) {
        j->out = j->out / j->taps[j->order[k]].in * j->taps[j->order[k]].out;
        j->largest = j->out > j->largest ? j->out : j->largest;
    }
}

static void *convert_in(const job *j, int64_t slab, void *buffer)
{
    const sard_tensor *x = &j->call->inputs[0];
    char *from = (char *)x->data + (size_t)(slab * j->in) * sard_dtype_size(x->dtype);
    if (x->dtype == SARD_F32)
        return from;
    sard_widen(x->dtype, from, (size_t)j->in, buffer);
    return buffer;
}

/* Integers to the nearest, of two the even one. */
static void convert_out(const job *j, int64_t slab, double *values)
{
    const sard_tensor *y = &j->call->outputs[0];
    for (int64_t i = 0; !sard_dtype_is_float(y->dtype) && i < j->out; i++)
        values[i] = nearbyint(values[i]);
    sard_narrow(y->dtype, values, (size_t)j->out, (char *)y->data + (size_t)(slab * j->out) * sard_dtype_size(y->dtype));
}

/* call NULL: on this thread. */
static void resize_slab(const job *j, int64_t slab, char *buffers, const sard_call *call)
{
    const sard_tensor *x = &j->call->inputs[0], *y = &j->call->outputs[0];
    const bool single = x->dtype == SARD_F32;
    char *other = buffers + (size_t)j->largest * j->size;
    void *from = convert_in(j, slab, buffers);
    int64_t dims[SARD_MAX_RANK];
    for (int i = 0; i < x->rank; i++)
        dims[i] = x->dims[i];
    for (int k = 0; k < j->count; k++) {
        const int axis = j->order[k];
        int64_t outer = 1, inner = 1;
        for (int i = j->first; i < x->rank; i++)
            *(i < axis ? &outer : &inner) *= i == axis ? 1 : dims[i];
        dims[axis] = y->dims[axis];
        void *to = single && k == j->count - 1 ? (char *)y->data + (size_t)(slab * j->out) * j->size : from == buffers ? other : buffers;
        (single ? sard_resample_f32 : sard_resample_f64)(call, &j->taps[axis], outer, inner, from, to);
        from = to;
    }
    if (!single)
        convert_out(j, slab, from);
}

static void resize_slabs(void *arg, size_t task)
{
    const job *j = arg;
    for (int64_t slab = (int64_t)task; slab < j->slabs; slab += j->tasks)
        resize_slab(j, slab, j->buffers + 2 * task * (size_t)j->largest * j->size, NULL);
}

sard_status sard_resize_mix(const sard_call *call, const sard_taps *taps, const int *order, int count)
{
    job j = {.call = call, .taps = taps, .order = order, .count = count, .first = order[0]};
    for (int k = 1; k < count; k++)
        j.first = order[k] < j.first ? order[k] : j.first;
    measure(&j);
    const bool together = j.slabs < ENOUGH_SLABS;
    j.tasks = together ? 1 : j.slabs < TASKS ? j.slabs : TASKS;
    j.size = call->inputs[0].dtype == SARD_F32 ? sizeof(float) : sizeof(double);
    j.buffers = sard_call_alloc(call, 2 * (size_t)(j.tasks * j.largest) * j.size);
    if (!j.buffers)
        return sard_call_fail(call, SARD_NOMEM, "no memory for %zu elements", 2 * (size_t)(j.tasks * j.largest));
    for (int64_t slab = 0; together && slab < j.slabs; slab++)
        resize_slab(&j, slab, j.buffers, call);
    if (!together)
        sard_call_parallel(call, (size_t)j.tasks, resize_slabs, &j);
    return SARD_OK;
}
