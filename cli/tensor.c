/* Elements and shapes. */
#include "cli/tensor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool cli_is_float(sard_dtype dtype) { return dtype == SARD_F32 || dtype == SARD_F64 || dtype == SARD_F16 || dtype == SARD_BF16; }

size_t cli_count(const sard_tensor *tensor)
{
    size_t count = 1;
    for (int i = 0; i < tensor->rank; i++)
        count *= (size_t)tensor->dims[i];
    return count;
}

sard_status cli_make_elements(cli_state *cli, sard_tensor *tensor, const char *name)
{
    size_t bytes = sard_dtype_size(tensor->dtype);
    bool fits = bytes > 0;
    for (int i = 0; i < tensor->rank; i++)
        fits &= tensor->dims[i] >= 0 && !__builtin_mul_overflow(bytes, (size_t)tensor->dims[i], &bytes);
    if (!fits)
        return sard_fail(&cli->error, SARD_ARGUMENT, "no memory for '%s', %s %s", name, sard_dtype_name(tensor->dtype),
                         cli_shape(cli, tensor));
    tensor->bytes = bytes;
    tensor->data = cli_try_alloc(cli, bytes, name);
    return tensor->data ? SARD_OK : SARD_NOMEM;
}

/* SplitMix64. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* n / 128, n of 0 to 127, as the bits of a format with that many of mantissa and that bias: exact in float16 and bfloat16. */
static uint16_t narrow_fraction(unsigned n, int mantissa, int bias)
{
    int exponent;
    const double m = frexp(n / 128.0, &exponent);
    return n ? (uint16_t)((exponent - 1 + bias) << mantissa | (int)ldexp(2 * m - 1, mantissa)) : 0;
}

void cli_fill_random(sard_tensor *tensor, uint64_t *seed)
{
    const size_t count = cli_count(tensor);
    for (size_t i = 0; i < count; i++) {
        const uint64_t r = next_random(seed);
        switch (tensor->dtype) {
        case SARD_F32:
            ((float *)tensor->data)[i] = (float)(r >> 40) * 0x1p-24f;
            break;
        case SARD_F64:
            ((double *)tensor->data)[i] = (double)(r >> 11) * 0x1p-53;
            break;
        case SARD_F16:
            ((uint16_t *)tensor->data)[i] = narrow_fraction((unsigned)(r >> 57), 10, 15);
            break;
        case SARD_BF16:
            ((uint16_t *)tensor->data)[i] = narrow_fraction((unsigned)(r >> 57), 7, 127);
            break;
        case SARD_U8:
        case SARD_I8:
            ((uint8_t *)tensor->data)[i] = (uint8_t)(r >> 56);
            break;
        case SARD_STRING:
            ((sard_string *)tensor->data)[i] = (sard_string){"", 0};
            break;
        default: /* the lowest byte of a zeroed little-endian integer */
            ((uint8_t *)tensor->data)[i * sard_dtype_size(tensor->dtype)] = (uint8_t)(r >> 63);
        }
    }
}

static const char *join_dims(cli_state *cli, int rank, const int64_t *dims, const char *const *names)
{
    char text[SARD_MAX_RANK * 68] = "";
    size_t n = 0;
    for (int i = 0; i < rank; i++) {
        const char *comma = i ? ", " : "";
        if (dims[i] >= 0)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%lld", comma, (long long)dims[i]);
        else
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%.64s", comma, names && names[i] ? names[i] : "?");
    }
    return cli_format(cli, "[%s]", text);
}

const char *cli_shape(cli_state *cli, const sard_tensor *tensor) { return join_dims(cli, tensor->rank, tensor->dims, NULL); }

const char *cli_info_shape(cli_state *cli, const sard_value_info *info)
{
    return info->rank < 0 ? "of any shape" : join_dims(cli, info->rank, info->dims, info->dim_names);
}
