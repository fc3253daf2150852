/* ShuffleNet v2 x1.0 (Ma et al., ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design, 2018). */
#include "zoo/networks.h"

static zoo_value conv_norm(zoo_net *net, zoo_value x, zoo_name name, int place, zoo_window window)
{
    x = zoo_conv(net, x, zoo_format("%s.%d", name.text, place).text, window);
    return zoo_norm(net, x, zoo_format("%s.%d", name.text, place + 1).text, 1e-5f);
}

static zoo_value relu(zoo_net *net, zoo_value x, zoo_name name, int place)
{
    return zoo_activate(net, x, zoo_format("%s.%d", name.text, place).text, ZOO_RELU);
}

static zoo_window point(int64_t channels) { return (zoo_window){.channels = channels, .kernel = 1}; }

static zoo_window depth(int64_t channels, int64_t stride)
{
    return (zoo_window){.channels = channels, .kernel = 3, .stride = stride, .pad = 1, .groups = channels};
}

static zoo_value branch(zoo_net *net, zoo_value x, zoo_name name, int64_t channels, int64_t stride)
{
    x = relu(net, conv_norm(net, x, name, 0, point(channels)), name, 2);
    x = conv_norm(net, x, name, 3, depth(channels, stride));
    return relu(net, conv_norm(net, x, name, 5, point(channels)), name, 7);
}

/* side: pixels of the result. */
static zoo_value block(zoo_net *net, zoo_value x, zoo_name name, int64_t channels, bool shrinks, int64_t side)
{
    const zoo_name first = zoo_format("%s.branch1", name.text), second = zoo_format("%s.branch2", name.text);
    zoo_value halves[2];
    if (shrinks) {
        const zoo_value thin = conv_norm(net, x, first, 0, depth(x.channels, 2));
        halves[0] = relu(net, conv_norm(net, thin, first, 2, point(channels / 2)), first, 4);
        halves[1] = branch(net, x, second, channels / 2, 2);
    } else {
        zoo_halve(net, x, zoo_format("%s.chunk", name.text).text, halves);
        halves[1] = branch(net, halves[1], second, channels / 2, 1);
    }
    x = zoo_concat(net, halves, 2, zoo_format("%s.cat", name.text).text);
    return zoo_shuffle(net, x, zoo_format("%s.shuffle", name.text).text, side);
}

void zoo_shufflenet_v2(zoo_net *net)
{
    static const int repeats[] = {4, 8, 4};
    const zoo_name begin = zoo_format("conv1"), end = zoo_format("conv5");
    zoo_value x = conv_norm(net, zoo_picture(net, 224), begin, 0, (zoo_window){.channels = 24, .kernel = 3, .stride = 2, .pad = 1});
    x = zoo_max_pool(net, relu(net, x, begin, 2), "maxpool", (zoo_window){.kernel = 3, .stride = 2, .pad = 1});
    for (int s = 0; s < 3; s++)
        for (int i = 0; i < repeats[s]; i++)
            x = block(net, x, zoo_format("stage%d.%d", s + 2, i), (int64_t)116 << s, !i, 28 >> s);
    x = relu(net, conv_norm(net, x, end, 0, point(1024)), end, 2);
    x = zoo_flatten(net, zoo_global_pool(net, x, "mean"), "flatten", 1);
    zoo_output(net, zoo_linear(net, x, "fc", 1000, 1), "output");
}
