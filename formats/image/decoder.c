/* ImageDecoder-20: a file of a picture to its pixels; registered by those who link this library, since libsard reads no pictures.
 *
 * in   encoded_stream: the bytes of the file      out  image: height, width, channels, uint8
 *
 * Pictures stay as they are stored, whatever their EXIF data say of how to turn them. */
#include "formats/image/image.h"

#include <sard/plugin.h>
#include <stddef.h>
#include <string.h>

enum { GREY, RGB, BGR };

typedef struct decoder {
    int64_t pixel_format;
} decoder;

static const char *const formats[] = {"Grayscale", "RGB", "BGR", NULL};
static const sard_attr_spec attrs[] = {
    {.name = "pixel_format", .kind = SARD_ATTR_STRING, .offset = offsetof(decoder, pixel_format), .s = "RGB", .choices = formats},
    {.name = NULL}};
static const sard_port inputs[] = {{"encoded_stream", 'T', 0, SARD_SET(U8)}, {NULL, 0, 0, 0}};
static const sard_port outputs[] = {{"image", 'U', 0, SARD_SET(U8)}, {NULL, 0, 0, 0}};

static int32_t channels_of(const void *attrs_) { return ((const decoder *)attrs_)->pixel_format == GREY ? 1 : 3; }

static sard_status infer(sard_node *node, sard_error *error)
{
    const int rank = sard_value_rank(sard_node_input(node, 0));
    if (rank != 1)
        return sard_node_fail(node, error, SARD_SHAPE, "encoded_stream has rank %d, must have 1", rank);
    const int64_t dims[] = {SARD_UNKNOWN_DIM, SARD_UNKNOWN_DIM, channels_of(sard_node_attrs(node))};
    return sard_node_set_output(node, 0, SARD_U8, 3, dims, error);
}

/* `swap`: blue first. */
static void copy_pixels(const sard_image *image, bool swap, uint8_t *to)
{
    const size_t row = (size_t)image->width * (size_t)image->channels;
    for (int32_t y = 0; y < image->height; y++, to += row) {
        const uint8_t *from = sard_image_row(image, y);
        if (!swap)
            memcpy(to, from, row);
        for (size_t i = 0; swap && i < row; i += 3) {
            to[i] = from[i + 2];
            to[i + 1] = from[i + 1];
            to[i + 2] = from[i];
        }
    }
}

static sard_status eval(const sard_call *call)
{
    const sard_tensor *bytes = &call->inputs[0];
    const sard_image_load_options options = {.struct_size = sizeof options, .channels = channels_of(call->attrs), .keep_orientation = true};
    sard_image image = {0};
    sard_error problem;
    sard_status status = sard_image_load_memory(bytes->data, (size_t)bytes->dims[0], "encoded_stream", &options, &image, &problem);
    if (status)
        return sard_call_fail(call, status == SARD_PARSE ? SARD_DATA : status, "%s", problem.text);
    status = sard_call_output(call, 0, 3, (const int64_t[]){image.height, image.width, image.channels});
    if (!status)
        copy_pixels(&image, ((const decoder *)call->attrs)->pixel_format == BGR, call->outputs[0].data);
    sard_image_free(&image);
    return status;
}

static const sard_op op = {.struct_size = sizeof(sard_op),
                           .domain = "",
                           .name = "ImageDecoder",
                           .since = 20,
                           .traits = SARD_DATA_DEPENDENT | SARD_NO_FOLD,
                           .inputs = inputs,
                           .outputs = outputs,
                           .attrs = attrs,
                           .attrs_size = sizeof(decoder),
                           .infer = infer,
                           .eval = eval};

sard_status sard_image_register(sard_context *context, sard_error *error) { return sard_context_register_op(context, &op, error); }
