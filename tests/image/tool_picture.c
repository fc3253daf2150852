/* Pictures for scripts to compare: one request a line on stdin, one answer on stdout, a number of bytes after either where pictures go.
 *
 *     load PATH CHANNELS KEEP                          -> picture W H C, pixels
 *     resize W H C FILTER L T R B WIDTH HEIGHT, pixels -> picture W H C, pixels
 *     tensor PATH PRESET FIT ORDER FILTER DTYPE RANK DIMS...  -> tensor RANK DIMS... BYTES, elements
 *     a failure                                        -> error STATUS TEXT
 */
#include <sard/image.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void answer_error(const sard_error *error) { printf("error %d %s\n", (int)error->status, error->text); }

static void answer_image(sard_status status, sard_image *image, const sard_error *error)
{
    if (status) {
        answer_error(error);
        return;
    }
    printf("picture %d %d %d\n", image->width, image->height, image->channels);
    fwrite(image->pixels, 1, image->stride * (size_t)image->height, stdout);
    sard_image_free(image);
}

static void load(const char *line)
{
    char path[4096];
    int channels, keep;
    sard_error error = {0};
    sard_image image;
    if (sscanf(line, "load %4095s %d %d", path, &channels, &keep) != 3)
        exit(2);
    const sard_image_load_options options = {.struct_size = sizeof options, .channels = channels, .keep_orientation = keep};
    const sard_status status = sard_image_load(path, &options, &image, &error);
    answer_image(status, &image, &error);
}

static void resize(const char *line)
{
    sard_image image = {0}, result;
    sard_box box;
    sard_error error = {0};
    int filter, width, height;
    if (sscanf(line, "resize %d %d %d %d %lf %lf %lf %lf %d %d", &image.width, &image.height, &image.channels, &filter, &box.left, &box.top,
               &box.right, &box.bottom, &width, &height) != 10)
        exit(2);
    const size_t bytes = (size_t)image.width * (size_t)image.height * (size_t)image.channels;
    image.pixels = malloc(bytes);
    if (!image.pixels || fread(image.pixels, 1, bytes, stdin) != bytes)
        exit(2);
    const sard_status status = sard_image_resize(&image, width, height, (sard_filter)filter, &box, &result, &error);
    answer_image(status, &result, &error);
    sard_image_free(&image);
}

static void answer_tensor(const sard_tensor *t)
{
    printf("tensor %d", t->rank);
    for (int i = 0; i < t->rank; i++)
        printf(" %" PRId64, t->dims[i]);
    printf(" %zu\n", t->bytes);
    fwrite(t->data, 1, t->bytes, stdout);
    free(t->data);
}

static void tensor(const char *line)
{
    char path[4096], preset[32], dtype[32];
    int fit, order, filter, at, more;
    sard_value_info input = {.name = "x"};
    if (sscanf(line, "tensor %4095s %31s %d %d %d %31s %d%n", path, preset, &fit, &order, &filter, dtype, &input.rank, &at) != 7 ||
        input.rank > SARD_MAX_RANK)
        exit(2);
    for (int i = 0; i < input.rank; i++, at += more) {
        if (sscanf(line + at, "%" SCNd64 "%n", &input.dims[i], &more) != 1)
            exit(2);
    }
    input.dtype = sard_dtype_parse(dtype);
    const sard_picture_options options = {.struct_size = sizeof options,
                                          .preset = strcmp(preset, "-") ? preset : NULL,
                                          .fit = (sard_fit)fit,
                                          .order = (sard_order)order,
                                          .filter = (sard_filter)filter};
    sard_error error = {0};
    sard_image image;
    sard_tensor out = {0};
    sard_status status = sard_image_load(path, NULL, &image, &error);
    if (!status) {
        status = sard_image_to_tensor(&image, 1, &input, &options, &out, &error);
        sard_image_free(&image);
    }
    if (status)
        answer_error(&error);
    else
        answer_tensor(&out);
}

int main(void)
{
    char line[8192];
    while (fgets(line, sizeof line, stdin)) {
        if (!strncmp(line, "load ", 5))
            load(line);
        else if (!strncmp(line, "resize ", 7))
            resize(line);
        else if (!strncmp(line, "tensor ", 7))
            tensor(line);
        else
            return 2;
        fflush(stdout);
    }
    return 0;
}
