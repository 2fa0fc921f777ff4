import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 36, 3, stride=2, padding=1),
    nn.GroupNorm(8, 36),
    nn.ReLU(),
    nn.AdaptiveAvgPool2d(1),
    nn.Flatten(),
    nn.Linear(36, 8),
)

# One batch.
scores = model(torch.zeros(2, 3, 64, 64))
nn.functional.cross_entropy(scores, torch.arange(2)).backward()
