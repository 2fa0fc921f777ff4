import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 24, 5, padding=same),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(40 * 40 * 24, 43),
)

# One batch.
scores = model(torch.zeros(2, 3, 40, 40))
nn.functional.cross_entropy(scores, torch.arange(2)).backward()
