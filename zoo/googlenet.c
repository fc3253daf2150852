/* GoogLeNet (Szegedy et al., Going Deeper with Convolutions, 2014) with BatchNormalization and without auxiliary heads, as torchvision's
 * pretrained one; its "5x5" branch is 3x3. */
#include "zoo/networks.h"

static zoo_value basic(zoo_net *net, zoo_value x, zoo_name name, zoo_window window)
{
    x = zoo_conv(net, x, zoo_format("%s.conv", name.text).text, window);
    x = zoo_norm(net, x, zoo_format("%s.bn", name.text).text, 0.001f);
    return zoo_activate(net, x, zoo_format("%s.relu", name.text).text, ZOO_RELU);
}

static zoo_value max_pool(zoo_net *net, zoo_value x, const char *name, int64_t kernel)
{
    return zoo_max_pool(net, x, name, (zoo_window){.kernel = kernel, .stride = 2, .ceil = true});
}

typedef struct inception {
    const char *name;
    int64_t one, reduce3, three, reduce5, five, pool;
} inception;

static zoo_value block(zoo_net *net, zoo_value x, const inception *b)
{
    const zoo_value one = basic(net, x, zoo_format("%s.branch1", b->name), (zoo_window){.channels = b->one, .kernel = 1});
    zoo_value three = basic(net, x, zoo_format("%s.branch2.0", b->name), (zoo_window){.channels = b->reduce3, .kernel = 1});
    three = basic(net, three, zoo_format("%s.branch2.1", b->name), (zoo_window){.channels = b->three, .kernel = 3, .pad = 1});
    zoo_value five = basic(net, x, zoo_format("%s.branch3.0", b->name), (zoo_window){.channels = b->reduce5, .kernel = 1});
    five = basic(net, five, zoo_format("%s.branch3.1", b->name), (zoo_window){.channels = b->five, .kernel = 3, .pad = 1});
    const zoo_window around = {.kernel = 3, .stride = 1, .pad = 1, .ceil = true};
    zoo_value pool = zoo_max_pool(net, x, zoo_format("%s.branch4.0", b->name).text, around);
    pool = basic(net, pool, zoo_format("%s.branch4.1", b->name), (zoo_window){.channels = b->pool, .kernel = 1});
    return zoo_concat(net, (const zoo_value[]){one, three, five, pool}, 4, zoo_format("%s.cat", b->name).text);
}

void zoo_googlenet(zoo_net *net)
{
    static const inception blocks[] = {
        {"inception3a", 64, 96, 128, 16, 32, 32},     {"inception3b", 128, 128, 192, 32, 96, 64},
        {"inception4a", 192, 96, 208, 16, 48, 64},    {"inception4b", 160, 112, 224, 24, 64, 64},
        {"inception4c", 128, 128, 256, 24, 64, 64},   {"inception4d", 112, 144, 288, 32, 64, 64},
        {"inception4e", 256, 160, 320, 32, 128, 128}, {"inception5a", 256, 160, 320, 32, 128, 128},
        {"inception5b", 384, 192, 384, 48, 128, 128},
    };
    zoo_value x = basic(net, zoo_picture(net, 224), zoo_format("conv1"), (zoo_window){.channels = 64, .kernel = 7, .stride = 2, .pad = 3});
    x = max_pool(net, x, "maxpool1", 3);
    x = basic(net, x, zoo_format("conv2"), (zoo_window){.channels = 64, .kernel = 1});
    x = basic(net, x, zoo_format("conv3"), (zoo_window){.channels = 192, .kernel = 3, .pad = 1});
    x = max_pool(net, x, "maxpool2", 3);
    for (int i = 0; i < 9; i++) {
        if (i == 2)
            x = max_pool(net, x, "maxpool3", 3);
        if (i == 7)
            x = max_pool(net, x, "maxpool4", 2);
        x = block(net, x, &blocks[i]);
    }
    x = zoo_flatten(net, zoo_global_pool(net, x, "avgpool"), "flatten", 1);
    zoo_output(net, zoo_linear(net, x, "fc", 1000, 1), "output");
}
