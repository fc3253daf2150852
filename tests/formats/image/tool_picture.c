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

/* The words of a request, one after the other. */
static double next_number(char **line)
{
    char *end;
    const double number = strtod(*line, &end);
    if (end == *line)
        exit(2);
    *line = end;
    return number;
}

static int next_int(char **line) { return (int)next_number(line); }

static const char *next_word(char **line)
{
    const char *word = strsep(line, " \n");
    if (!word || !*line)
        exit(2);
    return word;
}

static void load(char *line)
{
    sard_error error = {0};
    sard_image image = {0};
    const char *path = next_word(&line);
    const int channels = next_int(&line);
    const sard_image_load_options options = {.struct_size = sizeof options, .channels = channels, .keep_orientation = next_int(&line)};
    const sard_status status = sard_image_load(path, &options, &image, &error);
    answer_image(status, &image, &error);
}

static void resize(char *line)
{
    sard_image image = {0}, result = {0};
    sard_error error = {0};
    image.width = next_int(&line);
    image.height = next_int(&line);
    image.channels = next_int(&line);
    const sard_filter filter = (sard_filter)next_int(&line);
    double edges[4];
    for (int i = 0; i < 4; i++)
        edges[i] = next_number(&line);
    const sard_box box = {edges[0], edges[1], edges[2], edges[3]};
    const int width = next_int(&line), height = next_int(&line);
    const size_t bytes = (size_t)image.width * (size_t)image.height * (size_t)image.channels;
    image.pixels = malloc(bytes + !bytes);
    if (!image.pixels || fread(image.pixels, 1, bytes, stdin) != bytes)
        exit(2);
    const sard_status status = sard_image_resize(&image, width, height, filter, &box, &result, &error);
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

static sard_value_info read_input(char *line)
{
    sard_value_info input = {.name = "x", .dtype = sard_dtype_parse(next_word(&line))};
    input.rank = next_int(&line);
    for (int i = 0; i < input.rank && i < SARD_MAX_RANK; i++)
        input.dims[i] = (int64_t)next_number(&line);
    return input;
}

static void tensor(char *line)
{
    const char *path = next_word(&line), *preset = next_word(&line);
    sard_picture_options options = {.struct_size = sizeof options, .preset = strcmp(preset, "-") == 0 ? NULL : preset};
    options.fit = (sard_fit)next_int(&line);
    options.order = (sard_order)next_int(&line);
    options.filter = (sard_filter)next_int(&line);
    const sard_value_info input = read_input(line + 1);
    sard_error error = {0};
    sard_image image = {0};
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

static const struct {
    const char *word;
    void (*answer)(char *line);
} requests[] = {{"load ", load}, {"resize ", resize}, {"tensor ", tensor}};

int main(void)
{
    char line[8192];
    while (fgets(line, sizeof line, stdin)) {
        for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
            if (strncmp(line, requests[i].word, strlen(requests[i].word)) == 0)
                requests[i].answer(line + strlen(requests[i].word));
        }
        fflush(stdout);
    }
    return 0;
}
