/* NULL in every place of image.h: an ARGUMENT that names it, or nothing; and where it may stand. */
#include "tests/formats/image/scene.h"
#include "tests/support/check.h"

#include <string.h>

static sard_error error;

/* Fails with ARGUMENT and this text, also without an error to write to, and leaves `out` as it was. `call` has arguments named out and e. */
#define REFUSED(what, call)                                                \
    do {                                                                   \
        sard_image keep = {.width = 7};                                    \
        sard_image *out = &keep;                                           \
        sard_error *e = &error;                                            \
        *error.text = 0;                                                   \
        ck_assert_int_eq(call, SARD_ARGUMENT);                             \
        ck_assert_msg(strstr(error.text, what) != NULL, "%s", error.text); \
        ck_assert(keep.width == 7 && !keep.pixels);                        \
        e = NULL;                                                          \
        ck_assert_int_eq(call, SARD_ARGUMENT);                             \
        (void)out;                                                         \
    } while (0)

START_TEST(pictures)
{
    sard_image image = scene(4, 3, 3), none = {.width = 4, .height = 3, .channels = 3};
    REFUSED("path is NULL", sard_image_load(NULL, NULL, out, e));
    REFUSED("out is NULL", sard_image_load("x.png", NULL, NULL, e));
    REFUSED("bytes is NULL", sard_image_load_memory(NULL, 1, "x", NULL, out, e));
    REFUSED("out is NULL", sard_image_load_memory("x", 1, "x", NULL, NULL, e));
    REFUSED("image is NULL", sard_image_resize(NULL, 2, 2, SARD_BILINEAR, NULL, out, e));
    REFUSED("out is NULL", sard_image_resize(&image, 2, 2, SARD_BILINEAR, NULL, NULL, e));
    REFUSED("image is NULL", sard_image_crop(NULL, 0, 0, 2, 2, out, e));
    REFUSED("out is NULL", sard_image_crop(&image, 0, 0, 2, 2, NULL, e));
    REFUSED("image is NULL", sard_image_center_crop(NULL, 2, 2, out, e));
    REFUSED("out is NULL", sard_image_center_crop(&image, 2, 2, NULL, e));
    REFUSED("image is NULL", sard_image_convert(NULL, 1, out, e));
    REFUSED("out is NULL", sard_image_convert(&image, 1, NULL, e));
    REFUSED("image is NULL", sard_image_fit(NULL, 2, 2, NULL, out, e));
    REFUSED("out is NULL", sard_image_fit(&image, 2, 2, NULL, NULL, e));
    REFUSED("no picture", sard_image_convert(&none, 1, out, e));
    REFUSED("context is NULL", sard_image_register(NULL, e));
    sard_image_free(&image);
    sard_image_free(&image);
    sard_image_free(NULL);
    ck_assert_ptr_null(sard_preset_find(NULL));
}
END_TEST

START_TEST(tensors)
{
    sard_image image = scene(4, 3, 3);
    const sard_value_info input = {.name = "x", .dtype = SARD_F32, .rank = 4, .dims = {1, 3, 3, 4}};
    sard_tensor tensor = {.rank = 5};
    REFUSED("images is NULL", sard_image_tensor_shape(NULL, 1, &input, NULL, &tensor, e));
    REFUSED("input is NULL", sard_image_tensor_shape(&image, 1, NULL, NULL, &tensor, e));
    REFUSED("out is NULL", sard_image_tensor_shape(&image, 1, &input, NULL, NULL, e));
    REFUSED("no picture", sard_image_tensor_shape(NULL, 0, &input, NULL, &tensor, e));
    REFUSED("images is NULL", sard_image_to_tensor(NULL, 1, &input, NULL, &tensor, e));
    REFUSED("input is NULL", sard_image_to_tensor(&image, 1, NULL, NULL, &tensor, e));
    REFUSED("out is NULL", sard_image_to_tensor(&image, 1, &input, NULL, NULL, e));
    ck_assert(tensor.rank == 5 && !tensor.data);
    sard_image_free(&image);
}
END_TEST

START_TEST(what_may_be_null)
{
    static const char ppm[] = "P5 1 1 255\n\007";
    const sard_picture_options options = {.struct_size = sizeof options};
    sard_image image, small;
    ck_assert_int_eq(sard_image_load_memory(ppm, sizeof ppm - 1, NULL, NULL, &image, NULL), SARD_OK);
    ck_assert_int_eq(image.pixels[0], 7);
    ck_assert_int_eq(sard_image_fit(&image, 2, 2, &options, &small, NULL), SARD_OK);
    sard_image_free(&small);
    ck_assert_int_eq(sard_image_fit(&image, 2, 2, NULL, &small, NULL), SARD_OK);
    sard_image_free(&small);
    sard_image_free(&image);
    ck_assert_int_eq(sard_image_load_memory(NULL, 0, NULL, NULL, &image, NULL), SARD_PARSE);
}
END_TEST

static Suite *suite(void) { return check_suite("nulls", (const TTest *const[]){pictures, tensors, what_may_be_null, NULL}); }

CHECK_MAIN(suite)
