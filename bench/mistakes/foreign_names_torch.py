import torch
from torch import nn

model = nn.Sequential(
    nn.Linear(30, 64),
    nn.ReLU(),
    nn.BatchNormalization(64),
    nn.Linear(64, 4),
)

# One batch.
scores = model(torch.zeros(2, 30))
nn.functional.cross_entropy(scores, torch.arange(2)).backward()
