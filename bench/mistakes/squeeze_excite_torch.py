import torch
from torch import nn


class Gate(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // 4)
        self.excite = nn.Linear(channels // 4, channels)

    def forward(self, x):
        gate = x.mean((2, 3))
        gate = torch.relu(self.squeeze(gate))
        gate = torch.sigmoid(self.excite(gate))
        return x * gate


model = nn.Sequential(
    nn.Conv2d(3, 40, 3, stride=2, padding=1),
    nn.ReLU(),
    Gate(40),
    nn.Conv2d(40, 80, 3, stride=2, padding=1),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(80, 12),
)

# One batch.
scores = model(torch.zeros(2, 3, 80, 80))
nn.functional.cross_entropy(scores, torch.arange(2)).backward()
