/* Einsum: sums of products along named axes
 *
 * in   Inputs: any number of tensors
 * out  Output: Output[its labels] = sum over all other labels of the product of Inputs[their labels]
 *
 * equation: a term of letters for each input, then perhaps "->" and the term of the output. A label twice in one term is a diagonal.
 * "..." stands for the dimensions without a letter, aligned at their last one. Without "->" the output has the ellipsis, then the
 * labels that occur once, capital letters first. A size of 1 meets any other, as in broadcasting. Integers modulo 2^64. */
#include "ops/lib/util.h"

#include <inttypes.h>
#include <string.h>

typedef struct einsum {
    const char *equation;
} einsum;

static const sard_attr_spec attrs[] = {
    {.name = "equation", .kind = SARD_ATTR_STRING, .flags = SARD_REQUIRED, .offset = offsetof(einsum, equation)}, SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT_VARIADIC("Inputs", 'T', SARD_SET_NUMBER), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("Output", 'T', SARD_SET_NUMBER), SARD_PORTS_END};

/* ---- the equation ---- */

/* A to Z, a to z, then the dimensions of the ellipsis, of which the last is always the same. */
enum { LETTERS = 52, LABELS = LETTERS + SARD_MAX_RANK };

typedef struct term {
    int letters; /* without the ellipsis */
    bool ellipsis;
    int rank;
    uint8_t labels[LABELS];
} term;

typedef struct equation {
    const char *next;      /* text that is not read yet */
    bool more;             /* it begins with the term of an input */
    int ellipsis;          /* dimensions it stands for */
    int times[LABELS];     /* how often a label occurs in the inputs */
    int64_t sizes[LABELS]; /* 1 where it does not */
    term out;
} equation;

static int letter_label(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

/* Reads up to a comma, an arrow or the end. ellipsis: how many dimensions one has; -1: as many as are left of `rank`. */
static sard_status read_term(const sard_node *node, const char **text, int rank, int ellipsis, term *out, sard_error *error)
{
    const char *at = *text;
    *out = (term){.letters = 0};
    int place = 0; /* of the ellipsis */
    uint8_t letters[LETTERS];
    for (; *at && *at != ',' && !(at[0] == '-' && at[1] == '>'); at++) {
        const int label = letter_label(*at);
        if (label >= 0 && out->letters < LETTERS) {
            letters[out->letters++] = (uint8_t)label;
        } else if (!strncmp(at, "...", 3) && !out->ellipsis) {
            out->ellipsis = true;
            place = out->letters;
            at += 2;
        } else if (*at != ' ') {
            return sard_node_fail(node, error, SARD_MODEL, "equation '%.100s' is wrong at '%.20s'", ((const einsum *)node->attrs)->equation,
                                  at);
        }
    }
    *text = at;
    const int dots = !out->ellipsis ? 0 : ellipsis >= 0 ? ellipsis : rank - out->letters;
    if (dots < 0 || dots > SARD_MAX_RANK || (rank >= 0 && dots + out->letters != rank))
        return sard_node_fail(node, error, SARD_SHAPE, "equation '%.100s' has %d labels for an input of rank %d",
                              ((const einsum *)node->attrs)->equation, out->letters, rank);
    memcpy(out->labels, letters, (size_t)place);
    for (int i = 0; i < dots; i++)
        out->labels[place + i] = (uint8_t)(LABELS - dots + i);
    memcpy(out->labels + place + dots, letters + place, (size_t)(out->letters - place));
    out->rank = out->letters + dots;
    return SARD_OK;
}

static void begin(equation *e, const sard_node *node)
{
    *e = (equation){.next = ((const einsum *)node->attrs)->equation, .more = true};
    for (int i = 0; i < LABELS; i++)
        e->sizes[i] = 1;
}

/* Two sizes of one label; an unknown one gives way to a known one. */
static bool meet(int64_t *size, int64_t dim)
{
    if (*size == dim || dim == 1)
        return true;
    if (*size >= 0 && *size != 1 && dim >= 0)
        return false;
    if (*size == 1)
        *size = dim;
    else if (*size < 0)
        *size = dim >= 0 ? dim : SARD_UNKNOWN_DIM;
    return true;
}

static sard_status add_input(equation *e, const sard_node *node, int rank, const int64_t *dims, term *out, sard_error *error)
{
    const char *text = ((const einsum *)node->attrs)->equation;
    if (!e->more)
        return sard_node_fail(node, error, SARD_SHAPE, "equation '%.100s' is for fewer than %zu inputs", text, node->own_count);
    const sard_status status = read_term(node, &e->next, rank, -1, out, error);
    if (status)
        return status;
    for (int i = 0; i < rank; i++) {
        int64_t *size = &e->sizes[out->labels[i]];
        e->times[out->labels[i]]++;
        if (!meet(size, dims[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "equation '%.100s': sizes %" PRId64 " and %" PRId64 " have the same label", text,
                                  *size, dims[i]);
    }
    e->ellipsis = rank - out->letters > e->ellipsis ? rank - out->letters : e->ellipsis;
    e->more = *e->next == ',';
    e->next += e->more;
    return SARD_OK;
}

static void implicit_output(equation *e)
{
    for (int i = LABELS - e->ellipsis; i < LABELS; i++)
        e->out.labels[e->out.rank++] = (uint8_t)i;
    for (int i = 0; i < LETTERS; i++)
        if (e->times[i] == 1)
            e->out.labels[e->out.rank++] = (uint8_t)i;
}

/* After the last input: the term of the output. */
static sard_status finish(equation *e, const sard_node *node, sard_error *error)
{
    const char *text = ((const einsum *)node->attrs)->equation;
    if (e->more)
        return sard_node_fail(node, error, SARD_SHAPE, "equation '%.100s' is for more than %zu inputs", text, node->own_count);
    if (!*e->next) {
        implicit_output(e);
    } else {
        e->next += 2; /* the arrow */
        const sard_status status = read_term(node, &e->next, -1, e->ellipsis, &e->out, error);
        if (status)
            return status;
        if (*e->next)
            return sard_node_fail(node, error, SARD_MODEL, "equation '%.100s' goes on after the output", text);
    }
    if (e->out.rank > SARD_MAX_RANK)
        return sard_node_fail(node, error, SARD_UNSUPPORTED, "result of rank %d, at most %d is possible", e->out.rank, SARD_MAX_RANK);
    uint64_t seen = 0;
    for (int i = 0; i < e->out.rank; i++) {
        const int label = e->out.labels[i];
        if (!e->times[label] || seen >> label & 1)
            return sard_node_fail(node, error, SARD_MODEL, "equation '%.100s': a label of the output is %s", text,
                                  e->times[label] ? "there twice" : "in no input");
        seen |= UINT64_C(1) << label;
    }
    return SARD_OK;
}

/* call: where there is one, the shapes are those of its inputs. */
static sard_status read_equation(equation *e, const sard_node *node, const sard_call *call, sard_error *error)
{
    term unused;
    begin(e, node);
    for (size_t i = 0; i < node->own_count; i++) {
        const int rank = call ? call->inputs[i].rank : node->inputs[i]->rank;
        const sard_status status = add_input(e, node, rank, call ? call->inputs[i].dims : node->inputs[i]->dims, &unused, error);
        if (status)
            return status;
    }
    return finish(e, node, error);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    equation e;
    const sard_status status = read_equation(&e, node, NULL, error);
    if (status)
        return status;
    int64_t dims[SARD_MAX_RANK];
    for (int i = 0; i < e.out.rank; i++)
        dims[i] = e.sizes[e.out.labels[i]];
    return sard_node_set_output(node, 0, node->inputs[0]->dtype, e.out.rank, dims, error);
}

static double macs(const sard_node *node)
{
    equation e;
    double count = 1;
    if (read_equation(&e, node, NULL, NULL))
        return 0;
    for (int i = 0; i < LABELS; i++)
        count *= sard_extent(e.sizes[i]);
    return count;
}

/* ---- the sums ---- */

/* Loops: one for each label, those of the output first; the last one is the run. Elements are in their widest type. A task makes a block
 * of results and has offsets of its own. */
typedef struct job {
    sard_dtype dtype;
    size_t count; /* inputs */
    const void **data;
    int64_t *strides; /* [loop][input] */
    int64_t *offsets; /* [task][input] */
    int outer, loops; /* loops of the output; all but the run */
    int64_t sizes[LABELS + 1];
    const int64_t *steps; /* strides of the run */
    int64_t run, results, block;
    char *out;
} job;

#define DOT(name, type)                                                                           \
    static type name(const job *j, const int64_t *offsets)                                        \
    {                                                                                             \
        const type *a = (const type *)j->data[0] + offsets[0];                                    \
        const type *b = j->count == 2 ? (const type *)j->data[1] + offsets[1] : NULL;             \
        const int64_t n = j->run, step_a = j->steps[0], step_b = j->count == 2 ? j->steps[1] : 0; \
        type sum = 0;                                                                             \
        if (j->count == 1) {                                                                      \
            for (int64_t i = 0; i < n; i++)                                                       \
                sum += a[i * step_a];                                                             \
        } else if (j->count == 2) {                                                               \
            for (int64_t i = 0; i < n; i++)                                                       \
                sum += a[i * step_a] * b[i * step_b];                                             \
        } else {                                                                                  \
            for (int64_t i = 0; i < n; i++) {                                                     \
                type product = 1;                                                                 \
                for (size_t k = 0; k < j->count; k++)                                             \
                    product *= ((const type *)j->data[k])[offsets[k] + i * j->steps[k]];          \
                sum += product;                                                                   \
            }                                                                                     \
        }                                                                                         \
        return sum;                                                                               \
    }

DOT(dot_floats, double)
DOT(dot_ints, uint64_t)

static void move(const job *j, int64_t *offsets, int loop, int64_t steps)
{
    for (size_t k = 0; k < j->count; k++)
        offsets[k] += steps * j->strides[(size_t)loop * j->count + k];
}

/* The next combination of the summed labels without the run; false after the last, when the offsets are back where they were. */
static bool advance(const job *j, int64_t *index, int64_t *offsets)
{
    for (int i = j->loops - 1; i >= j->outer; i--) {
        if (++index[i] < j->sizes[i]) {
            move(j, offsets, i, 1);
            return true;
        }
        index[i] = 0;
        move(j, offsets, i, 1 - j->sizes[i]);
    }
    return false;
}

static void make_result(const job *j, int64_t result, int64_t *offsets)
{
    int64_t index[LABELS] = {0}, rest = result;
    bool empty = j->run == 0;
    memset(offsets, 0, j->count * sizeof *offsets);
    for (int i = j->outer - 1; i >= 0; i--) {
        move(j, offsets, i, rest % j->sizes[i]);
        rest /= j->sizes[i];
    }
    for (int i = j->outer; i < j->loops; i++)
        empty |= j->sizes[i] == 0;
    void *to = j->out + (size_t)result * sard_dtype_size(j->dtype);
    double sum = 0;
    uint64_t int_sum = 0;
    if (sard_dtype_is_float(j->dtype)) {
        if (!empty)
            do
                sum += dot_floats(j, offsets);
            while (advance(j, index, offsets));
        sard_narrow(j->dtype, &sum, 1, to);
    } else {
        if (!empty)
            do
                int_sum += dot_ints(j, offsets);
            while (advance(j, index, offsets));
        sard_narrow_int(j->dtype, &(int64_t){(int64_t)int_sum}, 1, to);
    }
}

static void make_block(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t first = (int64_t)task * j->block;
    for (int64_t i = first; i < j->results && i < first + j->block; i++)
        make_result(j, i, j->offsets + task * j->count);
}

static const void *widened(const sard_call *call, const sard_tensor *x)
{
    const size_t count = sard_tensor_count(x);
    void *wide = sard_call_alloc(call, count * sizeof(double));
    if (!wide)
        return NULL;
    if (sard_dtype_is_float(x->dtype))
        sard_widen(x->dtype, x->data, count, wide);
    else
        sard_widen_int(x->dtype, x->data, count, wide);
    return wide;
}

/* Loops of labels: the output's, then the others that occur; loop_of: by label. */
static void make_loops(job *j, const equation *e, int loop_of[LABELS])
{
    int count = 0;
    for (int i = 0; i < LABELS; i++)
        loop_of[i] = -1;
    for (int i = 0; i < e->out.rank; i++)
        loop_of[e->out.labels[i]] = count++;
    j->outer = count;
    for (int i = 0; i < LABELS; i++)
        if (e->times[i] && loop_of[i] < 0)
            loop_of[i] = count++;
    for (int i = 0; i < LABELS; i++)
        if (loop_of[i] >= 0)
            j->sizes[loop_of[i]] = e->sizes[i];
    if (count == j->outer)
        j->sizes[count++] = 1; /* the run */
    j->loops = count - 1;
    j->run = j->sizes[j->loops];
}

static sard_status set_strides(job *j, const sard_call *call, const int loop_of[LABELS])
{
    equation e;
    term t;
    begin(&e, call->node);
    for (size_t k = 0; k < j->count; k++) {
        const sard_tensor *x = &call->inputs[k];
        const sard_status status = add_input(&e, call->node, x->rank, x->dims, &t, call->error);
        if (status)
            return status;
        int64_t stride = 1;
        for (int i = x->rank - 1; i >= 0; stride *= x->dims[i--])
            if (x->dims[i] != 1)
                j->strides[(size_t)loop_of[t.labels[i]] * j->count + k] += stride;
    }
    return SARD_OK;
}

static sard_status eval(const sard_call *call)
{
    job j = {.dtype = call->outputs[0].dtype,
             .count = call->node->own_count,
             .out = call->outputs[0].data,
             .results = (int64_t)sard_tensor_count(&call->outputs[0])};
    equation e;
    int loop_of[LABELS];
    sard_status status = read_equation(&e, call->node, call, call->error);
    if (status || !j.results)
        return status;
    make_loops(&j, &e, loop_of);
    const size_t tasks = j.results < 64 ? (size_t)j.results : 64;
    const size_t strides = (size_t)(j.loops + 1) * j.count * sizeof *j.strides;
    j.block = (j.results + (int64_t)tasks - 1) / (int64_t)tasks;
    j.data = sard_call_alloc(call, j.count * sizeof *j.data);
    j.strides = sard_call_alloc(call, strides);
    j.offsets = sard_call_alloc(call, tasks * j.count * sizeof *j.offsets);
    for (size_t k = 0; j.data && k < j.count; k++) {
        j.data[k] = widened(call, &call->inputs[k]);
        if (!j.data[k])
            j.data = NULL;
    }
    if (!j.data || !j.strides || !j.offsets)
        return sard_call_fail(call, SARD_NOMEM, "no memory for the inputs");
    memset(j.strides, 0, strides);
    status = set_strides(&j, call, loop_of);
    if (status)
        return status;
    j.steps = j.strides + (size_t)j.loops * j.count;
    sard_call_parallel(call, tasks, make_block, &j);
    return SARD_OK;
}

const sard_op sard_op_einsum = {.struct_size = sizeof(sard_op),
                                .domain = "",
                                .name = "Einsum",
                                .since = 28,
                                .traits = SARD_MACS,
                                .inputs = inputs,
                                .outputs = outputs,
                                .attrs = attrs,
                                .attrs_size = sizeof(einsum),
                                .infer = infer,
                                .eval = eval,
                                .macs = macs};
