/* Reading an epilogue and applying it. */
#include "backends/native/common/post.h"

#include "ir/dtype.h"
#include "ops/ops.h"

#include <math.h>
#include <string.h>

/* Where entries are read from: a node that is being planned has values, one that is bound has tensors as well. */
typedef struct source {
    const sard_node *node;
    const sard_tensor *inputs; /* NULL while planning */
    const sard_epilogue *entry;
} source;

static bool is(const sard_epilogue *entry, sard_op_id id) { return sard_op_id_of(entry->op) == (int)id; }

/* Operand k of an entry, which is not the running result; dtype SARD_NONE: left out. */
static sard_tensor operand(const source *s, size_t k)
{
    const size_t i = s->entry->first + k - (k > s->entry->slot);
    if (k >= s->entry->input_count)
        return (sard_tensor){.dtype = SARD_NONE};
    if (s->inputs)
        return s->inputs[i];
    const sard_value *value = s->node->inputs[i];
    if (!value)
        return (sard_tensor){.dtype = SARD_NONE};
    return value->constant ? *sard_value_constant(value) : sard_tensor_make(value->dtype, value->rank, value->dims, NULL);
}

static const float *number(const void *arg, size_t i)
{
    const sard_tensor tensor = operand(arg, i);
    return tensor.dtype == SARD_F32 ? tensor.data : NULL;
}

static bool is_like_result(const sard_value *result, const sard_tensor *tensor)
{
    return tensor->dtype && tensor->rank == result->rank &&
           !memcmp(tensor->dims, result->dims, (size_t)result->rank * sizeof *result->dims);
}

/* Strides of a tensor read as if it had the result's dims. */
static void strides_of(const sard_value *result, const sard_tensor *tensor, int64_t *strides)
{
    int64_t stride = 1;
    for (int i = result->rank - 1, k = tensor->rank - 1; i >= 0; i--, k--) {
        strides[i] = k >= 0 && tensor->dims[k] != 1 ? stride : 0;
        if (k >= 0)
            stride = k == tensor->rank - 1 && tensor->ld ? tensor->ld : stride * tensor->dims[k];
    }
}

/* Dimensions first .. last walked as one: the stride of its elements; false where there is none. */
static bool join(const sard_value *result, const int64_t *strides, int first, int last, int64_t *stride)
{
    int64_t count = 1;
    *stride = 0;
    for (int i = last; i >= first; i--) {
        if (result->dims[i] == 1)
            continue;
        if (count == 1)
            *stride = strides[i];
        else if (strides[i] != *stride * count)
            return false;
        count *= result->dims[i];
    }
    return true;
}

static bool place_operand(const sard_value *result, const sard_tensor *tensor, sard_post_step *step)
{
    int64_t strides[SARD_MAX_RANK];
    if (tensor->dtype != SARD_F32 || tensor->rank > result->rank || result->rank < 1)
        return false;
    const int last = result->rank - 1;
    strides_of(result, tensor, strides);
    step->step = strides[last] != 0;
    step->period = INT64_MAX;
    if (join(result, strides, 0, last - 1, &step->row))
        return true;
    step->batch = strides[0];
    step->period = 1;
    for (int i = 1; i < last; i++)
        step->period *= result->dims[i];
    return join(result, strides, 1, last - 1, &step->row);
}

static bool read_step(const source *s, sard_post_step *step)
{
    const sard_epilogue *entry = s->entry;
    sard_function_use use;
    *step = (sard_post_step){.swapped = entry->slot == 1};
    if (!sard_function_of(entry->op, entry->attrs, entry->input_count, number, s, &use) || (use.chains && entry->input_count > 2))
        return false;
    step->function = use.function;
    step->p = use.p;
    step->q = use.q;
    if (use.operands == 1)
        return entry->slot == 0;
    const sard_tensor other = operand(s, 1 - entry->slot);
    step->input = entry->first;
    return place_operand(s->node->outputs[0], &other, step);
}

/* Entries from `from` on as steps. */
static void read_steps(source *s, size_t from, sard_post *post)
{
    for (size_t i = from; i < s->node->epilogue_count; i++) {
        s->entry = &s->node->epilogue[i];
        post->rest |= post->count == SARD_POST_STEPS || !read_step(s, &post->steps[post->count]);
        if (post->rest)
            return;
        post->count++;
    }
}

/* [Add of the result's shape] [Relu or Clip]; returns how many entries that takes. */
static size_t read_registers(source *s, sard_post *post)
{
    const sard_node *node = s->node;
    size_t i = 0;
    if (i < node->epilogue_count && is(&node->epilogue[i], SARD_OP_add)) {
        s->entry = &node->epilogue[i];
        const size_t k = 1 - s->entry->slot;
        const sard_tensor other = operand(s, k);
        if (is_like_result(node->outputs[0], &other)) {
            post->residual = s->entry->first;
            post->residual_row = sard_row_of(&other);
            i++;
        }
    }
    if (i < node->epilogue_count && is(&node->epilogue[i], SARD_OP_relu)) {
        post->low = 0;
        i++;
    } else if (i < node->epilogue_count && is(&node->epilogue[i], SARD_OP_clip) && node->epilogue[i].slot == 0) {
        s->entry = &node->epilogue[i];
        sard_function_use use;
        sard_function_of(s->entry->op, s->entry->attrs, s->entry->input_count, number, s, &use);
        post->low = use.p;
        post->high = use.q;
        i++;
    }
    return i;
}

static sard_post start(const sard_target *target)
{
    return (sard_post){.low = -INFINITY, .high = INFINITY, .tier = target ? sard_tier_of(target) : NULL};
}

bool sard_post_takes(const sard_node *node)
{
    source s = {.node = node};
    sard_post post = start(NULL);
    read_steps(&s, 0, &post);
    return !post.rest;
}

bool sard_post_reads(const sard_node *node)
{
    for (size_t i = 0; i < node->epilogue_count; i++) {
        const source s = {.node = node, .entry = &node->epilogue[i]};
        sard_function_use use;
        if (!sard_function_of(s.entry->op, s.entry->attrs, s.entry->input_count, number, &s, &use) || use.operands > 1)
            return true;
    }
    return false;
}

sard_post sard_post_of(const sard_node *node, const sard_tensor *inputs, const sard_target *target)
{
    source s = {.node = node, .inputs = inputs};
    sard_post post = start(target);
    read_steps(&s, read_registers(&s, &post), &post);
    if (post.rest) { /* all or nothing: entries have their order */
        post = start(target);
        post.rest = true;
    }
    return post;
}

sard_post sard_post_steps(const sard_node *node, const sard_tensor *inputs, const sard_target *target)
{
    source s = {.node = node, .inputs = inputs};
    sard_post post = start(target);
    read_steps(&s, 0, &post);
    return post;
}

/* ---- applying ---- */

static void apply_binary(const sard_post *post, const sard_post_step *step, const float *all, float *y, int64_t y_row, int64_t pixel,
                         int64_t pixels, int64_t channel, int64_t channels)
{
    while (pixels) {
        const int64_t at = pixel % step->period, left = step->period - at, count = left < pixels ? left : pixels;
        const float *operand = all + pixel / step->period * step->batch + at * step->row + channel * step->step;
        sard_stripes r = {.rows = count, .n = channels, .y = y, .y_row = y_row, .a = y, .a_row = y_row, .a_step = 1};
        r.b = operand;
        r.b_row = step->row;
        r.b_step = step->step;
        if (step->swapped) {
            r.a = operand;
            r.a_row = step->row;
            r.a_step = step->step;
            r.b = y;
            r.b_row = y_row;
            r.b_step = 1;
        }
        if (channels == y_row && (step->step ? step->row == channels : !step->row)) { /* all one row */
            r.n *= count;
            r.rows = 1;
        }
        post->tier->elementwise.functions[step->function](&r);
        y += count * y_row;
        pixel += count;
        pixels -= count;
    }
}

void sard_post_apply(const sard_post *post, const sard_tensor *inputs, float *y, int64_t y_row, int64_t pixel, int64_t pixels,
                     int64_t channel, int64_t channels)
{
    const bool flat = channels == y_row;
    for (int i = 0; i < post->count; i++) {
        const sard_post_step *step = &post->steps[i];
        if (step->input) {
            apply_binary(post, step, inputs[step->input].data, y, y_row, pixel, pixels, channel, channels);
            continue;
        }
        const sard_stripes r = {.rows = flat ? 1 : pixels,
                                .n = flat ? channels * pixels : channels,
                                .y = y,
                                .y_row = y_row,
                                .a = y,
                                .a_row = y_row,
                                .a_step = 1,
                                .p = step->p,
                                .q = step->q};
        post->tier->elementwise.functions[step->function](&r);
    }
}

enum { BLOCK = 8192 }; /* elements of a piece of work */

typedef struct job {
    const sard_post_whole *plan;
    const sard_tensor *inputs;
    float *y;
} job;

static void post_work(void *arg, size_t i)
{
    const job *j = arg;
    const sard_post_whole *w = j->plan;
    const int64_t first = (int64_t)i * w->block, left = w->pixels - first;
    sard_post_apply(&w->post, j->inputs, j->y + first * w->row, w->row, first, left < w->block ? left : w->block, 0, w->channels);
}

sard_post_whole sard_post_whole_of(const sard_binding *binding)
{
    const sard_tensor *y = &binding->outputs[0];
    sard_post_whole w = {.post = sard_post_steps(binding->node, binding->inputs, binding->target), .pixels = 1};
    if (!w.post.count)
        return w;
    w.channels = y->dims[y->rank - 1];
    for (int i = 0; i < y->rank - 1; i++)
        w.pixels *= y->dims[i];
    w.row = y->ld ? y->ld : w.channels;
    w.block = w.channels && w.channels < BLOCK ? BLOCK / w.channels : 1;
    return w;
}

void sard_post_whole_run(const sard_post_whole *whole, const sard_call *call)
{
    job j = {.plan = whole, .inputs = call->inputs, .y = call->outputs[0].data};
    if (whole->post.count && whole->channels)
        sard_call_parallel(call, (size_t)((whole->pixels + whole->block - 1) / whole->block), post_work, &j);
}
