/**
 * Pictures for models: JPEG, PNG, BMP, PGM and PPM in, the tensor that a model wants out. Library `sard_image`, header of its own; it needs sard.h.
 *
 *     sard_image picture;
 *     sard_tensor input = {0};
 *     if (sard_image_load("cat.jpg", NULL, &picture, &error))
 *         return puts(error.text), 1;
 *     sard_status status = sard_image_to_tensor(&picture, 1, sard_model_input(model, 0), NULL, &input, &error);
 *     sard_image_free(&picture);
 *     run the model with input; then free(input.data)
 *
 * A picture is 8-bit, grey or RGB. What is done to it follows from two things: the model's input gives size, layout, channels and
 * element type; a preset gives the rest, as it was when the model was trained. Resizing gives the same bytes as Pillow's
 * Image.resize, cropping the same as torchvision, so a model answers as it does in Python.
 *
 * Memory: pixels and tensors made here come from malloc. Threads: no function keeps anything; any of them from any thread.
 * Errors and pointers: as in sard.h; also here options and their members, box and names may be NULL, and a preset of no name is not found.
 * After a failure `out` is as it was.
 */
#ifndef SARD_IMAGE_H
#define SARD_IMAGE_H

#include <sard/sard.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A picture, rows from top to bottom.
 * channels  1: grey, 3: red, green, blue in this order
 * stride    bytes from one row to the next; 0: width * channels
 * pixels    of what a function here returned: from malloc, freed by sard_image_free
 */
typedef struct sard_image {
    int32_t width, height, channels;
    size_t stride;
    uint8_t *pixels;
} sard_image;

/** Frees the pixels and zeroes the struct; a zeroed one or NULL does nothing. */
SARD_API void sard_image_free(sard_image *image);

/* ---- loading ---- */

/**
 * pixels [128 Mi]       a picture with more (width * height) is refused before it is decoded; 0: the default in brackets
 * file_bytes [256 MiB]  size of a file, as well
 * channels              1 or 3: convert to that; 0: grey files give 1 channel, all others 3
 * keep_orientation      leave the picture as stored, instead of turning it as its EXIF data says
 */
typedef struct sard_image_load_options {
    size_t struct_size;
    uint64_t pixels, file_bytes;
    int32_t channels;
    bool keep_orientation;
} sard_image_load_options;

/**
 * Decodes a picture as Pillow's Image.open(path).convert("RGB") (or "L") would, by its contents, not by its name.
 * JPEG  8-bit baseline and progressive; grey, YCbCr, RGB, CMYK and YCCK (also inverted, as Adobe writes them); EXIF orientation
 * PNG   all kinds; a palette is looked up, alpha is dropped (not blended), the upper 8 of 16 bits are kept (of grey ones, too, which
 *       Pillow would clip at 255)
 * BMP   24 and 32 bits, or 8 with a palette; not compressed
 * PGM, PPM  in binary (P5, P6), up to 8 bits
 * Fails with IO, PARSE (not a picture, damaged, or cut off), UNSUPPORTED (another format, by its name), LIMIT, NOMEM or ARGUMENT.
 */
SARD_API sard_status sard_image_load(const char *path, const sard_image_load_options *options, sard_image *out,
                                     sard_error *error) SARD_MUST_USE;

/** The same from memory; `name` stands for the file in errors. */
SARD_API sard_status sard_image_load_memory(const void *bytes, size_t size, const char *name, const sard_image_load_options *options,
                                            sard_image *out, sard_error *error) SARD_MUST_USE;

/**
 * Adds the operator ImageDecoder to a context, before models that have it are loaded: libsard itself reads no pictures. It decodes what
 * sard_image_load does, as it is stored (no EXIF orientation); at run time a damaged or unknown picture is DATA or UNSUPPORTED. Fails with
 * NOMEM.
 */
SARD_API sard_status sard_image_register(sard_context *context, sard_error *error) SARD_MUST_USE;

/* ---- changing; `out` is always new and never the input ---- */

typedef enum sard_filter { SARD_FILTER_DEFAULT = 0, SARD_BILINEAR, SARD_BICUBIC } sard_filter;

/** A part of a picture in pixels, right and bottom not included. */
typedef struct sard_box {
    double left, top, right, bottom;
} sard_box;

/**
 * Resizes with antialiasing, to the same bytes as Image.resize((width, height), filter, box) of Pillow 13. (Older ones differ by 1 in
 * some bytes where the height shrinks by more than twice the pixels that the width does.)
 * box  the part that becomes the result; its borders may lie inside of pixels; NULL: all
 * Fails with ARGUMENT (a size below 1, a box that is empty or leaves the picture), LIMIT or NOMEM.
 */
SARD_API sard_status sard_image_resize(const sard_image *image, int32_t width, int32_t height, sard_filter filter, const sard_box *box,
                                       sard_image *out, sard_error *error) SARD_MUST_USE;

/** Cuts out width x height pixels from (left, top) on, which may be negative; what lies outside of the picture becomes 0. */
SARD_API sard_status sard_image_crop(const sard_image *image, int32_t left, int32_t top, int32_t width, int32_t height, sard_image *out,
                                     sard_error *error) SARD_MUST_USE;

/** The middle, as torchvision's CenterCrop: the offset is half of what is left over, rounded to even. */
SARD_API sard_status sard_image_center_crop(const sard_image *image, int32_t width, int32_t height, sard_image *out,
                                            sard_error *error) SARD_MUST_USE;

/** To 1 or 3 channels; grey is (19595 R + 38470 G + 7471 B + 32768) >> 16, as Pillow's convert("L"). */
SARD_API sard_status sard_image_convert(const sard_image *image, int32_t channels, sard_image *out, sard_error *error) SARD_MUST_USE;

/* ---- what a model wants ---- */

/**
 * How a picture of any size comes to the model's.
 * crop       resized until it covers the target with the preset's margin, then the middle is cut out
 * stretch    resized to the target, sides apart
 * letterbox  resized until it fits into the target, centred, the rest filled with `fill`
 */
typedef enum sard_fit { SARD_FIT_DEFAULT = 0, SARD_FIT_CROP, SARD_FIT_STRETCH, SARD_FIT_LETTERBOX } sard_fit;

/** Order of the three channels in the tensor. */
typedef enum sard_order { SARD_ORDER_DEFAULT = 0, SARD_ORDER_RGB, SARD_ORDER_BGR } sard_order;

/** Where the channels are. By default found from the input's dims: at 1 (or -3) if that has 1 or 3 there, else at the end. */
typedef enum sard_channels_at { SARD_CHANNELS_DEFAULT = 0, SARD_CHANNELS_FIRST, SARD_CHANNELS_LAST } sard_channels_at;

/**
 * How the models of one tradition take their pictures: element = (pixel / divisor - mean) / std.
 * size       width and height where the model leaves them free; 0: the picture's own, of several the first one's
 * resize     crop: the shorter side becomes `resize` when the target is `size`; else target * resize / size, rounded down
 * mean, std  in the channels' order in the tensor; a model with one channel takes the mean of the three
 */
typedef struct sard_preset {
    const char *name, *about;
    int32_t resize, size;
    sard_fit fit;
    sard_order order;
    float divisor, mean[3], std[3];
} sard_preset;

/**
 * The i-th preset, NULL beyond the last:
 * imagenet   torchvision's models: 256/224, 0..1, ImageNet's mean and std     caffe  BGR, 0..255 minus (104, 117, 123)
 * inception  the same at 342/299                                              raw    0..255, stretched
 * tf         Keras and TensorFlow: -1..1                                      unit   0..1, stretched
 */
SARD_API const sard_preset *sard_preset_at(size_t i);

/** The preset of that name, NULL if there is none. */
SARD_API const sard_preset *sard_preset_find(const char *name);

/**
 * preset         name; NULL: "imagenet", for uint8 inputs "raw"
 * fit, order     zero: the preset's. Where `order` differs from the preset's, the preset's mean and std change places as well
 * filter         zero: bilinear
 * fill           letterbox: the grey value beside the picture; 0: 114, as YOLO's
 * mean, std      three numbers each that replace the preset's; NULL: the preset's
 * width, height  where the model leaves them free; 0: the preset's size
 */
typedef struct sard_picture_options {
    size_t struct_size;
    const char *preset;
    sard_fit fit;
    sard_order order;
    sard_filter filter;
    sard_channels_at channels_at;
    uint8_t fill;
    const float *mean, *std;
    int32_t width, height;
} sard_picture_options;

/**
 * Brings a picture to width x height as options->fit says, without normalising: what a model sees, to be looked at. The number of
 * channels stays.
 */
SARD_API sard_status sard_image_fit(const sard_image *image, int32_t width, int32_t height, const sard_picture_options *options,
                                    sard_image *out, sard_error *error) SARD_MUST_USE;

/**
 * The tensor that `count` pictures become for an input: dtype, rank, dims and bytes; data is NULL.
 * input  rank 4, NCHW or NHWC with 1 or 3 channels; or rank 3 without N, for one picture; float32, float16 or uint8
 * Fails with SHAPE (an input that takes no picture, or `count` is not its N), UNSUPPORTED (its type), ARGUMENT (options) or LIMIT.
 */
SARD_API sard_status sard_image_tensor_shape(const sard_image *images, size_t count, const sard_value_info *input,
                                             const sard_picture_options *options, sard_tensor *out, sard_error *error) SARD_MUST_USE;

/**
 * Makes the tensor of `count` pictures (a batch where there are several): fits each and normalises.
 * out  with data == NULL: data comes from malloc and is the caller's to free(). With data and bytes: written to; ARGUMENT if too
 *      small. dtype, rank, dims and bytes are set in both cases.
 * Fails as sard_image_tensor_shape, or with NOMEM.
 */
SARD_API sard_status sard_image_to_tensor(const sard_image *images, size_t count, const sard_value_info *input,
                                          const sard_picture_options *options, sard_tensor *out, sard_error *error) SARD_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
