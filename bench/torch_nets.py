"""The networks of `bench/inference.py` in plain PyTorch, as its users write them."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def conv_norm(into: int, out: int, kernel: int, strides: int = 1, groups: int = 1) -> nn.Sequential:
    """Pads as Keras's `same` does: a stride of 2 takes one row less above than below."""
    pad, padding = (
        (nn.Identity(), kernel // 2) if strides == 1 or kernel == 1 else (uneven(kernel), 0)
    )
    conv = nn.Conv2d(into, out, kernel, strides, padding, groups=groups, bias=False)
    return nn.Sequential(pad, conv, nn.BatchNorm2d(out))


def uneven(kernel: int) -> nn.Module:
    """The zeros that Keras's `same` puts around an even picture for a stride of 2."""
    before, after = (kernel - 2) // 2, (kernel - 1) // 2
    return nn.ZeroPad2d((before, after, before, after))


def settled(module: nn.Module) -> nn.Module:
    """The module with normalizations as after training; fresh ones export as convolutions without
    a bias, which no trained network has."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.bias, -0.5, 0.5)
            nn.init.uniform_(part.running_mean, -0.5, 0.5)
    return module


class Bottleneck(nn.Module):
    def __init__(self, into: int, width: int, strides: int) -> None:
        super().__init__()
        out = 4 * width
        self.residual = nn.Sequential(
            *(conv_norm(into, width, 1), nn.ReLU()),
            *(conv_norm(width, width, 3, strides), nn.ReLU()),
            conv_norm(width, out, 1),
        )
        changed = strides != 1 or into != out
        self.shortcut = conv_norm(into, out, 1, strides) if changed else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.residual(x) + self.shortcut(x))


def resnet50() -> nn.Module:
    layers: list[nn.Module] = [
        conv_norm(3, 64, 7, 2),
        nn.ReLU(),
        nn.MaxPool2d(3, 2, ceil_mode=True),
    ]
    into = 64
    for stage, depth in enumerate((3, 4, 6, 3)):
        width = 64 * 2**stage
        for unit in range(depth):
            layers.append(Bottleneck(into, width, 2 if stage and not unit else 1))
            into = 4 * width
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(into, 1000), nn.Softmax(-1))
    return settled(nn.Sequential(*layers, *head))


def vgg16() -> nn.Module:
    layers: list[nn.Module] = []
    into = 3
    for filters, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            layers += [nn.Conv2d(into, filters, 3, padding=1), nn.ReLU()]
            into = filters
        layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    for features, units in ((25088, 4096), (4096, 4096)):
        layers += [nn.Linear(features, units), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(4096, 1000), nn.Softmax(-1))


class Inverted(nn.Module):
    def __init__(self, into: int, out: int, expand: int, strides: int) -> None:
        super().__init__()
        wide = expand * into
        first = () if expand == 1 else (conv_norm(into, wide, 1), nn.ReLU6())
        self.thin = nn.Sequential(
            *first,
            *(conv_norm(wide, wide, 3, strides, wide), nn.ReLU6()),
            conv_norm(wide, out, 1),
        )
        self.skips = strides == 1 and into == out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.thin(x) if self.skips else self.thin(x)


def mobilenet_v2() -> nn.Module:
    layers: list[nn.Module] = [conv_norm(3, 32, 3, 2), nn.ReLU6()]
    into = 32
    for expand, filters, depth, strides in (
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ):
        for unit in range(depth):
            layers.append(Inverted(into, filters, expand, 1 if unit else strides))
            into = filters
    layers += [conv_norm(320, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return settled(nn.Sequential(*layers, nn.Linear(1280, 1000), nn.Softmax(-1)))


class LSTMClassifier(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20_000, 128)
        self.lstm = nn.LSTM(128, 128, batch_first=True)
        self.head = nn.Linear(128, 1)

    def forward(self, words: Tensor) -> Tensor:
        _, (state, _) = self.lstm(self.embedding(words))
        return torch.sigmoid(self.head(state[-1]))


class Encoder(nn.Module):
    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.feed = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))
        self.first, self.second = (nn.LayerNorm(width, eps=1e-6) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        split = [
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        ]
        looked = nn.functional.scaled_dot_product_attention(*split).transpose(1, 2).flatten(2)
        x = self.first(x + self.out(looked))
        return self.second(x + self.feed(x))


class TransformerClassifier(nn.Module):
    def __init__(self, tokens: int) -> None:
        super().__init__()
        width = 128
        self.embedding = nn.Embedding(20_000, width)
        rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
        angles = torch.arange(tokens)[:, None] * rates
        self.register_buffer("places", torch.stack((angles.sin(), angles.cos()), -1).flatten(1))
        self.encoder = nn.Sequential(Encoder(width, 4, 512), Encoder(width, 4, 512))
        self.head = nn.Linear(width, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens) * math.sqrt(self.embedding.embedding_dim) + self.places
        return torch.softmax(self.head(self.encoder(x).mean(1)), -1)


class Cifar10CNN(nn.Sequential):
    def __init__(self) -> None:
        layers: list[nn.Module] = []
        for into, out in ((3, 16), (16, 32), (32, 64)):
            layers += [nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(into, out, 2), nn.ReLU()]
            layers.append(nn.MaxPool2d(2))
        layers += [nn.Dropout(0.3), nn.Flatten(), nn.Linear(1024, 500), nn.ReLU()]
        super().__init__(*layers, nn.Dropout(0.4), nn.Linear(500, 10))
