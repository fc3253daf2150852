/* Conversions of elements: every half, rounding, saturation, overflow of counts. */
#include "ir/dtype.h"
#include "tests/support/check.h"

#include <math.h>
#include <string.h>

START_TEST(every_half_survives_the_way_through_float)
{
    for (unsigned h = 0; h < 65536; h++) {
        const float f = sard_f16_to_f32((uint16_t)h), b = sard_bf16_to_f32((uint16_t)h);
        if (isnan(f))
            ck_assert(isnan(sard_f16_to_f32(sard_f32_to_f16(f))));
        else
            ck_assert_uint_eq(sard_f32_to_f16(f), h);
        if (isnan(b))
            ck_assert(isnan(sard_bf16_to_f32(sard_f32_to_bf16(b))));
        else
            ck_assert_uint_eq(sard_f32_to_bf16(b), h);
    }
}
END_TEST

START_TEST(halves_of_known_values)
{
    ck_assert_float_eq(sard_f16_to_f32(0x3c00), 1);
    ck_assert_float_eq(sard_f16_to_f32(0x7bff), 65504);
    ck_assert_float_eq(sard_f16_to_f32(0x0001), 0x1p-24f);
    ck_assert_float_eq(sard_f16_to_f32(0xfc00), -INFINITY);
    ck_assert(signbit(sard_f16_to_f32(0x8000)));
    ck_assert_float_eq(sard_bf16_to_f32(0x3f80), 1);
}
END_TEST

START_TEST(halves_round_to_nearest_even)
{
    ck_assert_uint_eq(sard_f64_to_f16(1 + 0x1p-11), 0x3c00);           /* half way: even */
    ck_assert_uint_eq(sard_f64_to_f16(1 + 3 * 0x1p-11), 0x3c02);       /* half way: even is above */
    ck_assert_uint_eq(sard_f64_to_f16(1 + 0x1p-11 + 0x1p-40), 0x3c01); /* a float would lose the last bit */
    ck_assert_uint_eq(sard_f64_to_f16(65519.999), 0x7bff);
    ck_assert_uint_eq(sard_f64_to_f16(65520), 0x7c00);
    ck_assert_uint_eq(sard_f64_to_f16(1e300), 0x7c00);
    ck_assert_uint_eq(sard_f64_to_f16(-0x1p-25), 0x8000);
    ck_assert_uint_eq(sard_f64_to_f16(0x1.8p-25), 0x0001);
    ck_assert_uint_eq(sard_f64_to_f16(0x1.ffbp-15), 0x03ff);
    ck_assert_uint_eq(sard_f64_to_f16(0x1.fffp-15), 0x0400); /* up to the least normal one */
    ck_assert_uint_eq(sard_f64_to_f16(1e-320), 0);
    ck_assert_uint_eq(sard_f32_to_bf16(1 + 0x1p-8f), 0x3f80);
    ck_assert_uint_eq(sard_f32_to_bf16(3.4e38f), 0x7f80);
}
END_TEST

START_TEST(narrowing_truncates_and_saturates)
{
    const double from[] = {-1e30, -129, -1.9, 1.9, 300, 1e30, NAN, INFINITY};
    int8_t i8[8];
    uint8_t u8[8], bools[8];
    int64_t i64[8];
    uint64_t u64[8];
    sard_narrow(SARD_I8, from, 8, i8);
    sard_narrow(SARD_U8, from, 8, u8);
    sard_narrow(SARD_I64, from, 8, i64);
    sard_narrow(SARD_U64, from, 8, u64);
    sard_narrow(SARD_BOOL, from, 8, bools);
    const int8_t want_i8[] = {-128, -128, -1, 1, 127, 127, 0, 127};
    const uint8_t want_u8[] = {0, 0, 0, 1, 255, 255, 0, 255};
    for (int i = 0; i < 8; i++) {
        ck_assert_int_eq(i8[i], want_i8[i]);
        ck_assert_uint_eq(u8[i], want_u8[i]);
        ck_assert_uint_eq(bools[i], 1);
    }
    ck_assert_int_eq(i64[0], INT64_MIN);
    ck_assert_int_eq(i64[5], INT64_MAX);
    ck_assert(u64[5] == UINT64_MAX);
}
END_TEST

START_TEST(integers_keep_all_their_bits)
{
    const uint64_t big[] = {UINT64_MAX, (uint64_t)1 << 63, 12345678901234567u};
    int64_t wide[3];
    uint64_t back[3];
    sard_widen_int(SARD_U64, big, 3, wide);
    sard_narrow_int(SARD_U64, wide, 3, back);
    ck_assert_mem_eq(big, back, sizeof big);
    const int64_t numbers[] = {-1, 256, 257};
    uint8_t bytes[3], bools[3];
    sard_narrow_int(SARD_U8, numbers, 3, bytes);
    sard_narrow_int(SARD_BOOL, numbers, 3, bools);
    ck_assert_uint_eq(bytes[0], 255);
    ck_assert_uint_eq(bytes[1], 0);
    ck_assert_uint_eq(bools[1], 1);
}
END_TEST

START_TEST(counts_that_overflow_are_refused)
{
    int64_t count;
    size_t bytes;
    ck_assert(sard_count(NULL, 0, &count) && count == 1);
    ck_assert(sard_count((int64_t[]){3, 0, 5}, 3, &count) && count == 0);
    ck_assert(!sard_count((int64_t[]){3, -1}, 2, &count));
    ck_assert(!sard_count((int64_t[]){INT64_MAX, 2}, 2, &count));
    ck_assert(sard_bytes(SARD_F64, (int64_t[]){5, 2}, 2, &bytes) && bytes == 80);
    ck_assert(!sard_bytes(SARD_F64, (int64_t[]){INT64_MAX / 4}, 1, &bytes));
}
END_TEST

/* What onnx's Python cannot ask for: every cast against ml_dtypes is in tests/frontends/onnx/test_small_types.py. */
START_TEST(small_types)
{
    static const sard_dtype floats[] = {SARD_F8E4M3FN, SARD_F8E4M3FNUZ, SARD_F8E5M2, SARD_F8E5M2FNUZ, SARD_F8E8M0, SARD_F4E2M1};
    for (size_t k = 0; k < sizeof floats / sizeof *floats; k++)
        for (unsigned code = 0; code < (floats[k] == SARD_F4E2M1 ? 16 : 256); code++) {
            const double d = sard_small_to_f64(floats[k], (uint8_t)code);
            if (!isnan(d) && !isinf(d))
                ck_assert_uint_eq(sard_f64_to_small(floats[k], d), code);
        }
    ck_assert_uint_eq(sard_f64_to_small(SARD_F4E2M1, (double)NAN), 0);
    ck_assert_uint_eq(sard_f64_to_float8(SARD_F8E5M2, -1e300, false), 0xfc);
    ck_assert_uint_eq(sard_f64_to_e8m0(-1, SARD_ROUND_UP, true), 255);
    const double from[] = {-9, -1.9, 7.9, 15.5, 16, NAN};
    const int64_t whole[] = {-9, 8, 255, 16};
    int8_t i4[6];
    uint8_t u4[6];
    sard_narrow(SARD_I4, from, 6, i4);
    ck_assert_mem_eq(i4, ((int8_t[]){-8, -1, 7, 7, 7, 0}), 6);
    sard_narrow(SARD_U4, from, 6, u4);
    ck_assert_mem_eq(u4, ((uint8_t[]){0, 0, 7, 15, 15, 0}), 6);
    sard_narrow_int(SARD_I4, whole, 4, i4);
    ck_assert_mem_eq(i4, ((int8_t[]){7, -8, -1, 0}), 4);
    sard_narrow_int(SARD_U2, whole, 4, u4);
    ck_assert_mem_eq(u4, ((uint8_t[]){3, 0, 3, 0}), 4);
}
END_TEST

START_TEST(names_and_sizes)
{
    static const struct {
        sard_dtype dtype;
        const char *name;
        size_t size;
    } types[] = {{SARD_F32, "float32", 4},
                 {SARD_BF16, "bfloat16", 2},
                 {SARD_BOOL, "bool", 1},
                 {SARD_STRING, "string", sizeof(sard_string)},
                 {SARD_SEQUENCE_OF(SARD_F32), "seq(float32)", sizeof(sard_tensor)},
                 {SARD_OPTIONAL_OF(SARD_SEQUENCE_OF(SARD_I8)), "optional(seq(int8))", sizeof(sard_tensor)},
                 {SARD_C128, "complex128", 16},
                 {SARD_U4, "uint4", 1},
                 {SARD_NONE, "none", 0}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        ck_assert_str_eq(sard_dtype_name(types[i].dtype), types[i].name);
        ck_assert_uint_eq(sard_dtype_size(types[i].dtype), types[i].size);
        ck_assert_int_eq(sard_dtype_parse(types[i].name), types[i].dtype);
    }
    ck_assert_str_eq(sard_dtype_name((sard_dtype)63), "none");
    ck_assert_int_eq(sard_dtype_parse("float33"), SARD_NONE);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("dtype",
                       (const TTest *[]){every_half_survives_the_way_through_float, halves_of_known_values, halves_round_to_nearest_even,
                                         narrowing_truncates_and_saturates, integers_keep_all_their_bits, counts_that_overflow_are_refused,
                                         small_types, names_and_sizes, NULL});
}

CHECK_MAIN(suite)
