/* The map: broadcasting, joined dimensions, tasks, halves, memory shared with an input. */
#include "tests/support/check.h"
#include "tests/support/numbers.h"

#include <math.h>
#include <string.h>

START_TEST(every_pair_of_shapes_that_broadcast)
{
    static const struct {
        int a_rank, b_rank;
        int64_t a[4], b[4];
    } cases[] = {
        {0, 0, {0}, {0}},
        {2, 0, {3, 4}, {0}},
        {0, 2, {0}, {3, 4}},
        {1, 1, {5}, {5}},
        {2, 1, {3, 4}, {4}},
        {2, 2, {3, 1}, {1, 4}},
        {4, 4, {2, 3, 4, 5}, {1, 3, 1, 1}},
        {4, 3, {2, 3, 4, 5}, {3, 4, 1}},
        {3, 4, {1, 4, 1}, {2, 3, 1, 5}},
        {4, 4, {1, 1, 1, 1}, {2, 1, 3, 1}},
        {2, 2, {0, 4}, {1, 4}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        op_test t;
        op_start(&t);
        double numbers[120];
        for (int i = 0; i < 120; i++)
            numbers[i] = i + 1;
        sard_value *a = op_numbers(&t, "a", SARD_F32, numbers, cases[c].a_rank, cases[c].a);
        sard_value *b = op_numbers(&t, "b", SARD_F32, numbers, cases[c].b_rank, cases[c].b);
        ck_assert_int_eq(op_run(&t, "Sub", (sard_value *[]){a, b}, 2, NULL, 0, 1), SARD_OK);
        const sard_tensor *out = &t.outputs[0];
        int64_t as[SARD_MAX_RANK], bs[SARD_MAX_RANK];
        for (int side = 0; side < 2; side++) { /* strides the slow way */
            const int rank = side ? cases[c].b_rank : cases[c].a_rank;
            int64_t stride = 1;
            for (int i = 0; i < out->rank; i++)
                (side ? bs : as)[i] = 0;
            for (int i = rank - 1; i >= 0; i--) {
                const int64_t dim = (side ? cases[c].b : cases[c].a)[i];
                (side ? bs : as)[out->rank - rank + i] = dim == 1 ? 0 : stride;
                stride *= dim;
            }
        }
        for (size_t e = 0; e < sard_tensor_count(out); e++) {
            size_t rest = e, ai = 0, bi = 0;
            for (int i = out->rank - 1; i >= 0; i--) {
                ai += rest % (size_t)out->dims[i] * (size_t)as[i];
                bi += rest % (size_t)out->dims[i] * (size_t)bs[i];
                rest /= (size_t)out->dims[i];
            }
            ck_assert_double_eq(sard_get(out, e), numbers[ai] - numbers[bi]);
        }
        op_end(&t);
    }
}
END_TEST

/* More elements than one task has, in runs that no task boundary falls on. */
START_TEST(large_tensors)
{
    enum { ROWS = 1001, COLUMNS = 97 };
    static double x[ROWS * COLUMNS], y[COLUMNS], want[ROWS * COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++)
        x[i] = i % 251;
    for (int i = 0; i < COLUMNS; i++)
        y[i] = i + 0.5;
    for (int i = 0; i < ROWS * COLUMNS; i++)
        want[i] = x[i] * y[i % COLUMNS];
    static const sard_dtype types[] = {SARD_F32, SARD_F64, SARD_F16};
    for (size_t k = 0; k < 3; k++) {
        op_test t;
        op_start(&t);
        sard_value *a = op_numbers(&t, "a", types[k], x, 2, (int64_t[]){ROWS, COLUMNS});
        sard_value *b = op_numbers(&t, "b", types[k], y, 1, (int64_t[]){COLUMNS});
        ck_assert_int_eq(op_run(&t, "Mul", (sard_value *[]){a, b}, 2, NULL, 0, 1), SARD_OK);
        op_expect(&t, 0, types[k], want, ROWS * COLUMNS);
        op_end(&t);
    }
}
END_TEST

static void serial(const sard_host *host, size_t count, void (*work)(void *arg, size_t i), void *arg)
{
    (void)host;
    for (size_t i = count; i-- > 0;)
        work(arg, i);
}

/* In place on either input, tasks in any order. */
START_TEST(result_in_the_memory_of_an_input)
{
    enum { COUNT = 40000 };
    static float a[COUNT], b[COUNT];
    for (int side = 0; side < 2; side++) {
        op_test t;
        op_start(&t);
        for (int i = 0; i < COUNT; i++) {
            a[i] = (float)i;
            b[i] = 2;
        }
        sard_value *x = op_f32(&t, "x", a, 1, (int64_t[]){COUNT}), *y = op_f32(&t, "y", b, 1, (int64_t[]){COUNT});
        ck_assert_int_eq(op_infer(&t, "Sub", (sard_value *[]){x, y}, 2, NULL, 0, 1), SARD_OK);
        ck_assert(t.node->op->traits & SARD_IN_PLACE);
        const sard_host host = {.parallel = serial};
        const int64_t dims[] = {COUNT};
        const sard_tensor in[] = {sard_tensor_make(SARD_F32, 1, dims, a), sard_tensor_make(SARD_F32, 1, dims, b)};
        sard_tensor out = in[side];
        const sard_call call = {.struct_size = sizeof call,
                                .node = t.node,
                                .attrs = t.node->attrs,
                                .inputs = in,
                                .input_count = 2,
                                .outputs = &out,
                                .output_count = 1,
                                .error = &t.error,
                                .host = &host};
        ck_assert_int_eq(sard_eval(&call), SARD_OK);
        for (int i = 0; i < COUNT; i++)
            ck_assert_float_eq(((const float *)out.data)[i], (float)i - 2);
        op_end(&t);
    }
}
END_TEST

START_TEST(shapes_that_do_not_broadcast)
{
    op_test t;
    op_start(&t);
    sard_value *a = OP_VECTOR(&t, "a", SARD_F32, 1, 2, 3), *b = OP_VECTOR(&t, "b", SARD_F32, 1, 2);
    op_expect_error(&t, op_run(&t, "Add", (sard_value *[]){a, b}, 2, NULL, 0, 1), SARD_SHAPE, "sizes 3 and 2 of 'b'");
    sard_value *c = OP_VECTOR(&t, "c", SARD_I64, 1, 2, 3);
    op_expect_error(&t, op_run(&t, "Add", (sard_value *[]){a, c}, 2, NULL, 0, 1), SARD_SHAPE, "input B is int64");
    op_end(&t);
}
END_TEST

/* Eleven inputs are more than one group. */
START_TEST(sums_of_many)
{
    op_test t;
    op_start(&t);
    sard_value *x[11];
    for (int i = 0; i < 11; i++) {
        const double e = i;
        x[i] = op_numbers(&t, NULL, SARD_F16, (const double[]){e, -e, 2 * e}, 1, (int64_t[]){i == 4 ? 1 : 3});
    }
    ck_assert_int_eq(op_run(&t, "Sum", x, 11, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F16, 55, -51 + 4, 102 + 4);
    ck_assert_int_eq(op_run(&t, "Mean", x, 11, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F16, 5, -47 / 11.0, 106 / 11.0);
    ck_assert_int_eq(op_run(&t, "Min", x, 11, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F16, 0, -10, 0);
    ck_assert_int_eq(op_run(&t, "Max", x, 1, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F16, 0, -0.0, 0);
    op_end(&t);
}
END_TEST

/* Between float32 numbers the sum needs more digits than float32 has. */
START_TEST(sum_is_rounded_once)
{
    op_test t;
    op_start(&t);
    sard_value *x = OP_VECTOR(&t, "x", SARD_F32, 16777216), *y = OP_VECTOR(&t, "y", SARD_F32, 1);
    ck_assert_int_eq(op_run(&t, "Sum", (sard_value *[]){x, y, y, y}, 4, NULL, 0, 1), SARD_OK);
    OP_EXPECT(&t, 0, SARD_F32, 16777220);
    op_end(&t);
}
END_TEST

START_TEST(nan_wins_in_max_and_min)
{
    static const sard_dtype types[] = {SARD_F32, SARD_F64, SARD_F16, SARD_BF16};
    for (size_t k = 0; k < 4; k++) {
        op_test t;
        op_start(&t);
        sard_value *x = OP_VECTOR(&t, "x", types[k], NAN, 1, 2), *y = OP_VECTOR(&t, "y", types[k], 0, NAN, 3);
        ck_assert_int_eq(op_run(&t, "Max", (sard_value *[]){x, y}, 2, NULL, 0, 1), SARD_OK);
        OP_EXPECT(&t, 0, types[k], NAN, NAN, 3);
        ck_assert_int_eq(op_run(&t, "Min", (sard_value *[]){x, y}, 2, NULL, 0, 1), SARD_OK);
        OP_EXPECT(&t, 0, types[k], NAN, NAN, 2);
        op_end(&t);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("elementwise");
    TCase *c = tcase_create("map");
    tcase_add_test(c, every_pair_of_shapes_that_broadcast);
    tcase_add_test(c, large_tensors);
    tcase_add_test(c, result_in_the_memory_of_an_input);
    tcase_add_test(c, shapes_that_do_not_broadcast);
    tcase_add_test(c, sums_of_many);
    tcase_add_test(c, sum_is_rounded_once);
    tcase_add_test(c, nan_wins_in_max_and_min);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
