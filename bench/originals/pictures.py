"""DCGAN, the siamese network for Omniglot, U-Net++ and NeRF."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class DCGANGenerator(nn.Sequential):
    """Pictures of 64 by 64 from noise `[batch, code]` (Radford et al. 2016)."""

    def __init__(self, code: int = 100, width: int = 64) -> None:
        layers: list[nn.Module] = [
            nn.Unflatten(1, (code, 1, 1)),
            nn.ConvTranspose2d(code, 8 * width, 4, bias=False),
        ]
        for into in (8 * width, 4 * width, 2 * width):
            layers += [nn.BatchNorm2d(into), nn.ReLU()]
            layers.append(nn.ConvTranspose2d(into, into // 2, 4, 2, 1, bias=False))
        last = nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False)
        super().__init__(*layers, nn.BatchNorm2d(width), nn.ReLU(), last, nn.Tanh())


class DCGANDiscriminator(nn.Sequential):
    def __init__(self, width: int = 64) -> None:
        layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)]
        for into in (width, 2 * width, 4 * width):
            layers.append(nn.Conv2d(into, 2 * into, 4, 2, 1, bias=False))
            layers += [nn.BatchNorm2d(2 * into), nn.LeakyReLU(0.2)]
        super().__init__(
            *layers, nn.Conv2d(8 * width, 1, 4, bias=False), nn.Flatten(), nn.Sigmoid()
        )


class Siamese(nn.Module):
    """Whether two drawings show one letter (Koch et al. 2015)."""

    def __init__(self, features: int = 4096, size: int = 105) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(1, 64, 10), nn.ReLU()]
        into, size = 64, size - 9
        for filters, kernel in ((128, 7), (128, 4), (256, 4)):
            layers += [nn.MaxPool2d(2), nn.Conv2d(into, filters, kernel), nn.ReLU()]
            into, size = filters, size // 2 - kernel + 1
        self.look = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(into * size**2, features), nn.Sigmoid()
        )
        self.verdict = nn.Linear(features, 1)

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        return self.verdict((self.look(first) - self.look(second)).abs()).sigmoid()


FILTERS = (32, 64, 128, 256, 512)


class UNetPlusPlus(nn.Module):
    """Four masks, of nets one level deeper each (Zhou et al. 2018)."""

    def __init__(self, classes: int = 1, channels: int = 3) -> None:
        super().__init__()
        for row, filters in enumerate(FILTERS):
            self.add_module(f"node{row}_0", node(FILTERS[row - 1] if row else channels, filters))
        for column in range(1, 5):
            for row, filters in enumerate(FILTERS[: 5 - column]):
                up = nn.ConvTranspose2d(FILTERS[row + 1], filters, 2, 2)
                self.add_module(f"up{row}_{column}", up)
                self.add_module(f"node{row}_{column}", node((column + 1) * filters, filters))
        for column in range(1, 5):
            self.add_module(f"head{column}", nn.Conv2d(FILTERS[0], classes, 1))

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        rows = [[self.node0_0(image)]]
        for row in range(1, 5):
            pooled = nn.functional.max_pool2d(rows[-1][0], 2)
            rows.append([self.get_submodule(f"node{row}_0")(pooled)])
        for column in range(1, 5):
            for row in range(5 - column):
                up = self.get_submodule(f"up{row}_{column}")(rows[row + 1][column - 1])
                joined = torch.cat((*rows[row], up), 1)
                rows[row].append(self.get_submodule(f"node{row}_{column}")(joined))
        return tuple(
            self.get_submodule(f"head{column}")(rows[0][column]).sigmoid() for column in range(1, 5)
        )


def node(into: int, filters: int) -> nn.Sequential:
    first, second = nn.Conv2d(into, filters, 3, 1, 1), nn.Conv2d(filters, filters, 3, 1, 1)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU())


class NeRF(nn.Module):
    """The colour and density of a place in a scene from a direction (Mildenhall et al. 2020)."""

    def __init__(self, width: int = 256, depth: int = 8) -> None:
        super().__init__()
        place, direction = 3 * (1 + 2 * 10), 3 * (1 + 2 * 4)
        wide = {0: place, 5: place + width}
        self.places = nn.ModuleList(
            nn.Linear(wide.get(level, width), width) for level in range(depth)
        )
        self.density = nn.Linear(width, 1)
        self.feature = nn.Linear(width, width)
        self.view = nn.Linear(width + direction, width // 2)
        self.colour = nn.Linear(width // 2, 3)

    def forward(self, place: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
        seen = waves(place, 10)
        x = seen
        for level, layer in enumerate(self.places):
            x = layer(torch.cat((seen, x), -1) if level == 5 else x).relu()
        view = torch.cat((self.feature(x), waves(direction, 4)), -1)
        return self.colour(self.view(view).relu()).sigmoid(), self.density(x).relu()


def waves(x: Tensor, count: int) -> Tensor:
    octaves = [2.0**octave * x for octave in range(count)]
    return torch.cat((x, *(wave for o in octaves for wave in (o.sin(), o.cos()))), -1)
