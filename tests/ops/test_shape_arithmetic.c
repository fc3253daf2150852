/* What is known before the run of integers computed from shapes. */
#include "tests/support/check.h"
#include "tests/support/numbers.h"

enum { UNKNOWN = INT64_MIN }; /* among expected elements */

static sard_value *node(op_test *t, const char *op, sard_value *a, sard_value *b, sard_value *c)
{
    ck_assert_msg(op_infer(t, op, (sard_value *[]){a, b, c}, c ? 3 : b ? 2 : 1, NULL, 0, 1) == SARD_OK, "%s", t->error.text);
    return sard_node_output(t->node, 0);
}

/* Each element is a number >= -1, a symbol below it, or UNKNOWN. */
static void expect(const sard_value *value, const int64_t *want, int count)
{
    sard_content got[SARD_MAX_CONTENTS];
    ck_assert_int_eq(sard_value_contents(value, got), count);
    for (int i = 0; i < count; i++) {
        ck_assert_int_eq(got[i].known, want[i] >= -1);
        if (got[i].known)
            ck_assert_int_eq(got[i].value, want[i]);
        else
            ck_assert_int_eq(got[i].dim, want[i] == UNKNOWN ? SARD_UNKNOWN_DIM : want[i]);
    }
}

/* The shape of x[N, 3, ?]. */
static sard_value *shape(op_test *t, int64_t *n)
{
    *n = sard_graph_symbol(t->graph, "N");
    const int64_t dims[] = {*n, 3, SARD_UNKNOWN_DIM};
    return node(t, "Shape", sard_graph_add_input(t->graph, "x", SARD_F32, 3, dims), NULL, NULL);
}

static sard_value *number(op_test *t, int64_t value) { return op_i64(t, NULL, &value, 0, NULL); }

START_TEST(arithmetic)
{
    op_test t;
    int64_t n;
    op_start(&t);
    sard_value *s = shape(&t, &n);
    expect(node(&t, "Mul", s, number(&t, 1), NULL), (int64_t[]){n, 3, UNKNOWN}, 3);
    expect(node(&t, "Mul", number(&t, 2), s, NULL), (int64_t[]){UNKNOWN, 6, UNKNOWN}, 3);
    expect(node(&t, "Mul", s, number(&t, 0), NULL), (int64_t[]){0, 0, 0}, 3);
    expect(node(&t, "Add", s, number(&t, 0), NULL), (int64_t[]){n, 3, UNKNOWN}, 3);
    expect(node(&t, "Add", s, number(&t, 4), NULL), (int64_t[]){UNKNOWN, 7, UNKNOWN}, 3);
    expect(node(&t, "Sub", s, s, NULL), (int64_t[]){0, 0, UNKNOWN}, 3);
    expect(node(&t, "Div", s, number(&t, 2), NULL), (int64_t[]){UNKNOWN, 1, UNKNOWN}, 3);
    expect(node(&t, "Div", s, number(&t, 1), NULL), (int64_t[]){n, 3, UNKNOWN}, 3);
    expect(node(&t, "Div", number(&t, 6), number(&t, 0), NULL), (int64_t[]){UNKNOWN}, 1);
    expect(node(&t, "Mod", number(&t, 7), number(&t, 4), NULL), (int64_t[]){3}, 1);
    expect(node(&t, "Max", s, number(&t, 0), NULL), (int64_t[]){n, 3, UNKNOWN}, 3);
    expect(node(&t, "Min", s, number(&t, 2), NULL), (int64_t[]){UNKNOWN, 2, UNKNOWN}, 3);
    op_end(&t);
}
END_TEST

/* As torch exports expand(-1, ...): Where(Equal(shape, -1), Shape(x), shape). */
START_TEST(equal_and_where)
{
    op_test t;
    int64_t n;
    op_start(&t);
    sard_value *s = shape(&t, &n), *minus = number(&t, -1), *wanted = op_i64(&t, "wanted", (int64_t[]){-1, -1, 5}, 1, (int64_t[]){3});
    sard_value *is_minus = node(&t, "Equal", wanted, minus, NULL);
    expect(is_minus, (int64_t[]){1, 1, 0}, 3);
    expect(node(&t, "Where", is_minus, s, wanted), (int64_t[]){n, 3, 5}, 3);
    expect(node(&t, "Equal", s, minus, NULL), (int64_t[]){0, 0, UNKNOWN}, 3); /* a size is not negative */
    expect(node(&t, "Equal", s, s, NULL), (int64_t[]){1, 1, UNKNOWN}, 3);
    expect(node(&t, "Greater", s, minus, NULL), (int64_t[]){1, 1, UNKNOWN}, 3);
    expect(node(&t, "Less", s, number(&t, 0), NULL), (int64_t[]){0, 0, UNKNOWN}, 3);
    expect(node(&t, "GreaterOrEqual", s, number(&t, 3), NULL), (int64_t[]){UNKNOWN, 1, UNKNOWN}, 3);
    expect(node(&t, "And", is_minus, node(&t, "Equal", s, number(&t, 2), NULL), NULL), (int64_t[]){UNKNOWN, 0, 0}, 3);
    op_end(&t);
}
END_TEST

START_TEST(cast_and_identity)
{
    op_test t;
    int64_t n;
    op_start(&t);
    sard_value *s = shape(&t, &n);
    const sard_attr to_i32 = {.name = "to", .kind = SARD_ATTR_INT, .i = SARD_I32};
    const sard_attr to_f32 = {.name = "to", .kind = SARD_ATTR_INT, .i = SARD_F32};
    ck_assert_int_eq(op_infer(&t, "Cast", &s, 1, &to_i32, 1, 1), SARD_OK);
    expect(sard_node_output(t.node, 0), (int64_t[]){n, 3, UNKNOWN}, 3);
    expect(node(&t, "Identity", sard_node_output(t.node, 0), NULL, NULL), (int64_t[]){n, 3, UNKNOWN}, 3);
    ck_assert_int_eq(op_infer(&t, "Cast", &s, 1, &to_f32, 1, 1), SARD_OK);
    sard_content none[SARD_MAX_CONTENTS];
    ck_assert_int_eq(sard_value_contents(sard_node_output(t.node, 0), none), -1);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("shape_arithmetic");
    TCase *c = tcase_create("contents");
    tcase_add_test(c, arithmetic);
    tcase_add_test(c, equal_and_where);
    tcase_add_test(c, cast_and_identity);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
