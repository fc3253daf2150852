/* Constants that are products: made when somebody asks, and only then. */
#include "ir/scaled.h"
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <string.h>

static const float weights[2][3] = {{1, 2, 3}, {0.1f, -5, 1e-40f}};
static const double factors[2] = {0.5, 1.0 / 3};

static sard_value *add(op_test *t, const void *data)
{
    const sard_tensor source = sard_tensor_make(SARD_F32, 2, (const int64_t[]){2, 3}, (void *)data);
    sard_value *value = sard_graph_add_scaled(t->graph, "w", &source, factors);
    ck_assert_ptr_nonnull(value);
    return value;
}

static void expect_products(const sard_tensor *tensor)
{
    ck_assert_int_eq(tensor->dtype, SARD_F32);
    ck_assert_int_eq(tensor->rank, 2);
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 3; k++)
            ck_assert(((const float *)tensor->data)[i * 3 + k] == (float)((double)weights[i][k] * factors[i]));
}

START_TEST(products_are_made_on_demand)
{
    op_test t;
    op_start(&t);
    const sard_value *value = add(&t, weights);
    memset(value->constant->data, 7, sizeof weights);
    const double *own;
    ck_assert_ptr_eq(sard_value_unscaled(value, &own)->data, weights);
    ck_assert_ptr_eq(own, factors);
    ck_assert_int_eq(*(const char *)value->constant->data, 7); /* nobody asked for it yet */
    expect_products(sard_value_constant(value));
    memset(value->constant->data, 7, sizeof weights);
    ck_assert_int_eq(*(const char *)sard_value_constant(value)->data, 7); /* made once */
    op_end(&t);
}
END_TEST

START_TEST(sources_may_have_any_address)
{
    op_test t;
    op_start(&t);
    char bytes[sizeof weights + 1];
    memcpy(bytes + 1, weights, sizeof weights);
    expect_products(sard_value_constant(add(&t, bytes + 1)));
    op_end(&t);
}
END_TEST

START_TEST(doubles_stay_doubles)
{
    op_test t;
    op_start(&t);
    const double numbers[2] = {1e300, 0.1};
    const sard_tensor source = sard_tensor_make(SARD_F64, 1, (const int64_t[]){2}, (void *)numbers);
    const sard_tensor *products = sard_value_constant(sard_graph_add_scaled(t.graph, "w", &source, factors));
    for (int i = 0; i < 2; i++)
        ck_assert(((const double *)products->data)[i] == numbers[i] * factors[i]);
    op_end(&t);
}
END_TEST

START_TEST(copies_share_the_products)
{
    op_test t;
    op_start(&t);
    const sard_value *value = add(&t, weights);
    const sard_graph *copy = sard_graph_clone(&t.arena, t.graph);
    ck_assert_ptr_nonnull(copy);
    const sard_value *other = sard_graph_find(copy, "w");
    expect_products(sard_value_constant(other));
    ck_assert_ptr_eq(sard_value_constant(other)->data, sard_value_constant(value)->data);
    op_end(&t);
}
END_TEST

START_TEST(other_constants_are_their_own_source)
{
    op_test t;
    op_start(&t);
    const double *own = factors;
    sard_value *value = add(&t, weights);
    const sard_tensor other = sard_tensor_make(SARD_F32, 2, (const int64_t[]){2, 3}, (void *)weights);
    ck_assert(sard_value_set_constant(value, &other));
    ck_assert_ptr_eq(sard_value_unscaled(value, &own)->data, weights);
    ck_assert_ptr_null(own);
    ck_assert_ptr_eq(sard_value_constant(value)->data, weights);
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {products_are_made_on_demand, sources_may_have_any_address,         doubles_stay_doubles,
                                  copies_share_the_products,   other_constants_are_their_own_source, NULL};
    return check_suite("scaled", tests);
}

CHECK_MAIN(suite)
