import torch
from torch import nn

model = nn.Sequential(
    nn.Conv1d(1, 16, 9, stride=4),
    nn.ReLU(),
    nn.AdaptiveMaxPool1d(1),
    nn.Flatten(),
    nn.Linear(16, 32,
    nn.ReLU(),
    nn.Linear(32, 5),
)

# One batch.
scores = model(torch.zeros(2, 1, 800))
nn.functional.cross_entropy(scores, torch.arange(2)).backward()
