import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 24, (5, 5, 3)),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.LazyLinear(43),
)

# One batch.
scores = model(torch.zeros(2, 3, 40, 40))
nn.functional.cross_entropy(scores, torch.arange(2)).backward()
