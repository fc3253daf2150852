/* Pictures: decoded, and made an input. */
#include "tests/fuzz/fuzz.h"

#include <sard/image.h>
#include <stdlib.h>
#include <string.h>

/* A PNG of 2 x 2 grey pixels, which other files of the corpus may help. */
static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,    0,    13,   'I',  'H',  'D',  'R',  0,    0,
                              0,    2,   0,   0,   0,    2,    8,    0,    0,    0,    0,    0x57, 0xdd, 0x52, 0xf8, 0,    0,    0,
                              14,   'I', 'D', 'A', 'T',  0x78, 0x9c, 0x63, 0x64, 0x60, 0x62, 0x64, 0x62, 0x06, 0x00, 0x00, 0x11, 0x00,
                              0x07, 0,   0,   0,   0,    0,    0,    0,    0,    'I',  'E',  'N',  'D',  0xae, 0x42, 0x60, 0x82};

size_t fuzz_seed(size_t i, uint8_t *out, size_t most)
{
    if (i || sizeof png > most)
        return 0;
    memcpy(out, png, sizeof png);
    return sizeof png;
}

size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t most, unsigned seed)
{
    fuzz_random r = {.state = seed * 0x9e3779b97f4a7c15u + 1};
    return fuzz_mutate_bytes(bytes, size, most, &r);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const sard_image_load_options options = {.struct_size = sizeof options, .pixels = 1 << 18};
    const sard_value_info input = {.name = "x", .dtype = SARD_F32, .rank = 4, .dims = {1, 3, 7, 9}};
    sard_image image;
    sard_tensor tensor = {.dtype = SARD_NONE};
    sard_error error = {.text = ""};
    if (sard_image_load_memory(bytes, size, "picture", &options, &image, &error)) {
        if (!*error.text)
            abort();
        return 0;
    }
    if (!sard_image_to_tensor(&image, 1, &input, NULL, &tensor, &error))
        free(tensor.data);
    sard_image_free(&image);
    return 0;
}
