import torch
from torch import nn

model = nn.Sequential(
    nn.Conv2d(3, 16, 5),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 5),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(32 * 21 * 21, 20),
)

# One batch.
breed = model(torch.zeros(2, 96, 96, 3))
nn.functional.cross_entropy(breed, torch.arange(2)).backward()
