/* sard_copy cut into tasks along its longest dimension. */
#include "ops/lib/move.h"

#include <string.h>

/* Bytes worth a task; tasks at most; elements of a contiguous dimension that stay together. */
enum { TASK_BYTES = 1 << 18, MAX_TASKS = 64, TOGETHER = 256 };

typedef struct job {
    char *dst;
    const char *src;
    int64_t dst_strides[SARD_MAX_RANK], src_strides[SARD_MAX_RANK], dims[SARD_MAX_RANK];
    int rank, cut; /* dimension that is cut */
    int64_t step;  /* of it in a task */
    size_t size;
} job;

static void move_part(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->step, left = j->dims[j->cut] - first;
    int64_t dims[SARD_MAX_RANK];
    memcpy(dims, j->dims, sizeof dims);
    dims[j->cut] = left < j->step ? left : j->step;
    sard_copy(j->dst + first * j->dst_strides[j->cut] * (int64_t)j->size, j->dst_strides,
              j->src + first * j->src_strides[j->cut] * (int64_t)j->size, j->src_strides, dims, j->rank, j->size);
}

/* Cuts the outermost dimension that makes enough tasks, else the one that makes most. Gives their number. */
static int64_t cut(job *j, int64_t tasks)
{
    int64_t most = 1;
    for (int i = 0; i < j->rank && most < tasks; i++) {
        const bool contiguous = j->dst_strides[i] == 1 || j->src_strides[i] == 1;
        const int64_t pieces = contiguous ? j->dims[i] / TOGETHER : j->dims[i];
        if (pieces > most) {
            most = pieces;
            j->cut = i;
        }
    }
    tasks = most < tasks ? most : tasks;
    j->step = j->rank ? (j->dims[j->cut] + tasks - 1) / tasks : 1;
    return j->rank ? (j->dims[j->cut] + j->step - 1) / j->step : 1;
}

void sard_move(const sard_call *call, void *dst, const int64_t *dst_strides, const void *src, const int64_t *src_strides,
               const int64_t *dims, int rank, size_t size)
{
    int64_t count;
    if (!sard_count(dims, rank, &count) || count == 0)
        return;
    const int64_t most = (int64_t)((uint64_t)count * size / TASK_BYTES);
    if (most < 2) {
        sard_copy(dst, dst_strides, src, src_strides, dims, rank, size);
        return;
    }
    job j = {.dst = dst, .src = src, .size = size};
    j.rank = sard_copy_simplify(dims, rank, dst_strides, src_strides, j.dims, j.dst_strides, j.src_strides);
    const int64_t tasks = cut(&j, most < MAX_TASKS ? most : MAX_TASKS);
    sard_call_parallel(call, (size_t)tasks, move_part, &j);
}

sard_status sard_move_whole(const sard_call *call)
{
    const int64_t count = (int64_t)sard_tensor_count(&call->outputs[0]), one = 1;
    if (call->outputs[0].data != call->inputs[0].data)
        sard_move(call, call->outputs[0].data, &one, call->inputs[0].data, &one, &count, 1, sard_dtype_size(call->outputs[0].dtype));
    return SARD_OK;
}
