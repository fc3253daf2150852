/* LSTM, GRU and RNN with one hidden unit, so that a few lines of C say what they must give. */
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <math.h>
#include <string.h>

enum { TIME = 4 };
static const float xs[TIME] = {0.5f, -1, 2, 0.25f};
static const int64_t x_dims[] = {TIME, 1, 1};

static sard_value *weights(op_test *t, const char *name, const float *data, int64_t rows)
{
    return op_f32(t, name, data, 3, (int64_t[]){1, rows, 1});
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static void expect(const op_test *t, size_t output, const double *want, size_t count)
{
    ck_assert_uint_eq(sard_tensor_count(&t->outputs[output]), count);
    for (size_t i = 0; i < count; i++)
        ck_assert_double_eq_tol(((const float *)t->outputs[output].data)[i], want[i], 1e-6);
}

START_TEST(rnn_forward_and_reverse)
{
    for (int reverse = 0; reverse < 2; reverse++) {
        op_test t;
        op_start(&t);
        const char *word = reverse ? "reverse" : "forward";
        const sard_attr attrs[] = {{.name = "hidden_size", .kind = SARD_ATTR_INT, .i = 1},
                                   {.name = "direction", .kind = SARD_ATTR_STRING, .s = {word, 7}}};
        sard_value *in[] = {op_f32(&t, "x", xs, 3, x_dims), weights(&t, "w", (float[]){0.7f}, 1), weights(&t, "r", (float[]){-0.4f}, 1),
                            op_f32(&t, "b", (float[]){0.1f, 0.2f}, 2, (int64_t[]){1, 2})};
        double want[TIME], h = 0;
        for (int i = 0; i < TIME; i++) {
            const int k = reverse ? TIME - 1 - i : i;
            h = tanh(0.7f * xs[k] - 0.4f * h + 0.3);
            want[k] = h;
        }
        ck_assert_msg(op_run(&t, "RNN", in, 4, attrs, 2, 2) == SARD_OK, "%s", t.error.text);
        expect(&t, 0, want, TIME);
        expect(&t, 1, &h, 1);
        op_end(&t);
    }
}
END_TEST

START_TEST(lstm_with_peepholes)
{
    op_test t;
    op_start(&t);
    const float w[] = {0.3f, -0.2f, 0.5f, 0.9f}, r[] = {0.1f, 0.4f, -0.6f, 0.2f}, p[] = {0.25f, -0.5f, 0.75f}, c0 = 0.5f;
    sard_value *in[] = {op_f32(&t, "x", xs, 3, x_dims),
                        weights(&t, "w", w, 4),
                        weights(&t, "r", r, 4),
                        NULL,
                        NULL,
                        NULL,
                        op_f32(&t, "c", &c0, 3, (int64_t[]){1, 1, 1}),
                        op_f32(&t, "p", p, 2, (int64_t[]){1, 3})};
    double want[TIME], h = 0, c = 0.5;
    for (int k = 0; k < TIME; k++) {
        const double i = sigmoid(w[0] * xs[k] + r[0] * h + p[0] * c), f = sigmoid(w[2] * xs[k] + r[2] * h + p[2] * c);
        c = f * c + i * tanh(w[3] * xs[k] + r[3] * h);
        want[k] = h = sigmoid(w[1] * xs[k] + r[1] * h + p[1] * c) * tanh(c);
    }
    ck_assert_msg(op_run(&t, "LSTM", in, 8, NULL, 0, 3) == SARD_OK, "%s", t.error.text);
    expect(&t, 0, want, TIME);
    expect(&t, 1, &h, 1);
    expect(&t, 2, &c, 1);
    op_end(&t);
}
END_TEST

START_TEST(gru_both_ways_of_resetting)
{
    for (int linear = 0; linear < 2; linear++) {
        op_test t;
        op_start(&t);
        const float w[] = {0.3f, -0.2f, 0.5f}, r[] = {0.1f, 0.4f, -0.6f}, b[] = {0, 0, 0, 0, 0, 0.5f};
        const sard_attr attr = {.name = "linear_before_reset", .kind = SARD_ATTR_INT, .i = linear};
        sard_value *in[] = {op_f32(&t, "x", xs, 3, x_dims), weights(&t, "w", w, 3), weights(&t, "r", r, 3),
                            op_f32(&t, "b", b, 2, (int64_t[]){1, 6})};
        double want[TIME], h = 0;
        for (int k = 0; k < TIME; k++) {
            const double z = sigmoid(w[0] * xs[k] + r[0] * h), reset = sigmoid(w[1] * xs[k] + r[1] * h);
            const double part = linear ? reset * (r[2] * h + 0.5) : r[2] * reset * h + 0.5;
            want[k] = h = (1 - z) * tanh(w[2] * xs[k] + part) + z * h;
        }
        ck_assert_msg(op_run(&t, "GRU", in, 4, &attr, 1, 1) == SARD_OK, "%s", t.error.text);
        expect(&t, 0, want, TIME);
        op_end(&t);
    }
}
END_TEST

START_TEST(short_sequences_end_in_zeros)
{
    op_test t;
    op_start(&t);
    const sard_attr reverse = {.name = "direction", .kind = SARD_ATTR_STRING, .s = {"reverse", 7}};
    sard_value *in[] = {op_f32(&t, "x", xs, 3, x_dims), weights(&t, "w", (float[]){1}, 1), weights(&t, "r", (float[]){1}, 1), NULL,
                        op_constant(&t, "lengths", SARD_I32, (int32_t[]){2}, 1, (int64_t[]){1})};
    const double second = tanh(-1), first = tanh(0.5 + second), want[] = {first, second, 0, 0};
    ck_assert_msg(op_run(&t, "RNN", in, 5, &reverse, 1, 2) == SARD_OK, "%s", t.error.text);
    expect(&t, 0, want, TIME);
    expect(&t, 1, &first, 1);
    in[4] = op_constant(&t, "long", SARD_I32, (int32_t[]){5}, 1, (int64_t[]){1});
    ck_assert_int_eq(op_run(&t, "RNN", in, 5, &reverse, 1, 2), SARD_DATA);
    ck_assert_str_eq(t.error.text, "RNN 'node': length 5 of sequence 0 is not in 0 .. 4");
    op_end(&t);
}
END_TEST

START_TEST(batch_first_moves_dimensions_only)
{
    op_test t;
    op_start(&t);
    const sard_attr attrs[] = {{.name = "layout", .kind = SARD_ATTR_INT, .i = 1},
                               {.name = "direction", .kind = SARD_ATTR_STRING, .s = {"bidirectional", 13}}};
    const float w[2] = {1, 2}, r[2] = {0, 0};
    sard_value *in[] = {op_f32(&t, "x", xs, 3, (int64_t[]){2, 2, 1}), op_f32(&t, "w", w, 3, (int64_t[]){2, 1, 1}),
                        op_f32(&t, "r", r, 3, (int64_t[]){2, 1, 1})};
    ck_assert_msg(op_run(&t, "RNN", in, 3, attrs, 2, 2) == SARD_OK, "%s", t.error.text);
    double want[8];
    for (int i = 0; i < 4; i++) {
        want[2 * i] = tanh((double)xs[i]);
        want[2 * i + 1] = tanh(2 * (double)xs[i]);
    }
    expect(&t, 0, want, 8);
    expect(&t, 1, (double[]){tanh((double)xs[1]), tanh(2 * (double)xs[0]), tanh((double)xs[3]), tanh(2 * (double)xs[2])}, 4);
    op_end(&t);
}
END_TEST

START_TEST(wrong_ones_are_named)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", xs, 3, x_dims), weights(&t, "w", (float[]){1, 2, 3}, 3), weights(&t, "r", (float[]){1}, 1)};
    ck_assert_int_eq(op_run(&t, "RNN", in, 3, NULL, 0, 1), SARD_SHAPE);
    ck_assert_str_eq(t.error.text, "RNN 'node': W has size 3 in dimension 1, must be 1");
    in[1] = weights(&t, "w1", (float[]){1}, 1);
    const sard_attr attr = {.name = "activations", .kind = SARD_ATTR_STRINGS, .count = 1, .strings = &(sard_string){"Sinus", 5}};
    ck_assert_int_eq(op_run(&t, "RNN", in, 3, &attr, 1, 1), SARD_UNSUPPORTED);
    ck_assert_str_eq(t.error.text, "RNN 'node': there is no activation 'Sinus'");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("recurrent",
                       (const TTest *[]){rnn_forward_and_reverse, lstm_with_peepholes, gru_both_ways_of_resetting,
                                         short_sequences_end_in_zeros, batch_first_moves_dimensions_only, wrong_ones_are_named, NULL});
}

CHECK_MAIN(suite)
