/* TfIdfVectorizer-9: how often known n-grams occur in a row of items
 *
 * in   X: [C] or [N, C], strings or integers      out  Y: float32, [largest ngram_indexes + 1] or N rows of them
 *
 * The items of an n-gram stand next to each other, or with 1 to max_skip_count others between any two of them; single items are counted
 * once. TF: the count; IDF: the weight where it occurs; TFIDF: the count times the weight. Of an n-gram that stands in the pool twice the
 * last one counts. */
#include "ops/lib/text.h"

#include <inttypes.h>

enum { TF, IDF, TFIDF };
static const char *const modes[] = {"TF", "IDF", "TFIDF", NULL};

/* What infer makes of the attributes: items are numbered, an n-gram is a string of such numbers. */
typedef struct vocabulary {
    sard_lookup items, ngrams;
} vocabulary;

typedef struct tf_idf {
    int64_t max_gram_length, max_skip_count, min_gram_length, mode;
    sard_ints ngram_counts, ngram_indexes, pool_int64s;
    sard_strings pool_strings;
    sard_floats weights;
    const vocabulary *vocabulary;
} tf_idf;

#define COUNT(member, least)                                                                                                            \
    {                                                                                                                                   \
        .name = #member, .kind = SARD_ATTR_INT, .flags = SARD_REQUIRED | SARD_RANGED, .offset = offsetof(tf_idf, member), .min = least, \
        .max = INT32_MAX                                                                                                                \
    }

static const sard_attr_spec attrs[] = {
    COUNT(max_gram_length, 1),
    COUNT(max_skip_count, 0),
    COUNT(min_gram_length, 1),
    {.name = "mode", .kind = SARD_ATTR_STRING, .flags = SARD_REQUIRED, .offset = offsetof(tf_idf, mode), .choices = modes},
    SARD_LIST_REQUIRED(tf_idf, ngram_counts),
    SARD_LIST_REQUIRED(tf_idf, ngram_indexes),
    SARD_LIST(tf_idf, pool_int64s),
    SARD_ATTR(tf_idf, pool_strings, STRINGS),
    SARD_ATTR(tf_idf, weights, FLOATS),
    SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("X", 'T', SARD_SET(STRING) | SARD_SET_INDEX), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Y", 'U', SARD_SET(F32)), SARD_PORTS_END};

/* ---- the vocabulary ---- */

static size_t pool_size(const tf_idf *a) { return a->pool_strings.data ? a->pool_strings.count : a->pool_int64s.count; }

/* Where the n-grams of length i + 1 end in the pool. */
static int64_t end_of(const tf_idf *a, size_t i)
{
    return i + 1 < a->ngram_counts.count ? a->ngram_counts.data[i + 1] : (int64_t)pool_size(a);
}

static sard_status check(const sard_node *node, sard_error *error)
{
    const tf_idf *a = node->attrs;
    const sard_dtype dtype = node->inputs[0]->dtype;
    int64_t ngrams = 0;
    if (!a->pool_strings.data == !a->pool_int64s.data)
        return sard_node_fail(node, error, SARD_MODEL, "one of pool_strings and pool_int64s must be given");
    if (dtype && (dtype == SARD_STRING) != (a->pool_strings.data != NULL))
        return sard_node_fail(node, error, SARD_MODEL, "X is %s, the pool holds %s", sard_dtype_name(dtype),
                              a->pool_strings.data ? "strings" : "integers");
    if (a->min_gram_length > a->max_gram_length)
        return sard_node_fail(node, error, SARD_MODEL, "min_gram_length is above max_gram_length");
    for (size_t i = 0; i < a->ngram_counts.count; i++) {
        const int64_t begin = a->ngram_counts.data[i], end = end_of(a, i), length = (int64_t)i + 1;
        if (begin < 0 || end < begin || end > (int64_t)pool_size(a) || (end - begin) % length || (i == 0 && begin))
            return sard_node_fail(node, error, SARD_MODEL, "ngram_counts has %" PRId64 " at %zu, which does not part the pool", begin, i);
        ngrams += (end - begin) / length;
    }
    if (!a->ngram_counts.count || ngrams != (int64_t)a->ngram_indexes.count ||
        (a->weights.data && a->weights.count != a->ngram_indexes.count))
        return sard_node_fail(node, error, SARD_MODEL, "the pool has %" PRId64 " n-grams, but there are %zu ngram_indexes and %zu weights",
                              ngrams, a->ngram_indexes.count, a->weights.count);
    for (size_t i = 0; i < a->ngram_indexes.count; i++)
        if (a->ngram_indexes.data[i] < 0 || a->ngram_indexes.data[i] >= INT32_MAX)
            return sard_node_fail(node, error, SARD_MODEL, "ngram_indexes has %" PRId64 ", which is out of range",
                                  a->ngram_indexes.data[i]);
    return SARD_OK;
}

static const sard_string *pool_items(sard_arena *arena, const tf_idf *a)
{
    sard_string *items = a->pool_strings.data ? NULL : SARD_NEW(arena, sard_string, a->pool_int64s.count);
    for (size_t i = 0; items && i < a->pool_int64s.count; i++)
        items[i] = (sard_string){(const char *)&a->pool_int64s.data[i], sizeof(int64_t)};
    return a->pool_strings.data ? a->pool_strings.data : items;
}

static const vocabulary *make_vocabulary(sard_arena *arena, const tf_idf *a)
{
    const size_t size = pool_size(a);
    const sard_string *items = pool_items(arena, a);
    vocabulary *v = SARD_NEW(arena, vocabulary, 1);
    int64_t *numbers = SARD_NEW(arena, int64_t, size);
    sard_string *ngrams = SARD_NEW(arena, sard_string, a->ngram_indexes.count), *next = ngrams;
    if (!items || !v || !numbers || !ngrams || !sard_lookup_make(arena, items, size, &v->items))
        return NULL;
    for (size_t i = 0; i < size; i++)
        numbers[i] = sard_lookup_find(&v->items, items[i]);
    for (size_t i = 0; i < a->ngram_counts.count; i++)
        for (int64_t at = a->ngram_counts.data[i]; at < end_of(a, i); at += (int64_t)i + 1)
            *next++ = (sard_string){(const char *)&numbers[at], (i + 1) * sizeof *numbers};
    return sard_lookup_make(arena, ngrams, a->ngram_indexes.count, &v->ngrams) ? v : NULL;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    tf_idf *a = node->attrs;
    const sard_value *x = node->inputs[0];
    int64_t width = 0;
    const sard_status status = check(node, error);
    if (status)
        return status;
    if (!a->vocabulary)
        a->vocabulary = make_vocabulary(node->graph->arena, a);
    if (!a->vocabulary)
        return sard_no_memory(error);
    if (x->rank < 1 || x->rank > 2)
        return sard_node_fail(node, error, SARD_SHAPE, "X has rank %d, must be 1 or 2", x->rank);
    for (size_t i = 0; i < a->ngram_indexes.count; i++)
        width = a->ngram_indexes.data[i] >= width ? a->ngram_indexes.data[i] + 1 : width;
    return sard_node_set_output(node, 0, SARD_F32, x->rank, (int64_t[]){x->rank == 1 ? width : x->dims[0], width}, error);
}

/* ---- counting ---- */

typedef struct job {
    const tf_idf *a;
    const sard_tensor *x;
    int64_t row, width; /* items of a row, of the result */
    int64_t *numbers;   /* of a row each, twice: its items, and an n-gram */
    float *y;
} job;

static void number_items(const job *j, size_t row, int64_t *numbers)
{
    for (int64_t i = 0; i < j->row; i++) {
        const size_t at = row * (size_t)j->row + (size_t)i;
        const int64_t number = j->x->dtype == SARD_STRING ? 0 : sard_get_int(j->x, at);
        const sard_string key =
            j->x->dtype == SARD_STRING ? ((const sard_string *)j->x->data)[at] : (sard_string){(const char *)&number, sizeof number};
        numbers[i] = sard_lookup_find(&j->a->vocabulary->items, key);
    }
}

/* All n-grams that begin at `first`, each `step` items from the one before. */
static void count_from(const job *j, const int64_t *numbers, int64_t first, int64_t step, int64_t shortest, int64_t *ngram, float *y)
{
    for (int64_t length = 1, at = first; length <= j->a->max_gram_length && at < j->row && numbers[at] >= 0; length++, at += step) {
        ngram[length - 1] = numbers[at];
        if (length < shortest)
            continue;
        const int64_t found =
            sard_lookup_find(&j->a->vocabulary->ngrams, (sard_string){(const char *)ngram, (size_t)length * sizeof *ngram});
        if (found >= 0)
            y[j->a->ngram_indexes.data[found]]++;
    }
}

static void weigh(const job *j, float *y)
{
    const tf_idf *a = j->a;
    for (size_t i = 0; a->mode == IDF && i < (size_t)j->width; i++)
        y[i] = y[i] > 0;
    for (size_t i = 0; a->mode != TF && a->weights.data && i < a->ngram_indexes.count; i++)
        y[a->ngram_indexes.data[i]] *= a->weights.data[i];
}

static void count_row(void *arg, size_t row)
{
    const job *j = arg;
    const tf_idf *a = j->a;
    int64_t *numbers = j->numbers + 2 * (int64_t)row * j->row;
    float *y = j->y + (int64_t)row * j->width;
    for (int64_t i = 0; i < j->width; i++)
        y[i] = 0;
    number_items(j, row, numbers);
    for (int64_t step = 1; step <= a->max_skip_count + 1 && (step == 1 || step < j->row); step++) {
        const int64_t shortest = step > 1 && a->min_gram_length == 1 ? 2 : a->min_gram_length;
        for (int64_t first = 0; first < j->row; first++)
            count_from(j, numbers, first, step, shortest, numbers + j->row, y);
    }
    weigh(j, y);
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *x = &call->inputs[0], *y = &call->outputs[0];
    const int64_t rows = x->rank == 1 ? 1 : x->dims[0];
    job j = {.a = call->attrs, .x = x, .row = x->dims[x->rank - 1], .width = y->dims[y->rank - 1], .y = y->data};
    size_t bytes;
    if (__builtin_mul_overflow((size_t)(rows * j.row), 2 * sizeof *j.numbers, &bytes) || !(j.numbers = sard_call_alloc(call, bytes + 1)))
        return sard_call_fail(call, SARD_NOMEM, "out of memory");
    sard_call_parallel(call, (size_t)rows, count_row, &j);
    return SARD_OK;
}

const sard_op sard_op_tf_idf_vectorizer = {.struct_size = sizeof(sard_op),
                                           .domain = "",
                                           .name = "TfIdfVectorizer",
                                           .since = 9,
                                           .inputs = inputs,
                                           .outputs = outputs,
                                           .attrs = attrs,
                                           .attrs_size = sizeof(tf_idf),
                                           .infer = infer,
                                           .eval = eval};
