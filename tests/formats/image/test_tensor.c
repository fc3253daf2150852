/* From pictures to a model's input: shapes, layouts, presets, types, batches. test_pillow.py has the arithmetic at full size. */
#include "tests/formats/image/scene.h"
#include "tests/support/check.h"

#include <string.h>

static sard_error error;

static sard_value_info input_of(sard_dtype dtype, int32_t rank, int64_t a, int64_t b, int64_t c, int64_t d)
{
    return (sard_value_info){.name = "x", .dtype = dtype, .rank = rank, .dims = {a, b, c, d}};
}

static void check_shape(sard_value_info input, const sard_picture_options *options, int rank, const int64_t *want)
{
    sard_image image = scene(20, 10, 3);
    sard_tensor got;
    ck_assert_msg(!sard_image_tensor_shape(&image, 1, &input, options, &got, &error), "%s", error.text);
    ck_assert_int_eq(got.rank, rank);
    size_t bytes = sard_dtype_size(input.dtype);
    for (int i = 0; i < rank; i++) {
        ck_assert_msg(got.dims[i] == want[i], "dimension %d is %lld, not %lld", i, (long long)got.dims[i], (long long)want[i]);
        bytes *= (size_t)want[i];
    }
    ck_assert_uint_eq(got.bytes, bytes);
    ck_assert_ptr_null(got.data);
    sard_image_free(&image);
}

START_TEST(the_input_gives_the_shape)
{
    const sard_picture_options unit = {.struct_size = sizeof unit, .preset = "unit"},
                               sized = {.struct_size = sizeof sized, .preset = "unit", .width = 7, .height = 5},
                               inception = {.struct_size = sizeof inception, .preset = "inception"},
                               last = {.struct_size = sizeof last, .channels_at = SARD_CHANNELS_LAST};
    check_shape(input_of(SARD_F32, 4, 1, 3, 30, 40), NULL, 4, (int64_t[]){1, 3, 30, 40});
    check_shape(input_of(SARD_F16, 4, -1, 1, 28, 28), NULL, 4, (int64_t[]){1, 1, 28, 28});
    check_shape(input_of(SARD_U8, 4, 1, 30, 40, 3), NULL, 4, (int64_t[]){1, 30, 40, 3});
    check_shape(input_of(SARD_F32, 4, -1, -1, -1, -1), NULL, 4, (int64_t[]){1, 3, 224, 224});
    check_shape(input_of(SARD_F32, 4, -1, -1, -1, 3), &inception, 4, (int64_t[]){1, 299, 299, 3});
    check_shape(input_of(SARD_F32, 4, 1, 3, -1, -1), &unit, 4, (int64_t[]){1, 3, 10, 20});
    check_shape(input_of(SARD_F32, 4, 1, 3, -1, -1), &sized, 4, (int64_t[]){1, 3, 5, 7});
    check_shape(input_of(SARD_F32, 4, 1, 3, 64, 64), &sized, 4, (int64_t[]){1, 3, 64, 64});
    check_shape(input_of(SARD_F32, 4, 1, 3, 3, 3), &last, 4, (int64_t[]){1, 3, 3, 3});
    check_shape(input_of(SARD_F32, 3, 3, 32, 32, 0), NULL, 3, (int64_t[]){3, 32, 32});
    check_shape(input_of(SARD_F32, 3, 32, 33, 1, 0), NULL, 3, (int64_t[]){32, 33, 1});
    check_shape(input_of(SARD_F32, -1, 0, 0, 0, 0), NULL, 4, (int64_t[]){1, 3, 224, 224});
}
END_TEST

static void check_refused(sard_status status, sard_value_info input, const sard_picture_options *options, size_t count, const char *word)
{
    sard_image images[] = {scene(20, 10, 3), scene(9, 9, 1)};
    sard_tensor out = {.rank = 77};
    ck_assert_int_eq(sard_image_to_tensor(images, count, &input, options, &out, &error), status);
    ck_assert_msg(strstr(error.text, word), "'%s' does not have '%s'", error.text, word);
    ck_assert_int_eq(out.rank, 77);
    sard_image_free(&images[0]);
    sard_image_free(&images[1]);
}

START_TEST(what_is_no_picture_is_refused)
{
    const sard_picture_options unknown = {.struct_size = sizeof unknown, .preset = "vgg"}, fit = {.struct_size = sizeof fit, .fit = 9},
                               unit = {.struct_size = sizeof unit, .preset = "unit"},
                               zero = {.struct_size = sizeof zero, .std = (float[]){1, 0, 1}};
    const sard_value_info good = input_of(SARD_F32, 4, 1, 3, 8, 8);
    check_refused(SARD_SHAPE, input_of(SARD_F32, 2, 1, 10, 0, 0), NULL, 1, "input 'x' [1, 10] takes no picture");
    check_refused(SARD_SHAPE, input_of(SARD_F32, 4, 1, 2, 8, 8), NULL, 1, "channels");
    check_refused(SARD_SHAPE, input_of(SARD_F32, 4, 1, 3, 0, 8), NULL, 1, "size");
    check_refused(SARD_SHAPE, input_of(SARD_F32, 4, 1, 3, 8, INT64_MAX), NULL, 1, "size");
    check_refused(SARD_SHAPE, good, NULL, 2, "takes 1 picture(s)");
    check_refused(SARD_SHAPE, input_of(SARD_F32, 3, 3, 8, 8, 0), NULL, 2, "takes 1 picture(s)");
    check_refused(SARD_UNSUPPORTED, input_of(SARD_I64, 4, 1, 3, 8, 8), NULL, 1, "int64");
    check_refused(SARD_ARGUMENT, good, &unknown, 1, "there is no preset 'vgg'; there are imagenet, inception, tf, caffe, raw, unit");
    check_refused(SARD_ARGUMENT, good, &fit, 1, "fit");
    check_refused(SARD_ARGUMENT, good, &zero, 1, "std[1]");
    check_refused(SARD_ARGUMENT, good, NULL, 0, "no picture");
    check_refused(SARD_ARGUMENT, input_of(SARD_U8, 4, 1, 3, 8, 8), &unit, 1, "uint8");
}
END_TEST

/* Element (x, y, c) of scene(4, 3, 3). */
static float at(const sard_image *image, int x, int y, int c) { return image->pixels[(y * 4 + x) * 3 + c]; }

START_TEST(presets_normalise)
{
    static const struct {
        const char *preset;
        sard_order order;
        float divisor, mean[3], std[3];
        bool swap;
    } cases[] = {
        {"imagenet", 0, 255, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}, false},
        {"imagenet", SARD_ORDER_BGR, 255, {0.406f, 0.456f, 0.485f}, {0.225f, 0.224f, 0.229f}, true},
        {"inception", SARD_ORDER_RGB, 255, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}, false},
        {"tf", 0, 127.5f, {1, 1, 1}, {1, 1, 1}, false},
        {"caffe", 0, 1, {104, 117, 123}, {1, 1, 1}, true},
        {"caffe", SARD_ORDER_RGB, 1, {123, 117, 104}, {1, 1, 1}, false},
        {"raw", 0, 1, {0, 0, 0}, {1, 1, 1}, false},
        {"unit", SARD_ORDER_BGR, 255, {0, 0, 0}, {1, 1, 1}, true},
    };
    sard_image image = scene(4, 3, 3);
    const sard_value_info first = input_of(SARD_F32, 4, -1, 3, 3, 4), last = input_of(SARD_F32, 4, 1, 3, 4, 3);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const sard_picture_options options = {.struct_size = sizeof options,
                                              .preset = cases[i].preset,
                                              .order = cases[i].order,
                                              .fit = SARD_FIT_STRETCH,
                                              .channels_at = SARD_CHANNELS_LAST};
        sard_picture_options planes = options;
        planes.channels_at = SARD_CHANNELS_FIRST;
        sard_tensor nchw = {0}, nhwc = {0};
        ck_assert_msg(!sard_image_to_tensor(&image, 1, &first, &planes, &nchw, &error), "%s", error.text);
        ck_assert_msg(!sard_image_to_tensor(&image, 1, &last, &options, &nhwc, &error), "%s", error.text);
        for (int n = 0; n < 36; n++) {
            const int x = n % 4, y = n / 4 % 3, c = n / 12;
            const float want = (at(&image, x, y, cases[i].swap ? 2 - c : c) / cases[i].divisor - cases[i].mean[c]) / cases[i].std[c];
            ck_assert_msg(((float *)nchw.data)[n] == want, "%s: %g, not %g", cases[i].preset, (double)((float *)nchw.data)[n],
                          (double)want);
            ck_assert(((float *)nhwc.data)[(y * 4 + x) * 3 + c] == want);
        }
        free(nchw.data);
        free(nhwc.data);
    }
    sard_image_free(&image);
}
END_TEST

START_TEST(own_numbers_replace_the_presets)
{
    sard_image image = scene(4, 3, 3);
    const sard_value_info input = input_of(SARD_F32, 3, 3, 3, 4, 0);
    const sard_picture_options options = {.struct_size = sizeof options,
                                          .preset = "unit",
                                          .order = SARD_ORDER_BGR,
                                          .mean = (float[]){0.5f, 0.25f, 0},
                                          .std = (float[]){0.5f, 2, 4}};
    sard_tensor out = {0};
    const sard_picture_options crop = {.struct_size = sizeof crop,
                                       .preset = "unit",
                                       .mean = options.mean,
                                       .std = options.std,
                                       .order = options.order,
                                       .channels_at = SARD_CHANNELS_FIRST};
    ck_assert(!sard_image_to_tensor(&image, 1, &input, &crop, &out, &error));
    ck_assert(((float *)out.data)[0] == (at(&image, 0, 0, 2) / 255 - 0.5f) / 0.5f);
    ck_assert(((float *)out.data)[12] == (at(&image, 0, 0, 1) / 255 - 0.25f) / 2);
    ck_assert(((float *)out.data)[24] == at(&image, 0, 0, 0) / 255 / 4);
    free(out.data);
    sard_image_free(&image);
}
END_TEST

START_TEST(a_batch_fills_the_callers_buffer)
{
    sard_image images[] = {scene(4, 3, 3), scene(4, 3, 1)};
    const sard_value_info input = input_of(SARD_U8, 4, -1, 3, 4, 3);
    const sard_picture_options options = {.struct_size = sizeof options, .channels_at = SARD_CHANNELS_LAST};
    uint8_t buffer[2 * 36 + 1];
    memset(buffer, 0xAA, sizeof buffer);
    sard_tensor out = {.data = buffer, .bytes = 71};
    ck_assert_int_eq(sard_image_to_tensor(images, 2, &input, &options, &out, &error), SARD_ARGUMENT);
    out.bytes = sizeof buffer;
    ck_assert_msg(!sard_image_to_tensor(images, 2, &input, &options, &out, &error), "%s", error.text);
    ck_assert_ptr_eq(out.data, buffer);
    ck_assert_int_eq(out.dims[0], 2);
    ck_assert_uint_eq(out.bytes, 72);
    ck_assert_mem_eq(buffer, images[0].pixels, 36);
    for (int i = 0; i < 36; i++)
        ck_assert_int_eq(buffer[36 + i], images[1].pixels[i / 3]);
    ck_assert_int_eq(buffer[72], 0xAA);
    sard_image_free(&images[0]);
    sard_image_free(&images[1]);
}
END_TEST

START_TEST(halves_are_rounded)
{
    sard_image image = {2, 1, 1, 0, (uint8_t[]){1, 255}};
    const sard_value_info input = input_of(SARD_F16, 4, 1, 1, 1, 2);
    const struct {
        float mean, std;
        uint16_t want[2];
    } cases[] = {
        {0, 1, {0x3C00, 0x5BF8}},        /* 1, 255 */
        {0, 3, {0x3555, 0x5550}},        /* 1/3, 85 */
        {0, 0x1p24f, {0x0001, 0x00FF}},  /* subnormal */
        {0, 0x1p25f, {0x0000, 0x0080}},  /* half of the smallest: to even; 127.5 of them: to 128 */
        {0, -0x1p-8f, {0xDC00, 0xFBF8}}, /* -256, -65280 */
        {0, 0x1p-9f, {0x6000, 0x7C00}},  /* 512, above the largest */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const sard_picture_options options = {.struct_size = sizeof options,
                                              .preset = "raw",
                                              .mean = (float[]){cases[i].mean, cases[i].mean, cases[i].mean},
                                              .std = (float[]){cases[i].std, cases[i].std, cases[i].std}};
        uint16_t got[2];
        sard_tensor out = {.data = got, .bytes = sizeof got};
        ck_assert_msg(!sard_image_to_tensor(&image, 1, &input, &options, &out, &error), "%s", error.text);
        ck_assert_msg(got[0] == cases[i].want[0] && got[1] == cases[i].want[1], "case %zu: %04X %04X", i, got[0], got[1]);
    }
}
END_TEST

START_TEST(presets_are_listed)
{
    size_t count = 0;
    for (const sard_preset *p; (p = sard_preset_at(count)); count++)
        ck_assert_ptr_eq(sard_preset_find(p->name), p);
    ck_assert_uint_eq(count, 6);
    ck_assert_ptr_null(sard_preset_find("vgg"));
    ck_assert_ptr_null(sard_preset_find(NULL));
    ck_assert_int_eq(sard_preset_find("inception")->resize, 342);
}
END_TEST

START_TEST(a_fit_can_be_looked_at)
{
    sard_image image = scene(20, 10, 3), got;
    const sard_picture_options box = {.struct_size = sizeof box, .fit = SARD_FIT_LETTERBOX, .fill = 9};
    ck_assert(!sard_image_fit(&image, 20, 14, &box, &got, &error));
    ck_assert_int_eq(got.height, 14);
    for (int i = 0; i < 14 * 60; i++)
        ck_assert_int_eq(got.pixels[i], i / 60 < 2 || i / 60 >= 12 ? 9 : image.pixels[i - 2 * 60]);
    sard_image_free(&got);
    ck_assert_int_eq(sard_image_fit(&image, 0, 14, &box, &got, &error), SARD_ARGUMENT);
    sard_image_free(&image);
}
END_TEST

static Suite *suite(void)
{
    return check_suite("tensor", (const TTest *const[]){the_input_gives_the_shape, what_is_no_picture_is_refused, presets_normalise,
                                                        own_numbers_replace_the_presets, a_batch_fills_the_callers_buffer,
                                                        halves_are_rounded, presets_are_listed, a_fit_can_be_looked_at, NULL});
}

CHECK_MAIN(suite)
