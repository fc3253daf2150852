/* Sequences, as far as they are known while importing: exporters write torch.cat, unbind and chunk with them. A sequence is a list of values
 * of the graph; the operators that make one leave no node, those that take one become Concat, or a value of it. So shapes stay known. Where
 * a position or length is not known, or something else reads the sequence, it becomes a value of the run (ops/sequence.c). */
#include "frontends/onnx/sequence.h"

#include <inttypes.h>
#include <string.h>

typedef struct sequence {
    sard_value value; /* what names stand for; of no graph */
    sard_value **items;
    size_t count;
    int64_t dtype; /* of one without items */
    const char *name;
    sard_onnx_importer *importer;
    sard_value *made; /* the value of the graph, once something has asked for it */
} sequence;

/* No value of a graph has this id. */
#define SEQUENCE_ID SIZE_MAX

bool sard_onnx_is_sequence(const sard_value *value) { return value && value->id == SEQUENCE_ID; }

/* NULL after a failure. */
static sequence *make(sard_onnx_draft *draft, size_t count)
{
    sard_arena *arena = draft->scope->importer->scratch;
    sequence *s = SARD_NEW(arena, sequence, 1);
    if (s)
        s->items = SARD_NEW(arena, sard_value *, count);
    if (!s || !s->items) {
        sard_onnx_draft_fail(draft, SARD_NOMEM, "out of memory");
        return NULL;
    }
    s->value.id = SEQUENCE_ID;
    s->value.graph = draft->scope->home->graph;
    s->value.rank = -1;
    s->count = count;
    s->dtype = SARD_F32;
    s->name = draft->name;
    s->importer = draft->scope->importer;
    return s;
}

sard_status sard_onnx_sequence_value(sard_value *value, sard_value **out, sard_error *error)
{
    sequence *s = (sequence *)value;
    const sard_attr dtype = {.name = "dtype", .kind = SARD_ATTR_INT, .i = s->dtype};
    const sard_node_parts parts = {.op = sard_op_table_find(s->importer->ops, "", s->count ? "SequenceConstruct" : "SequenceEmpty"),
                                   .name = s->name,
                                   .inputs = s->items,
                                   .input_count = s->count,
                                   .attrs = &dtype,
                                   .attr_count = !s->count,
                                   .output_count = 1};
    sard_node *node;
    const sard_status status = s->made ? SARD_OK : sard_graph_make_node(value->graph, &parts, &node, error);
    if (!status && !s->made)
        s->made = node->outputs[0];
    *out = s->made;
    return status;
}

/* NULL: it is one of the run. */
static const sequence *sequence_input(sard_onnx_draft *draft)
{
    const sard_value *value = sard_onnx_input(draft, 0);
    return sard_onnx_is_sequence(value) ? (const sequence *)value : NULL;
}

static int64_t attr_int(sard_onnx_draft *draft, const char *name, int64_t otherwise)
{
    const sard_attr *attr = sard_onnx_attr(draft, name, SARD_ATTR_INT);
    return attr ? attr->i : otherwise;
}

/* A constant integer of one element; false where it is not known. */
static bool read_int(sard_onnx_draft *draft, size_t i, int64_t *out)
{
    sard_content contents[SARD_MAX_CONTENTS];
    const sard_value *value = sard_onnx_typed_input(draft, i);
    const int count = value && !sard_onnx_is_sequence(value) ? sard_value_contents(value, contents) : -1;
    *out = count == 1 ? contents[0].value : 0;
    return count == 1 && contents[0].known;
}

/* ---- operators that make a sequence ---- */

static sard_value *construct(sard_onnx_draft *draft)
{
    sequence *s = make(draft, draft->input_count);
    for (size_t i = 0; s && i < draft->input_count; i++) {
        s->items[i] = draft->inputs[i];
        if (!s->items[i])
            sard_onnx_draft_fail(draft, SARD_MODEL, "input %zu is missing", i);
    }
    return s && !draft->status ? &s->value : NULL;
}

static sard_value *empty(sard_onnx_draft *draft)
{
    sequence *s = make(draft, 0);
    if (s)
        s->dtype = attr_int(draft, "dtype", SARD_F32);
    return s ? &s->value : NULL;
}

static sard_value *insert(sard_onnx_draft *draft)
{
    const sequence *from = sequence_input(draft);
    int64_t at = from ? (int64_t)from->count : 0;
    if (!from || (sard_onnx_input(draft, 2) && !read_int(draft, 2, &at)))
        return NULL;
    sequence *s = make(draft, from->count + 1);
    at += at < 0 ? (int64_t)from->count : 0;
    if (at < 0 || at > (int64_t)from->count || !sard_onnx_input(draft, 1)) {
        sard_onnx_draft_fail(draft, SARD_MODEL, "position %" PRId64 " in a sequence of %zu", at, from->count);
        return NULL;
    }
    for (size_t i = 0, next = 0; s && i < s->count; i++)
        s->items[i] = i == (size_t)at ? draft->inputs[1] : from->items[next++];
    return s ? &s->value : NULL;
}

static sard_value *erase(sard_onnx_draft *draft)
{
    const sequence *from = sequence_input(draft);
    int64_t at = from ? (int64_t)from->count - 1 : 0;
    if (!from || from->count == 1 || (sard_onnx_input(draft, 1) && !read_int(draft, 1, &at)))
        return NULL; /* the last item tells the type of the sequence */
    at += at < 0 ? (int64_t)from->count : 0;
    if (at < 0 || at >= (int64_t)from->count) {
        sard_onnx_draft_fail(draft, SARD_MODEL, "position %" PRId64 " in a sequence of %zu", at, from->count);
        return NULL;
    }
    sequence *s = make(draft, from->count - 1);
    for (size_t i = 0, next = 0; s && i < from->count; i++)
        if (i != (size_t)at)
            s->items[next++] = from->items[i];
    return s ? &s->value : NULL;
}

/* ---- SplitToSequence ---- */

/* More items than anyone unrolls. */
enum { MAX_ITEMS = 4096 };

typedef struct cut {
    int64_t axis, size; /* what is cut */
    int64_t lengths[MAX_ITEMS];
    size_t count;
} cut;

/* Equal parts of `length`, the last one perhaps shorter. */
static bool cut_equally(cut *c, int64_t length)
{
    if (c->size < 0 || length < 1 || (c->size - 1) / length >= MAX_ITEMS)
        return false;
    for (int64_t rest = c->size; rest > 0; rest -= length)
        c->lengths[c->count++] = rest < length ? rest : length;
    return true;
}

static bool read_lengths(sard_onnx_draft *draft, cut *c)
{
    sard_content contents[SARD_MAX_CONTENTS];
    const sard_value *split = sard_onnx_typed_input(draft, 1);
    const int count = split ? sard_value_contents(split, contents) : 0;
    bool known = count >= 0;
    for (int i = 0; i < count; i++)
        known &= contents[i].known;
    if (!known || !split || split->rank == 0)
        return known && cut_equally(c, split ? contents[0].value : 1);
    for (int i = 0; split->rank == 1 && i < count; i++)
        c->lengths[c->count++] = contents[i].value;
    return split->rank == 1;
}

static void read_axis(sard_onnx_draft *draft, cut *c)
{
    const sard_value *data = sard_onnx_typed_input(draft, 0);
    c->axis = attr_int(draft, "axis", 0);
    const int64_t axis = data && c->axis < 0 ? c->axis + data->rank : c->axis;
    c->size = data && axis >= 0 && axis < data->rank ? data->dims[axis] : SARD_UNKNOWN_DIM;
}

/* Without lengths each item has one element along the axis, and may lose the axis. */
static sard_value *split(sard_onnx_draft *draft)
{
    cut c = {.count = 0};
    const bool squeeze = !attr_int(draft, "keepdims", 1) && !sard_onnx_input(draft, 1);
    read_axis(draft, &c);
    if (!read_lengths(draft, &c) || !c.count || draft->status)
        return NULL;
    sequence *s = make(draft, c.count);
    if (!s)
        return NULL;
    const sard_attr axis = {.name = "axis", .kind = SARD_ATTR_INT, .i = c.axis};
    sard_value *const inputs[] = {draft->inputs[0], sard_onnx_ints(draft, "lengths", c.lengths, c.count)};
    const sard_node *node = sard_onnx_nodes_before(draft, "Split", "items", inputs, 2, &axis, 1, c.count);
    for (size_t i = 0; node && i < c.count; i++) {
        s->items[i] = node->outputs[i];
        if (squeeze) {
            sard_value *const item[] = {node->outputs[i], sard_onnx_ints(draft, "axis", &c.axis, 1)};
            s->items[i] = sard_onnx_node_before(draft, "Squeeze", "item", item, 2, NULL, 0);
        }
    }
    return node && !draft->status ? &s->value : NULL;
}

/* ---- operators that take one ---- */

static void as_node(sard_onnx_draft *draft, const sequence *from)
{
    sard_onnx_cut_inputs(draft, 0);
    for (size_t i = 0; i < from->count; i++)
        sard_onnx_set_input(draft, i, from->items[i]);
    draft->op = "Concat";
}

static sard_value *concat(sard_onnx_draft *draft)
{
    const sequence *from = sequence_input(draft);
    const sard_attr *axis = sard_onnx_attr(draft, "axis", SARD_ATTR_INT);
    if (!from || !from->count || draft->status)
        return NULL;
    const int64_t is_new = sard_onnx_take_int(draft, "new_axis", 0);
    as_node(draft, from);
    for (size_t i = 0; is_new && axis && i < from->count; i++) {
        sard_value *const inputs[] = {from->items[i], sard_onnx_ints(draft, "axis", &axis->i, 1)};
        sard_onnx_set_input(draft, i, sard_onnx_node_before(draft, "Unsqueeze", "item", inputs, 2, NULL, 0));
    }
    return NULL;
}

static sard_value *item(sard_onnx_draft *draft)
{
    const sequence *from = sequence_input(draft);
    int64_t at = 0;
    if (!from || !read_int(draft, 1, &at))
        return NULL;
    at += at < 0 ? (int64_t)from->count : 0;
    if (at >= 0 && at < (int64_t)from->count)
        return from->items[at];
    sard_onnx_draft_fail(draft, SARD_MODEL, "item %" PRId64 " of a sequence of %zu", at, from->count);
    return NULL;
}

static sard_value *length(sard_onnx_draft *draft)
{
    const sequence *from = sequence_input(draft);
    return from ? sard_onnx_scalar(draft, "length", SARD_I64, (double)from->count) : NULL;
}

typedef struct row {
    const char *name;
    sard_value *(*apply)(sard_onnx_draft *draft); /* what the output stands for; NULL: the draft makes it */
    bool takes;                                   /* one as input 0 */
} row;

static const row rows[] = {
    {"ConcatFromSequence", concat, true}, {"SequenceAt", item, true},        {"SequenceConstruct", construct, false},
    {"SequenceEmpty", empty, false},      {"SequenceErase", erase, true},    {"SequenceInsert", insert, true},
    {"SequenceLength", length, true},     {"SplitToSequence", split, false},
};

static const row *find(const char *domain, const char *op)
{
    for (size_t i = 0; !*domain && i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].name, op))
            return &rows[i];
    return NULL;
}

bool sard_onnx_takes_sequence(const char *domain, const char *op)
{
    const row *row = find(domain, op);
    return row && row->takes;
}

sard_value *sard_onnx_apply_sequence(sard_onnx_draft *draft)
{
    const row *row = find(draft->domain, draft->op);
    sard_value *value = row && !draft->status ? row->apply(draft) : NULL;
    if (!value && !draft->status && draft->input_count && sard_onnx_is_sequence(draft->inputs[0]))
        draft->status = sard_onnx_sequence_value(draft->inputs[0], &draft->inputs[0], draft->error);
    return value;
}
