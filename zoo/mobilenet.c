/* MobileNet v2 (Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018), v3 large (Howard et al., Searching for
 * MobileNetV3, 2019) and EfficientNet B0 (Tan, Le: EfficientNet, 2019), which are built of the same block. */
#include "zoo/networks.h"

/* Convolution and BatchNormalization, "name.0" and "name.1", then perhaps an activation. */
static zoo_value unit(zoo_net *net, zoo_value x, zoo_name name, zoo_window window, zoo_activation activation, float epsilon)
{
    x = zoo_conv(net, x, zoo_format("%s.0", name.text).text, window);
    x = zoo_norm(net, x, zoo_format("%s.1", name.text).text, epsilon);
    return activation == ZOO_LINEAR ? x : zoo_activate(net, x, zoo_format("%s.2", name.text).text, activation);
}

static zoo_value end(zoo_net *net, zoo_value x) { return zoo_flatten(net, zoo_global_pool(net, x, "avgpool"), "flatten", 1); }

/* ---- v2 ---- */

static zoo_value residual_v2(zoo_net *net, zoo_value x, int place, int64_t expand, int64_t channels, int64_t stride)
{
    const zoo_name name = zoo_format("features.%d.conv", place);
    const int64_t inner = x.channels * expand;
    int part = 0;
    zoo_value y = x;
    if (expand > 1)
        y = unit(net, y, zoo_format("%s.%d", name.text, part++), (zoo_window){.channels = inner, .kernel = 1}, ZOO_RELU6, 1e-5f);
    y = unit(net, y, zoo_format("%s.%d", name.text, part++),
             (zoo_window){.channels = inner, .kernel = 3, .stride = stride, .pad = 1, .groups = inner}, ZOO_RELU6, 1e-5f);
    y = zoo_conv(net, y, zoo_format("%s.%d", name.text, part).text, (zoo_window){.channels = channels, .kernel = 1});
    y = zoo_norm(net, y, zoo_format("%s.%d", name.text, part + 1).text, 1e-5f);
    return stride == 1 && x.channels == channels ? zoo_add(net, x, y, zoo_format("features.%d.add", place).text) : y;
}

void zoo_mobilenet_v2(zoo_net *net)
{
    static const struct {
        int64_t expand, channels, repeat, stride;
    } stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
    int place = 1;
    zoo_value x = unit(net, zoo_picture(net, 224), zoo_format("features.0"),
                       (zoo_window){.channels = 32, .kernel = 3, .stride = 2, .pad = 1}, ZOO_RELU6, 1e-5f);
    for (size_t s = 0; s < sizeof stages / sizeof *stages; s++)
        for (int64_t i = 0; i < stages[s].repeat; i++)
            x = residual_v2(net, x, place++, stages[s].expand, stages[s].channels, i ? 1 : stages[s].stride);
    x = unit(net, x, zoo_format("features.%d", place), (zoo_window){.channels = 1280, .kernel = 1}, ZOO_RELU6, 1e-5f);
    zoo_output(net, zoo_linear(net, end(net, x), "classifier.1", 1000, 1), "output");
}

/* ---- v3 and EfficientNet ---- */

/* squeeze: channels inside the squeeze-and-excitation part, 0: there is none. */
typedef struct block {
    int64_t kernel, inner, channels, squeeze, stride;
    zoo_activation activation;
    zoo_activation squeeze_activation, gate;
    float epsilon;
} block;

static zoo_value excite(zoo_net *net, zoo_value x, zoo_name name, const block *b)
{
    zoo_value gate = zoo_global_pool(net, x, zoo_format("%s.avgpool", name.text).text);
    gate = zoo_conv(net, gate, zoo_format("%s.fc1", name.text).text, (zoo_window){.channels = b->squeeze, .kernel = 1, .bias = true});
    gate = zoo_activate(net, gate, zoo_format("%s.activation", name.text).text, b->squeeze_activation);
    gate = zoo_conv(net, gate, zoo_format("%s.fc2", name.text).text, (zoo_window){.channels = x.channels, .kernel = 1, .bias = true});
    gate = zoo_activate(net, gate, zoo_format("%s.scale_activation", name.text).text, b->gate);
    return zoo_scale(net, x, gate, zoo_format("%s.mul", name.text).text);
}

static zoo_value inverted(zoo_net *net, zoo_value x, zoo_name name, const block *b)
{
    int part = 0;
    zoo_value y = x;
    if (b->inner != x.channels)
        y = unit(net, y, zoo_format("%s.block.%d", name.text, part++), (zoo_window){.channels = b->inner, .kernel = 1}, b->activation,
                 b->epsilon);
    y = unit(net, y, zoo_format("%s.block.%d", name.text, part++),
             (zoo_window){.channels = b->inner, .kernel = b->kernel, .stride = b->stride, .pad = b->kernel / 2, .groups = b->inner},
             b->activation, b->epsilon);
    if (b->squeeze)
        y = excite(net, y, zoo_format("%s.block.%d", name.text, part++), b);
    y = unit(net, y, zoo_format("%s.block.%d", name.text, part), (zoo_window){.channels = b->channels, .kernel = 1}, ZOO_LINEAR,
             b->epsilon);
    return b->stride == 1 && x.channels == b->channels ? zoo_add(net, y, x, zoo_format("%s.add", name.text).text) : y;
}

#define V3 .squeeze_activation = ZOO_RELU, .gate = ZOO_HARD_SIGMOID, .epsilon = 0.001f
#define RE .activation = ZOO_RELU, V3
#define HS .activation = ZOO_HARD_SWISH, V3

void zoo_mobilenet_v3_large(zoo_net *net)
{
    static const block blocks[] = {
        {3, 16, 16, 0, 1, RE},     {3, 64, 24, 0, 2, RE},     {3, 72, 24, 0, 1, RE},     {5, 72, 40, 24, 2, RE},
        {5, 120, 40, 32, 1, RE},   {5, 120, 40, 32, 1, RE},   {3, 240, 80, 0, 2, HS},    {3, 200, 80, 0, 1, HS},
        {3, 184, 80, 0, 1, HS},    {3, 184, 80, 0, 1, HS},    {3, 480, 112, 120, 1, HS}, {3, 672, 112, 168, 1, HS},
        {5, 672, 160, 168, 2, HS}, {5, 960, 160, 240, 1, HS}, {5, 960, 160, 240, 1, HS},
    };
    zoo_value x = unit(net, zoo_picture(net, 224), zoo_format("features.0"),
                       (zoo_window){.channels = 16, .kernel = 3, .stride = 2, .pad = 1}, ZOO_HARD_SWISH, 0.001f);
    for (int i = 0; i < 15; i++)
        x = inverted(net, x, zoo_format("features.%d", i + 1), &blocks[i]);
    x = unit(net, x, zoo_format("features.16"), (zoo_window){.channels = 960, .kernel = 1}, ZOO_HARD_SWISH, 0.001f);
    x = zoo_activate(net, zoo_linear(net, end(net, x), "classifier.0", 1280, 1), "classifier.1", ZOO_HARD_SWISH);
    zoo_output(net, zoo_linear(net, x, "classifier.3", 1000, 2), "output");
}

void zoo_efficientnet_b0(zoo_net *net)
{
    static const struct {
        int64_t expand, kernel, stride, channels, repeat;
    } stages[] = {{1, 3, 1, 16, 1},  {6, 3, 2, 24, 2},  {6, 5, 2, 40, 2}, {6, 3, 2, 80, 3},
                  {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1}};
    zoo_value x = unit(net, zoo_picture(net, 224), zoo_format("features.0"),
                       (zoo_window){.channels = 32, .kernel = 3, .stride = 2, .pad = 1}, ZOO_SWISH, 1e-5f);
    for (int s = 0; s < 7; s++)
        for (int i = 0; i < (int)stages[s].repeat; i++) {
            const block b = {.kernel = stages[s].kernel,
                             .inner = x.channels * stages[s].expand,
                             .channels = stages[s].channels,
                             .squeeze = x.channels / 4,
                             .stride = i ? 1 : stages[s].stride,
                             .activation = ZOO_SWISH,
                             .squeeze_activation = ZOO_SWISH,
                             .gate = ZOO_SIGMOID,
                             .epsilon = 1e-5f};
            x = inverted(net, x, zoo_format("features.%d.%d", s + 1, i), &b);
        }
    x = unit(net, x, zoo_format("features.8"), (zoo_window){.channels = 1280, .kernel = 1}, ZOO_SWISH, 1e-5f);
    zoo_output(net, zoo_linear(net, end(net, x), "classifier.1", 1000, 1), "output");
}
