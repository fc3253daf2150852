/* LinearAttention-27: attention as a recurrence, with a state S of [d_k, d_v] for each head of keys and values
 *
 * in   query: [B, T, q_num_heads * d_k]; key: [B, T, kv_num_heads * d_k]; value: [B, T, kv_num_heads * d_v]; past_state: S before,
 *      [B, kv_num_heads, d_k, d_v], zeros if left out; decay g: [B, T, kv_num_heads] or [B, T, kv_num_heads * d_k]; beta b:
 *      [B, T, kv_num_heads] or [B, T, 1]
 * out  output: [B, T, q_num_heads * d_v]; present_state: S after the last step, of the type of past_state, or of query
 *
 * At each step, with decay: S = exp(g) S; with beta: v = b (v - S^T k); then S = S + k v^T, output = scale S^T q. update_rule says which of
 * decay and beta there are. Each head of keys serves q_num_heads / kv_num_heads neighbouring ones of query. */
#include "ops/lib/contents.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { QUERY, KEY, VALUE, PAST, DECAY, BETA };
enum { OUTPUT, PRESENT };
enum { LINEAR, GATED, DELTA, GATED_DELTA };
static const char *const rules[] = {"linear", "gated", "delta", "gated_delta", NULL};

typedef struct linear_attention {
    int64_t q_num_heads, kv_num_heads, chunk_size, update_rule;
    float scale;
} linear_attention;

#define TYPES (SARD_SET(F32) | SARD_SET(F16) | SARD_SET(BF16))
#define HEADS(member)                                                                                                               \
    {                                                                                                                               \
        .name = #member, .kind = SARD_ATTR_INT, .flags = SARD_REQUIRED | SARD_RANGED, .offset = offsetof(linear_attention, member), \
        .min = 1, .max = INT32_MAX                                                                                                  \
    }

static const sard_attr_spec attrs[] = {HEADS(q_num_heads),
                                       HEADS(kv_num_heads),
                                       SARD_INT(linear_attention, chunk_size, 64),
                                       SARD_FLOAT(linear_attention, scale, 0),
                                       SARD_CHOICE(linear_attention, update_rule, "gated_delta", rules),
                                       SARD_ATTRS_END};
static const sard_port inputs[] = {SARD_PORT("query", 'T', TYPES),
                                   SARD_PORT("key", 'T', TYPES),
                                   SARD_PORT("value", 'T', TYPES),
                                   SARD_PORT_OPTIONAL("past_state", 'S', TYPES),
                                   SARD_PORT_OPTIONAL("decay", 'T', TYPES),
                                   SARD_PORT_OPTIONAL("beta", 'T', TYPES),
                                   SARD_PORTS_END};
static const sard_port outputs[] = {SARD_PORT("output", 'T', TYPES), SARD_PORT("present_state", 'S', TYPES), SARD_PORTS_END};

/* ---- shapes ---- */

static bool has_decay(const linear_attention *a) { return a->update_rule == GATED || a->update_rule == GATED_DELTA; }
static bool has_beta(const linear_attention *a) { return a->update_rule == DELTA || a->update_rule == GATED_DELTA; }

/* The size of a head where the last dim is so many of them; false if it is not. */
static bool split(const sard_value *x, int64_t heads, int64_t *size)
{
    const int64_t dim = x->dims[2];
    *size = dim < 0 ? SARD_UNKNOWN_DIM : dim / heads;
    return dim < 0 || (dim > 0 && dim % heads == 0);
}

static sard_status check_heads(const sard_node *node, int64_t *d_k, int64_t *d_v, sard_error *error)
{
    const linear_attention *a = node->attrs;
    int64_t key, dim;
    for (size_t i = QUERY; i <= VALUE; i++)
        if (node->inputs[i]->rank != 3)
            return sard_node_fail(node, error, SARD_SHAPE, "%s has rank %d, must be 3", inputs[i].name, node->inputs[i]->rank);
    if (a->q_num_heads % a->kv_num_heads)
        return sard_node_fail(node, error, SARD_SHAPE, "q_num_heads %" PRId64 " is no multiple of kv_num_heads %" PRId64, a->q_num_heads,
                              a->kv_num_heads);
    bool right = split(node->inputs[QUERY], a->q_num_heads, d_k) && split(node->inputs[KEY], a->kv_num_heads, &key) &&
                 split(node->inputs[VALUE], a->kv_num_heads, d_v) && sard_dim_merge(*d_k, key, d_k);
    for (size_t i = KEY; right && i <= VALUE; i++)
        for (int k = 0; k < 2; k++)
            right &= sard_dim_merge(node->inputs[i]->dims[k], node->inputs[QUERY]->dims[k], &dim);
    return right ? SARD_OK : sard_node_fail(node, error, SARD_SHAPE, "query, key and value do not fit each other and the numbers of heads");
}

/* A gate is there where the rule has it: [B, T, one of two sizes]. */
static sard_status check_gate(const sard_node *node, size_t i, bool wanted, int64_t one, int64_t other, sard_error *error)
{
    const sard_value *q = node->inputs[QUERY], *gate = sard_has_input(node, i) ? node->inputs[i] : NULL;
    int64_t dim;
    if (!gate != !wanted)
        return sard_node_fail(node, error, SARD_MODEL, "update_rule %s %s input %s",
                              rules[((const linear_attention *)node->attrs)->update_rule], wanted ? "needs" : "has no", inputs[i].name);
    if (!gate || (gate->rank == 3 && sard_dim_merge(gate->dims[0], q->dims[0], &dim) && sard_dim_merge(gate->dims[1], q->dims[1], &dim) &&
                  (sard_dim_merge(gate->dims[2], one, &dim) || sard_dim_merge(gate->dims[2], other, &dim))))
        return SARD_OK;
    return sard_node_fail(node, error, SARD_SHAPE, "%s does not fit query and the numbers of heads", inputs[i].name);
}

static sard_status infer(sard_node *node, sard_error *error)
{
    const linear_attention *a = node->attrs;
    const sard_value *q = node->inputs[QUERY], *past = sard_has_input(node, PAST) ? node->inputs[PAST] : NULL;
    const int64_t heads = a->kv_num_heads;
    int64_t d_k, d_v, dim, width;
    sard_status status = check_heads(node, &d_k, &d_v, error);
    if (!status)
        status = check_gate(node, DECAY, has_decay(a), heads, d_k < 0 ? SARD_UNKNOWN_DIM : heads * d_k, error);
    if (!status)
        status = check_gate(node, BETA, has_beta(a), heads, 1, error);
    if (status)
        return status;
    const int64_t state[4] = {q->dims[0], heads, d_k, d_v};
    bool right = !past || past->rank == 4;
    for (int k = 0; right && past && k < 4; k++)
        right = sard_dim_merge(past->dims[k], state[k], &dim);
    if (!right || (d_v >= 0 && __builtin_mul_overflow(a->q_num_heads, d_v, &width)))
        return sard_node_fail(node, error, SARD_SHAPE, "past_state must be [batch, kv_num_heads, d_k, d_v]");
    status =
        sard_node_set_output(node, OUTPUT, q->dtype, 3, (int64_t[]){q->dims[0], q->dims[1], d_v < 0 ? SARD_UNKNOWN_DIM : width}, error);
    return status ? status : sard_node_set_output(node, PRESENT, past ? past->dtype : q->dtype, 4, state, error);
}

/* ---- the recurrence ---- */

typedef struct job {
    const sard_call *call;
    const linear_attention *a;
    int64_t steps, d_k, d_v;
    double scale;
    double *room; /* for each head of each batch: S, then k, v and what S answers */
} job;

static size_t room_of(const job *j) { return (size_t)(j->d_k * j->d_v + j->d_k + 2 * j->d_v); }

/* Elements at ... at+n-1 of the last dim at a step of a batch. */
static void read_step(const job *j, size_t input, int64_t step, int64_t at, int64_t n, double *out)
{
    const sard_tensor *x = &j->call->inputs[input];
    const size_t start = (size_t)(step * x->dims[2] + at);
    sard_widen(x->dtype, (const char *)x->data + start * sard_dtype_size(x->dtype), (size_t)n, out);
}

/* out = S^T x */
static void answer(const job *j, const double *state, const double *x, double *out)
{
    memset(out, 0, (size_t)j->d_v * sizeof *out);
    for (int64_t i = 0; i < j->d_k; i++)
        for (int64_t k = 0; k < j->d_v; k++)
            out[k] += state[i * j->d_v + k] * x[i];
}

/* step: of all batches; k and v are read, v is changed by beta; out: room for d_v. */
static void update(const job *j, int64_t step, int64_t head, double *state, double *k, double *v, double *out)
{
    read_step(j, KEY, step, head * j->d_k, j->d_k, k);
    read_step(j, VALUE, step, head * j->d_v, j->d_v, v);
    const bool each = has_decay(j->a) && j->call->inputs[DECAY].dims[2] != j->a->kv_num_heads;
    for (int64_t i = 0; has_decay(j->a) && i < j->d_k; i++) {
        double g;
        read_step(j, DECAY, step, each ? head * j->d_k + i : head, 1, &g);
        for (int64_t m = 0; m < j->d_v; m++)
            state[i * j->d_v + m] *= exp(g);
    }
    if (has_beta(j->a)) {
        double beta;
        read_step(j, BETA, step, j->call->inputs[BETA].dims[2] == 1 ? 0 : head, 1, &beta);
        answer(j, state, k, out);
        for (int64_t m = 0; m < j->d_v; m++)
            v[m] = beta * (v[m] - out[m]);
    }
    for (int64_t i = 0; i < j->d_k; i++)
        for (int64_t m = 0; m < j->d_v; m++)
            state[i * j->d_v + m] += k[i] * v[m];
}

/* What the heads of query that share a state read of it; q: room for d_k. */
static void read_out(const job *j, int64_t step, int64_t head, const double *state, double *q, double *out)
{
    const sard_tensor *y = &j->call->outputs[OUTPUT];
    const int64_t group = j->a->q_num_heads / j->a->kv_num_heads;
    for (int64_t h = head * group; y->data && h < (head + 1) * group; h++) {
        read_step(j, QUERY, step, h * j->d_k, j->d_k, q);
        answer(j, state, q, out);
        for (int64_t m = 0; m < j->d_v; m++)
            sard_set(y, (size_t)(step * y->dims[2] + h * j->d_v + m), j->scale * out[m]);
    }
}

static void run_head(void *arg, size_t task)
{
    const job *j = arg;
    const int64_t head = (int64_t)task % j->a->kv_num_heads, batch = (int64_t)task / j->a->kv_num_heads;
    const size_t size = (size_t)(j->d_k * j->d_v);
    double *state = j->room + task * room_of(j), *k = state + size, *v = k + j->d_k, *out = v + j->d_v;
    for (size_t i = 0; i < size; i++)
        state[i] = sard_has_input(j->call->node, PAST) ? sard_get(&j->call->inputs[PAST], task * size + i) : 0;
    for (int64_t t = 0; t < j->steps; t++) {
        update(j, batch * j->steps + t, head, state, k, v, out);
        read_out(j, batch * j->steps + t, head, state, k, out);
    }
    for (size_t i = 0; sard_call_wants(j->call, PRESENT) && i < size; i++)
        sard_set(&j->call->outputs[PRESENT], task * size + i, state[i]);
}

static sard_status eval(const sard_call *call)
{
    const linear_attention *a = call->attrs;
    const sard_tensor *q = &call->inputs[QUERY], *v = &call->inputs[VALUE];
    job j = {.call = call, .a = a, .steps = q->dims[1], .d_k = q->dims[2] / a->q_num_heads, .d_v = v->dims[2] / a->kv_num_heads};
    j.scale = a->scale != 0 ? (double)a->scale : 1 / sqrt((double)j.d_k);
    size_t bytes, tasks;
    int64_t state;
    if (__builtin_mul_overflow(j.d_k, j.d_v, &state) || state > INT64_MAX / 4 || j.d_k > INT64_MAX / 8 || j.d_v > INT64_MAX / 8 ||
        __builtin_mul_overflow((size_t)q->dims[0], (size_t)a->kv_num_heads, &tasks) || __builtin_mul_overflow(tasks, room_of(&j), &bytes) ||
        __builtin_mul_overflow(bytes, sizeof(double), &bytes))
        return sard_call_fail(call, SARD_LIMIT, "the states are too large");
    if (!bytes)
        return SARD_OK;
    if (!(j.room = sard_call_alloc(call, bytes)))
        return sard_call_fail(call, SARD_NOMEM, "no memory for %zu bytes of states", bytes);
    sard_call_parallel(call, tasks, run_head, &j);
    return SARD_OK;
}

const sard_op sard_op_linear_attention = {.struct_size = sizeof(sard_op),
                                          .domain = "",
                                          .name = "LinearAttention",
                                          .since = 27,
                                          .inputs = inputs,
                                          .outputs = outputs,
                                          .attrs = attrs,
                                          .attrs_size = sizeof(linear_attention),
                                          .infer = infer,
                                          .eval = eval};
