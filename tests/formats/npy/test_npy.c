/* .npy and .npz: what is written reads back; headers of numpy's own making; files that lie. */
#include "formats/npy/npy.h"
#include "tests/support/check.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

static sard_error error;

/* A version 1.0 file: the header's text as it stands, then the elements. */
static size_t make_npy(char *out, const char *header, const void *elements, size_t bytes)
{
    const size_t length = strlen(header);
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (char)length;
    out[9] = (char)(length >> 8);
    memcpy(out + 10, header, length);
    memcpy(out + 10 + length, elements, bytes);
    return 10 + length + bytes;
}

static sard_status parse(const char *header, const void *elements, size_t bytes, sard_tensor *out)
{
    char file[1024];
    return sard_npy_parse(file, make_npy(file, header, elements, bytes), out, &error);
}

START_TEST(round_trip)
{
    float elements[] = {1, -2, 3.5f, 0, 5, 6};
    const sard_tensor in = {.dtype = SARD_F32, .rank = 2, .dims = {2, 3}, .data = elements, .bytes = sizeof elements};
    sard_tensor out;
    void *bytes;
    size_t size;
    ck_assert_int_eq(sard_npy_serialize(&in, &bytes, &size, &error), SARD_OK);
    ck_assert_uint_eq((size - sizeof elements) % 64, 0);
    ck_assert_int_eq(sard_npy_parse(bytes, size, &out, &error), SARD_OK);
    ck_assert_int_eq(out.dtype, SARD_F32);
    ck_assert_int_eq(out.rank, 2);
    ck_assert_int_eq(out.dims[0], 2);
    ck_assert_int_eq(out.dims[1], 3);
    ck_assert_mem_eq(out.data, elements, sizeof elements);
    free(out.data);
    free(bytes);
}
END_TEST

START_TEST(fortran_order_is_turned)
{
    const int16_t columns[] = {1, 4, 2, 5, 3, 6};
    sard_tensor out;
    ck_assert_int_eq(parse("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }\n", columns, sizeof columns, &out), SARD_OK);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(((int16_t *)out.data)[i], i + 1);
    free(out.data);
}
END_TEST

START_TEST(big_endian_is_turned)
{
    sard_tensor out;
    ck_assert_int_eq(parse("{\"shape\": (1,), \"descr\": \">u4\", \"fortran_order\": False}", "\1\2\3\4", 4, &out), SARD_OK);
    ck_assert_uint_eq(*(uint32_t *)out.data, 0x01020304);
    free(out.data);
}
END_TEST

START_TEST(scalars_bools_and_bfloat16)
{
    sard_tensor out;
    ck_assert_int_eq(parse("{'descr': '|b1', 'fortran_order': False, 'shape': ()}", "\x07", 1, &out), SARD_OK);
    ck_assert_int_eq(out.dtype, SARD_BOOL);
    ck_assert_int_eq(out.rank, 0);
    ck_assert_int_eq(*(uint8_t *)out.data, 1);
    free(out.data);
    ck_assert_int_eq(parse("{'descr': '<V2', 'fortran_order': False, 'shape': (1,)}", "\x80\x3f", 2, &out), SARD_OK);
    ck_assert_int_eq(out.dtype, SARD_BF16);
    free(out.data);
}
END_TEST

START_TEST(strings)
{
    sard_string words[] = {{"dog", 3}, {"h\xc3\xa4schen", 8}, {"", 0}}, *read;
    const sard_tensor in = {.dtype = SARD_STRING, .rank = 1, .dims = {3}, .data = words, .bytes = sizeof words};
    sard_tensor out;
    void *bytes;
    size_t size;
    ck_assert_int_eq(sard_npy_serialize(&in, &bytes, &size, &error), SARD_OK);
    ck_assert_ptr_nonnull(strstr((char *)bytes + 10, "U7"));
    ck_assert_int_eq(sard_npy_parse(bytes, size, &out, &error), SARD_OK);
    read = out.data;
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(read[i].size, words[i].size);
        ck_assert_mem_eq(read[i].data, words[i].data, words[i].size);
    }
    free(out.data);
    free(bytes);
}
END_TEST

static const struct {
    const char *header;
    sard_status status;
    const char *text;
} bad[] = {
    {"{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", SARD_UNSUPPORTED, "<c8"},
    {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", SARD_UNSUPPORTED, "|O"},
    {"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", SARD_UNSUPPORTED, "structured"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}", SARD_UNSUPPORTED, "8 dimensions"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", SARD_PARSE, "cut off"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296,4294967296)}", SARD_PARSE, "cut off"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", SARD_PARSE, "sizes"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", SARD_PARSE, "sizes"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': 1}", SARD_PARSE, "tuple"},
    {"{'descr': '<f4', 'fortran_order': False}", SARD_PARSE, "lacks"},
    {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}", SARD_PARSE, "neither"},
    {"{'descr': '<f4', 'colour': 1}", SARD_PARSE, "colour"},
    {"{'descr': '<U99999999999', 'fortran_order': False, 'shape': (1,)}", SARD_PARSE, "type"},
    {"{'descr': '<U0', 'fortran_order': False, 'shape': (300000000,)}", SARD_LIMIT, "300000000 strings"},
    {"{'descr': '|S0', 'fortran_order': False, 'shape': (30000, 30000)}", SARD_LIMIT, "900000000 strings"},
    {"{'descr': ", SARD_PARSE, "type"},
    {"", SARD_PARSE, "dict"},
};

START_TEST(bad_headers)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sard_tensor out;
        ck_assert_msg(parse(bad[i].header, "\0\0\0\0\0\0\0\0", 8, &out) == bad[i].status, "%s", bad[i].header);
        ck_assert_msg(strstr(error.text, bad[i].text), "%s: %s", bad[i].header, error.text);
    }
}
END_TEST

START_TEST(cut_off_anywhere)
{
    char file[256];
    sard_tensor out;
    const size_t size = make_npy(file, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", "\0\0\0\0\0\0\0\0", 8);
    for (size_t n = 0; n < size; n++) {
        char *copy = malloc(n ? n : 1);
        memcpy(copy, file, n);
        ck_assert_int_ne(sard_npy_parse(copy, n, &out, &error), SARD_OK);
        free(copy);
    }
}
END_TEST

static void make_npz(void **bytes, size_t *size)
{
    static float a[] = {1, 2};
    static int64_t b[] = {7};
    const sard_tensor tensors[] = {
        {.dtype = SARD_F32, .rank = 1, .dims = {2}, .data = a, .bytes = sizeof a},
        {.dtype = SARD_I64, .rank = 0, .data = b, .bytes = sizeof b},
    };
    ck_assert_int_eq(sard_npz_serialize(tensors, (const char *const[]){"first", "second"}, 2, bytes, size, &error), SARD_OK);
}

START_TEST(npz_round_trip)
{
    void *bytes;
    size_t size, count;
    sard_npz_entry *entries;
    make_npz(&bytes, &size);
    ck_assert_int_eq(sard_npz_parse(bytes, size, &entries, &count, &error), SARD_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(entries[0].name, "first");
    ck_assert_str_eq(entries[1].name, "second");
    ck_assert_int_eq(*(int64_t *)entries[1].tensor.data, 7);
    sard_npz_free(entries, count);
    free(bytes);
}
END_TEST

/* x.npy, one float32 1.0 deflated by Python's zipfile. */
static const unsigned char deflated[] = {
#include "tests/formats/npy/deflated.inc"
};

START_TEST(npz_deflated)
{
    size_t count;
    sard_npz_entry *entries;
    ck_assert_msg(sard_npz_parse(deflated, sizeof deflated, &entries, &count, &error) == SARD_OK, "%s", error.text);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(entries[0].name, "x");
    ck_assert_float_eq(*(float *)entries[0].tensor.data, 1);
    sard_npz_free(entries, count);
}
END_TEST

/* Every byte in turn gets every one of a few values: an error or an archive, but never a read outside of it (sanitizers tell). */
static void spoil(const unsigned char *bytes, size_t size)
{
    static const unsigned char values[] = {0, 1, 127, 128, 255};
    for (size_t i = 0; i < size; i++)
        for (size_t v = 0; v < sizeof values; v++) {
            size_t count;
            sard_npz_entry *entries;
            unsigned char *copy = malloc(size);
            memcpy(copy, bytes, size);
            copy[i] = values[v];
            if (!sard_npz_parse(copy, size, &entries, &count, &error))
                sard_npz_free(entries, count);
            free(copy);
        }
}

START_TEST(npz_spoilt)
{
    void *bytes;
    size_t size;
    make_npz(&bytes, &size);
    spoil(bytes, size);
    spoil(deflated, sizeof deflated);
    free(bytes);
}
END_TEST

static void put(unsigned char *at, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

/* Where the directory's end record and its first entry stand. */
enum { END = 22, ENTRY = 46 };

START_TEST(npz_members_that_share_their_bytes)
{
    static float zeros[4096];
    const sard_tensor tensor = {.dtype = SARD_F32, .rank = 1, .dims = {4096}, .data = zeros, .bytes = sizeof zeros};
    enum { COPIES = 3, NAME = 5 };
    void *bytes;
    size_t size, count;
    sard_npz_entry *entries;
    ck_assert_int_eq(sard_npz_serialize(&tensor, (const char *const[]){"x"}, 1, &bytes, &size, &error), SARD_OK);
    const size_t entry = ENTRY + NAME, start = size - END - entry;
    unsigned char *bomb = malloc(size + (COPIES - 1) * entry);
    memcpy(bomb, bytes, start);
    for (size_t i = 0; i < COPIES; i++)
        memcpy(bomb + start + i * entry, (unsigned char *)bytes + start, entry);
    unsigned char *end = bomb + start + COPIES * entry;
    memcpy(end, (unsigned char *)bytes + size - END, END);
    put(end + 8, COPIES, 2);
    put(end + 10, COPIES, 2);
    put(end + 12, COPIES * entry, 4);
    ck_assert_int_eq(sard_npz_parse(bomb, size + (COPIES - 1) * entry, &entries, &count, &error), SARD_PARSE);
    ck_assert_ptr_nonnull(strstr(error.text, "more bytes than it has"));
    free(bomb);
    free(bytes);
}
END_TEST

START_TEST(npz_that_unpacks_to_too_much)
{
    size_t count;
    sard_npz_entry *entries;
    unsigned char bomb[sizeof deflated];
    memcpy(bomb, deflated, sizeof bomb);
    const unsigned char *end = bomb + sizeof bomb - END;
    put(bomb + (end[16] | end[17] << 8) + 24, (uint64_t)3 << 30, 4);
    ck_assert_int_eq(sard_npz_parse(bomb, sizeof bomb, &entries, &count, &error), SARD_LIMIT);
    ck_assert_ptr_nonnull(strstr(error.text, "unpacks to more"));
}
END_TEST

/* Each array of strings without characters is small enough alone; all of them are not. */
START_TEST(npz_of_many_empty_strings)
{
    enum { MEMBERS = 80, EACH = 1 << 20, LOCAL = 30, ROOM = 512 };
    unsigned char *file = calloc(MEMBERS, 2 * ROOM), npy[128], *at = file;
    char header[80];
    size_t count, offsets[MEMBERS];
    sard_npz_entry *entries;
    snprintf(header, sizeof header, "{'descr': '<U0', 'fortran_order': False, 'shape': (%d,)}", EACH);
    const size_t bytes = make_npy((char *)npy, header, "", 0);
    for (size_t i = 0; i < MEMBERS; i++, at += LOCAL + 1 + bytes) {
        offsets[i] = (size_t)(at - file);
        memcpy(at, "PK\3\4", 4);
        put(at + 26, 1, 2);
        at[LOCAL] = 'x';
        memcpy(at + LOCAL + 1, npy, bytes);
    }
    const size_t directory = (size_t)(at - file);
    for (size_t i = 0; i < MEMBERS; i++, at += ENTRY + 1) {
        memcpy(at, "PK\1\2", 4);
        put(at + 16, crc32(0, npy, (unsigned)bytes), 4);
        put(at + 20, bytes, 4);
        put(at + 24, bytes, 4);
        put(at + 28, 1, 2);
        put(at + 42, offsets[i], 4);
        at[ENTRY] = 'x';
    }
    memcpy(at, "PK\5\6", 4);
    put(at + 8, MEMBERS, 2);
    put(at + 10, MEMBERS, 2);
    put(at + 16, directory, 4);
    ck_assert_int_eq(sard_npz_parse(file, (size_t)(at - file) + END, &entries, &count, &error), SARD_LIMIT);
    ck_assert_msg(strstr(error.text, "bytes that are left"), "%s", error.text);
    free(file);
}
END_TEST

static Suite *suite(void)
{
    const TTest *const tests[] = {
        round_trip,
        fortran_order_is_turned,
        big_endian_is_turned,
        scalars_bools_and_bfloat16,
        strings,
        bad_headers,
        cut_off_anywhere,
        npz_round_trip,
        npz_deflated,
        npz_spoilt,
        npz_members_that_share_their_bytes,
        npz_that_unpacks_to_too_much,
        npz_of_many_empty_strings,
        NULL,
    };
    return check_suite("npy", tests);
}

CHECK_MAIN(suite)
