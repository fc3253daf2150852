/* A picture made by a formula, the same in every test. */
#ifndef SARD_TESTS_FORMATS_IMAGE_SCENE_H
#define SARD_TESTS_FORMATS_IMAGE_SCENE_H

#include <sard/image.h>

#include <stdlib.h>

static inline sard_image scene(int32_t width, int32_t height, int32_t channels)
{
    sard_image image = {width, height, channels, 0, malloc((size_t)width * (size_t)height * (size_t)channels)};
    if (!image.pixels)
        abort();
    uint8_t *to = image.pixels;
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++)
            for (int32_t c = 0; c < channels; c++)
                *to++ = (uint8_t)(x * 37 + y * 59 + c * 83 + x * y * 11 % 97);
    return image;
}

#endif
