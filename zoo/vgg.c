/* VGG with 16 layers (Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014). */
#include "zoo/networks.h"

void zoo_vgg16(zoo_net *net)
{
    static const int64_t layers[] = {64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0}; /* 0: pool */
    zoo_value x = zoo_picture(net, 224);
    for (int i = 0, place = 0; i < 18; i++) {
        if (!layers[i]) {
            x = zoo_max_pool(net, x, zoo_format("features.%d", place++).text, (zoo_window){.kernel = 2, .stride = 2});
            continue;
        }
        x = zoo_conv(net, x, zoo_format("features.%d", place).text,
                     (zoo_window){.channels = layers[i], .kernel = 3, .pad = 1, .bias = true});
        x = zoo_activate(net, x, zoo_format("features.%d", place + 1).text, ZOO_RELU);
        place += 2;
    }
    x = zoo_flatten(net, x, "flatten", 7 * 7);
    x = zoo_activate(net, zoo_linear(net, x, "classifier.0", 4096, 1), "classifier.1", ZOO_RELU);
    x = zoo_activate(net, zoo_linear(net, x, "classifier.3", 4096, 1), "classifier.4", ZOO_RELU);
    zoo_output(net, zoo_linear(net, x, "classifier.6", 1000, 2), "output");
}
