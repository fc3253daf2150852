/* Resize to the nearest element: a copy, row by row where the innermost axes do not change. */
#include "ops/lib/index.h"
#include "ops/resample.h"

#include <string.h>

/* Axes that do not change are joined where they are neighbours. */
typedef struct pick {
    int rank;
    int64_t in[SARD_MAX_RANK], out[SARD_MAX_RANK];            /* sizes */
    int64_t x_stride[SARD_MAX_RANK], y_stride[SARD_MAX_RANK]; /* of one step */
    const int64_t *index[SARD_MAX_RANK];                      /* NULL: the same place */
    size_t size;
    const char *x;
    char *y;
} pick;

static void pick_row(const pick *p, int axis, const char *from, char *to)
{
    const int64_t *index = p->index[axis];
    if (!index) {
        memcpy(to, from, (size_t)p->out[axis] * p->size);
        return;
    }
    for (int64_t i = 0; i < p->out[axis]; i++)
        sard_element_copy(to + (size_t)i * p->size, from + (size_t)index[i] * p->size, p->size);
}

/* Rows that repeat the one before are copied from there. */
static void pick_axis(const pick *p, int axis, const char *from, char *to)
{
    const int64_t *index = p->index[axis];
    if (axis == p->rank - 1) {
        pick_row(p, axis, from, to);
        return;
    }
    const size_t step = (size_t)p->y_stride[axis] * p->size;
    for (int64_t i = 0; i < p->out[axis]; i++, to += step) {
        if (i && index && index[i] == index[i - 1])
            memcpy(to, to - step, step);
        else
            pick_axis(p, axis + 1, from + (size_t)((index ? index[i] : i) * p->x_stride[axis]) * p->size, to);
    }
}

static void pick_part(void *arg, size_t i)
{
    const pick *p = arg;
    const int64_t k = p->index[0] ? p->index[0][i] : (int64_t)i;
    pick_axis(p, 1, p->x + (size_t)(k * p->x_stride[0]) * p->size, p->y + i * (size_t)p->y_stride[0] * p->size);
}

void sard_resize_nearest(const sard_call *call, const sard_taps *taps)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    pick p = {.size = sard_dtype_size(x->dtype), .x = x->data, .y = y->data};
    for (int i = 0; i < x->rank; i++) {
        if (x->dims[i] == 1 && !taps[i].index)
            continue;
        if (p.rank && !taps[i].index && !p.index[p.rank - 1]) {
            p.in[p.rank - 1] *= x->dims[i];
            p.out[p.rank - 1] *= y->dims[i];
            continue;
        }
        p.in[p.rank] = x->dims[i];
        p.out[p.rank] = y->dims[i];
        p.index[p.rank++] = taps[i].index;
    }
    int64_t x_stride = 1, y_stride = 1;
    for (int i = p.rank - 1; i >= 0; x_stride *= p.in[i], y_stride *= p.out[i], i--) {
        p.x_stride[i] = x_stride;
        p.y_stride[i] = y_stride;
    }
    if (p.rank > 1)
        sard_call_parallel(call, (size_t)p.out[0], pick_part, &p);
    else
        pick_axis(&p, 0, p.x, p.y);
}
