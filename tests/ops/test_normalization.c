/* Normalisations: mean and variance become what they must, in both layouts; what is refused. */
#include "tests/support/check.h"
#include "tests/support/outputs.h"

START_TEST(batch_normalization)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1, 2, 3, 4), 3, INTS(1, 2, 2)), op_f32(&t, "scale", FLOATS(2, 1), 1, INTS(2)),
                        op_f32(&t, "b", FLOATS(0.5f, 0), 1, INTS(2)), op_f32(&t, "mean", FLOATS(1, 3), 1, INTS(2)),
                        op_f32(&t, "var", FLOATS(4, 1), 1, INTS(2))};
    const sard_attr exact = ATTR_FLOAT("epsilon", 0);
    ck_assert_int_eq(op_run(&t, "BatchNormalization", in, 5, &exact, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(0.5f, 1.5f, 0, 1), 0);
    ck_assert_int_eq(op_run_nhwc(&t, "BatchNormalization", in, 5, &exact, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(0.5f, -1, 2.5f, 1), 0);
    ck_assert_int_eq(op_run(&t, "BatchNormalization", in, 5, NULL, 0, 3), SARD_MODEL);
    expect_text(&t, "output running_mean exists in training_mode only");
    in[1] = op_f32(&t, "scale3", FLOATS(1, 2, 3), 1, INTS(3));
    ck_assert_int_eq(op_run(&t, "BatchNormalization", in, 5, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "scale must be a vector of 2 elements");
    op_end(&t);
}
END_TEST

START_TEST(batch_statistics)
{
    op_test t;
    op_start(&t);
    sard_value *zeros = op_f32(&t, "zeros", FLOATS(0, 0), 1, INTS(2)), *ones = op_f32(&t, "ones", FLOATS(1, 1), 1, INTS(2));
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1, 10, 3, 30), 2, INTS(2, 2)), ones, zeros, zeros, ones};
    const sard_attr attrs[] = {ATTR_FLOAT("epsilon", 0), ATTR_FLOAT("momentum", 0.5f), ATTR_INT("training_mode", 1)};
    ck_assert_int_eq(op_run(&t, "BatchNormalization", in, 5, attrs, 3, 3), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(-1, -1, 1, 1), 1e-6);
    expect_elements(&t.outputs[1], FLOATS(1, 10), 1e-6);
    expect_elements(&t.outputs[2], FLOATS(1, 50.5f), 1e-6);
    op_end(&t);
}
END_TEST

/* Channels 0 and 1 are 1, 3 and 10, 30 in N, C, L. */
START_TEST(instances_and_groups)
{
    op_test t;
    op_start(&t);
    sard_value *scale = op_f32(&t, "scale", FLOATS(1, 2), 1, INTS(2)), *bias = op_f32(&t, "b", FLOATS(0, 5), 1, INTS(2));
    sard_value *nchw[] = {op_f32(&t, "x", FLOATS(1, 3, 10, 30), 3, INTS(1, 2, 2)), scale, bias};
    sard_value *nhwc[] = {op_f32(&t, "y", FLOATS(1, 10, 3, 30), 3, INTS(1, 2, 2)), scale, bias};
    const sard_attr attrs[] = {ATTR_FLOAT("epsilon", 0), ATTR_INT("num_groups", 1)}, three = ATTR_INT("num_groups", 3);
    ck_assert_int_eq(op_run(&t, "InstanceNormalization", nchw, 3, attrs, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(-1, 1, 3, 7), 1e-6);
    ck_assert_int_eq(op_run_nhwc(&t, "InstanceNormalization", nhwc, 3, attrs, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(-1, 3, 1, 7), 1e-6);
    ck_assert_int_eq(op_run(&t, "GroupNormalization", nchw, 3, attrs, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(-0.872041f, -0.697633f, 4.825592f, 8.313758f), 1e-6);
    ck_assert_int_eq(op_run_nhwc(&t, "GroupNormalization", nhwc, 3, attrs, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(-0.872041f, 4.825592f, -0.697633f, 8.313758f), 1e-6);
    ck_assert_int_eq(op_run(&t, "GroupNormalization", nchw, 3, &three, 1, 1), SARD_SHAPE);
    expect_text(&t, "2 channels cannot make 3 groups");
    op_end(&t);
}
END_TEST

START_TEST(layers)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1, 3, 5, 5, 0, 4), 2, INTS(3, 2)), op_f32(&t, "scale", FLOATS(1, 2), 1, INTS(2)),
                        op_f32(&t, "b", FLOATS(0, 1), 1, INTS(2))};
    const sard_attr epsilon = ATTR_FLOAT("epsilon", 1);
    ck_assert_int_eq(op_run(&t, "LayerNormalization", in, 3, &epsilon, 1, 3), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(-0.70710678f, 2.41421356f, 0, 1, -0.89442719f, 2.78885438f), 1e-6);
    expect_shape(&t.outputs[1], 2, INTS(3, 1));
    expect_elements(&t.outputs[1], FLOATS(2, 5, 2), 0);
    expect_elements(&t.outputs[2], FLOATS(0.70710678f, 1, 0.4472136f), 1e-6);
    const sard_attr plain = ATTR_FLOAT("epsilon", 0);
    ck_assert_int_eq(op_run(&t, "RMSNormalization", in, 2, &plain, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(0.4472136f, 2.6832816f, 1, 2, 0, 2.8284271f), 1e-6);
    in[1] = op_f32(&t, "scale3", FLOATS(1, 2, 3), 1, INTS(3));
    ck_assert_int_eq(op_run(&t, "LayerNormalization", in, 2, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "Scale has size 3 where X has 2");
    op_end(&t);
}
END_TEST

START_TEST(neighbouring_channels)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1, 2, 3, 4), 4, INTS(1, 4, 1, 1))};
    sard_value *last[] = {op_f32(&t, "y", FLOATS(1, 2, 3, 4), 4, INTS(1, 1, 1, 4))};
    const sard_attr attrs[] = {ATTR_INT("size", 2), ATTR_FLOAT("alpha", 2), ATTR_FLOAT("beta", 1), ATTR_FLOAT("bias", 0)};
    const float want[] = {1.f / 5, 2.f / 13, 3.f / 25, 4.f / 16};
    ck_assert_int_eq(op_run(&t, "LRN", in, 1, attrs, 4, 1), SARD_OK);
    expect_elements(&t.outputs[0], want, 1e-6);
    ck_assert_int_eq(op_run_nhwc(&t, "LRN", last, 1, attrs, 4, 1), SARD_OK);
    expect_elements(&t.outputs[0], want, 1e-6);
    op_end(&t);
}
END_TEST

START_TEST(norms_along_an_axis)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(3, 0, -4, 0), 2, INTS(2, 2))};
    const sard_attr attrs[] = {ATTR_INT("axis", 0), ATTR_INT("p", 1)};
    ck_assert_int_eq(op_run(&t, "LpNormalization", in, 1, attrs, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(0.6f, 0, -0.8f, 0), 1e-7);
    ck_assert_int_eq(op_run(&t, "LpNormalization", in, 1, attrs, 2, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(3.f / 7, 0, -4.f / 7, 0), 1e-7);
    op_end(&t);
}
END_TEST

START_TEST(mean_and_variance_over_axes)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1, 10, 3, 30), 2, INTS(2, 2))};
    const sard_attr axes = ATTR_INTS("axes", -2);
    ck_assert_int_eq(op_run(&t, "MeanVarianceNormalization", in, 1, &axes, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(-1, -1, 1, 1), 1e-6);
    ck_assert_int_eq(op_run(&t, "MeanVarianceNormalization", in, 1, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "axis 2 is out of range for rank 2");
    op_end(&t);
}
END_TEST

START_TEST(nothing_stays_nothing)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(0), 3, INTS(0, 2, 3)), op_f32(&t, "s", FLOATS(1, 1), 1, INTS(2)),
                        op_f32(&t, "b", FLOATS(1, 1), 1, INTS(2))};
    static const char *const ops[] = {"InstanceNormalization", "LpNormalization"};
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(op_run(&t, ops[i], in, i ? 1 : 3, NULL, 0, 1), SARD_OK);
        expect_shape(&t.outputs[0], 3, INTS(0, 2, 3));
    }
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("normalization");
    TCase *c = tcase_create("normalization");
    tcase_add_test(c, batch_normalization);
    tcase_add_test(c, batch_statistics);
    tcase_add_test(c, instances_and_groups);
    tcase_add_test(c, layers);
    tcase_add_test(c, neighbouring_channels);
    tcase_add_test(c, norms_along_an_axis);
    tcase_add_test(c, mean_and_variance_over_axes);
    tcase_add_test(c, nothing_stays_nothing);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
