/* Elements from every field of a TensorProto, and what does not fit its dims. */
#include "frontends/onnx/tensor.h"
#include "tests/support/check.h"
#include "tests/support/onnx.h"

#include <string.h>

static onnx_test t;
static sard_tensor got;

static void start(void) { onnx_start(&t); }
static void end(void) { onnx_end(&t); }

static sard_status read_tensor(const proto *tensor)
{
    static sard_onnx_wire wire; /* what was read points into it */
    const sard_status status =
        sard_onnx_wire_read(&sard__onnx__tensor_proto__descriptor, tensor->bytes, tensor->size, &t.limits, &t.arena, &wire, &t.error);
    const sard_onnx_source source = {.wire = &wire, .limits = &t.limits, .arena = &t.arena};
    return status ? status : sard_onnx_tensor(&source, (const Sard__Onnx__TensorProto *)wire.message, "tensor 't'", &got, &t.error);
}

static proto make(int dtype, int64_t count)
{
    proto tensor = {.size = 0};
    proto_tensor(&tensor, "t", dtype, 1, &count);
    return tensor;
}

static void expect(const proto *tensor, const double *values, size_t count)
{
    ck_assert_msg(!read_tensor(tensor), "%s", t.error.text);
    ck_assert_uint_eq(sard_tensor_count(&got), count);
    const sard_tensor *aligned = sard_tensor_align(&t.arena, &got);
    for (size_t i = 0; i < count; i++)
        ck_assert_double_eq(sard_get(aligned, i), values[i]);
}

static void refuse(const proto *tensor, sard_status status, const char *text)
{
    ck_assert_int_eq(read_tensor(tensor), status);
    ck_assert_msg(strstr(t.error.text, text), "'%s' lacks '%s'", t.error.text, text);
    ck_assert_msg(strstr(t.error.text, "tensor 't'"), "'%s' lacks the tensor", t.error.text);
}

/* The same numbers in a field of varints, packed and one by one. */
static void expect_varints(int dtype, unsigned field, const int64_t *numbers, const double *values, size_t count)
{
    proto one = make(dtype, (int64_t)count), packed = make(dtype, (int64_t)count), list = {.size = 0};
    for (size_t i = 0; i < count; i++) {
        proto_int(&one, field, numbers[i]);
        proto_varint(&list, (uint64_t)numbers[i]);
    }
    proto_message(&packed, field, &list);
    expect(&one, values, count);
    expect(&packed, values, count);
}

START_TEST(integers_from_int32_data)
{
    const int64_t small[] = {-3, 0, 7};
    const double same[] = {-3, 0, 7};
    for (size_t i = 0; i < 3; i++)
        expect_varints((int[]){SARD_I8, SARD_I16, SARD_I32}[i], 5, small, same, 3);
    expect_varints(SARD_U8, 5, (int64_t[]){255, 0, 9}, (double[]){255, 0, 9}, 3);
    expect_varints(SARD_U16, 5, (int64_t[]){65535, 0, 9}, (double[]){65535, 0, 9}, 3);
    expect_varints(SARD_BOOL, 5, (int64_t[]){1, 0, 1}, (double[]){1, 0, 1}, 3);
}
END_TEST

START_TEST(halves_from_int32_data)
{
    expect_varints(SARD_F16, 5, (int64_t[]){0x3c00, 0xc000, 0x0001}, (double[]){1, -2, 0x1p-24}, 3);
    expect_varints(SARD_BF16, 5, (int64_t[]){0x3f80, 0xc000}, (double[]){1, -2}, 2);
}
END_TEST

/* Two or four elements in a byte, the first in the lowest bits; int32_data holds such bytes. */
START_TEST(elements_below_8_bits)
{
    static const double signed4[] = {-1, 0, 7}, unsigned2[] = {3, 0, 1, 2, 1}, floats4[] = {6, -0.5};
    proto tensor = make(SARD_I4, 3);
    proto_bytes(&tensor, 9, (uint8_t[]){0x0f, 0x07}, 2);
    expect(&tensor, signed4, 3);
    tensor = make(SARD_F4E2M1, 2);
    proto_bytes(&tensor, 9, (uint8_t[]){0x97}, 1);
    expect(&tensor, floats4, 2);
    tensor = make(SARD_F4E2M1, 2);
    proto_int(&tensor, 5, 0x97);
    expect(&tensor, floats4, 2);
    tensor = make(SARD_U2, 5);
    proto_int(&tensor, 5, 0x93);
    proto_int(&tensor, 5, 0x01);
    expect(&tensor, unsigned2, 5);
    tensor = make(SARD_U2, 5);
    proto_bytes(&tensor, 9, (uint8_t[]){1, 2, 3}, 3);
    refuse(&tensor, SARD_MODEL, "raw_data has 3 bytes, its type and dims need 2");
    tensor = make(SARD_I4, 3);
    proto_int(&tensor, 5, 1);
    refuse(&tensor, SARD_MODEL, "fewer");
    tensor = make(SARD_I4, 1);
    proto_int(&tensor, 5, 256);
    refuse(&tensor, SARD_MODEL, "which is no int4");
}
END_TEST

START_TEST(wide_integers)
{
    expect_varints(SARD_I64, 7, (int64_t[]){-5, INT64_C(1) << 50}, (double[]){-5, 0x1p50}, 2);
    expect_varints(SARD_U32, 11, (int64_t[]){4000000000, 1}, (double[]){4e9, 1}, 2);
    expect_varints(SARD_U64, 11, (int64_t[]){INT64_C(1) << 60, 1}, (double[]){0x1p60, 1}, 2);
}
END_TEST

START_TEST(floats_in_all_ways)
{
    const float values[] = {1, -2.5f, 3};
    const double same[] = {1, -2.5, 3};
    proto one = make(SARD_F32, 3), packed = make(SARD_F32, 3), raw = make(SARD_F32, 3), split = make(SARD_F32, 3);
    for (size_t i = 0; i < 3; i++)
        proto_float(&one, 4, values[i]);
    proto_bytes(&packed, 4, values, sizeof values);
    proto_bytes(&raw, 9, values, sizeof values);
    proto_float(&split, 4, values[0]);
    proto_bytes(&split, 4, values + 1, 2 * sizeof *values);
    const proto *const all[] = {&one, &packed, &raw, &split};
    for (size_t i = 0; i < 4; i++)
        expect(all[i], same, 3);
    ck_assert(!read_tensor(&packed));
    ck_assert((uint8_t *)got.data > packed.bytes && (uint8_t *)got.data < packed.bytes + packed.size);
    ck_assert(!read_tensor(&raw));
    ck_assert((uint8_t *)got.data > raw.bytes && (uint8_t *)got.data < raw.bytes + raw.size);
}
END_TEST

START_TEST(doubles)
{
    const double values[] = {0.1, -7};
    proto packed = make(SARD_F64, 2);
    proto_bytes(&packed, 10, values, sizeof values);
    expect(&packed, values, 2);
}
END_TEST

START_TEST(strings)
{
    proto tensor = make(SARD_STRING, 3);
    proto_text(&tensor, 6, "ab");
    proto_text(&tensor, 6, "");
    proto_bytes(&tensor, 6, "c\0d", 3);
    ck_assert_msg(!read_tensor(&tensor), "%s", t.error.text);
    const sard_string *s = got.data;
    ck_assert_uint_eq(s[0].size, 2);
    ck_assert(!memcmp(s[0].data, "ab", 2));
    ck_assert_uint_eq(s[1].size, 0);
    ck_assert_uint_eq(s[2].size, 3);
}
END_TEST

START_TEST(bools_are_0_or_1)
{
    proto tensor = make(SARD_BOOL, 3);
    proto_bytes(&tensor, 9, "\x00\x02\xff", 3);
    expect(&tensor, (double[]){0, 1, 1}, 3);
    ck_assert_int_eq(((uint8_t *)got.data)[1], 1);
}
END_TEST

START_TEST(scalars_and_empty_tensors)
{
    proto scalar = {.size = 0}, empty = make(SARD_F32, 0), nothing = make(SARD_F32, 0);
    proto_tensor(&scalar, "t", SARD_I32, 0, NULL);
    proto_int(&scalar, 5, 42);
    expect(&scalar, (double[]){42}, 1);
    ck_assert_int_eq(got.rank, 0);
    proto_bytes(&empty, 9, "", 0);
    expect(&empty, NULL, 0);
    expect(&nothing, NULL, 0);
}
END_TEST

START_TEST(raw_data_must_fit)
{
    for (size_t size = 0; size < 16; size++) {
        proto tensor = make(SARD_F32, 3);
        proto_bytes(&tensor, 9, (char[16]){0}, size);
        if (size == 0)
            refuse(&tensor, SARD_MODEL, "no elements, its dims promise 3");
        else if (size != 12)
            refuse(&tensor, SARD_MODEL, "its type and dims need 12");
    }
}
END_TEST

START_TEST(numbers_must_fit)
{
    proto few = make(SARD_I64, 3), many = make(SARD_I64, 1), floats = make(SARD_F32, 2);
    proto_int(&few, 7, 1);
    proto_int(&few, 7, INT64_MAX);
    refuse(&few, SARD_MODEL, "int64_data has fewer elements than the 3");
    proto_int(&many, 7, 1);
    proto_int(&many, 7, 1);
    refuse(&many, SARD_MODEL, "int64_data has more elements than the 1");
    proto_bytes(&floats, 4, (float[]){1, 2, 3}, 12);
    refuse(&floats, SARD_MODEL, "more elements");
    proto huge = make(SARD_I64, 1 << 24);
    proto_int(&huge, 7, 1);
    refuse(&huge, SARD_MODEL, "fewer elements");
}
END_TEST

START_TEST(values_must_be_of_the_type)
{
    proto byte = make(SARD_U8, 1), half = make(SARD_F16, 1);
    proto_int(&byte, 5, 300);
    refuse(&byte, SARD_MODEL, "300, which is no uint8");
    proto_int(&half, 5, 1 << 20);
    refuse(&half, SARD_MODEL, "which is no float16");
}
END_TEST

START_TEST(fields_must_be_of_the_type)
{
    proto wrong = make(SARD_F32, 1), both = make(SARD_F32, 1), text = make(SARD_STRING, 1);
    proto_int(&wrong, 7, 1);
    refuse(&wrong, SARD_MODEL, "float32 in int64_data");
    proto_float(&both, 4, 1);
    proto_bytes(&both, 9, (float[]){1}, 4);
    refuse(&both, SARD_MODEL, "both float_data and raw_data");
    proto_bytes(&text, 9, "abcd", 4);
    refuse(&text, SARD_MODEL, "string in raw_data");
}
END_TEST

START_TEST(types_and_dims_must_be_sound)
{
    static const struct {
        int dtype;
        int64_t dims[9];
        int rank;
        sard_status status;
        const char *text;
    } cases[] = {
        {0, {1}, 1, SARD_MODEL, "no element type 0"},
        {77, {1}, 1, SARD_MODEL, "no element type 77"},
        {SARD_C64, {1}, 1, SARD_UNSUPPORTED, "complex64 is not supported"},
        {27, {1}, 1, SARD_UNSUPPORTED, "6 bits"},
        {SARD_F32, {2, -3}, 2, SARD_MODEL, "dim 1 is -3"},
        {SARD_F32, {INT64_C(1) << 32, INT64_C(1) << 32}, 2, SARD_MODEL, "more elements than can be counted"},
        {SARD_F32, {INT64_C(1) << 62}, 1, SARD_MODEL, "more elements than can be counted"},
        {SARD_F32, {1 << 20, 1 << 12}, 2, SARD_LIMIT, "bytes, at most"},
        {SARD_F32, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 9, SARD_UNSUPPORTED, "rank 9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        proto tensor = {.size = 0};
        proto_tensor(&tensor, "t", cases[i].dtype, cases[i].rank, cases[i].dims);
        proto_bytes(&tensor, 9, (float[]){1}, 4);
        refuse(&tensor, cases[i].status, cases[i].text);
    }
}
END_TEST

/* ---- sparse ---- */

static uint64_t *zeros; /* NULL: each sparse tensor for itself */

static sard_status read_sparse(const int64_t *indices, int rank, int64_t width, int64_t dim)
{
    static sard_onnx_wire wire;
    static proto sparse;
    proto values = make(SARD_F32, 2), places = {.size = 0};
    sparse.size = 0;
    proto_bytes(&values, 9, (float[]){5, 6}, 8);
    proto_tensor(&places, "i", SARD_I64, rank, (int64_t[]){2, width});
    proto_bytes(&places, 9, indices, (size_t)(2 * (rank == 2 ? width : 1)) * 8);
    proto_message(&sparse, 1, &values);
    proto_message(&sparse, 2, &places);
    proto_int(&sparse, 3, 2);
    proto_int(&sparse, 3, dim);
    ck_assert(!sard_onnx_wire_read(&sard__onnx__sparse_tensor_proto__descriptor, sparse.bytes, sparse.size, &t.limits, &t.arena, &wire,
                                   &t.error));
    const sard_onnx_source source = {.wire = &wire, .limits = &t.limits, .arena = &t.arena, .zeros = zeros};
    return sard_onnx_sparse_tensor(&source, (const Sard__Onnx__SparseTensorProto *)wire.message, "sparse 's'", &got, &t.error);
}

static void expect_dense(const float *values)
{
    for (size_t i = 0; i < sard_tensor_count(&got); i++)
        ck_assert_float_eq(((const float *)got.data)[i], values[i]);
}

START_TEST(sparse_tensors_get_their_zeros)
{
    const float dense[] = {0, 5, 0, 6, 0, 0};
    ck_assert_msg(!read_sparse((int64_t[]){1, 3}, 1, 0, 3), "%s", t.error.text);
    expect_dense(dense);
    ck_assert_msg(!read_sparse((int64_t[]){0, 1, 1, 0}, 2, 2, 3), "%s", t.error.text);
    expect_dense(dense);
}
END_TEST

START_TEST(sparse_tensors_count_in_sum)
{
    const uint64_t each = 24;
    uint64_t sum = t.limits.fold_bytes - each;
    zeros = &sum;
    ck_assert_msg(!read_sparse((int64_t[]){1, 3}, 1, 0, 3), "%s", t.error.text);
    ck_assert_uint_eq(sum, t.limits.fold_bytes);
    ck_assert_int_eq(read_sparse((int64_t[]){1, 3}, 1, 0, 3), SARD_LIMIT);
    zeros = NULL;
}
END_TEST

START_TEST(sparse_tensors_must_fit)
{
    ck_assert_int_eq(read_sparse((int64_t[]){1, 6}, 1, 0, 3), SARD_MODEL);
    ck_assert_int_eq(read_sparse((int64_t[]){-1, 2}, 1, 0, 3), SARD_MODEL);
    ck_assert_int_eq(read_sparse((int64_t[]){0, 3, 1, 0}, 2, 2, 3), SARD_MODEL);
    ck_assert_int_eq(read_sparse((int64_t[]){0, 1, 1, 0, 0, 0}, 2, 3, 3), SARD_MODEL);
    ck_assert_int_eq(read_sparse((int64_t[]){1, 3}, 1, 0, -3), SARD_MODEL);
    ck_assert_int_eq(read_sparse((int64_t[]){1, 3}, 1, 0, 1 << 20), SARD_LIMIT);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tensor");
    TCase *cases = tcase_create("tensor");
    const TTest *const tests[] = {integers_from_int32_data,
                                  halves_from_int32_data,
                                  elements_below_8_bits,
                                  wide_integers,
                                  floats_in_all_ways,
                                  doubles,
                                  strings,
                                  bools_are_0_or_1,
                                  scalars_and_empty_tensors,
                                  raw_data_must_fit,
                                  numbers_must_fit,
                                  values_must_be_of_the_type,
                                  fields_must_be_of_the_type,
                                  types_and_dims_must_be_sound,
                                  sparse_tensors_get_their_zeros,
                                  sparse_tensors_count_in_sum,
                                  sparse_tensors_must_fit};
    tcase_add_checked_fixture(cases, start, end);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tcase_add_test(cases, tests[i]);
    suite_add_tcase(s, cases);
    return s;
}

CHECK_MAIN(suite)
