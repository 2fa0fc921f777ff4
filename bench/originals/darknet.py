"""Darknet-19, Darknet-53 and YOLOv3-tiny (Redmon and Farhadi 2016, 2018)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Conv(nn.Sequential):
    """A convolution without bias, its normalization, and a ReLU that leaks a tenth."""

    def __init__(self, into: int, out: int, kernel: int, strides: int = 1) -> None:
        super().__init__(
            nn.Conv2d(into, out, kernel, strides, kernel // 2, bias=False),
            nn.BatchNorm2d(out),
            nn.LeakyReLU(0.1),
        )


class Darknet19(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        layers: list[nn.Module] = [Conv(3, 32, 3), nn.MaxPool2d(2), Conv(32, 64, 3)]
        into = 64
        for filters, pairs in ((128, 1), (256, 1), (512, 2), (1024, 2)):
            layers += [nn.MaxPool2d(2), Conv(into, filters, 3)]
            for _ in range(pairs):
                layers += [Conv(filters, filters // 2, 1), Conv(filters // 2, filters, 3)]
            into = filters
        self.body = nn.Sequential(*layers)
        self.last = nn.Conv2d(into, classes, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.last(self.body(image)).mean((2, 3)).softmax(1)


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.narrow = Conv(channels, channels // 2, 1)
        self.wide = Conv(channels // 2, channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.wide(self.narrow(x))


class Darknet53(nn.Module):
    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        layers: list[nn.Module] = [Conv(3, 32, 3)]
        into = 32
        for filters, depth in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
            layers.append(Conv(into, filters, 3, 2))
            layers += [Residual(filters) for _ in range(depth)]
            into = filters
        self.body = nn.Sequential(*layers)
        self.fc = nn.Linear(into, classes)

    def forward(self, image: Tensor) -> Tensor:
        return self.fc(self.body(image).mean((2, 3))).softmax(1)


class YOLOv3Tiny(nn.Module):
    """Two maps of `[batch, rows, columns, 3, 5 + classes]`, the coarse one first."""

    def __init__(self, classes: int = 80) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        into = 3
        for filters in (16, 32, 64, 128):
            layers += [Conv(into, filters, 3), nn.MaxPool2d(2)]
            into = filters
        self.first = nn.Sequential(*layers, Conv(128, 256, 3))
        self.second = nn.Sequential(
            nn.MaxPool2d(2),
            Conv(256, 512, 3),
            # As large as before: a last row and column of minus infinity.
            nn.ConstantPad2d((0, 1, 0, 1), -torch.inf),
            nn.MaxPool2d(2, 1),
            Conv(512, 1024, 3),
            Conv(1024, 256, 1),
        )
        values = 3 * (5 + classes)
        self.coarse = nn.Sequential(Conv(256, 512, 3), nn.Conv2d(512, values, 1))
        self.up = nn.Sequential(Conv(256, 128, 1), nn.Upsample(scale_factor=2))
        self.fine = nn.Sequential(Conv(384, 256, 3), nn.Conv2d(256, values, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        middle = self.first(image)
        deep = self.second(middle)
        fine = self.fine(torch.cat((self.up(deep), middle), 1))
        return boxes(self.coarse(deep)), boxes(fine)


def boxes(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1).unflatten(-1, (3, -1))
