import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 16, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(32 * 16 * 16, 256),
    nn.ReLU(),
    nn.Linear(256, 11),
)

# One batch.
scores = model(torch.zeros(2, 3, 72, 72))
nn.functional.cross_entropy(scores, torch.arange(2)).backward()
