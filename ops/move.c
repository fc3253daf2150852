/* sard_copy cut into tasks along its longest dimension. */
#include "ops/move.h"

#include <string.h>

enum { TASK_BYTES = 1 << 18, MAX_TASKS = 64 };

typedef struct job {
    char *dst;
    const char *src;
    const int64_t *dst_strides, *src_strides;
    int64_t dims[SARD_MAX_RANK];
    int rank, cut; /* dimension that is cut */
    int64_t step;  /* of it in a task */
    size_t size;
} job;

static void move_part(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->step;
    int64_t dims[SARD_MAX_RANK];
    memcpy(dims, j->dims, sizeof dims);
    if (dims[j->cut] - first < j->step)
        dims[j->cut] -= first;
    else
        dims[j->cut] = j->step;
    sard_copy(j->dst + first * j->dst_strides[j->cut] * (int64_t)j->size, j->dst_strides,
              j->src + first * j->src_strides[j->cut] * (int64_t)j->size, j->src_strides, dims, j->rank, j->size);
}

/* The outermost dimension that is long enough to be cut well, else the longest. */
static int dimension_to_cut(const int64_t *dims, int rank, int64_t tasks)
{
    int longest = 0;
    for (int i = 0; i < rank; i++) {
        if (dims[i] >= tasks)
            return i;
        if (dims[i] > dims[longest])
            longest = i;
    }
    return longest;
}

void sard_move(const sard_call *call, void *dst, const int64_t *dst_strides, const void *src, const int64_t *src_strides,
               const int64_t *dims, int rank, size_t size)
{
    int64_t count;
    if (!sard_count(dims, rank, &count) || count == 0)
        return;
    const int64_t most = (int64_t)((uint64_t)count * size / TASK_BYTES), tasks = most < MAX_TASKS ? most : MAX_TASKS;
    if (tasks < 2) {
        sard_copy(dst, dst_strides, src, src_strides, dims, rank, size);
        return;
    }
    job j = {.dst = dst, .src = src, .dst_strides = dst_strides, .src_strides = src_strides, .rank = rank, .size = size};
    memcpy(j.dims, dims, (size_t)rank * sizeof *dims);
    j.cut = dimension_to_cut(dims, rank, tasks);
    j.step = (dims[j.cut] + tasks - 1) / tasks;
    sard_call_parallel(call, (size_t)((dims[j.cut] + j.step - 1) / j.step), move_part, &j);
}

sard_status sard_move_whole(const sard_call *call)
{
    const int64_t count = (int64_t)sard_tensor_count(&call->outputs[0]), one = 1;
    if (call->outputs[0].data != call->inputs[0].data)
        sard_move(call, call->outputs[0].data, &one, call->inputs[0].data, &one, &count, 1, sard_dtype_size(call->outputs[0].dtype));
    return SARD_OK;
}
