"""TCN, WaveNet, translation with attention, and the two towers of a recommender."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils import weight_norm


class Causal(nn.Module):
    """A convolution over `[batch, channels, time]` that sees no later step."""

    def __init__(self, into: int, out: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.before = (kernel - 1) * dilation
        self.conv = nn.Conv1d(into, out, kernel, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(nn.functional.pad(x, (self.before, 0)))


class Temporal(nn.Module):
    """A residual block of weight-normalized causal convolutions."""

    def __init__(self, into: int, filters: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.steps = nn.ModuleList(
            Causal(channels, filters, kernel, dilation) for channels in (into, filters)
        )
        for step in self.steps:
            weight_norm(step.conv)
        self.downsample = nn.Conv1d(into, filters, 1) if into != filters else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = x
        for step in self.steps:
            y = step(y).relu()
        return (y + self.downsample(x)).relu()


class TCN(nn.Module):
    """Classes of sequences `[batch, time, channels]` (Bai et al. 2018)."""

    def __init__(
        self,
        channels: int = 1,
        filters: int = 25,
        levels: int = 8,
        kernel: int = 7,
        classes: int = 10,
    ) -> None:
        super().__init__()
        self.network = nn.Sequential(
            *(
                Temporal(filters if level else channels, filters, kernel, 2**level)
                for level in range(levels)
            )
        )
        self.linear = nn.Linear(filters, classes)

    def forward(self, sequence: Tensor) -> Tensor:
        return self.linear(self.network(sequence.transpose(1, 2))[..., -1]).softmax(-1)


class Gated(nn.Module):
    """A layer of WaveNet: what goes on to the next, and what goes to the end."""

    def __init__(self, channels: int, skips: int, dilation: int, last: bool) -> None:
        super().__init__()
        self.both = Causal(channels, 2 * channels, 2, dilation)
        self.back = nn.Identity() if last else nn.Conv1d(channels, channels, 1)
        self.skip = nn.Conv1d(channels, skips, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        new, gate = self.both(x).chunk(2, 1)
        gated = new.tanh() * gate.sigmoid()
        return x + self.back(gated), self.skip(gated)


class WaveNet(nn.Module):
    """Scores of each next sample, `[batch, time, levels]` (van den Oord et al. 2016)."""

    def __init__(
        self,
        levels: int = 256,
        channels: int = 32,
        skips: int = 1024,
        hidden: int = 512,
        depth: int = 10,
        stacks: int = 3,
    ) -> None:
        super().__init__()
        self.levels = levels
        self.start = nn.Conv1d(levels, channels, 1)
        count = depth * stacks
        self.layers = nn.ModuleList(
            Gated(channels, skips, 2 ** (place % depth), place == count - 1)
            for place in range(count)
        )
        self.end = nn.Sequential(
            nn.ReLU(), nn.Conv1d(skips, hidden, 1), nn.ReLU(), nn.Conv1d(hidden, levels, 1)
        )

    def forward(self, samples: Tensor) -> Tensor:
        x = self.start(nn.functional.one_hot(samples.long(), self.levels).float().transpose(1, 2))
        total: Tensor | float = 0.0
        for layer in self.layers:
            x, skip = layer(x)
            total = total + skip
        return self.end(total).transpose(1, 2)


class Seq2Seq(nn.Module):
    """Translation with global attention and general scores (Luong et al. 2015)."""

    def __init__(
        self, from_words: int = 17_191, to_words: int = 7_709, width: int = 512, depth: int = 2
    ) -> None:
        super().__init__()
        self.source = nn.Embedding(from_words, width)
        self.encoder = nn.LSTM(width, width, depth, batch_first=True)
        self.target = nn.Embedding(to_words, width)
        self.decoder = nn.LSTM(width, width, depth, batch_first=True)
        self.scorer = nn.Linear(width, width, bias=False)
        self.attentional = nn.Linear(2 * width, width, bias=False)
        self.words = nn.Linear(width, to_words, bias=False)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        memory, state = self.encoder(self.source(source))
        x, _ = self.decoder(self.target(target), state)
        weights = (x @ self.scorer(memory).transpose(1, 2)).softmax(-1)
        return self.words(self.attentional(torch.cat((weights @ memory, x), -1)).tanh())


class Tower(nn.Module):
    def __init__(self, count: int, width: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        self.embedding = nn.Embedding(count, width)
        layers: list[nn.Module] = []
        for units in hidden:
            layers += [nn.Linear(width, units), nn.ReLU()]
            width = units
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, place: Tensor) -> Tensor:
        return nn.functional.normalize(self.layers(self.embedding(place)), dim=-1)


class TwoTower(nn.Module):
    """How likely users like items (Yi et al. 2019)."""

    def __init__(self, users: int = 943, items: int = 1682, width: int = 32) -> None:
        super().__init__()
        self.users = Tower(users, width, (64, 32))
        self.items = Tower(items, width, (64, 32))

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        product = (self.users(user) * self.items(item)).sum(-1, keepdim=True)
        return (product / 0.05).sigmoid()
