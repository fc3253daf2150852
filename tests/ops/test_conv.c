/* Conv and its relatives: against the formula in both layouts, as adjoints, in integers. */
#include "tests/support/check.h"
#include "tests/support/outputs.h"

/* A case in two spatial dimensions. */
typedef struct shape {
    int64_t n, group, c, m; /* c and m: of a group */
    int64_t size[2], kernel[2], stride[2], dilation[2], pads[4];
} shape;

static const shape shapes[] = {
    {1, 1, 3, 4, {5, 7}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},   {2, 1, 2, 3, {6, 5}, {2, 3}, {2, 1}, {1, 1}, {0, 2, 1, 0}},
    {1, 3, 1, 1, {4, 4}, {3, 3}, {1, 2}, {1, 1}, {1, 1, 1, 1}},   {2, 2, 5, 3, {3, 9}, {1, 2}, {1, 3}, {1, 2}, {0, 0, 0, 1}},
    {1, 1, 9, 2, {7, 300}, {3, 3}, {2, 1}, {2, 3}, {2, 3, 2, 3}}, {1, 1, 1, 1, {1, 1}, {3, 3}, {1, 1}, {1, 1}, {1, 1, 1, 1}},
    {1, 1, 6, 5, {8, 8}, {1, 1}, {1, 1}, {1, 1}, {0, 0, 0, 0}},   {1, 1, 1, 2, {2, 2}, {2, 2}, {1, 1}, {1, 1}, {4, 4, 4, 4}},
};

enum { MOST = 40000, SHAPES = sizeof shapes / sizeof *shapes };

static int64_t out_size(const shape *s, int i)
{
    return (s->size[i] + s->pads[i] + s->pads[i + 2] - (s->kernel[i] - 1) * s->dilation[i] - 1) / s->stride[i] + 1;
}

/* The formula, word by word; N, C, H, W. */
static double conv_at(const shape *s, const float *x, const float *w, int64_t n, int64_t m, int64_t oy, int64_t ox)
{
    double sum = 0;
    for (int64_t c = 0; c < s->c; c++)
        for (int64_t ky = 0; ky < s->kernel[0]; ky++)
            for (int64_t kx = 0; kx < s->kernel[1]; kx++) {
                const int64_t y = oy * s->stride[0] + ky * s->dilation[0] - s->pads[0];
                const int64_t z = ox * s->stride[1] + kx * s->dilation[1] - s->pads[1], channel = m / s->m * s->c + c;
                if (y < 0 || y >= s->size[0] || z < 0 || z >= s->size[1])
                    continue;
                sum += (double)x[((n * s->group * s->c + channel) * s->size[0] + y) * s->size[1] + z] *
                       (double)w[((m * s->c + c) * s->kernel[0] + ky) * s->kernel[1] + kx];
            }
    return sum;
}

static void conv_all(const shape *s, const float *x, const float *w, const float *b, float *y)
{
    for (int64_t n = 0; n < s->n; n++)
        for (int64_t m = 0; m < s->group * s->m; m++)
            for (int64_t i = 0; i < out_size(s, 0); i++)
                for (int64_t k = 0; k < out_size(s, 1); k++)
                    *y++ = (float)(conv_at(s, x, w, n, m, i, k) + (b ? (double)b[m] : 0));
}

/* N, C, H, W -> N, H, W, C */
static void to_nhwc(const float *from, const int64_t dims[4], float *to)
{
    for (int64_t n = 0; n < dims[0]; n++)
        for (int64_t p = 0; p < dims[2] * dims[3]; p++)
            for (int64_t c = 0; c < dims[1]; c++)
                *to++ = from[(n * dims[1] + c) * dims[2] * dims[3] + p];
}

static float x[MOST], w[MOST], b[64], y[MOST], other[MOST];

START_TEST(is_the_formula)
{
    const shape *s = &shapes[_i];
    const sard_attr attrs[] = {{.name = "strides", .kind = SARD_ATTR_INTS, .count = 2, .ints = s->stride},
                               {.name = "dilations", .kind = SARD_ATTR_INTS, .count = 2, .ints = s->dilation},
                               {.name = "pads", .kind = SARD_ATTR_INTS, .count = 4, .ints = s->pads},
                               ATTR_INT("group", s->group)};
    const int64_t x_dims[] = {s->n, s->group * s->c, s->size[0], s->size[1]};
    const int64_t w_dims[] = {s->group * s->m, s->c, s->kernel[0], s->kernel[1]};
    const int64_t y_dims[] = {s->n, s->group * s->m, out_size(s, 0), out_size(s, 1)};
    op_test t;
    op_start(&t);
    conv_all(s, x, w, b, y);
    sard_value *in[] = {op_f32(&t, "x", x, 4, x_dims), op_f32(&t, "w", w, 4, w_dims), op_f32(&t, "b", b, 1, w_dims)};
    ck_assert_int_eq(op_run(&t, "Conv", in, 3, attrs, 4, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, y_dims);
    expect_elements(&t.outputs[0], y, 1e-6);

    to_nhwc(x, x_dims, other);
    in[0] = op_f32(&t, "x", other, 4, INTS(x_dims[0], x_dims[2], x_dims[3], x_dims[1]));
    ck_assert_int_eq(op_run_nhwc(&t, "Conv", in, 3, attrs, 4, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(y_dims[0], y_dims[2], y_dims[3], y_dims[1]));
    to_nhwc(y, y_dims, other);
    expect_elements(&t.outputs[0], other, 1e-6);
    op_end(&t);
}
END_TEST

/* <conv(x), z> = <x, transpose(z)> where the windows end at the input's end. */
START_TEST(transpose_is_the_adjoint)
{
    const shape s = {2, 2, 3, 2, {7, 9}, {3, 2}, {2, 3}, {1, 2}, {1, 0, 1, 0}};
    const sard_attr attrs[] = {{.name = "strides", .kind = SARD_ATTR_INTS, .count = 2, .ints = s.stride},
                               {.name = "dilations", .kind = SARD_ATTR_INTS, .count = 2, .ints = s.dilation},
                               {.name = "pads", .kind = SARD_ATTR_INTS, .count = 4, .ints = s.pads},
                               ATTR_INT("group", s.group)};
    const int64_t z_dims[] = {2, 4, out_size(&s, 0), out_size(&s, 1)};
    op_test t;
    op_start(&t);
    conv_all(&s, x, w, NULL, y);
    double left = 0, right = 0;
    const size_t count = (size_t)(z_dims[0] * z_dims[1] * z_dims[2] * z_dims[3]);
    fill(other, count, 3);
    for (size_t i = 0; i < count; i++)
        left += (double)y[i] * (double)other[i];
    sard_value *in[] = {op_f32(&t, "z", other, 4, z_dims), op_f32(&t, "w", w, 4, INTS(4, 3, 3, 2))};
    ck_assert_int_eq(op_run(&t, "ConvTranspose", in, 2, attrs, 4, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(2, 6, 7, 9));
    for (size_t i = 0; i < sard_tensor_count(&t.outputs[0]); i++)
        right += sard_get(&t.outputs[0], i) * (double)x[i];
    ck_assert_double_eq_tol(left, right, 1e-4);
    op_end(&t);
}
END_TEST

START_TEST(transpose_sizes)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", x, 4, INTS(1, 1, 3, 3)), op_f32(&t, "w", w, 4, INTS(1, 2, 3, 3))};
    const sard_attr wanted[] = {ATTR_INTS("strides", 3, 2), ATTR_INTS("output_shape", 10, 8)};
    ck_assert_int_eq(op_run(&t, "ConvTranspose", in, 2, wanted, 2, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 2, 10, 8));
    const sard_attr padded[] = {ATTR_INTS("strides", 3, 2), ATTR_INTS("output_padding", 1, 1)};
    ck_assert_int_eq(op_run(&t, "ConvTranspose", in, 2, padded, 2, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 2, 10, 8));
    const sard_attr same[] = {ATTR_INTS("strides", 2, 2), ATTR_WORD("auto_pad", "SAME_UPPER")};
    ck_assert_int_eq(op_run(&t, "ConvTranspose", in, 2, same, 2, 1), SARD_OK);
    expect_shape(&t.outputs[0], 4, INTS(1, 2, 6, 6));
    op_end(&t);
}
END_TEST

START_TEST(auto_pad_puts_the_odd_one_where_it_is_told)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", FLOATS(1, 2, 3, 4), 3, INTS(1, 1, 4)), op_f32(&t, "w", FLOATS(1, 10), 3, INTS(1, 1, 2))};
    const sard_attr upper = ATTR_WORD("auto_pad", "SAME_UPPER"), lower = ATTR_WORD("auto_pad", "SAME_LOWER"),
                    valid = ATTR_WORD("auto_pad", "VALID");
    ck_assert_int_eq(op_run(&t, "Conv", in, 2, &upper, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(21, 32, 43, 4), 0);
    ck_assert_int_eq(op_run(&t, "Conv", in, 2, &lower, 1, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(10, 21, 32, 43), 0);
    ck_assert_int_eq(op_run(&t, "Conv", in, 2, &valid, 1, 1), SARD_OK);
    expect_shape(&t.outputs[0], 3, INTS(1, 1, 3));
    op_end(&t);
}
END_TEST

START_TEST(half_floats_are_summed_in_double)
{
    op_test t;
    op_start(&t);
    const uint16_t one = sard_f32_to_f16(1), small = sard_f32_to_f16(0.0004f), data[] = {one, small, small, small};
    const uint16_t ones[] = {one, one, one, one};
    sard_value *in[] = {op_constant(&t, "x", SARD_F16, data, 3, INTS(1, 4, 1)), op_constant(&t, "w", SARD_F16, ones, 3, INTS(1, 4, 1))};
    ck_assert_int_eq(op_run(&t, "Conv", in, 2, NULL, 0, 1), SARD_OK);
    ck_assert_uint_eq(*(const uint16_t *)t.outputs[0].data, sard_f32_to_f16(1.0012f));
    op_end(&t);
}
END_TEST

START_TEST(integers_lose_their_zero_points_first)
{
    op_test t;
    op_start(&t);
    const uint8_t data[] = {1, 2, 3, 250}, zero = 1;
    const int8_t weights[] = {1, -1}, w_zero[] = {-1};
    sard_value *in[] = {op_constant(&t, "x", SARD_U8, data, 3, INTS(1, 1, 4)), op_constant(&t, "w", SARD_I8, weights, 3, INTS(1, 1, 2)),
                        op_constant(&t, "xz", SARD_U8, &zero, 0, NULL), op_constant(&t, "wz", SARD_I8, w_zero, 1, INTS(1))};
    const sard_attr pads = ATTR_INTS("pads", 0, 1);
    ck_assert_int_eq(op_run(&t, "ConvInteger", in, 4, &pads, 1, 1), SARD_OK);
    ck_assert_int_eq(t.outputs[0].dtype, SARD_I32);
    expect_elements(&t.outputs[0], FLOATS(0, 2, 4, 498), 0);
    op_end(&t);
}
END_TEST

START_TEST(quantised_results_round_to_even_and_saturate)
{
    op_test t;
    op_start(&t);
    const uint8_t data[] = {1, 3, 5, 255}, zero = 0, y_zero = 10;
    const int8_t weight = 1, w_zero = 0;
    sard_value *scale = op_f32(&t, "one", FLOATS(1), 0, NULL), *x_zero = op_constant(&t, "xz", SARD_U8, &zero, 0, NULL);
    sard_value *in[] = {op_constant(&t, "x", SARD_U8, data, 3, INTS(1, 1, 4)),
                        scale,
                        x_zero,
                        op_constant(&t, "w", SARD_I8, &weight, 3, INTS(1, 1, 1)),
                        op_f32(&t, "half", FLOATS(0.5f), 0, NULL),
                        op_constant(&t, "wz", SARD_I8, &w_zero, 0, NULL),
                        scale,
                        op_constant(&t, "yz", SARD_U8, &y_zero, 0, NULL),
                        op_constant(&t, "b", SARD_I32, (int32_t[]){0}, 1, INTS(1))};
    ck_assert_int_eq(op_run(&t, "QLinearConv", in, 9, NULL, 0, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(10, 12, 12, 138), 0);
    in[4] = op_f32(&t, "four", FLOATS(4), 0, NULL);
    ck_assert_int_eq(op_run(&t, "QLinearConv", in, 9, NULL, 0, 1), SARD_OK);
    expect_elements(&t.outputs[0], FLOATS(14, 22, 30, 255), 0);
    op_end(&t);
}
END_TEST

START_TEST(unknown_sizes_go_through)
{
    op_test t;
    op_start(&t);
    const int64_t batch = sard_graph_symbol(t.graph, "N"), width = sard_graph_symbol(t.graph, "W");
    sard_value *in[] = {sard_graph_add_input(t.graph, "x", SARD_F32, 4, INTS(batch, 3, SARD_UNKNOWN_DIM, width)),
                        op_f32(&t, "w", w, 4, INTS(4, 3, 3, 3))};
    const sard_attr attrs[] = {ATTR_INTS("pads", 1, 1, 1, 1), ATTR_INTS("strides", 2, 1)};
    ck_assert_int_eq(op_infer(&t, "Conv", in, 2, attrs, 2, 1), SARD_OK);
    const sard_value *out = t.node->outputs[0];
    ck_assert_int_eq(out->dims[0], batch);
    ck_assert_int_eq(out->dims[1], 4);
    ck_assert_int_eq(out->dims[2], SARD_UNKNOWN_DIM);
    ck_assert_int_eq(out->dims[3], width);
    op_end(&t);
}
END_TEST

START_TEST(wrong_shapes_are_told)
{
    op_test t;
    op_start(&t);
    sard_value *in[] = {op_f32(&t, "x", x, 4, INTS(1, 3, 4, 4)), op_f32(&t, "w", w, 4, INTS(4, 2, 3, 3)), NULL};
    ck_assert_int_eq(op_run(&t, "Conv", in, 2, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "the input has 3 channels, the weights want 2");
    in[1] = op_f32(&t, "w5", w, 4, INTS(4, 3, 5, 5));
    ck_assert_int_eq(op_run(&t, "Conv", in, 2, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "does not fit into spatial dimension 0 of 4");
    in[1] = op_f32(&t, "w3", w, 4, INTS(4, 3, 3, 3));
    in[2] = op_f32(&t, "b", b, 1, INTS(3));
    ck_assert_int_eq(op_run(&t, "Conv", in, 3, NULL, 0, 1), SARD_SHAPE);
    expect_text(&t, "B must be a vector of 4 elements");
    const sard_attr strides = ATTR_INTS("strides", 1, 0), pads = ATTR_INTS("pads", 1, 1);
    ck_assert_int_eq(op_run(&t, "Conv", in, 2, &strides, 1, 1), SARD_SHAPE);
    expect_text(&t, "strides[1] is 0");
    ck_assert_int_eq(op_run(&t, "Conv", in, 2, &pads, 1, 1), SARD_SHAPE);
    expect_text(&t, "pads has 2 elements, must have 4");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    fill(x, MOST, 1);
    fill(w, MOST, 2);
    fill(b, 64, 5);
    Suite *s = suite_create("conv");
    TCase *c = tcase_create("conv");
    tcase_add_loop_test(c, is_the_formula, 0, SHAPES);
    tcase_add_test(c, transpose_is_the_adjoint);
    tcase_add_test(c, transpose_sizes);
    tcase_add_test(c, auto_pad_puts_the_odd_one_where_it_is_told);
    tcase_add_test(c, half_floats_are_summed_in_double);
    tcase_add_test(c, integers_lose_their_zero_points_first);
    tcase_add_test(c, quantised_results_round_to_even_and_saturate);
    tcase_add_test(c, unknown_sizes_go_through);
    tcase_add_test(c, wrong_shapes_are_told);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
