/* Attributes: every kind is read, checked, and written back. */
#include "ops/lib/util.h"
#include "tests/support/check.h"
#include "tests/support/op.h"

#include <string.h>

typedef struct all {
    int64_t number, ranged, choice;
    float ratio;
    const char *text;
    const sard_tensor *tensor;
    sard_ints list, ranged_list;
    sard_floats floats;
    sard_strings strings;
} all;

static const char *const words[] = {"red", "green", NULL};
static const sard_attr_spec specs[] = {
    SARD_INT(all, number, 7),
    SARD_INT_IN(all, ranged, 1, 0, 3),
    SARD_CHOICE(all, choice, "green", words),
    SARD_FLOAT(all, ratio, 0.5f),
    {.name = "text", .kind = SARD_ATTR_STRING, .offset = offsetof(all, text)},
    {.name = "tensor", .kind = SARD_ATTR_TENSOR, .offset = offsetof(all, tensor)},
    SARD_LIST(all, list),
    SARD_LIST_IN(all, ranged_list, -1, 1),
    {.name = "floats", .kind = SARD_ATTR_FLOATS, .offset = offsetof(all, floats)},
    {.name = "strings", .kind = SARD_ATTR_STRINGS, .offset = offsetof(all, strings)},
    SARD_ATTRS_END,
};
static const sard_attr_spec required[] = {SARD_INT_REQUIRED(all, number), SARD_ATTRS_END};

static sard_status read_attrs(op_test *t, const sard_attr_spec *rows, const sard_attr *attrs, size_t count, all **out)
{
    const sard_op op = {.name = "Any", .attrs = rows, .attrs_size = sizeof(all)};
    return sard_attrs_read(&op, attrs, count, &t->arena, (void **)out, "Any 'n'", &t->error);
}

START_TEST(defaults)
{
    op_test t;
    all *a;
    op_start(&t);
    ck_assert_int_eq(read_attrs(&t, specs, NULL, 0, &a), SARD_OK);
    ck_assert_int_eq(a->number, 7);
    ck_assert_int_eq(a->choice, 1);
    ck_assert_float_eq(a->ratio, 0.5f);
    ck_assert_ptr_null(a->text);
    ck_assert_ptr_null(a->list.data);
    ck_assert_ptr_null(a->tensor);
    const sard_op op = {.name = "Any", .attrs = specs, .attrs_size = sizeof(all)};
    sard_attr written;
    ck_assert(!sard_attrs_write(&op, a, 0, &written));
    op_end(&t);
}
END_TEST

START_TEST(given_values_are_copied_and_written_back)
{
    op_test t;
    all *a;
    op_start(&t);
    _Alignas(8) unsigned char bytes[12] = {0};
    memcpy(bytes + 1, &(float){2.5f}, sizeof(float));
    const sard_tensor tensor = sard_tensor_make(SARD_F32, 0, NULL, bytes + 1); /* not aligned */
    int64_t list[] = {4, 5};
    char word[] = "red!";
    const sard_attr attrs[] = {{.name = "number", .kind = SARD_ATTR_INT, .i = -1},
                               {.name = "choice", .kind = SARD_ATTR_STRING, .s = {word, 3}},
                               {.name = "text", .kind = SARD_ATTR_STRING, .s = {word, 2}},
                               {.name = "tensor", .kind = SARD_ATTR_TENSOR, .tensor = &tensor},
                               {.name = "list", .kind = SARD_ATTR_INTS, .count = 2, .ints = list},
                               {.name = "ranged_list", .kind = SARD_ATTR_INTS, .count = 0, .ints = NULL},
                               {.name = "strings", .kind = SARD_ATTR_STRINGS, .count = 1, .strings = &(sard_string){word, 4}}};
    const size_t count = sizeof attrs / sizeof *attrs;
    ck_assert_msg(read_attrs(&t, specs, attrs, count, &a) == SARD_OK, "%s", t.error.text);
    list[0] = 0;
    word[0] = 'x';
    ck_assert_int_eq(a->choice, 0);
    ck_assert_str_eq(a->text, "re");
    ck_assert_float_eq(*(const float *)a->tensor->data, 2.5f);
    ck_assert_int_eq(a->list.data[0], 4);
    ck_assert_uint_eq(a->ranged_list.count, 0);
    ck_assert_ptr_nonnull(a->ranged_list.data);
    ck_assert_uint_eq(a->strings.data[0].size, 4);
    ck_assert_str_eq(a->strings.data[0].data, "red!");
    const sard_op op = {.name = "Any", .attrs = specs, .attrs_size = sizeof(all)};
    sard_attr written;
    for (size_t i = 0; i < count; i++) {
        ck_assert(sard_attrs_write(&op, a, i, &written));
        ck_assert_str_eq(written.name, attrs[i].name);
        ck_assert_int_eq(written.kind, attrs[i].kind);
        ck_assert_uint_eq(written.count, attrs[i].count);
    }
    ck_assert(!sard_attrs_write(&op, a, count, &written));
    op_end(&t);
}
END_TEST

START_TEST(wrong_ones_are_named)
{
    const struct {
        sard_attr attr;
        const char *text;
    } wrong[] = {
        {{.name = "nothing", .kind = SARD_ATTR_INT}, "Any 'n': there is no attribute nothing"},
        {{.name = "number", .kind = SARD_ATTR_FLOAT}, "Any 'n': attribute number is a float, must be an int"},
        {{.name = "number", .kind = (sard_attr_kind)77}, "Any 'n': attribute number is unknown, must be an int"},
        {{.name = "ranged", .kind = SARD_ATTR_INT, .i = 4}, "Any 'n': attribute ranged is 4, must be 0 to 3"},
        {{.name = "ranged_list", .kind = SARD_ATTR_INTS, .count = 2, .ints = (const int64_t[]){1, -2}},
         "Any 'n': attribute ranged_list is -2, must be -1 to 1"},
        {{.name = "choice", .kind = SARD_ATTR_STRING, .s = {"blue", 4}},
         "Any 'n': attribute choice is 'blue', which is none of its values"},
        {{.name = "choice", .kind = SARD_ATTR_STRING, .s = {NULL, 0}}, "Any 'n': attribute choice is '', which is none of its values"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        op_test t;
        all *a;
        op_start(&t);
        ck_assert_int_eq(read_attrs(&t, specs, &wrong[i].attr, 1, &a), SARD_MODEL);
        ck_assert_str_eq(t.error.text, wrong[i].text);
        op_end(&t);
    }
}
END_TEST

START_TEST(missing_and_double_ones_are_refused)
{
    op_test t;
    all *a;
    op_start(&t);
    ck_assert_int_eq(read_attrs(&t, required, NULL, 0, &a), SARD_MODEL);
    ck_assert_str_eq(t.error.text, "Any 'n': attribute number is missing");
    const sard_attr twice[] = {{.name = "number", .kind = SARD_ATTR_INT}, {.name = "number", .kind = SARD_ATTR_INT}};
    ck_assert_int_eq(read_attrs(&t, required, twice, 2, &a), SARD_MODEL);
    ck_assert_str_eq(t.error.text, "Any 'n': attribute number is given twice");
    op_end(&t);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("attr", (const TTest *[]){defaults, given_values_are_copied_and_written_back, wrong_ones_are_named,
                                                 missing_and_double_ones_are_refused, NULL});
}

CHECK_MAIN(suite)
