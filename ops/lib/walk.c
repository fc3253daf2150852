/* Strides and index walks. */
#include "ops/lib/util.h"

void sard_strides(const int64_t *dims, int rank, int64_t *strides)
{
    int64_t stride = 1;
    for (int i = rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= dims[i];
    }
}

void sard_broadcast_strides(const sard_tensor *tensor, int rank, const int64_t *dims, int64_t *strides)
{
    int64_t own[SARD_MAX_RANK];
    sard_strides(tensor->dims, tensor->rank, own);
    for (int i = 0; i < rank; i++) {
        const int k = i - (rank - tensor->rank);
        strides[i] = k < 0 || (tensor->dims[k] == 1 && dims[i] != 1) ? 0 : own[k];
    }
}

sard_walk sard_walk_start(int rank, const int64_t *dims, const int64_t *a, const int64_t *b, const int64_t *c)
{
    sard_walk walk = {.rank = rank, .more = true, .strides = {a, b, c}};
    for (int i = 0; i < rank; i++) {
        walk.dims[i] = dims[i];
        walk.more &= dims[i] > 0;
    }
    return walk;
}

void sard_walk_next(sard_walk *walk)
{
    for (int i = walk->rank - 1; i >= 0; i--) {
        const bool carry = ++walk->index[i] == walk->dims[i];
        const int64_t steps = carry ? 1 - walk->dims[i] : 1;
        for (int k = 0; k < 3; k++)
            if (walk->strides[k])
                walk->offset[k] += steps * walk->strides[k][i];
        if (!carry)
            return;
        walk->index[i] = 0;
    }
    walk->more = false;
}
