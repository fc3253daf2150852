/* SqueezeNet 1.1 (Iandola et al., SqueezeNet, 2016). */
#include "zoo/networks.h"

static zoo_value conv_relu(zoo_net *net, zoo_value x, zoo_name name, zoo_window window)
{
    window.bias = true;
    x = zoo_conv(net, x, name.text, window);
    return zoo_activate(net, x, zoo_format("%s_activation", name.text).text, ZOO_RELU);
}

static zoo_value fire(zoo_net *net, zoo_value x, int place, int64_t squeeze, int64_t expand)
{
    x = conv_relu(net, x, zoo_format("features.%d.squeeze", place), (zoo_window){.channels = squeeze, .kernel = 1});
    const zoo_value parts[] = {
        conv_relu(net, x, zoo_format("features.%d.expand1x1", place), (zoo_window){.channels = expand, .kernel = 1}),
        conv_relu(net, x, zoo_format("features.%d.expand3x3", place), (zoo_window){.channels = expand, .kernel = 3, .pad = 1}),
    };
    return zoo_concat(net, parts, 2, zoo_format("features.%d.cat", place).text);
}

static zoo_value shrink(zoo_net *net, zoo_value x, int place)
{
    return zoo_max_pool(net, x, zoo_format("features.%d", place).text, (zoo_window){.kernel = 3, .stride = 2, .ceil = true});
}

void zoo_squeezenet1_1(zoo_net *net)
{
    zoo_value x = conv_relu(net, zoo_picture(net, 224), zoo_format("features.0"), (zoo_window){.channels = 64, .kernel = 3, .stride = 2});
    x = shrink(net, x, 2);
    x = fire(net, fire(net, x, 3, 16, 64), 4, 16, 64);
    x = shrink(net, x, 5);
    x = fire(net, fire(net, x, 6, 32, 128), 7, 32, 128);
    x = shrink(net, x, 8);
    x = fire(net, fire(net, x, 9, 48, 192), 10, 48, 192);
    x = fire(net, fire(net, x, 11, 64, 256), 12, 64, 256);
    x = conv_relu(net, x, zoo_format("classifier.1"), (zoo_window){.channels = 1000, .kernel = 1});
    zoo_output(net, zoo_flatten(net, zoo_global_pool(net, x, "avgpool"), "flatten", 1), "output");
}
