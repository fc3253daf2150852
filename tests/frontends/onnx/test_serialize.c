/* Single tensors in ONNX's form. */
#include "ir/dtype.h"
#include "tests/support/check.h"

#include <sard/graph.h>

#include <string.h>

static sard_error error;

/* Serialises and parses again; the result is checked and freed. */
static void round_trip(const sard_tensor *tensor, const char *name)
{
    void *bytes;
    size_t size;
    sard_tensor back;
    char read[256];
    ck_assert_msg(!sard_tensor_serialize(tensor, name, &bytes, &size, &error), "%s", error.text);
    ck_assert_msg(!sard_tensor_parse(bytes, size, &back, read, &error), "%s", error.text);
    ck_assert_str_eq(read, name ? name : "");
    ck_assert_int_eq(back.dtype, tensor->dtype);
    ck_assert_int_eq(back.rank, tensor->rank);
    for (int i = 0; i < tensor->rank; i++)
        ck_assert_int_eq(back.dims[i], tensor->dims[i]);
    const size_t count = sard_tensor_count(tensor);
    ck_assert_uint_eq(back.bytes, count * sard_dtype_size(tensor->dtype));
    for (size_t i = 0; tensor->dtype == SARD_STRING && i < count; i++) {
        const sard_string *a = (const sard_string *)tensor->data + i, *b = (const sard_string *)back.data + i;
        ck_assert_uint_eq(a->size, b->size);
        ck_assert(!a->size || !memcmp(a->data, b->data, a->size));
    }
    if (tensor->dtype != SARD_STRING && count)
        ck_assert_mem_eq(back.data, tensor->data, back.bytes);
    free(back.data);
    free(bytes);
}

START_TEST(every_type_round_trips)
{
    static const sard_dtype types[] = {SARD_F32, SARD_F64, SARD_F16, SARD_BF16, SARD_U8,   SARD_I8,       SARD_U16,   SARD_I16,
                                       SARD_I32, SARD_I64, SARD_U32, SARD_U64,  SARD_BOOL, SARD_F8E4M3FN, SARD_F8E8M0};
    unsigned char bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 1);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        unsigned char ones[64];
        memset(ones, 1, sizeof ones);
        sard_tensor tensor = sard_tensor_make(types[i], 2, (const int64_t[]){2, 3}, types[i] == SARD_BOOL ? ones : bytes);
        round_trip(&tensor, "a name");
        tensor = sard_tensor_make(types[i], 0, NULL, types[i] == SARD_BOOL ? ones : bytes);
        round_trip(&tensor, NULL);
        tensor = sard_tensor_make(types[i], 3, (const int64_t[]){2, 0, 5}, bytes);
        round_trip(&tensor, "empty");
    }
}
END_TEST

/* A byte for each element in memory, packed in the message. */
START_TEST(elements_below_8_bits_are_packed)
{
    static const struct {
        sard_dtype dtype;
        size_t packed;
        uint8_t elements[5];
    } cases[] = {
        {SARD_U4, 3, {0, 15, 7, 8, 1}}, {SARD_I4, 3, {0, (uint8_t)-8, 7, (uint8_t)-1, 1}}, {SARD_F4E2M1, 3, {15, 0, 8, 7, 1}},
        {SARD_U2, 2, {3, 0, 1, 2, 3}},  {SARD_I2, 2, {(uint8_t)-2, 0, 1, (uint8_t)-1, 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int64_t count = 0; count <= 5; count++) {
            uint8_t elements[5];
            memcpy(elements, cases[i].elements, sizeof elements);
            const sard_tensor tensor = sard_tensor_make(cases[i].dtype, 1, &count, elements);
            ck_assert_uint_eq(tensor.bytes, (size_t)count);
            round_trip(&tensor, "small");
        }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_uint_eq(sard_packed_bytes(cases[i].dtype, 5), cases[i].packed);
}
END_TEST

START_TEST(strings_round_trip)
{
    sard_string strings[] = {{"one", 3}, {NULL, 0}, {"a\0b", 3}};
    const sard_tensor tensor = sard_tensor_make(SARD_STRING, 1, (const int64_t[]){3}, strings);
    round_trip(&tensor, "s");
}
END_TEST

START_TEST(long_names_are_cut)
{
    char name[400], read[256];
    void *bytes;
    size_t size;
    float one = 1;
    sard_tensor tensor = sard_tensor_make(SARD_F32, 0, NULL, &one), back;
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    ck_assert(!sard_tensor_serialize(&tensor, name, &bytes, &size, &error));
    ck_assert(!sard_tensor_parse(bytes, size, &back, read, &error));
    ck_assert_uint_eq(strlen(read), 255);
    free(back.data);
    ck_assert(!sard_tensor_parse(bytes, size, &back, NULL, &error));
    free(back.data);
    free(bytes);
}
END_TEST

/* What others write: typed fields instead of raw_data. */
START_TEST(typed_fields_are_read)
{
    static const unsigned char floats[] = {0x08, 0x02, 0x10, 0x01, 0x22, 0x08, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0};
    static const unsigned char ints[] = {0x08, 0x01, 0x10, 0x07, 0x3a, 0x01, 0x05};
    sard_tensor back;
    ck_assert_msg(!sard_tensor_parse(floats, sizeof floats, &back, NULL, &error), "%s", error.text);
    ck_assert(((float *)back.data)[0] == 1 && ((float *)back.data)[1] == -2);
    free(back.data);
    ck_assert_msg(!sard_tensor_parse(ints, sizeof ints, &back, NULL, &error), "%s", error.text);
    ck_assert_int_eq(*(int64_t *)back.data, 5);
    free(back.data);
}
END_TEST

START_TEST(wrong_tensors_are_refused)
{
    float data[4] = {0};
    void *bytes;
    size_t size;
    sard_tensor tensor = {.dtype = SARD_F32, .rank = 1, .dims = {4}, .data = data, .bytes = 8};
    ck_assert_int_eq(sard_tensor_serialize(&tensor, "t", &bytes, &size, &error), SARD_ARGUMENT);
    tensor.rank = 9;
    ck_assert_int_eq(sard_tensor_serialize(&tensor, "t", &bytes, &size, &error), SARD_ARGUMENT);
    tensor.rank = 1;
    tensor.dims[0] = -1;
    ck_assert_int_eq(sard_tensor_serialize(&tensor, "t", &bytes, &size, &error), SARD_ARGUMENT);
    tensor.dtype = SARD_NONE;
    ck_assert_int_eq(sard_tensor_serialize(&tensor, "t", &bytes, &size, &error), SARD_UNSUPPORTED);
}
END_TEST

/* No beginning of the bytes, and no change of one, does harm; the copies have their exact size for sanitizers. */
START_TEST(hostile_bytes_are_safe)
{
    float data[6] = {1, 2, 3, 4, 5, 6};
    sard_string strings[] = {{"one", 3}, {"two", 3}};
    const sard_tensor tensors[] = {sard_tensor_make(SARD_F32, 2, (const int64_t[]){2, 3}, data),
                                   sard_tensor_make(SARD_STRING, 1, (const int64_t[]){2}, strings)};
    for (size_t k = 0; k < 2; k++) {
        void *bytes;
        size_t size;
        sard_tensor back;
        ck_assert(!sard_tensor_serialize(&tensors[k], "name", &bytes, &size, &error));
        for (size_t i = 0; i < size; i++) {
            unsigned char *copy = malloc(i ? i : 1);
            memcpy(copy, bytes, i);
            if (!sard_tensor_parse(copy, i, &back, NULL, &error))
                free(back.data);
            free(copy);
        }
        for (size_t i = 0; i < size; i++)
            for (int value = 0; value < 256; value++) {
                unsigned char *copy = malloc(size);
                memcpy(copy, bytes, size);
                copy[i] = (unsigned char)value;
                if (!sard_tensor_parse(copy, size, &back, NULL, &error))
                    free(back.data);
                free(copy);
            }
        free(bytes);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tensors");
    TCase *c = tcase_create("tensors");
    tcase_add_test(c, every_type_round_trips);
    tcase_add_test(c, elements_below_8_bits_are_packed);
    tcase_add_test(c, strings_round_trip);
    tcase_add_test(c, long_names_are_cut);
    tcase_add_test(c, typed_fields_are_read);
    tcase_add_test(c, wrong_tensors_are_refused);
    tcase_add_test(c, hostile_bytes_are_safe);
    suite_add_tcase(s, c);
    return s;
}

CHECK_MAIN(suite)
