#!/usr/bin/env python3
"""Trains the network of this folder on scikit-learn's handwritten digits and writes all other files here (not README.md).

usage: train.py [FOLDER]
needs: pip install torch scikit-learn pillow onnx
"""
import os
import sys

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 20
EPOCHS = 80
HELD_OUT = 450


class Conv(nn.Sequential):
    def __init__(self, inputs, outputs, size):
        super().__init__(nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())


class Excite(nn.Module):
    """Squeeze and excitation: each channel is scaled by what all channels say of the whole picture."""

    def __init__(self, channels, hidden):
        super().__init__()
        self.scale = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, hidden, 1), nn.ReLU(), nn.Conv2d(hidden, channels, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.scale(x)


class Inception(nn.Module):
    """Four branches side by side: 1x1, 3x3, 5x5, pooling."""

    def __init__(self, inputs, one, three, five, pool):
        super().__init__()
        self.one = Conv(inputs, one, 1)
        self.three = nn.Sequential(Conv(inputs, three // 2, 1), Conv(three // 2, three, 3))
        self.five = nn.Sequential(Conv(inputs, five // 2, 1), Conv(five // 2, five, 5))
        self.pool = nn.Sequential(nn.AvgPool2d(3, stride=1, padding=1), Conv(inputs, pool, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], 1)


class Digits(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            Conv(1, 24, 3), Inception(24, 16, 24, 12, 12), Excite(64, 16), nn.MaxPool2d(2),
            Inception(64, 24, 48, 16, 8), Excite(96, 16), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(96, 10))

    def forward(self, x):
        return self.layers(x)


def load():
    """Pixels as bytes, so that a PNG holds all there is; the order of the set is kept as the picture's number."""
    data = load_digits()
    pixels = np.rint(data.images * (255 / 16)).astype(np.uint8)[:, None]
    train, test = train_test_split(np.arange(len(pixels)), test_size=HELD_OUT, stratify=data.target, random_state=SEED)
    return pixels, data.target.astype(np.uint8), np.sort(train), np.sort(test)


def tensor(pixels):
    return torch.from_numpy(pixels.astype(np.float32) / 255)


def shifted(x):
    """Each picture moved by up to one pixel."""
    padded = nn.functional.pad(x, (1, 1, 1, 1))
    at = torch.randint(0, 3, (len(x), 2))
    return torch.stack([p[:, i:i + 8, j:j + 8] for p, (i, j) in zip(padded, at.tolist())])


def train(net, x, y):
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=1e-2)
    steps = len(x) // 64
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 6e-3, EPOCHS * steps)
    for epoch in range(EPOCHS):
        net.train()
        for batch in torch.randperm(len(x))[:steps * 64].split(64):
            optimiser.zero_grad()
            loss = nn.functional.cross_entropy(net(shifted(x[batch])), y[batch], label_smoothing=0.05)
            loss.backward()
            optimiser.step()
            schedule.step()
        if epoch % 20 == 19:
            print(f"epoch {epoch + 1}: loss {loss.item():.3f}")
    net.eval()


def export(net, path):
    torch.onnx.export(net, torch.zeros(1, 1, 8, 8), path, opset_version=17, dynamo=False, input_names=["picture"], output_names=["scores"],
                      dynamic_axes={"picture": {0: "batch"}, "scores": {0: "batch"}}, do_constant_folding=False,
                      training=torch.onnx.TrainingMode.PRESERVE)


def write_pictures(folder, pixels, labels, test):
    os.makedirs(folder, exist_ok=True)
    for digit in range(10):
        for i in [i for i in test if labels[i] == digit][:2]:
            Image.fromarray(pixels[i, 0]).save(os.path.join(folder, f"{digit}_{i:04d}.png"), optimize=True)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    pixels, labels, train_set, test_set = load()
    net = Digits()
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {len(train_set)} pictures to learn from, {len(test_set)} held out")
    train(net, tensor(pixels[train_set]), torch.from_numpy(labels[train_set]).long())
    with torch.no_grad():
        right = int((net(tensor(pixels[test_set])).argmax(1).numpy() == labels[test_set]).sum())
    print(f"held-out accuracy: {right} of {len(test_set)} = {100 * right / len(test_set):.2f} %")
    export(net, os.path.join(folder, "digits.onnx"))
    write_pictures(os.path.join(folder, "pictures"), pixels, labels, test_set)
    np.save(os.path.join(folder, "heldout.npy"), pixels[test_set])
    np.save(os.path.join(folder, "heldout_labels.npy"), labels[test_set])
    with open(os.path.join(folder, "labels.txt"), "w") as f:
        f.write("".join(f"{word}\n" for word in "zero one two three four five six seven eight nine".split()))


if __name__ == "__main__":
    main()
