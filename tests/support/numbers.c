/* Tensors from doubles. */
#include "tests/support/numbers.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

sard_value *op_numbers(op_test *t, const char *name, sard_dtype dtype, const double *elements, int rank, const int64_t *dims)
{
    sard_tensor tensor = sard_tensor_make(dtype, rank, dims, NULL);
    const size_t count = sard_tensor_count(&tensor);
    void *data = calloc(count + 1, sard_dtype_size(dtype));
    ck_assert_ptr_nonnull(data);
    sard_narrow(dtype, elements, count, data);
    sard_value *value = op_constant(t, name, dtype, data, rank, dims);
    free(data);
    return value;
}

void op_expect(const op_test *t, size_t i, sard_dtype dtype, const double *elements, size_t count)
{
    const sard_tensor *got = &t->outputs[i];
    ck_assert_str_eq(sard_dtype_name(got->dtype), sard_dtype_name(dtype));
    ck_assert_uint_eq(sard_tensor_count(got), count);
    for (size_t k = 0; k < count; k++) {
        uint64_t element;
        double want;
        const double have = sard_get(got, k);
        sard_narrow(dtype, &elements[k], 1, &element);
        sard_widen(dtype, &element, 1, &want);
        const bool same = want != want ? have != have : have == want && !signbit(have) == !signbit(want);
        ck_assert_msg(same, "%s of %s: element %zu is %.17g, not %.17g", t->node->op->name, sard_dtype_name(dtype), k, have, want);
    }
}

void op_expect_error(const op_test *t, sard_status got, sard_status want, const char *part)
{
    ck_assert_str_eq(sard_status_text(got), sard_status_text(want));
    ck_assert_msg(strstr(t->error.text, part) != NULL, "'%s' doesn't say '%s'", t->error.text, part);
}
