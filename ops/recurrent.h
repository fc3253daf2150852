/* What LSTM, GRU and RNN share: attributes, shapes, activations and the walk through time. Each adds the step of its cell. */
#ifndef SARD_OPS_RECURRENT_H
#define SARD_OPS_RECURRENT_H

#include "ops/lib/util.h"

/* hidden_size 0: as R says; clip 0: none. */
typedef struct sard_recurrent {
    sard_floats activation_alpha, activation_beta;
    sard_strings activations;
    float clip;
    int64_t direction, hidden_size, layout, input_forget, linear_before_reset;
} sard_recurrent;

enum { SARD_FORWARD, SARD_REVERSE, SARD_BIDIRECTIONAL };
extern const char *const sard_direction_words[];

#define SARD_RECURRENT_ATTRS                                                                                          \
    {.name = "activation_alpha", .kind = SARD_ATTR_FLOATS, .offset = offsetof(sard_recurrent, activation_alpha)},     \
        {.name = "activation_beta", .kind = SARD_ATTR_FLOATS, .offset = offsetof(sard_recurrent, activation_beta)},   \
        {.name = "activations", .kind = SARD_ATTR_STRINGS, .offset = offsetof(sard_recurrent, activations)},          \
        SARD_FLOAT(sard_recurrent, clip, 0), SARD_CHOICE(sard_recurrent, direction, "forward", sard_direction_words), \
        SARD_INT_IN(sard_recurrent, hidden_size, 0, 0, INT32_MAX), SARD_INT_IN(sard_recurrent, layout, 0, 0, 1)

/* Inputs that all three have; LSTM has its own behind them. */
enum { SARD_RNN_X, SARD_RNN_W, SARD_RNN_R, SARD_RNN_B, SARD_RNN_LENGTHS, SARD_RNN_H, SARD_RNN_C, SARD_RNN_P };

#define SARD_RECURRENT_INPUTS                                                                                      \
    SARD_PORT("X", 'T', SARD_SET_FLOAT), SARD_PORT("W", 'T', SARD_SET_FLOAT), SARD_PORT("R", 'T', SARD_SET_FLOAT), \
        SARD_PORT_OPTIONAL("B", 'T', SARD_SET_FLOAT), SARD_PORT_OPTIONAL("sequence_lens", 'L', SARD_SET(I32)),     \
        SARD_PORT_OPTIONAL("initial_h", 'T', SARD_SET_FLOAT)

#define SARD_RECURRENT_OUTPUTS SARD_PORT_OPTIONAL("Y", 'T', SARD_SET_FLOAT), SARD_PORT_OPTIONAL("Y_h", 'T', SARD_SET_FLOAT)

/* ---- activations ---- */

typedef struct sard_rnn_activation {
    double (*apply)(double x, double alpha, double beta);
    double alpha, beta, clip; /* clip: of x; 0: none */
} sard_rnn_activation;

static inline double sard_activate(const sard_rnn_activation *a, double x)
{
    if (a->clip > 0)
        x = x < -a->clip ? -a->clip : x > a->clip ? a->clip : x;
    return a->apply(x, a->alpha, a->beta);
}

enum { SARD_RNN_MAX_ACTIVATIONS = 6 };

/* The activations of all directions; defaults: names of those of one. Fails naming one that does not exist. */
sard_status sard_rnn_activations(const sard_node *node, const char *const *defaults, size_t count, size_t directions,
                                 sard_rnn_activation *out, sard_error *error) SARD_MUST_USE;

/* ---- cells ---- */

/* One direction of one sequence. Matrices are gates * hidden rows of hidden columns. */
typedef struct sard_rnn_line {
    const sard_recurrent *attrs;
    const sard_rnn_activation *activations;
    int64_t hidden;
    const double *r, *r_bias; /* r_bias NULL: none */
    const double *peepholes;  /* NULL: none */
    double *x_gates;          /* W x + Wb of this step */
    double *h_gates;          /* room for as many */
    double *h, *c;            /* the state; c: LSTM alone */
} sard_rnn_line;

typedef struct sard_rnn_cell {
    int64_t gates;
    const char *const *activations; /* defaults */
    size_t activation_count;
    void (*step)(const sard_rnn_line *line);
} sard_rnn_cell;

/* out[i] = rows of `matrix` i ... i+rows-1 times x, plus bias (NULL: none). */
void sard_rnn_multiply(const double *matrix, const double *x, const double *bias, int64_t rows, int64_t columns, double *out);

sard_status sard_rnn_infer(sard_node *node, const sard_rnn_cell *cell, sard_error *error) SARD_MUST_USE;
/* The same where W and R have their columns before their rows: directions, features (or hidden), gates * hidden. */
sard_status sard_rnn_infer_transposed(sard_node *node, const sard_rnn_cell *cell, sard_error *error) SARD_MUST_USE;
sard_status sard_rnn_eval(const sard_call *call, const sard_rnn_cell *cell) SARD_MUST_USE;
double sard_rnn_macs(const sard_node *node);

/* The step of LSTM, and its default activations, three. */
void sard_lstm_step(const sard_rnn_line *line);
extern const char *const sard_lstm_activations[];

#endif
