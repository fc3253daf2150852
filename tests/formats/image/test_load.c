/* Loading: formats, orientation, limits, damage. test_pillow.py compares many kinds of files. */
#include "formats/image/image.h"
#include "tests/formats/image/scene.h"
#include "tests/support/check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

/* 16 x 8, grey, to be turned by 90 degrees (orientation 6). */
static const uint8_t jpeg[] = {
    0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10, 0x4A, 0x46, 0x49, 0x46, 0x00, 0x01, 0x01, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0xFF, 0xE1,
    0x00, 0x22, 0x45, 0x78, 0x69, 0x66, 0x00, 0x00, 0x4D, 0x4D, 0x00, 0x2A, 0x00, 0x00, 0x00, 0x08, 0x00, 0x01, 0x01, 0x12, 0x00, 0x03,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x06, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xDB, 0x00, 0x43, 0x00, 0x0D, 0x09, 0x0A, 0x0B, 0x0A,
    0x08, 0x0D, 0x0B, 0x0A, 0x0B, 0x0E, 0x0E, 0x0D, 0x0F, 0x13, 0x20, 0x15, 0x13, 0x12, 0x12, 0x13, 0x27, 0x1C, 0x1E, 0x17, 0x20, 0x2E,
    0x29, 0x31, 0x30, 0x2E, 0x29, 0x2D, 0x2C, 0x33, 0x3A, 0x4A, 0x3E, 0x33, 0x36, 0x46, 0x37, 0x2C, 0x2D, 0x40, 0x57, 0x41, 0x46, 0x4C,
    0x4E, 0x52, 0x53, 0x52, 0x32, 0x3E, 0x5A, 0x61, 0x5A, 0x50, 0x60, 0x4A, 0x51, 0x52, 0x4F, 0xFF, 0xC0, 0x00, 0x0B, 0x08, 0x00, 0x08,
    0x00, 0x10, 0x01, 0x01, 0x11, 0x00, 0xFF, 0xC4, 0x00, 0x15, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xFF, 0xC4, 0x00, 0x24, 0x10, 0x00, 0x01, 0x03, 0x02, 0x04, 0x07, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x11, 0x00, 0x21, 0x31, 0x41, 0x12, 0x13, 0x14, 0x33, 0x42, 0x51,
    0x53, 0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3F, 0x00, 0x9B, 0x4C, 0xD3, 0xDA, 0x6F, 0xA7, 0xA7, 0x88, 0x34, 0xF7, 0x3E,
    0x93, 0x16, 0x82, 0xE2, 0x77, 0xCD, 0x17, 0xB2, 0x77, 0x1E, 0x57, 0x04, 0x1C, 0xB0, 0xDC, 0x5B, 0xB3, 0x65, 0x70, 0x46, 0x8F, 0x26,
    0xA7, 0x1D, 0xFE, 0xE7, 0x32, 0xEC, 0xC7, 0x36, 0x19, 0x59, 0x21, 0x24, 0x6A, 0x3D, 0x6A, 0x31, 0xFF, 0xD9,
};
/* Its pixels as stored: the first row and the last. */
static const uint8_t jpeg_first[16] = {0, 0, 37, 50, 71, 70, 121, 113, 150, 168, 164, 202, 218, 219, 16, 0};
static const uint8_t jpeg_last[16] = {159, 155, 16, 32, 31, 31, 57, 37, 56, 64, 194, 166, 212, 200, 204, 227};

/* scene(3, 2, 3) */
static const uint8_t png[] = {
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00,
    0x00, 0x02, 0x08, 0x02, 0x00, 0x00, 0x00, 0x12, 0x16, 0xF1, 0x4D, 0x00, 0x00, 0x00, 0x1C, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63,
    0x64, 0x08, 0x5E, 0xA6, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xCA, 0x62, 0x6D, 0x6D, 0x6D, 0x60, 0x60, 0x60, 0x60, 0x60, 0x00, 0x00, 0x26,
    0x59, 0x03, 0xAE, 0x36, 0x0B, 0x17, 0x37, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
};

static sard_error error;

static sard_status load(const void *bytes, size_t size, const sard_image_load_options *options, sard_image *out)
{
    return sard_image_load_memory(bytes, size, "cat", options, out, &error);
}

START_TEST(a_jpeg_is_turned_upright)
{
    sard_image image;
    ck_assert_msg(!load(jpeg, sizeof jpeg, NULL, &image), "%s", error.text);
    ck_assert_int_eq(image.width, 8);
    ck_assert_int_eq(image.height, 16);
    ck_assert_int_eq(image.channels, 1);
    for (size_t y = 0; y < 16; y++) {
        ck_assert_int_eq(image.pixels[8 * y + 7], jpeg_first[y]);
        ck_assert_int_eq(image.pixels[8 * y], jpeg_last[y]);
    }
    sard_image_free(&image);
    ck_assert_ptr_null(image.pixels);
}
END_TEST

START_TEST(options_hold)
{
    sard_image image;
    const sard_image_load_options keep = {.struct_size = sizeof keep, .keep_orientation = true, .channels = 3};
    ck_assert(!load(jpeg, sizeof jpeg, &keep, &image));
    ck_assert_int_eq(image.width, 16);
    ck_assert_int_eq(image.channels, 3);
    for (size_t i = 0; i < 3 * 16; i++)
        ck_assert_int_eq(image.pixels[i], jpeg_first[i / 3]);
    sard_image_free(&image);
    const sard_image_load_options small = {.struct_size = sizeof small, .pixels = 127},
                                  exact = {.struct_size = sizeof exact, .pixels = 128},
                                  bytes = {.struct_size = sizeof bytes, .file_bytes = 50}, two = {.struct_size = sizeof two, .channels = 2};
    ck_assert_int_eq(load(jpeg, sizeof jpeg, &small, &image), SARD_LIMIT);
    ck_assert_str_eq(error.text, "cat: 16 x 8 pixels are over the limit of 127");
    ck_assert_int_eq(load(jpeg, sizeof jpeg, &bytes, &image), SARD_LIMIT);
    ck_assert_int_eq(load(jpeg, sizeof jpeg, &two, &image), SARD_ARGUMENT);
    ck_assert(!load(jpeg, sizeof jpeg, &exact, &image));
    sard_image_free(&image);
}
END_TEST

START_TEST(a_png_has_its_pixels)
{
    sard_image image, want = scene(3, 2, 3);
    ck_assert_msg(!load(png, sizeof png, NULL, &image), "%s", error.text);
    ck_assert_int_eq(image.width, 3);
    ck_assert_int_eq(image.height, 2);
    ck_assert_int_eq(image.channels, 3);
    ck_assert_mem_eq(image.pixels, want.pixels, 18);
    sard_image_free(&image);
    sard_image_free(&want);
}
END_TEST

static void check_cut(const uint8_t *bytes, size_t size, size_t unneeded)
{
    sard_image image = {.width = 77};
    for (size_t n = 0; n + unneeded < size; n++) {
        uint8_t *exact = malloc(n + !n);
        memcpy(exact, bytes, n);
        const sard_status status = load(exact, n, NULL, &image);
        free(exact);
        ck_assert_msg(status == SARD_PARSE, "cut off at %zu of %zu: %s", n, size, sard_status_text(status));
        ck_assert(!strncmp(error.text, "cat: ", 5) && !strchr(error.text, '\n'));
        ck_assert_int_eq(image.width, 77);
    }
}

START_TEST(cut_off_files_are_refused)
{
    check_cut(jpeg, sizeof jpeg, 4);
    check_cut(png, sizeof png, 20);
    sard_image image;
    ck_assert(!load(jpeg, sizeof jpeg - 2, NULL, &image)); /* only the end marker is missing */
    sard_image_free(&image);
    ck_assert(!load(png, sizeof png - 12, NULL, &image));
    sard_image_free(&image);
}
END_TEST

/* Every byte, several values: no crash, no leak, one line where it is refused. */
START_TEST(damaged_files_are_refused_or_read)
{
    uint8_t bad[512];
    sard_image image;
    for (int kind = 0; kind < 2; kind++) {
        const size_t size = kind ? sizeof jpeg : sizeof png;
        for (size_t i = 0; i < size; i++) {
            for (int flip = 1; flip < 256; flip += 42) {
                memcpy(bad, kind ? jpeg : png, size);
                bad[i] = (uint8_t)(bad[i] ^ flip);
                if (load(bad, size, NULL, &image))
                    ck_assert(!strchr(error.text, '\n'));
                else
                    sard_image_free(&image);
            }
        }
    }
}
END_TEST

START_TEST(other_files_are_refused_by_name)
{
    sard_image image;
    ck_assert_int_eq(load("GIF89a", 6, NULL, &image), SARD_UNSUPPORTED);
    ck_assert_str_eq(error.text, "cat: a GIF file; JPEG, PNG, BMP, PGM and PPM are supported");
    ck_assert_int_eq(load("RIFF....WEBP", 12, NULL, &image), SARD_UNSUPPORTED);
    ck_assert_int_eq(load("hello", 5, NULL, &image), SARD_PARSE);
    ck_assert_str_eq(error.text, "cat: not a picture");
    ck_assert_int_eq(load("", 0, NULL, &image), SARD_PARSE);
    ck_assert_int_eq(load(NULL, 0, NULL, &image), SARD_PARSE);
    ck_assert_int_eq(sard_image_load("/no/such/picture.png", NULL, &image, &error), SARD_IO);
    ck_assert_str_eq(error.text, "/no/such/picture.png: No such file or directory");
    ck_assert_int_eq(sard_image_load("/", NULL, &image, &error), SARD_IO);
    const sard_image_load_options small = {.struct_size = sizeof small, .file_bytes = 1000};
    ck_assert_int_eq(sard_image_load("/dev/zero", &small, &image, &error), SARD_LIMIT);
}
END_TEST

START_TEST(a_file_is_read)
{
    char path[] = "/tmp/sard-test-XXXXXX";
    const int file = mkstemp(path);
    ck_assert(file >= 0 && write(file, png, sizeof png) == sizeof png);
    close(file);
    sard_image image;
    const sard_status status = sard_image_load(path, NULL, &image, &error);
    unlink(path);
    ck_assert_msg(!status, "%s", error.text);
    ck_assert_int_eq(image.width, 3);
    sard_image_free(&image);
}
END_TEST

START_TEST(hostile_exif_is_ignored)
{
    const uint8_t good[] = {'I', 'I', '*', 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0};
    uint8_t bad[sizeof good];
    ck_assert_int_eq(sard_exif_orientation(good, sizeof good), 8);
    for (size_t n = 0; n < 22; n++)
        ck_assert_int_eq(sard_exif_orientation(good, n), 1);
    const struct {
        size_t at;
        uint8_t value;
    } changes[] = {{0, 'M'}, {4, 200}, {7, 0xFF}, {10, 0x13}, {12, 2}, {18, 0}, {18, 9}, {19, 1}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        memcpy(bad, good, sizeof good);
        bad[changes[i].at] = changes[i].value;
        ck_assert_int_eq(sard_exif_orientation(bad, sizeof bad), 1);
    }
}
END_TEST

enum { BOMB_SIDE = 8192, BLOCKS = BOMB_SIDE / 8 * (BOMB_SIDE / 8), SCAN_ROOM = 256 };

static size_t put(uint8_t *to, size_t at, const void *bytes, size_t size)
{
    memcpy(to + at, bytes, size);
    return at + size;
}

/* One scan of all coefficients but the first, all zero: runs of 2^14 blocks, each a code of one bit and 14 more. */
static size_t put_empty_scan(uint8_t *to, size_t at)
{
    static const uint8_t header[] = {0xFF, 0xDA, 0, 8, 1, 1, 0x01, 1, 63, 0};
    uint32_t bits = 0;
    int filled = 0;
    at = put(to, at, header, sizeof header);
    for (uint32_t left = BLOCKS; left; left -= 16384) {
        bits = bits << 15; /* the code 0, then 14 zeros: 16384 blocks */
        for (filled += 15; filled >= 8; filled -= 8)
            to[at++] = (uint8_t)(bits >> (filled - 8));
    }
    if (filled)
        to[at++] = (uint8_t)((1u << (8 - filled)) - 1);
    return at;
}

/* A grey progressive picture of 64 Mpixel in a few KB and its first scan: the bytes are made, since no encoder does so. */
static uint8_t *make_bomb(size_t scans, size_t *size)
{
    static const uint8_t start[] = {0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0};
    static const uint8_t frame[] = {0xFF, 0xC2, 0, 11, 8, BOMB_SIDE >> 8, 0, BOMB_SIDE >> 8, 0, 1, 1, 0x11, 0};
    static const uint8_t tables[] = {
        0xFF, 0xC4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00,  /* code 0: no difference */
        0xFF, 0xC4, 0, 20, 0x11, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xE0}; /* code 0: a run */
    static const uint8_t first[] = {0xFF, 0xDA, 0, 8, 1, 1, 0x00, 0, 0, 0}, end[] = {0xFF, 0xD9};
    uint8_t *to = calloc(1, 1024 + BLOCKS / 8 + scans * SCAN_ROOM);
    size_t at = put(to, 0, start, sizeof start);
    memset(to + at, 1, 64);
    at = put(to, at + 64, frame, sizeof frame);
    at = put(to, at, tables, sizeof tables);
    at = put(to, at, first, sizeof first) + BLOCKS / 8;
    for (size_t i = 0; i < scans; i++)
        at = put_empty_scan(to, at);
    *size = put(to, at, end, sizeof end);
    return to;
}

START_TEST(many_scans_of_many_pixels_are_refused)
{
    sard_image image;
    size_t size;
    uint8_t *bomb = make_bomb(4, &size);
    ck_assert_msg(!load(bomb, size, NULL, &image), "%s", error.text);
    ck_assert_int_eq(image.width, BOMB_SIDE);
    sard_image_free(&image);
    free(bomb);
    bomb = make_bomb(200, &size);
    ck_assert_int_eq(load(bomb, size, NULL, &image), SARD_LIMIT);
    ck_assert_ptr_nonnull(strstr(error.text, "too many scans"));
    free(bomb);
}
END_TEST

static size_t put_chunk(uint8_t *to, const char *name, const uint8_t *data, size_t size)
{
    memcpy(to + 4, name, 4);
    memcpy(to + 8, data, size);
    const uint32_t words[] = {(uint32_t)size, (uint32_t)crc32(0, to + 4, (uInt)size + 4)};
    for (size_t i = 0; i < 4; i++) {
        to[i] = (uint8_t)(words[0] >> (24 - 8 * i));
        to[8 + size + i] = (uint8_t)(words[1] >> (24 - 8 * i));
    }
    return size + 12;
}

/* Texts that unpack to 2.4 GB: seconds of work, where they are unpacked. */
START_TEST(texts_of_a_png_are_not_unpacked)
{
    enum { TEXTS = 300, LENGTH = 7900000, HEAD = 33 };
    uint8_t *zeros = calloc(1, LENGTH), *text = malloc(LENGTH);
    uLongf packed = LENGTH - 3;
    memcpy(text, "k\0", 3);
    ck_assert_int_eq(compress(text + 3, &packed, zeros, LENGTH), Z_OK);
    uint8_t *file = malloc(sizeof png + TEXTS * (packed + 15));
    size_t at = HEAD;
    memcpy(file, png, HEAD);
    for (size_t i = 0; i < TEXTS; i++)
        at += put_chunk(file + at, "zTXt", text, packed + 3);
    memcpy(file + at, png + HEAD, sizeof png - HEAD);
    sard_image image;
    const clock_t start = clock();
    ck_assert_msg(!load(file, at + sizeof png - HEAD, NULL, &image), "%s", error.text);
    ck_assert_msg(clock() - start < CLOCKS_PER_SEC, "%.1f s", (double)(clock() - start) / CLOCKS_PER_SEC);
    ck_assert_int_eq(image.width, 3);
    sard_image_free(&image);
    free(file);
    free(text);
    free(zeros);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("load", (const TTest *const[]){a_jpeg_is_turned_upright, options_hold, a_png_has_its_pixels,
                                                      cut_off_files_are_refused, damaged_files_are_refused_or_read,
                                                      other_files_are_refused_by_name, a_file_is_read, hostile_exif_is_ignored,
                                                      many_scans_of_many_pixels_are_refused, texts_of_a_png_are_not_unpacked, NULL});
}

CHECK_MAIN(suite)
