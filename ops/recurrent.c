/* Shapes of recurrent operators, and their walk through time.
 *
 * in   X: time, batch, features; W: directions, gates * hidden, features; R: directions, gates * hidden, hidden; B: directions, the
 *      biases of W, then those of R; sequence_lens: batch; initial_h, initial_c: directions, batch, hidden
 * out  Y: time, directions, batch, hidden, 0 behind the end of a sequence; Y_h, Y_c: directions, batch, hidden, after the last step
 *
 * layout 1 has the batch first: X batch, time, features; Y batch, time, directions, hidden; the states batch, directions, hidden.
 * A sequence that runs in reverse begins at its own end. Everything is computed in double and rounded once. */
#include "ops/recurrent.h"

#include <inttypes.h>
#include <string.h>

const char *const sard_direction_words[] = {"forward", "reverse", "bidirectional", NULL};

static int64_t direction_count(const sard_recurrent *a) { return a->direction == SARD_BIDIRECTIONAL ? 2 : 1; }

/* ---- shapes ---- */

/* -1: not known */
typedef struct sizes {
    int64_t time, batch, features, directions, hidden;
} sizes;

static int64_t known(int64_t a, int64_t b) { return a >= 0 ? a : b; }

static sard_status check_shape(const sard_node *node, size_t i, int rank, const int64_t *dims, sard_error *error)
{
    const sard_value *value = sard_has_input(node, i) ? node->inputs[i] : NULL;
    if (!value)
        return SARD_OK;
    if (value->rank != rank)
        return sard_node_fail(node, error, SARD_SHAPE, "%s has rank %d, must be %d", node->op->inputs[i].name, value->rank, rank);
    for (int k = 0; k < rank; k++)
        if (value->dims[k] >= 0 && dims[k] >= 0 && value->dims[k] != dims[k])
            return sard_node_fail(node, error, SARD_SHAPE, "%s has size %" PRId64 " in dimension %d, must be %" PRId64,
                                  node->op->inputs[i].name, value->dims[k], k, dims[k]);
    return SARD_OK;
}

/* turned: rows and columns of W and R have changed places. */
static sard_status find_sizes(const sard_node *node, int64_t gates, bool turned, sizes *s, sard_error *error)
{
    const sard_recurrent *a = node->attrs;
    const sard_value *x = node->inputs[SARD_RNN_X], *w = node->inputs[SARD_RNN_W], *r = node->inputs[SARD_RNN_R];
    if (x->rank != 3 || w->rank != 3 || r->rank != 3)
        return sard_node_fail(node, error, SARD_SHAPE, "X, W and R have rank %d, %d and %d, must be 3", x->rank, w->rank, r->rank);
    *s = (sizes){.time = x->dims[a->layout],
                 .batch = x->dims[!a->layout],
                 .features = known(x->dims[2], w->dims[2 - turned]),
                 .directions = direction_count(a),
                 .hidden = a->hidden_size ? a->hidden_size : r->dims[2 - turned]};
    if (s->hidden < 0 && w->dims[1 + turned] >= 0)
        s->hidden = w->dims[1 + turned] / gates;
    if (s->hidden > INT32_MAX)
        return sard_node_fail(node, error, SARD_LIMIT, "hidden size %" PRId64 " is too large", s->hidden);
    const int64_t rows = s->hidden < 0 ? -1 : gates * s->hidden,
                  states[2][3] = {{s->directions, s->batch, s->hidden}, {s->batch, s->directions, s->hidden}};
    const int64_t w_dims[2][3] = {{s->directions, rows, s->features}, {s->directions, s->features, rows}},
                  r_dims[2][3] = {{s->directions, rows, s->hidden}, {s->directions, s->hidden, rows}};
    sard_status status = check_shape(node, SARD_RNN_W, 3, w_dims[turned], error);
    if (!status)
        status = check_shape(node, SARD_RNN_R, 3, r_dims[turned], error);
    if (!status)
        status = check_shape(node, SARD_RNN_B, 2, (int64_t[]){s->directions, rows < 0 ? -1 : 2 * rows}, error);
    if (!status)
        status = check_shape(node, SARD_RNN_LENGTHS, 1, &s->batch, error);
    if (!status)
        status = check_shape(node, SARD_RNN_H, 3, states[a->layout], error);
    if (!status)
        status = check_shape(node, SARD_RNN_C, 3, states[a->layout], error);
    return status ? status : check_shape(node, SARD_RNN_P, 2, (int64_t[]){s->directions, s->hidden < 0 ? -1 : 3 * s->hidden}, error);
}

static sard_status infer(sard_node *node, const sard_rnn_cell *cell, bool turned, sard_error *error)
{
    const sard_recurrent *a = node->attrs;
    const sard_dtype dtype = node->inputs[SARD_RNN_X]->dtype;
    sard_rnn_activation unused[SARD_RNN_MAX_ACTIVATIONS];
    sizes s;
    sard_status status = find_sizes(node, cell->gates, turned, &s, error);
    if (!status)
        status = sard_rnn_activations(node, cell->activations, cell->activation_count, (size_t)s.directions, unused, error);
    const int64_t y[2][4] = {{s.time, s.directions, s.batch, s.hidden}, {s.batch, s.time, s.directions, s.hidden}};
    const int64_t state[2][3] = {{s.directions, s.batch, s.hidden}, {s.batch, s.directions, s.hidden}};
    if (!status)
        status = sard_node_set_output(node, 0, dtype, 4, y[a->layout], error);
    for (size_t i = 1; !status && i < node->output_count; i++)
        status = sard_node_set_output(node, i, dtype, 3, state[a->layout], error);
    return status;
}

sard_status sard_rnn_infer(sard_node *node, const sard_rnn_cell *cell, sard_error *error) { return infer(node, cell, false, error); }

sard_status sard_rnn_infer_transposed(sard_node *node, const sard_rnn_cell *cell, sard_error *error)
{
    return infer(node, cell, true, error);
}

double sard_rnn_macs(const sard_node *node)
{
    const sard_recurrent *a = node->attrs;
    const sard_value *x = node->inputs[SARD_RNN_X], *w = node->inputs[SARD_RNN_W], *r = node->inputs[SARD_RNN_R];
    return (double)direction_count(a) * sard_extent(x->dims[0]) * sard_extent(x->dims[1]) *
           (sard_extent(w->dims[1]) * sard_extent(w->dims[2]) + sard_extent(r->dims[1]) * sard_extent(r->dims[2]));
}

/* ---- the walk ---- */

/* A task is one direction of one sequence. Elements are doubles until they are stored. */
typedef struct job {
    const sard_recurrent *attrs;
    const sard_rnn_cell *cell;
    sizes s;
    const double *x, *w, *r, *b, *h, *c, *p; /* b, h, c, p: NULL if left out */
    const int32_t *lengths;                  /* likewise */
    const sard_call *call;
    double *room; /* line_room for each task */
    sard_rnn_activation activations[SARD_RNN_MAX_ACTIVATIONS];
} job;

static size_t line_room(const job *j) { return (size_t)((2 + 2 * j->cell->gates) * j->s.hidden); }

void sard_rnn_multiply(const double *matrix, const double *x, const double *bias, int64_t rows, int64_t columns, double *out)
{
    for (int64_t i = 0; i < rows; i++) {
        double sum = bias ? bias[i] : 0;
        for (int64_t k = 0; k < columns; k++)
            sum += matrix[i * columns + k] * x[k];
        out[i] = sum;
    }
}

static bool wanted(const sard_call *call, size_t i) { return i < call->output_count && call->outputs[i].dtype; }

static void store(const sard_call *call, size_t i, int64_t at, const double *row, int64_t count)
{
    const sard_tensor *to = &call->outputs[i];
    if (wanted(call, i))
        sard_narrow(to->dtype, row, (size_t)count, (char *)to->data + (size_t)at * sard_dtype_size(to->dtype));
}

static sard_rnn_line make_line(const job *j, int64_t direction, int64_t state, double *room)
{
    const int64_t hidden = j->s.hidden, rows = j->cell->gates * hidden;
    sard_rnn_line line = {.attrs = j->attrs,
                          .activations = j->activations + (size_t)direction * j->cell->activation_count,
                          .hidden = hidden,
                          .r = j->r + direction * rows * hidden,
                          .r_bias = j->b ? j->b + (2 * direction + 1) * rows : NULL,
                          .peepholes = j->p ? j->p + direction * 3 * hidden : NULL,
                          .h = room,
                          .c = room + hidden,
                          .x_gates = room + 2 * hidden,
                          .h_gates = room + 2 * hidden + rows};
    for (int64_t i = 0; i < hidden; i++) {
        line.h[i] = j->h ? j->h[state * hidden + i] : 0;
        line.c[i] = j->c ? j->c[state * hidden + i] : 0;
    }
    return line;
}

static void run_line(void *arg, size_t task)
{
    const job *j = arg;
    const sizes *s = &j->s;
    const int64_t direction = (int64_t)task / s->batch, batch = (int64_t)task % s->batch, rows = j->cell->gates * s->hidden;
    const int64_t length = j->lengths ? j->lengths[batch] : s->time;
    const bool batch_first = j->attrs->layout, reverse = j->attrs->direction == SARD_REVERSE || direction == 1;
    const int64_t state = batch_first ? batch * s->directions + direction : direction * s->batch + batch;
    const sard_rnn_line line = make_line(j, direction, state, j->room + task * line_room(j));
    for (int64_t step = 0; step < s->time; step++) {
        const bool inside = step < length;
        const int64_t t = inside && reverse ? length - 1 - step : step;
        const int64_t from = batch_first ? batch * s->time + t : t * s->batch + batch;
        const int64_t to = batch_first ? from * s->directions + direction : (t * s->directions + direction) * s->batch + batch;
        if (inside) {
            sard_rnn_multiply(j->w + direction * rows * s->features, j->x + from * s->features, j->b ? j->b + 2 * direction * rows : NULL,
                              rows, s->features, line.x_gates);
            j->cell->step(&line);
        } else {
            memset(line.x_gates, 0, (size_t)s->hidden * sizeof *line.x_gates);
        }
        store(j->call, 0, to * s->hidden, inside ? line.h : line.x_gates, s->hidden);
    }
    store(j->call, 1, state * s->hidden, line.h, s->hidden);
    store(j->call, 2, state * s->hidden, line.c, s->hidden);
}

/* Input i as doubles; *out stays NULL if it is left out. */
static sard_status take(const sard_call *call, size_t i, const double **out)
{
    if (i >= call->input_count || !call->inputs[i].dtype)
        return SARD_OK;
    const size_t count = sard_tensor_count(&call->inputs[i]);
    double *wide = sard_call_alloc(call, count * sizeof *wide);
    if (!wide)
        return sard_call_fail(call, SARD_NOMEM, "no memory for %zu elements of %s", count, call->node->op->inputs[i].name);
    sard_widen(call->inputs[i].dtype, call->inputs[i].data, count, wide);
    *out = wide;
    return SARD_OK;
}

static sard_status take_lengths(const sard_call *call, job *j)
{
    if (call->input_count <= SARD_RNN_LENGTHS || !call->inputs[SARD_RNN_LENGTHS].dtype)
        return SARD_OK;
    j->lengths = call->inputs[SARD_RNN_LENGTHS].data;
    for (int64_t i = 0; i < j->s.batch; i++)
        if (j->lengths[i] < 0 || j->lengths[i] > j->s.time)
            return sard_call_fail(call, SARD_DATA, "length %d of sequence %" PRId64 " is not in 0 .. %" PRId64, (int)j->lengths[i], i,
                                  j->s.time);
    return SARD_OK;
}

sard_status sard_rnn_eval(const sard_call *call, const sard_rnn_cell *cell)
{
    const sard_recurrent *a = call->attrs;
    const sard_tensor *x = &call->inputs[SARD_RNN_X], *r = &call->inputs[SARD_RNN_R];
    job j = {
        .attrs = a, .cell = cell, .call = call, .s = {x->dims[a->layout], x->dims[!a->layout], x->dims[2], direction_count(a), r->dims[2]}};
    const struct {
        size_t input;
        const double **to;
    } takes[] = {{SARD_RNN_X, &j.x}, {SARD_RNN_W, &j.w}, {SARD_RNN_R, &j.r}, {SARD_RNN_B, &j.b},
                 {SARD_RNN_H, &j.h}, {SARD_RNN_C, &j.c}, {SARD_RNN_P, &j.p}};
    const size_t tasks = (size_t)(j.s.directions * j.s.batch);
    sard_status status =
        sard_rnn_activations(call->node, cell->activations, cell->activation_count, (size_t)j.s.directions, j.activations, call->error);
    for (size_t i = 0; !status && i < sizeof takes / sizeof *takes; i++)
        status = take(call, takes[i].input, takes[i].to);
    if (!status)
        status = take_lengths(call, &j);
    if (status || !tasks)
        return status;
    j.room = sard_call_alloc(call, tasks * line_room(&j) * sizeof *j.room);
    if (!j.room)
        return sard_call_fail(call, SARD_NOMEM, "no memory for %zu sequences", tasks);
    sard_call_parallel(call, tasks, run_line, &j);
    return SARD_OK;
}
