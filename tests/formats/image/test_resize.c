/* Resizing to the bytes that Pillow 13 gives; test_pillow.py does the same with many more. */
#include "tests/formats/image/scene.h"
#include "tests/support/check.h"

#include <math.h>
#include <string.h>

static void check_pixels(sard_filter filter, const sard_image *from, int32_t width, int32_t height, const uint8_t *want)
{
    sard_image got;
    sard_error error = {0};
    ck_assert_msg(!sard_image_resize(from, width, height, filter, NULL, &got, &error), "%s", error.text);
    ck_assert_int_eq(got.width, width);
    ck_assert_int_eq(got.height, height);
    ck_assert_int_eq(got.channels, from->channels);
    for (int32_t i = 0; i < width * height * from->channels; i++)
        ck_assert_msg(got.pixels[i] == want[i], "filter %d, byte %d: %d, not %d", (int)filter, i, got.pixels[i], want[i]);
    sard_image_free(&got);
}

START_TEST(small_pictures_have_pillows_pixels)
{
    sard_image grey = scene(5, 4, 1), rgb = scene(3, 3, 3);
    check_pixels(SARD_BILINEAR, &grey, 3, 2, (uint8_t[]){62, 124, 166, 161, 140, 96});
    check_pixels(SARD_BICUBIC, &grey, 3, 2, (uint8_t[]){51, 123, 175, 174, 142, 86});
    check_pixels(SARD_BILINEAR, &grey, 7, 3,
                 (uint8_t[]){18, 41, 69, 98, 127, 156, 179, 89, 119, 157, 196, 142, 144, 175, 159, 197, 194, 113, 57, 64, 102});
    check_pixels(SARD_BICUBIC, &grey, 7, 3,
                 (uint8_t[]){9, 30, 61, 89, 128, 164, 184, 86, 114, 163, 205, 142, 142, 181, 162, 212, 211, 109, 37, 50, 98});
    check_pixels(SARD_BILINEAR, &rgb, 2, 2, (uint8_t[]){38, 121, 168, 89, 172, 159, 116, 139, 86, 185, 108, 95});
    check_pixels(SARD_BICUBIC, &rgb, 2, 2, (uint8_t[]){31, 117, 172, 87, 181, 159, 117, 142, 81, 194, 103, 90});
    check_pixels(SARD_FILTER_DEFAULT, &rgb, 2, 2, (uint8_t[]){38, 121, 168, 89, 172, 159, 116, 139, 86, 185, 108, 95});
    sard_image_free(&grey);
    sard_image_free(&rgb);
}
END_TEST

/* FNV-1a of Pillow's pixels. */
static const struct {
    int32_t width, height, channels;
    sard_filter filter;
    sard_box box;
    int32_t to_width, to_height;
    uint32_t hash;
} cases[] = {
    {61, 47, 3, SARD_BILINEAR, {0, 0, 61, 47}, 29, 31, 0x5DA806DA},
    {61, 47, 3, SARD_BICUBIC, {0, 0, 61, 47}, 29, 31, 0x1B0331E1},
    {61, 47, 1, SARD_BILINEAR, {0, 0, 61, 47}, 200, 17, 0x1BB551A0},
    {61, 47, 1, SARD_BICUBIC, {0, 0, 61, 47}, 200, 17, 0x7591AA6E},
    {300, 211, 3, SARD_BILINEAR, {0, 0, 300, 211}, 224, 224, 0x7B5D3359},
    {300, 211, 3, SARD_BICUBIC, {0, 0, 300, 211}, 224, 224, 0x55C60DBD},
    {40, 90, 3, SARD_BILINEAR, {0, 0, 40, 90}, 38, 20, 0xEF3F7766},
    {40, 90, 3, SARD_BICUBIC, {0, 0, 40, 90}, 38, 20, 0x29B0DB0A},
    {33, 20, 3, SARD_BILINEAR, {0, 0, 33, 20}, 64, 41, 0xADE24A71},
    {33, 20, 3, SARD_BICUBIC, {0, 0, 33, 20}, 64, 41, 0xD23B0125},
    {61, 47, 3, SARD_BILINEAR, {3.25, 5.5, 47.75, 40.125}, 16, 16, 0x73D5C3B1},
    {61, 47, 3, SARD_BICUBIC, {3.25, 5.5, 47.75, 40.125}, 16, 16, 0x17F19348},
    {517, 606, 3, SARD_BILINEAR, {0, 0, 517, 606}, 224, 224, 0xF60EC360},
    {517, 606, 3, SARD_BICUBIC, {0, 0, 517, 606}, 224, 224, 0x7C2CE3AE},
};

static uint32_t hash_of(const sard_image *image)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < (size_t)image->width * (size_t)image->height * (size_t)image->channels; i++)
        hash = (hash ^ image->pixels[i]) * 16777619u;
    return hash;
}

START_TEST(larger_pictures_have_pillows_pixels)
{
    sard_image from = scene(cases[_i].width, cases[_i].height, cases[_i].channels), got;
    sard_error error = {0};
    ck_assert_msg(!sard_image_resize(&from, cases[_i].to_width, cases[_i].to_height, cases[_i].filter, &cases[_i].box, &got, &error), "%s",
                  error.text);
    ck_assert_msg(hash_of(&got) == cases[_i].hash, "%d x %d to %d x %d, filter %d: other pixels than Pillow's", cases[_i].width,
                  cases[_i].height, cases[_i].to_width, cases[_i].to_height, (int)cases[_i].filter);
    sard_image_free(&from);
    sard_image_free(&got);
}
END_TEST

START_TEST(a_stride_is_kept_to)
{
    sard_image whole = scene(20, 10, 3), part, got, want;
    sard_error error;
    ck_assert(!sard_image_crop(&whole, 4, 2, 9, 7, &part, &error));
    const sard_image view = {9, 7, 3, 60, whole.pixels + 2 * 60 + 4 * 3};
    ck_assert(!sard_image_resize(&part, 5, 11, SARD_BICUBIC, NULL, &want, &error));
    ck_assert(!sard_image_resize(&view, 5, 11, SARD_BICUBIC, NULL, &got, &error));
    ck_assert_mem_eq(got.pixels, want.pixels, 5 * 11 * 3);
    sard_image *all[] = {&whole, &part, &got, &want};
    for (size_t i = 0; i < 4; i++)
        sard_image_free(all[i]);
}
END_TEST

START_TEST(a_crop_may_leave_the_picture)
{
    sard_image from = scene(3, 2, 1), got;
    sard_error error;
    ck_assert(!sard_image_crop(&from, -1, 1, 3, 3, &got, &error));
    ck_assert_mem_eq(got.pixels, ((uint8_t[]){0, from.pixels[3], from.pixels[4], 0, 0, 0, 0, 0, 0}), 9);
    sard_image_free(&got);
    ck_assert(!sard_image_crop(&from, INT32_MAX, INT32_MIN, 2, 2, &got, &error));
    ck_assert_mem_eq(got.pixels, ((uint8_t[4]){0}), 4);
    sard_image_free(&got);
    ck_assert(!sard_image_center_crop(&from, 2, 1, &got, &error)); /* half a pixel off in both: to even */
    ck_assert_mem_eq(got.pixels, from.pixels, 2);
    sard_image_free(&got);
    sard_image_free(&from);
}
END_TEST

START_TEST(wrong_arguments_are_refused)
{
    sard_image from = scene(4, 4, 3), got = {.width = 77};
    const sard_box boxes[] = {{0, 0, 5, 4}, {-1, 0, 4, 4}, {2, 0, 2, 4}, {0, 3, 4, 1}, {NAN, 0, 4, 4}, {0, 0, 4, INFINITY}};
    const sard_image wrong[] = {{0}, {4, 4, 2, 0, from.pixels}, {-4, 4, 3, 0, from.pixels}, {4, 4, 3, 5, from.pixels}};
    sard_error error;
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
        ck_assert_int_eq(sard_image_resize(&from, 2, 2, SARD_BILINEAR, &boxes[i], &got, &error), SARD_ARGUMENT);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(sard_image_resize(&wrong[i], 2, 2, SARD_BILINEAR, NULL, &got, &error), SARD_ARGUMENT);
    ck_assert_int_eq(sard_image_resize(&from, 0, 2, SARD_BILINEAR, NULL, &got, &error), SARD_ARGUMENT);
    ck_assert_int_eq(sard_image_resize(&from, 2, -5, SARD_BILINEAR, NULL, &got, NULL), SARD_ARGUMENT);
    ck_assert_int_eq(sard_image_resize(&from, 2, 2, (sard_filter)9, NULL, &got, &error), SARD_ARGUMENT);
    ck_assert_int_eq(sard_image_resize(&from, 900000, 900000, SARD_BILINEAR, NULL, &got, &error), SARD_LIMIT);
    ck_assert_int_eq(sard_image_convert(&from, 2, &got, &error), SARD_ARGUMENT);
    ck_assert_int_eq(got.width, 77);
    sard_image_free(&from);
}
END_TEST

static Suite *suite(void)
{
    Suite *result = check_suite("resize", (const TTest *const[]){small_pictures_have_pillows_pixels, a_stride_is_kept_to,
                                                                 a_crop_may_leave_the_picture, wrong_arguments_are_refused, NULL});
    TCase *larger = tcase_create("larger");
    tcase_add_loop_test(larger, larger_pictures_have_pillows_pixels, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(result, larger);
    return result;
}

CHECK_MAIN(suite)
