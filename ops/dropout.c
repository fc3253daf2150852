/* Dropout-12 .. -22
 *
 * in   data; ratio: a scalar, 0.5 if left out; training_mode: bool, false if left out
 * out  output: data; mask: bool, all true
 *
 * In training each element is dropped with probability `ratio`, the others are divided by 1 - ratio; mask says which are left. The
 * numbers are those of numpy.random.RandomState(seed).uniform: MT19937 (Matsumoto, Nishimura 1998), two draws for 53 bits. Without seed
 * it is 0: the same inputs give the same result. */
#include "ops/contents.h"
#include "ops/elementwise.h"

#include <string.h>

enum { DATA, RATIO, TRAINING_MODE };
enum { OUTPUT, MASK };

typedef struct dropout {
    int64_t seed;
} dropout;

/* ---- random numbers ---- */

enum { WORDS = 624, AHEAD = 397 };

typedef struct twister {
    uint32_t words[WORDS];
    size_t next;
} twister;

static void start(twister *t, uint32_t seed)
{
    for (uint32_t i = 0; i < WORDS; i++) {
        t->words[i] = seed;
        seed = 1812433253u * (seed ^ seed >> 30) + i + 1;
    }
    t->next = WORDS;
}

static void twist(twister *t)
{
    for (size_t i = 0; i < WORDS; i++) {
        const uint32_t both = (t->words[i] & 0x80000000u) | (t->words[(i + 1) % WORDS] & 0x7fffffffu);
        t->words[i] = t->words[(i + AHEAD) % WORDS] ^ both >> 1 ^ (both & 1 ? 0x9908b0dfu : 0);
    }
    t->next = 0;
}

static uint32_t draw(twister *t)
{
    if (t->next == WORDS)
        twist(t);
    uint32_t y = t->words[t->next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
}

/* In 0 .. 1, without 1. */
static double uniform(twister *t)
{
    const uint32_t high = draw(t) >> 5, low = draw(t) >> 6;
    return ((double)high * 67108864 + (double)low) / 9007199254740992;
}

/* ---- the operator ---- */

static void drop(const sard_call *call, double ratio, uint8_t *mask)
{
    const sard_tensor *from = &call->inputs[DATA], *to = &call->outputs[OUTPUT];
    const size_t count = sard_tensor_count(from);
    twister t;
    start(&t, (uint32_t)((const dropout *)call->attrs)->seed);
    for (size_t i = 0; i < count; i++) {
        const bool stays = uniform(&t) >= ratio;
        if (to->data)
            sard_set(to, i, sard_get(from, i) * (stays ? 1 : 0) / (1 - ratio));
        if (mask)
            mask[i] = stays;
    }
}

static void keep(const sard_call *call, uint8_t *mask)
{
    const sard_tensor *from = &call->inputs[DATA], *to = &call->outputs[OUTPUT];
    const size_t count = sard_tensor_count(from);
    if (to->data && to->data != from->data && count)
        memcpy(to->data, from->data, count * sard_dtype_size(from->dtype));
    if (mask && count)
        memset(mask, true, count);
}

static bool is_one(const sard_value *value)
{
    for (int i = 0; i < value->rank; i++)
        if (value->dims[i] != 1 && value->dims[i] >= 0)
            return false;
    return true;
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const sard_value *x = node->inputs[DATA];
    for (size_t i = RATIO; i <= TRAINING_MODE; i++)
        if (sard_has_input(node, i) && !is_one(node->inputs[i]))
            return sard_node_fail(node, error, SARD_SHAPE, "%s must be a scalar", i == RATIO ? "ratio" : "training_mode");
    const sard_status status = sard_infer_same(node, error);
    return status ? status : sard_node_set_output(node, MASK, SARD_BOOL, x->rank, x->dims, error);
}

static sard_status eval(const sard_call *call)
{
    const size_t count = call->node->own_count;
    const bool training = count > TRAINING_MODE && call->inputs[TRAINING_MODE].dtype && sard_get_int(&call->inputs[TRAINING_MODE], 0);
    const double ratio = count > RATIO && call->inputs[RATIO].dtype ? sard_get(&call->inputs[RATIO], 0) : 0.5;
    uint8_t *mask = sard_call_wants(call, MASK) ? call->outputs[MASK].data : NULL;
    if (training && !(ratio >= 0 && ratio < 1))
        return sard_call_fail(call, SARD_DATA, "ratio is %g, must be at least 0 and below 1", ratio);
    if (training && ratio > 0)
        drop(call, ratio, mask);
    else
        keep(call, mask);
    return SARD_OK;
}

static const sard_attr_spec attrs[] = {SARD_INT(dropout, seed, 0), SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("data", 'T', SARD_SET_FLOAT | SARD_SET_FLOAT8), SARD_PORT_OPTIONAL("ratio", 'R', SARD_SET_FLOAT | SARD_SET_FLOAT8),
                                   SARD_PORT_OPTIONAL("training_mode", 'B', SARD_SET(BOOL)), SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', SARD_SET_FLOAT | SARD_SET_FLOAT8), SARD_PORT_OPTIONAL("mask", 'B', SARD_SET(BOOL)),
                                    SARD_PORTS_END};

const sard_op sard_op_dropout = {.struct_size = sizeof(sard_op),
                                 .domain = "",
                                 .name = "Dropout",
                                 .since = 22,
                                 .traits = SARD_IN_PLACE,
                                 .inputs = inputs,
                                 .outputs = outputs,
                                 .attrs = attrs,
                                 .attrs_size = sizeof(dropout),
                                 .infer = infer,
                                 .eval = eval};
