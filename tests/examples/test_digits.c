/* The held-out accuracy of examples/digits, counted with the public headers alone: 447 of 450, as its README says. */
#include "tests/support/check.h"

#include <sard/image.h>

#include <stdio.h>
#include <string.h>

enum { PICTURES = 450, PIXELS = 64, DIGITS = 10, RIGHT = 447 };

/* The path of a file of examples/digits; valid until the next call. */
static const char *path_of(const char *name)
{
    static char path[4096];
    const char *source = getenv("SARD_SOURCE");
    snprintf(path, sizeof path, "%s/examples/digits/%s", source ? source : ".", name);
    return path;
}

/* The last `size` bytes of a .npy file: its elements, which are bytes here. */
static void read_elements(const char *name, uint8_t *to, long size)
{
    FILE *file = fopen(path_of(name), "rb");
    ck_assert_msg(file && !fseek(file, -size, SEEK_END) && fread(to, 1, (size_t)size, file) == (size_t)size, "%s", path_of(name));
    fclose(file);
}

static size_t best_of(const float *scores)
{
    size_t best = 0;
    for (size_t i = 1; i < DIGITS; i++)
        best = scores[i] > scores[best] ? i : best;
    return best;
}

static void must(sard_status status, const sard_error *error) { ck_assert_msg(!status, "%s", error->text); }

static int count_right(sard_session *session, const sard_tensor *input, const uint8_t *labels)
{
    sard_tensor output = {0};
    sard_error error = {0};
    must(sard_session_run(session, input, 1, &output, 1, &error), &error);
    ck_assert_int_eq(output.rank, 2);
    ck_assert_int_eq(output.dims[0], PICTURES);
    ck_assert_int_eq(output.dims[1], DIGITS);
    int right = 0;
    for (size_t i = 0; i < PICTURES; i++)
        right += best_of((const float *)output.data + i * DIGITS) == labels[i];
    return right;
}

/* Loop index 0: the best backends, 1: the reference. */
START_TEST(held_out_accuracy)
{
    static uint8_t pixels[PICTURES * PIXELS], labels[PICTURES];
    static sard_image images[PICTURES];
    read_elements("heldout.npy", pixels, sizeof pixels);
    read_elements("heldout_labels.npy", labels, sizeof labels);
    for (size_t i = 0; i < PICTURES; i++)
        images[i] = (sard_image){8, 8, 1, 0, pixels + i * PIXELS};
    sard_context *context;
    sard_model *model;
    sard_session *session;
    sard_error error = {0};
    must(sard_context_new(NULL, &context, &error), &error);
    must(sard_model_load(context, path_of("digits.onnx"), NULL, &model, &error), &error);
    const sard_session_options options = {.struct_size = sizeof options, .backends = _i ? "reference" : NULL};
    must(sard_session_new(model, &options, &session, &error), &error);
    const sard_picture_options unit = {.struct_size = sizeof unit, .preset = "unit"};
    sard_tensor input = {0};
    must(sard_image_to_tensor(images, PICTURES, sard_model_input(model, 0), &unit, &input, &error), &error);
    ck_assert_int_eq(count_right(session, &input, labels), RIGHT);
    free(input.data);
    sard_session_free(session);
    sard_model_free(model);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void)
{
    Suite *result = suite_create("digits");
    TCase *cases = tcase_create("digits");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, held_out_accuracy, 0, 2);
    suite_add_tcase(result, cases);
    return result;
}

CHECK_MAIN(suite)
