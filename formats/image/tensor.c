/* Pictures to the tensor that a model's input wants: its shape, then the elements through a table of 256 per channel. */
#include "formats/image/image.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An input's dims by meaning. `at` counts from the first dimension. */
typedef struct form {
    int n, c, h, w; /* n is -1 where there is none */
    int32_t channels, width, height;
} form;

static sard_status refuse(const sard_value_info *input, const char *why, sard_error *error)
{
    char dims[200] = "";
    size_t n = 0;
    for (int i = 0; i < input->rank && n < sizeof dims; i++) {
        const char *between = i ? ", " : "";
        n += (size_t)(input->dims[i] >= 0   ? snprintf(dims + n, sizeof dims - n, "%s%" PRId64, between, input->dims[i])
                      : input->dim_names[i] ? snprintf(dims + n, sizeof dims - n, "%s%s", between, input->dim_names[i])
                                            : snprintf(dims + n, sizeof dims - n, "%s?", between));
    }
    return sard_fail(error, SARD_SHAPE, "input '%s' [%s] takes no picture: %s", input->name, dims, why);
}

static bool is_channels(int64_t dim) { return dim == 1 || dim == 3; }

static sard_status find_form(const sard_value_info *input, sard_channels_at where, form *f, sard_error *error)
{
    if (input->rank != -1 && input->rank != 3 && input->rank != 4)
        return refuse(input, "it must have rank 4, or 3 without a batch", error);
    const int first = input->rank == 3 ? 0 : 1;
    const int64_t *d = input->dims;
    const bool known = input->rank > 0;
    const bool front = !known || is_channels(d[first]), back = known && is_channels(d[first + 2]);
    if (!where)
        where = front || (!back && d[first] < 0) ? SARD_CHANNELS_FIRST : SARD_CHANNELS_LAST;
    const int c = where == SARD_CHANNELS_FIRST ? first : first + 2, h = where == SARD_CHANNELS_FIRST ? first + 1 : first;
    *f = (form){.n = first - 1, .c = c, .h = h, .w = h + 1, .channels = 3};
    if (known && d[c] >= 0 && !is_channels(d[c]))
        return refuse(input, "it has neither 1 nor 3 channels", error);
    if (known && (d[h] == 0 || d[h + 1] == 0 || d[h] > SARD_IMAGE_SIDE || d[h + 1] > SARD_IMAGE_SIDE))
        return refuse(input, "its size is none of a picture", error);
    if (known) {
        f->channels = d[c] == 1 ? 1 : 3;
        f->height = d[h] > 0 ? (int32_t)d[h] : 0;
        f->width = d[h + 1] > 0 ? (int32_t)d[h + 1] : 0;
    }
    return SARD_OK;
}

static int32_t first_set(int32_t a, int32_t b, int32_t c, int32_t d) { return a ? a : b ? b : c ? c : d; }

static sard_status describe(const sard_image *images, size_t count, const sard_value_info *input, const sard_recipe *r, form *f,
                            sard_tensor *out, sard_error *error)
{
    if (!count)
        return sard_fail(error, SARD_ARGUMENT, "there is no picture");
    sard_status status = sard_image_check(&images[0], error);
    if (!status)
        status = find_form(input, r->channels_at, f, error);
    if (status)
        return status;
    if (f->n < 0 ? count != 1 : input->rank > 0 && input->dims[0] >= 0 && (uint64_t)input->dims[0] != count)
        return sard_fail(error, SARD_SHAPE, "input '%s' takes %" PRId64 " picture(s) at once, not %zu", input->name,
                         f->n < 0 ? 1 : input->dims[0], count);
    f->width = first_set(f->width, r->width, r->preset->size, images[0].width);
    f->height = first_set(f->height, r->height, r->preset->size, images[0].height);
    sard_tensor t = {.dtype = input->dtype, .rank = f->n < 0 ? 3 : 4};
    t.dims[f->c] = f->channels;
    t.dims[f->h] = f->height;
    t.dims[f->w] = f->width;
    if (f->n == 0)
        t.dims[0] = (int64_t)count;
    const size_t pixel = sard_dtype_size(input->dtype) * (size_t)f->channels;
    if (__builtin_mul_overflow((size_t)f->width * pixel, (size_t)f->height, &t.bytes) || __builtin_mul_overflow(t.bytes, count, &t.bytes) ||
        t.bytes > PTRDIFF_MAX)
        return sard_fail(error, SARD_LIMIT, "%zu pictures of %d x %d pixels are too much", count, f->width, f->height);
    *out = t;
    return SARD_OK;
}

static sard_status prepare(const sard_image *images, size_t count, const sard_value_info *input, const sard_picture_options *options,
                           sard_recipe *r, form *f, sard_tensor *out, sard_error *error)
{
    if (!input)
        return sard_fail(error, SARD_ARGUMENT, "the model has no such input");
    if (input->dtype != SARD_F32 && input->dtype != SARD_F16 && input->dtype != SARD_U8)
        return sard_fail(error, SARD_UNSUPPORTED, "input '%s' is %s; pictures become float32, float16 or uint8", input->name,
                         sard_dtype_name(input->dtype));
    const sard_status status = sard_recipe_make(options, input->dtype, r, error);
    return status ? status : describe(images, count, input, r, f, out, error);
}

/* binary16, rounded to nearest even. */
static uint16_t half(float value)
{
    union {
        float f;
        uint32_t u;
    } bits = {.f = value}, magic;
    const uint16_t sign = (uint16_t)(bits.u >> 16 & 0x8000);
    bits.u &= 0x7FFFFFFF;
    if (bits.u >= 0x47800000) /* 65536: infinity, or NaN */
        return (uint16_t)(sign | (bits.u > 0x7F800000 ? 0x7E00 : 0x7C00));
    if (bits.u < 0x38800000) { /* 2^-14: adding 1/2 leaves a subnormal half in the low bits, rounded by the addition */
        magic.f = 0.5f;
        bits.f += magic.f;
        return (uint16_t)(sign | (bits.u - magic.u));
    }
    return (uint16_t)(sign | (bits.u - 0x38000000 + 0xFFF + (bits.u >> 13 & 1)) >> 13);
}

/* Elements for all 256 pixel values of the three channels, in the tensor's type. */
typedef union table {
    float f32[3][256];
    uint16_t f16[3][256];
    uint8_t u8[3][256];
} table;

/* torchvision's arithmetic: each step in float32. */
static float element(const sard_recipe *r, int pixel, float mean, float std) { return ((float)pixel / r->preset->divisor - mean) / std; }

static sard_status fill_table(const sard_recipe *r, const form *f, const sard_value_info *input, table *t, sard_error *error)
{
    float mean[3], std[3];
    for (int c = 0; c < 3; c++) {
        mean[c] = f->channels == 3 ? r->mean[c] : (r->mean[0] + r->mean[1] + r->mean[2]) / 3;
        std[c] = f->channels == 3 ? r->std[c] : (r->std[0] + r->std[1] + r->std[2]) / 3;
    }
    for (int i = 0; i < 3 * 256; i++) {
        const int c = i / 256, pixel = i % 256;
        const float value = element(r, pixel, mean[c], std[c]);
        if (input->dtype == SARD_F32)
            t->f32[c][pixel] = value;
        else if (input->dtype == SARD_F16)
            t->f16[c][pixel] = half(value);
        else if (value >= 0 && value <= 255 && value == rintf(value))
            t->u8[c][pixel] = (uint8_t)value;
        else
            return sard_fail(error, SARD_ARGUMENT,
                             "input '%s' is uint8: preset '%s' with this mean and std gives other numbers than 0..255", input->name,
                             r->preset->name);
    }
    return SARD_OK;
}

/* Where the elements of one picture go: `step` elements from pixel to pixel, `plane` from channel to channel. */
typedef struct target {
    sard_dtype dtype;
    const table *table;
    char *data;
    size_t step, plane;
} target;

#define PUT(field, type)                                                                \
    for (size_t x = 0; x < width; x++) {                                                \
        ((type *)t->data)[at + x * t->step] = t->table->field[c][pixels[x * channels]]; \
    }

static void put_row(const target *t, int c, const uint8_t *pixels, size_t channels, size_t at, size_t width)
{
    if (t->dtype == SARD_F32)
        PUT(f32, float)
    else if (t->dtype == SARD_F16)
        PUT(f16, uint16_t)
    else
        PUT(u8, uint8_t)
}

static void put_picture(const target *t, const sard_image *image, bool swap)
{
    const size_t width = (size_t)image->width, channels = (size_t)image->channels;
    for (int c = 0; c < image->channels; c++) {
        const int source = swap ? image->channels - 1 - c : c;
        for (int32_t y = 0; y < image->height; y++)
            put_row(t, c, sard_image_row(image, y) + source, channels, (size_t)c * t->plane + (size_t)y * width * t->step, width);
    }
}

/* One picture: fitted in its own channels, as training code does that loads grey pictures as RGB, then converted. */
static sard_status add_picture(const target *t, const sard_recipe *r, const form *f, const sard_image *image, sard_error *error)
{
    sard_image fitted = {0}, converted = {0};
    sard_status status = sard_image_check(image, error);
    if (!status)
        status = sard_image_convert(image, f->channels, &converted, error);
    if (status)
        return status;
    status = sard_recipe_fit(r, &converted, f->width, f->height, &fitted, error);
    sard_image_free(&converted);
    if (status)
        return status;
    put_picture(t, &fitted, r->swap);
    sard_image_free(&fitted);
    return SARD_OK;
}

static sard_status fill(const sard_image *images, size_t count, const sard_recipe *r, const form *f, const table *values,
                        const sard_tensor *out, sard_error *error)
{
    const bool last = f->c > f->w;
    const size_t pixels = (size_t)f->width * (size_t)f->height;
    target t = {
        .dtype = out->dtype, .table = values, .data = out->data, .step = last ? (size_t)f->channels : 1, .plane = last ? 1 : pixels};
    for (size_t i = 0; i < count; i++) {
        const sard_status status = add_picture(&t, r, f, &images[i], error);
        if (status)
            return status;
        t.data += out->bytes / count;
    }
    return SARD_OK;
}

sard_status sard_image_tensor_shape(const sard_image *images, size_t count, const sard_value_info *input,
                                    const sard_picture_options *options, sard_tensor *out, sard_error *error)
{
    sard_recipe recipe = {0};
    form f = {0};
    if ((count && !images) || !input || !out)
        return sard_fail(error, SARD_ARGUMENT, "%s is NULL", !input ? "input" : !out ? "out" : "images");
    return prepare(images, count, input, options, &recipe, &f, out, error);
}

sard_status sard_image_to_tensor(const sard_image *images, size_t count, const sard_value_info *input, const sard_picture_options *options,
                                 sard_tensor *out, sard_error *error)
{
    sard_recipe recipe = {0};
    form f = {0};
    table values;
    sard_tensor result = {0};
    if ((count && !images) || !input || !out)
        return sard_fail(error, SARD_ARGUMENT, "%s is NULL", !input ? "input" : !out ? "out" : "images");
    sard_status status = prepare(images, count, input, options, &recipe, &f, &result, error);
    if (!status)
        status = fill_table(&recipe, &f, input, &values, error);
    if (status)
        return status;
    if (out->data && out->bytes < result.bytes)
        return sard_fail(error, SARD_ARGUMENT, "input '%s': %zu bytes are given, %zu are needed", input->name, out->bytes, result.bytes);
    result.data = out->data ? out->data : malloc(result.bytes);
    if (!result.data)
        return sard_fail(error, SARD_NOMEM, "input '%s': out of memory for %zu bytes", input->name, result.bytes);
    status = fill(images, count, &recipe, &f, &values, &result, error);
    if (!status)
        *out = result;
    else if (!out->data)
        free(result.data);
    return status;
}
