/* Weights of 2, 4 and 8 bits in blocks: MatMulNBits and GatherBlockQuantized of com.microsoft. Their packed bytes become bytes of one
 * element each while loading; DequantizeLinear in blocks makes floats of those. */
#include "frontends/onnx/microsoft.h"

#include <string.h>

/* `rows` rows of `packed` bytes as rows of `count` elements, low bits first; NULL where they are not constant or too short. */
static sard_value *unpack(sard_onnx_draft *draft, const char *role, const sard_value *packed, int64_t rows, int64_t count, int bits)
{
    const sard_tensor *data = packed && packed->constant && packed->dtype == SARD_U8 ? sard_value_constant(packed) : NULL;
    const int64_t each = 8 / bits, row = rows && data ? (int64_t)(sard_tensor_count(data) / (size_t)rows) : 0;
    int64_t total;
    if (draft->status)
        return NULL;
    if (!data || row * each < count || !sard_count((const int64_t[]){rows, count}, 2, &total)) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "%s must be constant uint8 with %lld rows of %lld elements of %d bits", role,
                             (long long)rows, (long long)count, bits);
        return NULL;
    }
    uint8_t *out = sard_graph_alloc(draft->scope->home->graph, (size_t)total);
    for (int64_t i = 0; out && i < total; i++) {
        const int64_t r = i / count, k = i % count;
        const uint8_t byte = ((const uint8_t *)data->data)[r * row + k / each];
        out[i] = (uint8_t)(byte >> (k % each * bits) & ((1 << bits) - 1));
    }
    const sard_tensor tensor = sard_tensor_make(SARD_U8, 2, (int64_t[]){rows, count}, out);
    sard_value *value = out ? sard_graph_add_constant(draft->scope->home->graph, role, &tensor) : NULL;
    if (!value)
        sard_onnx_draft_fail(draft, SARD_NOMEM, "out of memory");
    return value;
}

static bool take_bits(sard_onnx_draft *draft, int *bits, int64_t *block, int64_t usual)
{
    const int64_t given = sard_onnx_take_int(draft, "bits", 4);
    *block = sard_onnx_take_int(draft, "block_size", usual);
    *bits = (int)given;
    if (given != 2 && given != 4 && given != 8)
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "bits is %lld, must be 2, 4 or 8", (long long)given);
    if (*block < 16 || *block > INT32_MAX || (*block & (*block - 1)))
        sard_onnx_draft_fail(draft, SARD_MODEL, "block_size is %lld, must be a power of 2 from 16", (long long)*block);
    return !draft->status;
}

/* A constant of one byte everywhere. */
static sard_value *fill(sard_onnx_draft *draft, const char *role, int64_t rows, int64_t columns, int byte)
{
    int64_t total;
    if (draft->status)
        return NULL;
    const bool fits = sard_count((const int64_t[]){rows, columns}, 2, &total);
    uint8_t *out = fits ? sard_graph_alloc(draft->scope->home->graph, (size_t)total) : NULL;
    if (out)
        memset(out, byte, (size_t)total);
    const sard_tensor tensor = sard_tensor_make(SARD_U8, 2, (int64_t[]){rows, columns}, out);
    sard_value *value = out ? sard_graph_add_constant(draft->scope->home->graph, role, &tensor) : NULL;
    if (!value)
        sard_onnx_draft_fail(draft, SARD_NOMEM, "out of memory");
    return value;
}

/* Rows of integers to floats; a scale, and a zero point (NULL: 0), for each block of a row. */
static sard_value *widen(sard_onnx_draft *draft, sard_value *rows, sard_value *scales, sard_value *zeros, int64_t block)
{
    const sard_attr attrs[] = {{.name = "axis", .kind = SARD_ATTR_INT, .i = -1}, {.name = "block_size", .kind = SARD_ATTR_INT, .i = block}};
    sard_value *const inputs[] = {rows, scales, zeros};
    return sard_onnx_node_before(draft, "DequantizeLinear", "weights", inputs, zeros ? 3 : 2, attrs, 2);
}

/* The weights of MatMulNBits as floats: n rows of k. Zero points are packed as the weights are, or floats: (q - z) s = q s - 1 z s. */
static sard_value *weights(sard_onnx_draft *draft, int64_t n, int64_t k, int bits, int64_t block)
{
    const int64_t blocks = (k + block - 1) / block, grid[] = {n, blocks};
    sard_value *rows = unpack(draft, "elements", sard_onnx_typed_input(draft, 1), n, k, bits);
    sard_value *scales = sard_onnx_reshape(draft, "scales", sard_onnx_input(draft, 2), grid, 2);
    sard_value *zeros = sard_onnx_typed_input(draft, 3);
    if (!zeros)
        return widen(draft, rows, scales, fill(draft, "zeros", n, blocks, 1 << (bits - 1)), block);
    if (!sard_dtype_is_float(zeros->dtype))
        return widen(draft, rows, scales, unpack(draft, "zeros", zeros, n, blocks, bits), block);
    sard_value *steps = SARD_ONNX_OP(draft, "Mul", "zero_steps", sard_onnx_reshape(draft, "zeros", zeros, grid, 2), scales);
    sard_value *shift = widen(draft, fill(draft, "ones", n, k, 1), steps, NULL, block);
    return SARD_ONNX_OP(draft, "Sub", "centred", widen(draft, rows, scales, NULL, block), shift);
}

void sard_microsoft_matmul_nbits(sard_onnx_draft *draft)
{
    const int64_t n = sard_onnx_take_int(draft, "N", 0), k = sard_onnx_take_int(draft, "K", 0);
    sard_value *bias = sard_onnx_input(draft, 5);
    int64_t block;
    int bits;
    if (n <= 0 || k <= 0 || n > INT32_MAX || k > INT32_MAX)
        sard_onnx_draft_fail(draft, SARD_MODEL, "K is %lld and N is %lld, must be above 0", (long long)k, (long long)n);
    if (sard_onnx_take_int(draft, "weight_prepacked", 0) || sard_onnx_input(draft, 4))
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "weight_prepacked and g_idx are not supported");
    if (!take_bits(draft, &bits, &block, 0))
        return;
    sard_value *const inputs[] = {sard_onnx_input(draft, 0),
                                  sard_onnx_transpose(draft, "columns", weights(draft, n, k, bits, block), (int64_t[]){1, 0}, 2)};
    if (bias)
        SARD_ONNX_BECOME(draft, "Add", sard_onnx_node_before(draft, "MatMul", "product", inputs, 2, NULL, 0), bias);
    else
        sard_onnx_become(draft, "MatMul", inputs, 2);
}

/* Rows are picked first, and then only those become floats. Bytes hold packed elements, other types one each. */
void sard_microsoft_gather_block_quantized(sard_onnx_draft *draft)
{
    const int64_t gather = sard_onnx_take_int(draft, "gather_axis", 0), axis = sard_onnx_take_int(draft, "quantize_axis", 1);
    sard_value *data = sard_onnx_typed_input(draft, 0), *indices = sard_onnx_input(draft, 1), *scales = sard_onnx_typed_input(draft, 2);
    sard_value *zeros = sard_onnx_typed_input(draft, 3);
    int64_t block;
    int bits;
    if (!take_bits(draft, &bits, &block, 128))
        return;
    if (gather || (axis != 1 && axis != -1) || !data || !scales || data->rank != 2 || scales->rank != 2 || scales->dims[1] < 0) {
        sard_onnx_draft_fail(draft, SARD_UNSUPPORTED, "only tables of 2 dims are supported, gathered on axis 0 and quantised on axis 1");
        return;
    }
    if (data->dtype == SARD_U8) {
        const int64_t n = data->dims[0], blocks = scales->dims[1], want = (data->dims[1] * (8 / bits) + block - 1) / block;
        if (blocks != want)
            sard_onnx_draft_fail(draft, SARD_SHAPE, "scales have %lld blocks in a row, must have %lld", (long long)blocks, (long long)want);
        zeros = zeros ? unpack(draft, "zeros", zeros, n, blocks, bits) : fill(draft, "zeros", n, blocks, 1 << (bits - 1));
        data = unpack(draft, "elements", data, n, data->dims[1] * (8 / bits), bits);
    }
    sard_value *rows = SARD_ONNX_OP(draft, "Gather", "rows", data, indices),
               *steps = SARD_ONNX_OP(draft, "Gather", "steps", scales, indices);
    sard_value *middle = zeros ? SARD_ONNX_OP(draft, "Gather", "middle", zeros, indices) : NULL;
    SARD_ONNX_BECOME(draft, "Identity", widen(draft, rows, steps, middle, block));
}
