/* DenseNet with 121 layers (Huang et al., Densely Connected Convolutional Networks, 2016). */
#include "zoo/networks.h"

#define EPSILON 1e-5f
#define GROWTH 32
#define MAX_LAYERS 24

static zoo_value norm_relu(zoo_net *net, zoo_value x, zoo_name name, const char *number)
{
    x = zoo_norm(net, x, zoo_format("%s.norm%s", name.text, number).text, EPSILON);
    return zoo_activate(net, x, zoo_format("%s.relu%s", name.text, number).text, ZOO_RELU);
}

/* Each layer sees all that were before it in its block. */
static zoo_value dense(zoo_net *net, zoo_value x, int number, int layers)
{
    zoo_value parts[1 + MAX_LAYERS] = {x};
    for (int i = 1; i <= layers; i++) {
        const zoo_name name = zoo_format("features.denseblock%d.denselayer%d", number, i);
        if (i > 1)
            x = zoo_concat(net, parts, (size_t)i, zoo_format("%s.cat", name.text).text);
        x = norm_relu(net, x, name, "1");
        x = zoo_conv(net, x, zoo_format("%s.conv1", name.text).text, (zoo_window){.channels = 4 * GROWTH, .kernel = 1});
        x = norm_relu(net, x, name, "2");
        parts[i] = zoo_conv(net, x, zoo_format("%s.conv2", name.text).text, (zoo_window){.channels = GROWTH, .kernel = 3, .pad = 1});
    }
    return zoo_concat(net, parts, (size_t)layers + 1, zoo_format("features.denseblock%d.cat", number).text);
}

static zoo_value transition(zoo_net *net, zoo_value x, int number)
{
    const zoo_name name = zoo_format("features.transition%d", number);
    x = norm_relu(net, x, name, "");
    x = zoo_conv(net, x, zoo_format("%s.conv", name.text).text, (zoo_window){.channels = x.channels / 2, .kernel = 1});
    return zoo_average_pool(net, x, zoo_format("%s.pool", name.text).text, (zoo_window){.kernel = 2, .stride = 2});
}

void zoo_densenet121(zoo_net *net)
{
    static const int layers[] = {6, 12, 24, 16};
    zoo_value x = zoo_conv(net, zoo_picture(net, 224), "features.conv0", (zoo_window){.channels = 64, .kernel = 7, .stride = 2, .pad = 3});
    x = norm_relu(net, x, zoo_format("features"), "0");
    x = zoo_max_pool(net, x, "features.pool0", (zoo_window){.kernel = 3, .stride = 2, .pad = 1});
    for (int i = 0; i < 4; i++) {
        x = dense(net, x, i + 1, layers[i]);
        if (i < 3)
            x = transition(net, x, i + 1);
    }
    x = norm_relu(net, x, zoo_format("features"), "5");
    x = zoo_flatten(net, zoo_global_pool(net, x, "avgpool"), "flatten", 1);
    zoo_output(net, zoo_linear(net, x, "classifier", 1000, 1), "output");
}
