#!/usr/bin/env python3
"""Writes torchvision's pretrained networks as .onnx, with the labels beside them.

usage: export.py [NETWORK...] [--folder DIR]      NETWORK: inception_v3 (default), vgg16, mobilenet_v2, mobilenet_v3_large, resnet50, ...
needs: pip install torch torchvision onnx, and a network connection for the weights (inception_v3: 104 MB)
"""
import argparse
import os

import torch
import torchvision

# Width and height that a network was trained for, where it is not 224.
SIZES = {"inception_v3": 299}


def export(name, folder):
    weights = torchvision.models.get_model_weights(name).DEFAULT
    net = torchvision.models.get_model(name, weights=weights).eval()
    size = SIZES.get(name, 224)
    path = os.path.join(folder, name + ".onnx")
    torch.onnx.export(net, torch.zeros(1, 3, size, size), path, opset_version=17, dynamo=False, input_names=["picture"], output_names=["scores"],
                      dynamic_axes={"picture": {0: "batch"}, "scores": {0: "batch"}})
    preset = "inception" if name == "inception_v3" else "imagenet"
    print(f"{path}: {weights}, preset {preset}, {sum(p.numel() for p in net.parameters()):,} parameters")
    return weights.meta["categories"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", default=["inception_v3"])
    parser.add_argument("--folder", default=".")
    args = parser.parse_args()
    for name in args.networks:
        categories = export(name, args.folder)
    with open(os.path.join(args.folder, "imagenet.txt"), "w") as f:
        f.write("".join(f"{c}\n" for c in categories))


if __name__ == "__main__":
    main()
