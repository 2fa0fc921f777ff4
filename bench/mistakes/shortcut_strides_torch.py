import torch
from torch import nn


class Unit(nn.Module):
    def __init__(self, into, width, stride=1):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(into, width, 3, stride=stride, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1),
            nn.BatchNorm2d(width),
        )
        self.short = nn.Sequential(nn.Conv2d(into, width, 1), nn.BatchNorm2d(width))

    def forward(self, x):
        return torch.relu(self.short(x) + self.main(x))


model = nn.Sequential(
    nn.Conv2d(3, 24, 3, padding=1),
    nn.ReLU(),
    Unit(24, 24),
    Unit(24, 48, 2),
    Unit(48, 96, 2),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(96, 7),
)

# One batch.
scores = model(torch.zeros(2, 3, 48, 48))
nn.functional.cross_entropy(scores, torch.arange(2)).backward()
