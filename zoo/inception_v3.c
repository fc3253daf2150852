/* Inception v3 (Szegedy et al., Rethinking the Inception Architecture for Computer Vision, 2015) as torchvision has it, with the
 * auxiliary classifier as a second output, so that all of its parameters are in the graph. */
#include "zoo/networks.h"

#define UNIT(...) ((zoo_window){__VA_ARGS__})
#define AVERAGE_3x3 UNIT(.kernel = 3, .stride = 1, .pad = 1)

/* BasicConv2d: convolution, BatchNormalization, Relu. */
static zoo_value basic(zoo_net *net, zoo_value x, zoo_name name, zoo_window window)
{
    x = zoo_conv(net, x, zoo_format("%s.conv", name.text).text, window);
    x = zoo_norm(net, x, zoo_format("%s.bn", name.text).text, 0.001f);
    return zoo_activate(net, x, zoo_format("%s.relu", name.text).text, ZOO_RELU);
}

#define BASIC(x, part, ...) basic(net, x, zoo_format("%s." part, name), UNIT(__VA_ARGS__))
#define JOIN(...)                                                                                                   \
    zoo_concat(net, (const zoo_value[]){__VA_ARGS__}, sizeof((const zoo_value[]){__VA_ARGS__}) / sizeof(zoo_value), \
               zoo_format("%s.cat", name).text)
#define AVERAGE(x) zoo_average_pool(net, x, zoo_format("%s.avg_pool", name).text, AVERAGE_3x3)
#define MAX(x) zoo_max_pool(net, x, zoo_format("%s.max_pool", name).text, UNIT(.kernel = 3, .stride = 2))

static zoo_value block_a(zoo_net *net, zoo_value x, const char *name, int64_t pool_channels)
{
    const zoo_value one = BASIC(x, "branch1x1", .channels = 64, .kernel = 1);
    zoo_value five = BASIC(x, "branch5x5_1", .channels = 48, .kernel = 1);
    five = BASIC(five, "branch5x5_2", .channels = 64, .kernel = 5, .pad = 2);
    zoo_value three = BASIC(x, "branch3x3dbl_1", .channels = 64, .kernel = 1);
    three = BASIC(three, "branch3x3dbl_2", .channels = 96, .kernel = 3, .pad = 1);
    three = BASIC(three, "branch3x3dbl_3", .channels = 96, .kernel = 3, .pad = 1);
    const zoo_value pool = BASIC(AVERAGE(x), "branch_pool", .channels = pool_channels, .kernel = 1);
    return JOIN(one, five, three, pool);
}

static zoo_value block_b(zoo_net *net, zoo_value x, const char *name)
{
    const zoo_value three = BASIC(x, "branch3x3", .channels = 384, .kernel = 3, .stride = 2);
    zoo_value twice = BASIC(x, "branch3x3dbl_1", .channels = 64, .kernel = 1);
    twice = BASIC(twice, "branch3x3dbl_2", .channels = 96, .kernel = 3, .pad = 1);
    twice = BASIC(twice, "branch3x3dbl_3", .channels = 96, .kernel = 3, .stride = 2);
    return JOIN(three, twice, MAX(x));
}

/* wide: 1x7, tall: 7x1. */
#define WIDE .kernel = 1, .kernel_w = 7, .pad_w = 3
#define TALL .kernel = 7, .kernel_w = 1, .pad = 3

static zoo_value block_c(zoo_net *net, zoo_value x, const char *name, int64_t inner)
{
    const zoo_value one = BASIC(x, "branch1x1", .channels = 192, .kernel = 1);
    zoo_value seven = BASIC(x, "branch7x7_1", .channels = inner, .kernel = 1);
    seven = BASIC(seven, "branch7x7_2", .channels = inner, WIDE);
    seven = BASIC(seven, "branch7x7_3", .channels = 192, TALL);
    zoo_value twice = BASIC(x, "branch7x7dbl_1", .channels = inner, .kernel = 1);
    twice = BASIC(twice, "branch7x7dbl_2", .channels = inner, TALL);
    twice = BASIC(twice, "branch7x7dbl_3", .channels = inner, WIDE);
    twice = BASIC(twice, "branch7x7dbl_4", .channels = inner, TALL);
    twice = BASIC(twice, "branch7x7dbl_5", .channels = 192, WIDE);
    const zoo_value pool = BASIC(AVERAGE(x), "branch_pool", .channels = 192, .kernel = 1);
    return JOIN(one, seven, twice, pool);
}

static zoo_value block_d(zoo_net *net, zoo_value x, const char *name)
{
    zoo_value three = BASIC(x, "branch3x3_1", .channels = 192, .kernel = 1);
    three = BASIC(three, "branch3x3_2", .channels = 320, .kernel = 3, .stride = 2);
    zoo_value seven = BASIC(x, "branch7x7x3_1", .channels = 192, .kernel = 1);
    seven = BASIC(seven, "branch7x7x3_2", .channels = 192, WIDE);
    seven = BASIC(seven, "branch7x7x3_3", .channels = 192, TALL);
    seven = BASIC(seven, "branch7x7x3_4", .channels = 192, .kernel = 3, .stride = 2);
    return JOIN(three, seven, MAX(x));
}

static zoo_value block_e(zoo_net *net, zoo_value x, const char *name)
{
    const zoo_value one = BASIC(x, "branch1x1", .channels = 320, .kernel = 1);
    const zoo_value three = BASIC(x, "branch3x3_1", .channels = 384, .kernel = 1);
    const zoo_value three_a = BASIC(three, "branch3x3_2a", .channels = 384, .kernel = 1, .kernel_w = 3, .pad_w = 1);
    const zoo_value three_b = BASIC(three, "branch3x3_2b", .channels = 384, .kernel = 3, .kernel_w = 1, .pad = 1);
    zoo_value twice = BASIC(x, "branch3x3dbl_1", .channels = 448, .kernel = 1);
    twice = BASIC(twice, "branch3x3dbl_2", .channels = 384, .kernel = 3, .pad = 1);
    const zoo_value twice_a = BASIC(twice, "branch3x3dbl_3a", .channels = 384, .kernel = 1, .kernel_w = 3, .pad_w = 1);
    const zoo_value twice_b = BASIC(twice, "branch3x3dbl_3b", .channels = 384, .kernel = 3, .kernel_w = 1, .pad = 1);
    const zoo_value pool = BASIC(AVERAGE(x), "branch_pool", .channels = 192, .kernel = 1);
    return JOIN(one, three_a, three_b, twice_a, twice_b, pool);
}

static zoo_value stem(zoo_net *net)
{
    const char *const name = "stem";
    zoo_value x = zoo_picture(net, 299);
    x = basic(net, x, zoo_format("Conv2d_1a_3x3"), UNIT(.channels = 32, .kernel = 3, .stride = 2));
    x = basic(net, x, zoo_format("Conv2d_2a_3x3"), UNIT(.channels = 32, .kernel = 3));
    x = basic(net, x, zoo_format("Conv2d_2b_3x3"), UNIT(.channels = 64, .kernel = 3, .pad = 1));
    x = MAX(x);
    x = basic(net, x, zoo_format("Conv2d_3b_1x1"), UNIT(.channels = 80, .kernel = 1));
    x = basic(net, x, zoo_format("Conv2d_4a_3x3"), UNIT(.channels = 192, .kernel = 3));
    return zoo_max_pool(net, x, "maxpool2", UNIT(.kernel = 3, .stride = 2));
}

static void auxiliary(zoo_net *net, zoo_value x)
{
    const char *const name = "AuxLogits";
    x = zoo_average_pool(net, x, "AuxLogits.avg_pool", UNIT(.kernel = 5, .stride = 3));
    x = BASIC(x, "conv0", .channels = 128, .kernel = 1);
    x = BASIC(x, "conv1", .channels = 768, .kernel = 5);
    x = zoo_flatten(net, zoo_global_pool(net, x, "AuxLogits.avgpool"), "AuxLogits.flatten", 1);
    zoo_output(net, zoo_linear(net, x, "AuxLogits.fc", 1000, 1), "aux");
}

void zoo_inception_v3(zoo_net *net)
{
    zoo_value x = stem(net);
    x = block_a(net, x, "Mixed_5b", 32);
    x = block_a(net, x, "Mixed_5c", 64);
    x = block_a(net, x, "Mixed_5d", 64);
    x = block_b(net, x, "Mixed_6a");
    x = block_c(net, x, "Mixed_6b", 128);
    x = block_c(net, x, "Mixed_6c", 160);
    x = block_c(net, x, "Mixed_6d", 160);
    x = block_c(net, x, "Mixed_6e", 192);
    const zoo_value aux = x;
    x = block_d(net, x, "Mixed_7a");
    x = block_e(net, x, "Mixed_7b");
    x = block_e(net, x, "Mixed_7c");
    x = zoo_flatten(net, zoo_global_pool(net, x, "avgpool"), "flatten", 1);
    zoo_output(net, zoo_linear(net, x, "fc", 1000, 1), "output");
    auxiliary(net, aux);
}
