/* Tap k of a window at `origin` meets origin + k * dilation; that must be 0 .. size-1. */
#include "ops/lib/slide.h"

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

/* The smallest i >= 0 with start + i * step >= bound. */
static int64_t reach(int64_t start, int64_t step, int64_t bound)
{
    if (start >= bound)
        return 0;
    return step == 1 ? bound - start : (bound - start - 1) / step + 1; /* a division is slow, and rows are many */
}

/* Columns that this tap serves; false if there are none. */
static bool place(sard_slide *s)
{
    const sard_window *w = s->window;
    const int last = w->count - 1;
    const int64_t start = s->origin[last] + s->tap[last] * w->dilation[last];
    const int64_t low = most(reach(start, w->stride[last], 0), s->first);
    const int64_t high = least(reach(start, w->stride[last], s->x->size[last]), s->first + s->count);
    if (low >= high)
        return false;
    s->from = low - s->first;
    s->n = high - low;
    s->offset = 0;
    s->tap_index = 0;
    for (int i = 0; i <= last; i++) {
        s->at[i] = i == last ? start + low * w->stride[i] : s->origin[i] + s->tap[i] * w->dilation[i];
        s->offset += s->at[i] * s->x->stride[i];
        s->tap_index = s->tap_index * w->kernel[i] + s->tap[i];
    }
    return true;
}

static bool step_tap(sard_slide *s)
{
    for (int i = s->window->count - 1; i >= 0; i--) {
        if (++s->tap[i] < s->high[i])
            return true;
        s->tap[i] = s->low[i];
    }
    return false;
}

void sard_slide_next(sard_slide *s)
{
    do
        s->more = step_tap(s);
    while (s->more && !place(s));
}

sard_slide sard_slide_start(const sard_window *window, const sard_spatial *x, const int64_t *row, int64_t first, int64_t count)
{
    const int last = window->count - 1;
    sard_slide s = {.window = window, .x = x, .more = true, .first = first, .count = count, .step = window->stride[last] * x->stride[last]};
    for (int i = 0; i <= last; i++) {
        const int64_t begin = i == last ? first : row[i], end = i == last ? first + count - 1 : row[i];
        const int64_t dilation = window->dilation[i], step = window->stride[i], pad = window->begin[i];
        s.origin[i] = i == last ? -pad : begin * step - pad;
        s.low[i] = s.tap[i] = reach(end * step - pad, dilation, 0);
        s.high[i] = least(reach(begin * step - pad, dilation, x->size[i]), window->kernel[i]);
        s.more &= s.low[i] < s.high[i];
    }
    if (s.more && !place(&s))
        sard_slide_next(&s);
    return s;
}
