/* Memory that runs out: the k-th allocation fails, for every k of load, fit and to tensor. Nothing crashes, leaks or is returned. */
#include "tests/formats/image/scene.h"
#include "tests/support/check.h"

#include <features.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CAN_COUNT 1
#else
#define CAN_COUNT 0
#endif

/* Allocations still granted while `counting`, and those not yet freed that began then. */
static bool counting;
static long granted, live;

#if CAN_COUNT
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static bool refuse(void) { return counting && granted-- <= 0; }

static void *note(void *memory)
{
    live += counting && memory;
    return memory;
}

SARD_API void *malloc(size_t size) { return refuse() ? NULL : note(__libc_malloc(size)); }
SARD_API void *calloc(size_t count, size_t size) { return refuse() ? NULL : note(__libc_calloc(count, size)); }

SARD_API void *realloc(void *memory, size_t size)
{
    if (refuse())
        return NULL;
    void *result = __libc_realloc(memory, size);
    return memory ? result : note(result);
}

SARD_API void free(void *memory)
{
    live -= counting && memory;
    __libc_free(memory);
}
#endif

/* No assertions of Check here: they allocate. */
static sard_status work(const char *path, sard_error *error)
{
    static const float mean[3] = {0.5f, 0.5f, 0.5f};
    const sard_value_info input = {.name = "x", .dtype = SARD_F32, .rank = 4, .dims = {1, 1, 12, 9}};
    const sard_picture_options options = {.struct_size = sizeof options, .fit = SARD_FIT_LETTERBOX, .mean = mean};
    const sard_image_load_options three = {.struct_size = sizeof three, .channels = 3};
    sard_image image = {0};
    sard_tensor tensor = {0};
    sard_status status = sard_image_load(path, &three, &image, error);
    if (!status)
        status = sard_image_to_tensor(&image, 1, &input, &options, &tensor, error);
    if (status && tensor.data)
        abort();
    free(tensor.data);
    sard_image_free(&image);
    return status;
}

static void check_file(const char *name)
{
    char path[4096];
    const char *source = getenv("SARD_SOURCE");
    sard_error error = {0};
    snprintf(path, sizeof path, "%s/%s", source ? source : ".", name);
    ck_assert_msg(!work(path, &error), "%s", error.text);
    long k = 0;
    for (sard_status status = SARD_NOMEM; status; k++) {
        live = 0;
        granted = k;
        counting = true;
        status = work(path, &error);
        const long kept = live;
        counting = false;
        ck_assert_msg(!status || status == SARD_NOMEM || status == SARD_IO || status == SARD_PARSE, "allocation %ld: %s", k, error.text);
        ck_assert_msg(kept == 0, "allocation %ld of %s: %ld are not freed", k, name, kept);
        ck_assert_int_lt(k, 10000);
    }
    ck_assert_int_gt(k, 5);
}

START_TEST(every_allocation_may_fail)
{
    if (!CAN_COUNT)
        return;
    check_file("examples/digits/pictures/3_0045.png");
    check_file("tests/formats/image/turned.jpg");
}
END_TEST

static Suite *suite(void) { return check_suite("alloc", (const TTest *const[]){every_allocation_may_fail, NULL}); }

CHECK_MAIN(suite)
