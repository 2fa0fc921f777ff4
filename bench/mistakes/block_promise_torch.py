import torch
from torch import nn


class Separable(nn.Module):
    def __init__(self, into, width):
        super().__init__()
        self.depthwise = nn.Conv2d(into, into, 3, padding=1, groups=into)
        self.mix = nn.Conv2d(into, into * width, 1)

    def forward(self, x):
        x = torch.relu(self.depthwise(x))
        return torch.relu(self.mix(x))


model = nn.Sequential(
    nn.Conv2d(3, 8, 3, stride=2, padding=1),
    Separable(8, 16),
    Separable(16, 32),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(32, 15),
)

# One batch.
scores = model(torch.zeros(2, 3, 64, 64))
nn.functional.cross_entropy(scores, torch.arange(2)).backward()
