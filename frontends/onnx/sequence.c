/* Sequences, as far as they are known while importing: exporters write torch.cat, unbind and chunk with them. A sequence is a list of values
 * of the graph; the operators that make one leave no node, those that take one become Concat, or a value of it. */
#include "frontends/onnx/sequence.h"

#include <inttypes.h>
#include <string.h>

typedef struct sequence {
    sard_value value; /* what names stand for; of no graph */
    sard_value **items;
    size_t count;
} sequence;

/* No value of a graph has this id. */
#define SEQUENCE_ID SIZE_MAX

bool sard_onnx_is_sequence(const sard_value *value) { return value && value->id == SEQUENCE_ID; }

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
    return s;
}

static const sequence *sequence_input(sard_onnx_draft *draft)
{
    sard_value *value = sard_onnx_input(draft, 0);
    if (sard_onnx_is_sequence(value) && value->graph == draft->scope->home->graph)
        return (const sequence *)value;
    sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "input 0 is no sequence that is known before the run");
    return NULL;
}

/* A constant integer of one element. */
static bool read_int(sard_onnx_draft *draft, size_t i, int64_t *out)
{
    sard_content contents[SARD_MAX_CONTENTS];
    const sard_value *value = sard_onnx_typed_input(draft, i);
    const int count = value && !sard_onnx_is_sequence(value) ? sard_value_contents(value, contents) : -1;
    *out = count == 1 ? contents[0].value : 0;
    if (count == 1 && contents[0].known)
        return true;
    sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "input %zu must be known before the run", i);
    return false;
}

/* ---- operators that make a sequence ---- */

static sard_value *construct(sard_onnx_draft *draft)
{
    sequence *s = make(draft, draft->input_count);
    for (size_t i = 0; s && i < draft->input_count; i++)
        s->items[i] = draft->inputs[i];
    return s ? &s->value : NULL;
}

static sard_value *empty(sard_onnx_draft *draft)
{
    sequence *s = make(draft, 0);
    return s ? &s->value : NULL;
}

static sard_value *insert(sard_onnx_draft *draft)
{
    const sequence *from = sequence_input(draft);
    int64_t at = from ? (int64_t)from->count : 0;
    sequence *s = from ? make(draft, from->count + 1) : NULL;
    if (!s || (sard_onnx_input(draft, 2) && !read_int(draft, 2, &at)))
        return NULL;
    at += at < 0 ? (int64_t)from->count : 0;
    if (at < 0 || at > (int64_t)from->count || !sard_onnx_input(draft, 1)) {
        sard_onnx_draft_fail(draft, SARD_MODEL, "position %" PRId64 " in a sequence of %zu", at, from->count);
        return NULL;
    }
    for (size_t i = 0, next = 0; i < s->count; i++)
        s->items[i] = i == (size_t)at ? draft->inputs[1] : from->items[next++];
    return &s->value;
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
    const int64_t is_new = sard_onnx_take_int(draft, "new_axis", 0);
    const sard_attr *axis = sard_onnx_attr(draft, "axis", SARD_ATTR_INT);
    if (!from || draft->status)
        return NULL;
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

static const struct operator
{
    const char *name;
    sard_value *(*apply)(sard_onnx_draft * draft); /* what the output stands for; NULL: the draft makes it */
}
operators[] = {
    {"ConcatFromSequence", concat}, {"SequenceAt", item},       {"SequenceConstruct", construct},
    {"SequenceEmpty", empty},       {"SequenceInsert", insert}, {"SequenceLength", length},
};

static const struct operator* find(const char *domain, const char *op)
{
    for (size_t i = 0; !*domain && i < sizeof operators / sizeof *operators; i++)
        if (!strcmp(operators[i].name, op))
            return &operators[i];
    return NULL;
}

bool sard_onnx_takes_sequences(const char *domain, const char *op) { return find(domain, op) != NULL; }

sard_value *sard_onnx_apply_sequence(sard_onnx_draft *draft)
{
    const struct operator* row = find(draft->domain, draft->op);
    return row && !draft->status ? row->apply(draft) : NULL;
}
