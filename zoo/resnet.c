/* ResNet with 50 layers (He et al., Deep Residual Learning for Image Recognition, 2015); the stride stands in the 3x3 layers. */
#include "zoo/networks.h"

#define EPSILON 1e-5f

static zoo_value conv_norm(zoo_net *net, zoo_value x, const char *name, const char *conv, const char *norm, zoo_window window)
{
    x = zoo_conv(net, x, zoo_format("%s%s", name, conv).text, window);
    return zoo_norm(net, x, zoo_format("%s%s", name, norm).text, EPSILON);
}

static zoo_value relu(zoo_net *net, zoo_value x, const char *name, int i)
{
    return zoo_activate(net, x, zoo_format("%srelu%d", name, i).text, ZOO_RELU);
}

/* name ends with a point. */
static zoo_value bottleneck(zoo_net *net, zoo_value x, const char *name, int64_t inner, int64_t stride)
{
    zoo_value y = conv_norm(net, x, name, "conv1", "bn1", (zoo_window){.channels = inner, .kernel = 1});
    y = relu(net, y, name, 1);
    y = conv_norm(net, y, name, "conv2", "bn2", (zoo_window){.channels = inner, .kernel = 3, .stride = stride, .pad = 1});
    y = relu(net, y, name, 2);
    y = conv_norm(net, y, name, "conv3", "bn3", (zoo_window){.channels = 4 * inner, .kernel = 1});
    if (x.channels != 4 * inner)
        x = conv_norm(net, x, name, "downsample.0", "downsample.1", (zoo_window){.channels = 4 * inner, .kernel = 1, .stride = stride});
    return relu(net, zoo_add(net, y, x, zoo_format("%sadd", name).text), name, 3);
}

void zoo_resnet50(zoo_net *net)
{
    static const int blocks[] = {3, 4, 6, 3};
    zoo_value x =
        conv_norm(net, zoo_picture(net, 224), "", "conv1", "bn1", (zoo_window){.channels = 64, .kernel = 7, .stride = 2, .pad = 3});
    x = zoo_activate(net, x, "relu", ZOO_RELU);
    x = zoo_max_pool(net, x, "maxpool", (zoo_window){.kernel = 3, .stride = 2, .pad = 1});
    for (int stage = 0; stage < 4; stage++)
        for (int i = 0; i < blocks[stage]; i++)
            x = bottleneck(net, x, zoo_format("layer%d.%d.", stage + 1, i).text, (int64_t)64 << stage, stage && !i ? 2 : 1);
    x = zoo_flatten(net, zoo_global_pool(net, x, "avgpool"), "flatten", 1);
    zoo_output(net, zoo_linear(net, x, "fc", 1000, 1), "output");
}
