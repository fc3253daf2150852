/* Fourier transforms of every small length against their definition; windows; the mel scale. */
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <math.h>
#include <string.h>

static sard_attr integer(const char *name, int64_t i) { return (sard_attr){.name = name, .kind = SARD_ATTR_INT, .i = i}; }

static void fill(double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = (double)((i * 37 + 11) % 23) / 7 - 1;
}

START_TEST(transforms_by_definition)
{
    for (int64_t n = 1; n <= 30; n++)
        for (int64_t inverse = 0; inverse < 2; inverse++) {
            op_test t;
            op_start(&t);
            double x[60];
            fill(x, 2 * n);
            const sard_attr attr = integer("inverse", inverse);
            sard_value *in = op_constant(&t, "x", SARD_F64, x, 2, (int64_t[]){n, 2});
            ck_assert_msg(op_run(&t, "DFT", &in, 1, &attr, 1, 1) == SARD_OK, "%s", t.error.text);
            const double *out = t.outputs[0].data;
            for (int64_t k = 0; k < n; k++) {
                double real = 0, imaginary = 0;
                for (int64_t j = 0; j < n; j++) {
                    const double angle = (inverse ? 2 : -2) * acos(-1.0) * (double)(j * k) / (double)n;
                    real += x[2 * j] * cos(angle) - x[2 * j + 1] * sin(angle);
                    imaginary += x[2 * j] * sin(angle) + x[2 * j + 1] * cos(angle);
                }
                ck_assert_double_eq_tol(out[2 * k], inverse ? real / (double)n : real, 1e-11);
                ck_assert_double_eq_tol(out[2 * k + 1], inverse ? imaginary / (double)n : imaginary, 1e-11);
            }
            op_end(&t);
        }
}
END_TEST

START_TEST(half_a_spectrum_and_back)
{
    for (int64_t n = 2; n < 12; n += 3) {
        op_test t;
        op_start(&t);
        double x[12];
        fill(x, n);
        const sard_attr attrs[] = {integer("onesided", 1), integer("inverse", 1)};
        sard_value *in = op_constant(&t, "x", SARD_F64, x, 2, (int64_t[]){n, 1});
        ck_assert_int_eq(op_run(&t, "DFT", &in, 1, attrs, 1, 1), SARD_OK);
        ck_assert_int_eq(t.outputs[0].dims[0], n / 2 + 1);
        sard_value *back[] = {op_constant(&t, "half", SARD_F64, t.outputs[0].data, 2, t.outputs[0].dims), op_i64(&t, "n", &n, 0, NULL)};
        ck_assert_int_eq(op_run(&t, "DFT", back, 2, attrs, 2, 1), SARD_OK);
        ck_assert_int_eq(t.outputs[0].dims[1], 1);
        for (int64_t i = 0; i < n; i++)
            ck_assert_double_eq_tol(((double *)t.outputs[0].data)[i], x[i], 1e-12);
        op_end(&t);
    }
}
END_TEST

START_TEST(axis_and_length)
{
    op_test t;
    op_start(&t);
    const int64_t axis = 0, length = 4, last = 2, none = 0;
    sard_value *x = op_f32(&t, "x", (float[]){1, 10, 2, 20, 3, 30}, 3, (int64_t[]){3, 2, 1}), *n = op_i64(&t, "n", &length, 0, NULL);
    ck_assert_int_eq(op_run(&t, "DFT", (sard_value *[]){x, n, op_i64(&t, "axis", &axis, 0, NULL)}, 3, NULL, 0, 1), SARD_OK);
    ck_assert_int_eq(t.outputs[0].dims[0], 4);
    ck_assert_float_eq_tol(((float *)t.outputs[0].data)[0], 6, 1e-6f);
    ck_assert_float_eq_tol(((float *)t.outputs[0].data)[4 + 2 + 1], -20, 1e-5f); /* 10 - 20 i - 30 */
    ck_assert_int_eq(op_run(&t, "DFT", (sard_value *[]){x, n, op_i64(&t, "last", &last, 0, NULL)}, 3, NULL, 0, 1), SARD_SHAPE);
    ck_assert_str_eq(t.error.text, "DFT 'node': axis 2 is that of real and imaginary parts");
    ck_assert_int_eq(op_run(&t, "DFT", (sard_value *[]){x, op_i64(&t, "none", &none, 0, NULL)}, 2, NULL, 0, 1), SARD_SHAPE);
    op_end(&t);
}
END_TEST

START_TEST(frames)
{
    op_test t;
    op_start(&t);
    const int64_t step = 2;
    sard_value *in[] = {op_f32(&t, "x", (float[]){1, 2, 3, 4, 5, 6, 7}, 3, (int64_t[]){1, 7, 1}), op_i64(&t, "step", &step, 0, NULL),
                        op_f32(&t, "w", (float[]){1, 0.5f, 0.25f}, 1, (int64_t[]){3})};
    ck_assert_msg(op_run(&t, "STFT", in, 3, NULL, 0, 1) == SARD_OK, "%s", t.error.text);
    ck_assert_mem_eq(t.outputs[0].dims, ((int64_t[]){1, 3, 2, 2}), 4 * sizeof(int64_t));
    for (int i = 0; i < 3; i++)
        ck_assert_float_eq_tol(((float *)t.outputs[0].data)[4 * i], (float)(1 + 2 * i) + (float)(2 + 2 * i) / 2 + (float)(3 + 2 * i) / 4,
                               1e-5f);
    op_end(&t);
}
END_TEST

START_TEST(windows)
{
    static const struct {
        const char *op;
        float second, middle;
    } rows[] = {{"HannWindow", 0.5f, 1}, {"HammingWindow", 25.0f / 46, 1}, {"BlackmanWindow", 0.34f, 1}};
    for (size_t i = 0; i < 3; i++) {
        op_test t;
        op_start(&t);
        const int64_t four = 4, one = 1;
        sard_value *size = op_i64(&t, "size", &four, 0, NULL), *single = op_i64(&t, "one", &one, 0, NULL);
        const sard_attr symmetric = integer("periodic", 0), text = integer("output_datatype", SARD_STRING);
        ck_assert_int_eq(op_run(&t, rows[i].op, &size, 1, NULL, 0, 1), SARD_OK);
        ck_assert_float_eq_tol(((float *)t.outputs[0].data)[1], rows[i].second, 1e-6f);
        ck_assert_float_eq_tol(((float *)t.outputs[0].data)[2], rows[i].middle, 1e-6f);
        ck_assert_int_eq(op_run(&t, rows[i].op, &size, 1, &symmetric, 1, 1), SARD_OK);
        ck_assert_float_eq_tol(((float *)t.outputs[0].data)[1], ((float *)t.outputs[0].data)[2], 1e-6f);
        ck_assert_int_eq(op_run(&t, rows[i].op, &single, 1, &symmetric, 1, 1), SARD_OK);
        ck_assert_float_eq(*(float *)t.outputs[0].data, 1);
        ck_assert_int_eq(op_run(&t, rows[i].op, &size, 1, &text, 1, 1), SARD_UNSUPPORTED);
        op_end(&t);
    }
}
END_TEST

START_TEST(mel_triangles)
{
    op_test t;
    op_start(&t);
    const int64_t bins = 4, length = 64, rate = 8000;
    sard_value *in[] = {op_i64(&t, "bins", &bins, 0, NULL), op_i64(&t, "length", &length, 0, NULL), op_i64(&t, "rate", &rate, 0, NULL),
                        op_f32(&t, "low", (float[]){0}, 0, NULL), op_f32(&t, "high", (float[]){4000}, 0, NULL)};
    ck_assert_msg(op_run(&t, "MelWeightMatrix", in, 5, NULL, 0, 1) == SARD_OK, "%s", t.error.text);
    ck_assert_mem_eq(t.outputs[0].dims, ((int64_t[]){33, 4}), 2 * sizeof(int64_t));
    for (int column = 0; column < 4; column++) {
        float most = 0;
        for (int row = 0; row < 33; row++)
            most = fmaxf(most, ((float *)t.outputs[0].data)[4 * row + column]);
        ck_assert_float_eq(most, 1);
    }
    in[4] = op_f32(&t, "higher", (float[]){9000}, 0, NULL);
    ck_assert_int_eq(op_run(&t, "MelWeightMatrix", in, 5, NULL, 0, 1), SARD_DATA);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("signal", (const TTest *[]){transforms_by_definition, half_a_spectrum_and_back, axis_and_length, frames, windows,
                                                   mel_triangles, NULL});
}

CHECK_MAIN(suite)
