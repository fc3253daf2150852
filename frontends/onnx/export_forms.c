/* Operators of a graph have the newest meaning; here they get the form of an older opset, or are refused by name. What changed and when
 * is told in Changelog.md of the ONNX repository; changes that only admit more element types are not listed. */
#include "frontends/onnx/export.h"

#include <string.h>

/* op: a whole operator, or, with `part`, one of its attributes (where it is not at its default) or inputs that came with opset `since`. */
typedef struct newer {
    const char *op, *part;
    int since;
} newer;

static const newer changes[] = {
    {"Attention", NULL, 23},
    {"Attention", "left_window_size", 25},
    {"Attention", "nonpad_kv_seqlen", 24},
    {"Attention", "right_window_size", 25},
    {"AffineGrid", NULL, 20},
    {"AveragePool", "dilations", 19},
    {"BatchNormalization", "training_mode", 14},
    {"Bernoulli", NULL, 15},
    {"BitCast", NULL, 26},
    {"BitwiseAnd", NULL, 18},
    {"BitwiseNot", NULL, 18},
    {"BitwiseOr", NULL, 18},
    {"BitwiseXor", NULL, 18},
    {"BlackmanWindow", NULL, 17},
    {"Cast", "round_mode", 24},
    {"Cast", "saturate", 19},
    {"CastLike", NULL, 15},
    {"CastLike", "round_mode", 24},
    {"CastLike", "saturate", 19},
    {"CausalConvWithState", NULL, 27},
    {"CenterCropPad", NULL, 18},
    {"Col2Im", NULL, 18},
    {"CumProd", NULL, 26},
    {"DFT", NULL, 20},
    {"DeformConv", NULL, 19},
    {"DequantizeLinear", "block_size", 21},
    {"DequantizeLinear", "output_dtype", 23},
    {"GRU", "layout", 14},
    {"Gelu", NULL, 20},
    {"GridSample", NULL, 16},
    {"GroupNormalization", NULL, 21},
    {"HammingWindow", NULL, 17},
    {"HannWindow", NULL, 17},
    {"HardSwish", NULL, 14},
    {"ImageDecoder", NULL, 20},
    {"LSTM", "layout", 14},
    {"LayerNormalization", NULL, 17},
    {"LinearAttention", NULL, 27},
    {"LpPool", "ceil_mode", 18},
    {"LpPool", "dilations", 18},
    {"MelWeightMatrix", NULL, 17},
    {"Mish", NULL, 18},
    {"Optional", NULL, 15},
    {"OptionalGetElement", NULL, 15},
    {"OptionalHasElement", NULL, 15},
    {"Pad", "axes", 18},
    {"QuantizeLinear", "block_size", 21},
    {"QuantizeLinear", "output_dtype", 21},
    {"QuantizeLinear", "precision", 23},
    {"QuantizeLinear", "saturate", 19},
    {"RMSNormalization", NULL, 23},
    {"RNN", "layout", 14},
    {"Range", "stash_type", 27},
    {"RegexFullMatch", NULL, 20},
    {"Reshape", "allowzero", 14},
    {"Resize", "antialias", 18},
    {"Resize", "axes", 18},
    {"Resize", "keep_aspect_ratio_policy", 18},
    {"RoiAlign", NULL, 16},
    {"RotaryEmbedding", NULL, 23},
    {"STFT", NULL, 17},
    {"ScatterElements", "reduction", 16},
    {"ScatterND", "reduction", 16},
    {"SequenceMap", NULL, 17},
    {"Shape", "end", 15},
    {"Shape", "start", 15},
    {"SpaceToDepth", "mode", 28},
    {"StringConcat", NULL, 20},
    {"StringSplit", NULL, 20},
    {"Swish", NULL, 24},
    {"TensorScatter", NULL, 24},
    {"Trilu", NULL, 14},
};

/* Words of attributes that are younger than the attribute. */
static const struct {
    const char *op, *attr, *word;
    int since;
} words[] = {
    {"Pad", "mode", "wrap", 19},
    {"Resize", "coordinate_transformation_mode", "half_pixel_symmetric", 19},
    {"ScatterElements", "reduction", "max", 18},
    {"ScatterElements", "reduction", "min", 18},
    {"ScatterND", "reduction", "max", 18},
    {"ScatterND", "reduction", "min", 18},
};

int sard_export_since(const char *op)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (!changes[i].part && !strcmp(changes[i].op, op))
            return changes[i].since;
    return 0;
}

static sard_attr *find_attr(const sard_export_node *node, const char *name)
{
    for (size_t i = 0; i < node->attr_count; i++)
        if (!strcmp(node->attrs[i].name, name))
            return &node->attrs[i];
    return NULL;
}

static bool is_word(const sard_attr *attr, const char *word)
{
    return attr && attr->s.size == strlen(word) && !memcmp(attr->s.data, word, attr->s.size);
}

static void set_word(sard_attr *attr, const char *name, const char *word)
{
    *attr = (sard_attr){.name = name, .kind = SARD_ATTR_STRING, .s = {word, strlen(word)}};
}

static void drop_attr(sard_export_node *node, const char *name)
{
    sard_attr *attr = find_attr(node, name);
    if (!attr)
        return;
    const size_t at = (size_t)(attr - node->attrs);
    node->attr_count--;
    memmove(node->attrs + at, node->attrs + at + 1, (node->attr_count - at) * sizeof *node->attrs);
    memmove(node->graphs + at, node->graphs + at + 1, (node->attr_count - at) * sizeof *node->graphs);
}

/* Which input is called so, if it is there; -1 if not. */
static int find_input(const sard_export_node *node, const char *name)
{
    const sard_port *ports = node->node ? node->node->op->inputs : NULL;
    for (size_t i = 0; ports && ports[i].name && i < node->input_count; i++)
        if (!strcmp(ports[i].name, name))
            return *node->inputs[i] ? (int)i : -1;
    return -1;
}

static sard_status refuse(sard_export *x, const sard_export_node *node, const char *what, const char *part, int since)
{
    x->needed = since;
    return sard_fail(x->error, SARD_UNSUPPORTED, "%s '%.200s': %s%s%s cannot be written in opset %d, it came with %d", node->op, node->name,
                     what, *part ? " " : "", part, x->opset, since);
}

/* ---- forms of their own ---- */

/* Until 17 the axes of the Reduce family (but for ReduceSum) were an attribute, and none meant all. */
static sard_status form_reduce(sard_export *x, sard_export_node *node)
{
    const sard_attr *noop = find_attr(node, "noop_with_empty_axes");
    const bool given = node->input_count > 1 && *node->inputs[1];
    if (x->opset >= 18 || !strcmp(node->op, "ReduceSum"))
        return SARD_OK;
    int64_t *axes = SARD_NEW(&x->arena, int64_t, SARD_MAX_RANK);
    sard_attr *attrs = SARD_NEW(&x->arena, sard_attr, node->attr_count + 1);
    node->graphs = SARD_NEW(&x->arena, sard_export_graph *, node->attr_count + 1);
    if (!axes || !attrs || !node->graphs)
        return sard_no_memory(x->error);
    size_t count = 0;
    if (given && (!node->node || !sard_node_input_ints(node->node, 1, axes, SARD_MAX_RANK, &count)))
        return refuse(x, node, "axes that are not constant", "", 18);
    if (!count && noop && noop->i)
        return refuse(x, node, "attribute noop_with_empty_axes", "", 18);
    if (node->attr_count)
        memcpy(attrs, node->attrs, node->attr_count * sizeof *attrs);
    node->attrs = attrs;
    if (count)
        attrs[node->attr_count++] = (sard_attr){.name = "axes", .kind = SARD_ATTR_INTS, .count = count, .ints = axes};
    drop_attr(node, "noop_with_empty_axes");
    node->input_count = 1;
    return SARD_OK;
}

/* Until 17 the number of outputs said into how many parts, all of one size. */
static sard_status form_split(sard_export *x, sard_export_node *node)
{
    const sard_attr *axis = find_attr(node, "axis"), *parts = find_attr(node, "num_outputs");
    const sard_value *from = node->values[0];
    if (x->opset >= 18 || !parts)
        return SARD_OK;
    const int64_t at = axis ? axis->i < 0 ? axis->i + from->rank : axis->i : 0;
    const bool even = at >= 0 && at < from->rank && from->dims[at] >= 0 && from->dims[at] % parts->i == 0;
    if (!even)
        return refuse(x, node, "parts that differ in size", "", 18);
    drop_attr(node, "num_outputs");
    return SARD_OK;
}

static int64_t item(const sard_attr *list, size_t i, int64_t missing) { return list && i < list->count ? list->ints[i] : missing; }

/* With ceil_mode, a last window that would begin in the padding is left out; ONNX said so in 22 only. */
static sard_status form_pool(sard_export *x, sard_export_node *node)
{
    const sard_attr *ceil_mode = find_attr(node, "ceil_mode"), *kernel = find_attr(node, "kernel_shape"),
                    *strides = find_attr(node, "strides");
    const sard_attr *pads = find_attr(node, "pads"), *dilations = find_attr(node, "dilations");
    const sard_value *from = node->values[0], *to = node->node->outputs[0];
    if (x->opset >= 22 || !ceil_mode || !kernel || find_attr(node, "auto_pad") || !to || from->rank != to->rank)
        return SARD_OK;
    for (size_t k = 0; (int)k < from->rank - 2; k++) {
        const int i = (int)k + (node->node->layout == SARD_NHWC ? 1 : 2);
        const int64_t stride = item(strides, k, 1), window = item(dilations, k, 1) * (item(kernel, k, 1) - 1) + 1;
        const int64_t padded = from->dims[i] + item(pads, k, 0) + item(pads, k + kernel->count, 0);
        if (from->dims[i] >= 0 && to->dims[i] >= 0 && to->dims[i] != (padded - window + stride - 1) / stride + 1)
            return refuse(x, node, "a last window in the padding", "", 22);
    }
    return SARD_OK;
}

/* 20 calls the modes after what they are in any number of dimensions. */
static sard_status form_grid_sample(sard_export *x, sard_export_node *node)
{
    sard_attr *mode = find_attr(node, "mode");
    if (x->opset >= 20 || !mode)
        return SARD_OK;
    if (is_word(mode, "cubic"))
        set_word(mode, mode->name, "bicubic");
    else if (is_word(mode, "linear"))
        set_word(mode, mode->name, "bilinear");
    return SARD_OK;
}

/* tf_half_pixel_for_nn went with opset 13: it lies half an element beyond half_pixel, which the rounding can make up for. */
static sard_status form_resize(sard_export *x, sard_export_node *node)
{
    sard_attr *place = find_attr(node, "coordinate_transformation_mode"), *nearest = find_attr(node, "nearest_mode");
    const bool floor = is_word(nearest, "floor");
    if (!is_word(place, "tf_half_pixel_for_nn"))
        return SARD_OK;
    if (find_attr(node, "mode") || (nearest && !floor))
        return sard_fail(
            x->error, SARD_UNSUPPORTED,
            "%s '%.200s': tf_half_pixel_for_nn can be written as half_pixel with nearest_mode floor or round_prefer_floor only", node->op,
            node->name);
    if (floor) {
        set_word(place, place->name, "half_pixel");
        set_word(nearest, nearest->name, "round_prefer_ceil");
    } else {
        set_word(place, "nearest_mode", "ceil"); /* half_pixel is the default */
    }
    return SARD_OK;
}

/* ---- all ---- */

static sard_status check_words(sard_export *x, const sard_export_node *node)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const sard_attr *attr = strcmp(words[i].op, node->op) || words[i].since <= x->opset ? NULL : find_attr(node, words[i].attr);
        if (is_word(attr, words[i].word))
            return refuse(x, node, words[i].attr, words[i].word, words[i].since);
    }
    return SARD_OK;
}

sard_status sard_export_form(sard_export *x, sard_export_node *node)
{
    sard_status status = SARD_OK;
    if (*node->domain)
        return SARD_OK;
    if (!strncmp(node->op, "Reduce", 6))
        status = form_reduce(x, node);
    else if (!strcmp(node->op, "Split"))
        status = form_split(x, node);
    else if (!strcmp(node->op, "GridSample"))
        status = form_grid_sample(x, node);
    else if (!strcmp(node->op, "Resize"))
        status = form_resize(x, node);
    else if (!strcmp(node->op, "MaxPool") || !strcmp(node->op, "AveragePool"))
        status = form_pool(x, node);
    for (size_t i = 0; !status && i < sizeof changes / sizeof *changes; i++) {
        const newer *change = &changes[i];
        if (strcmp(change->op, node->op) || change->since <= x->opset)
            continue;
        if (!change->part)
            return refuse(x, node, "the operator", "", change->since);
        if (find_attr(node, change->part))
            return refuse(x, node, "attribute", change->part, change->since);
        if (find_input(node, change->part) >= 0)
            return refuse(x, node, "input", change->part, change->since);
    }
    int since;
    const sard_dtype type = status ? SARD_NONE : sard_export_newer_type(x, node, &since);
    if (type)
        return refuse(x, node, "element type", sard_dtype_name(type), since);
    return status ? status : check_words(x, node);
}
