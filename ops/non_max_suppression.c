/* NonMaxSuppression: of boxes that overlap, the one with the highest score stays
 *
 * in   boxes: N x boxes x 4, corners y1 x1 y2 x2 of any diagonal, or with center_point_box x and y of the centre, width, height
 *      scores: N x classes x boxes
 *      max_output_boxes_per_class: how many may stay, none if left out; any number is fine
 *      iou_threshold: a box goes if its intersection over union with one that stays is above it; 0 if left out
 *      score_threshold: only boxes with a score above it are looked at; all if left out
 * out  selected_indices: int64, ? x 3: batch, class, box; by batch, then class, then falling score (of equals the lower box first)
 *
 * In float, as every other implementation: results hang on single comparisons. A score of NaN is never looked at. */
#include "ops/lib/order.h"
#include "ops/lib/util.h"

#include <inttypes.h>

typedef struct suppression {
    int64_t center_point_box;
} suppression;

static const sard_attr_spec attrs[] = {SARD_INT_IN(suppression, center_point_box, 0, 0, 1), SARD_ATTRS_END};

enum { BOXES, SCORES, MAX_OUTPUT, IOU, SCORE };

static const sard_port inputs[] = {
    SARD_PORT("boxes", 'T', SARD_SET(F32)),
    SARD_PORT("scores", 'T', SARD_SET(F32)),
    SARD_PORT_OPTIONAL("max_output_boxes_per_class", 'I', SARD_SET(I64)),
    SARD_PORT_OPTIONAL("iou_threshold", 'T', SARD_SET(F32)),
    SARD_PORT_OPTIONAL("score_threshold", 'T', SARD_SET(F32)),
    SARD_PORTS_END,
};
static const sard_port outputs[] = {SARD_PORT("selected_indices", 'I', SARD_SET(I64)), SARD_PORTS_END};

static bool differ(int64_t a, int64_t b) { return a >= 0 && b >= 0 && a != b; }

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *boxes = node->inputs[BOXES], *scores = node->inputs[SCORES];
    if (boxes->rank != 3 || scores->rank != 3)
        return sard_node_fail(node, error, SARD_SHAPE, "boxes and scores have rank %d and %d, must be 3", boxes->rank, scores->rank);
    if (differ(boxes->dims[2], 4))
        return sard_node_fail(node, error, SARD_SHAPE, "a box has %" PRId64 " numbers, must be 4", boxes->dims[2]);
    if (differ(boxes->dims[0], scores->dims[0]) || differ(boxes->dims[1], scores->dims[2]))
        return sard_node_fail(node, error, SARD_SHAPE, "boxes for %" PRId64 " x %" PRId64 ", but scores for %" PRId64 " x %" PRId64,
                              boxes->dims[0], boxes->dims[1], scores->dims[0], scores->dims[2]);
    for (size_t i = MAX_OUTPUT; i <= SCORE; i++) {
        const sard_value *value = sard_has_input(node, i) ? node->inputs[i] : NULL;
        if (value && (value->rank > 1 || (value->rank == 1 && value->dims[0] > 1)))
            return sard_node_fail(node, error, SARD_SHAPE, "%s must have one element", inputs[i].name);
    }
    return sard_node_set_output(node, 0, SARD_I64, 2, (int64_t[]){SARD_UNKNOWN_DIM, 3}, error);
}

/* ---- one class ---- */

typedef struct box {
    float x0, y0, x1, y1, area;
} box;

static box box_of(const float *b, bool centre)
{
    box r;
    if (centre) {
        r = (box){.x0 = b[0] - b[2] / 2, .x1 = b[0] + b[2] / 2, .y0 = b[1] - b[3] / 2, .y1 = b[1] + b[3] / 2};
    } else {
        r = (box){.x0 = b[1] >= b[3] ? b[3] : b[1],
                  .x1 = b[1] >= b[3] ? b[1] : b[3],
                  .y0 = b[0] >= b[2] ? b[2] : b[0],
                  .y1 = b[0] >= b[2] ? b[0] : b[2]};
    }
    r.area = (r.x1 - r.x0) * (r.y1 - r.y0);
    return r;
}

static inline float larger(float a, float b) { return b > a ? b : a; }
static inline float smaller(float a, float b) { return b < a ? b : a; }

static bool overlap(const box *a, const box *b, float threshold)
{
    const float width = smaller(a->x1, b->x1) - larger(a->x0, b->x0), height = smaller(a->y1, b->y1) - larger(a->y0, b->y0);
    if (width <= 0 || height <= 0 || a->area <= 0 || b->area <= 0)
        return false;
    const float both = width * height;
    return both / (a->area + b->area - both) > threshold;
}

/* A task takes every task_count-th class of all batches and has a heap of its own. `selected` has `limit` places for each class. */
typedef struct job {
    const sard_call *call;
    const box *boxes;
    const float *scores;
    int64_t lists, tasks, classes, count, limit;
    bool filter;
    float iou, score;
    sard_ranked *heaps;
    int64_t *selected, *selected_count;
} job;

/* The best score on top: keys upside down, and indices too, since of equal ones the lower is first. */
static int64_t fill_heap(const job *j, const float *scores, sard_ranked *heap)
{
    int64_t count = 0;
    for (int64_t i = 0; i < j->count; i++) {
        if (scores[i] != scores[i] || (j->filter && !(scores[i] > j->score)))
            continue;
        sard_order_keys(SARD_F32, &scores[i], 1, 1, &heap[count].key);
        heap[count].key = ~heap[count].key;
        heap[count++].index = -i;
    }
    sard_heap_make(heap, count);
    return count;
}

static void select_class(const job *j, int64_t list, sard_ranked *heap)
{
    const box *boxes = j->boxes + list / j->classes * j->count;
    int64_t *selected = j->selected + list * j->limit, left = fill_heap(j, j->scores + list * j->count, heap), kept = 0;
    while (left > 0 && kept < j->limit && ((left & 255) || !sard_call_stopped(j->call))) {
        const int64_t best = -heap[0].index;
        heap[0] = heap[--left];
        sard_heap_sink(heap, left, 0);
        int64_t i = 0;
        while (i < kept && !overlap(&boxes[best], &boxes[selected[i]], j->iou))
            i++;
        if (i == kept)
            selected[kept++] = best;
    }
    j->selected_count[list] = kept;
}

static void select_classes(void *arg, size_t task)
{
    const job *j = arg;
    for (int64_t list = (int64_t)task; list < j->lists; list += j->tasks)
        select_class(j, list, j->heaps + (int64_t)task * j->count);
}

/* ---- all of them ---- */

static const sard_tensor *given(const sard_call *call, size_t i)
{
    return i < call->input_count && call->inputs[i].dtype && sard_tensor_count(&call->inputs[i]) ? &call->inputs[i] : NULL;
}

static sard_status write_result(const sard_call *call, const job *j)
{
    int64_t total = 0;
    for (int64_t list = 0; list < j->lists; list++)
        total += j->selected_count[list];
    const sard_status status = sard_call_output(call, 0, 2, (int64_t[]){total, 3});
    if (status)
        return status;
    int64_t *out = call->outputs[0].data;
    for (int64_t list = 0; list < j->lists; list++)
        for (int64_t i = 0; i < j->selected_count[list]; i++) {
            *out++ = list / j->classes;
            *out++ = list % j->classes;
            *out++ = j->selected[list * j->limit + i];
        }
    return SARD_OK;
}

static bool alloc_job(const sard_call *call, job *j, box **boxes, int64_t box_count)
{
    *boxes = sard_call_alloc(call, (size_t)box_count * sizeof **boxes);
    j->boxes = *boxes;
    j->heaps = sard_call_alloc(call, (size_t)(j->tasks * j->count) * sizeof *j->heaps);
    j->selected = sard_call_alloc(call, (size_t)(j->lists * j->limit) * sizeof *j->selected);
    j->selected_count = sard_call_alloc(call, (size_t)j->lists * sizeof *j->selected_count);
    return *boxes && j->heaps && j->selected && j->selected_count;
}

static sard_status eval(const sard_call *call)
{
    const suppression *a = call->attrs;
    const sard_tensor *scores = &call->inputs[SCORES], *most = given(call, MAX_OUTPUT), *iou = given(call, IOU);
    const int64_t limit = most ? *(int64_t *)most->data : 0;
    job j = {.call = call,
             .scores = scores->data,
             .classes = scores->dims[1],
             .count = scores->dims[2],
             .lists = scores->dims[0] * scores->dims[1],
             .filter = given(call, SCORE),
             .iou = iou ? *(float *)iou->data : 0};
    j.limit = limit < j.count ? limit : j.count;
    if (!(j.iou >= 0 && j.iou <= 1))
        return sard_call_fail(call, SARD_DATA, "iou_threshold is %g, must be in 0 .. 1", (double)j.iou);
    if (j.limit <= 0 || !j.lists)
        return sard_call_output(call, 0, 2, (int64_t[]){0, 3});
    if (j.filter)
        j.score = *(float *)given(call, SCORE)->data;
    j.tasks = j.lists < 16 ? j.lists : 16;
    box *boxes;
    const int64_t box_count = scores->dims[0] * j.count;
    if (!alloc_job(call, &j, &boxes, box_count))
        return sard_call_fail(call, SARD_NOMEM, "no memory for %" PRId64 " boxes", box_count);
    for (int64_t i = 0; i < box_count; i++)
        boxes[i] = box_of((const float *)call->inputs[BOXES].data + 4 * i, a->center_point_box);
    sard_call_parallel(call, (size_t)j.tasks, select_classes, &j);
    return write_result(call, &j);
}

/* Each box against those that were selected. */
static double work(const sard_node *node)
{
    const sard_value *scores = node->inputs[SCORES];
    int64_t most = 0;
    size_t count = 0;
    if (scores->rank != 3 || (sard_node_input_ints(node, MAX_OUTPUT, &most, 1, &count) && count && most <= 0))
        return sard_value_elements(scores);
    const double boxes = sard_extent(scores->dims[2]), kept = count && (double)most < boxes ? (double)most : boxes;
    return sard_value_elements(scores) * kept;
}

const sard_op sard_op_non_max_suppression = {
    .struct_size = sizeof(sard_op),
    .domain = "",
    .name = "NonMaxSuppression",
    .since = 11,
    .traits = SARD_DATA_DEPENDENT,
    .inputs = inputs,
    .outputs = outputs,
    .attrs = attrs,
    .attrs_size = sizeof(suppression),
    .infer = infer,
    .eval = eval,
    .work = work,
};
