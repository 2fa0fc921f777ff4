import torch
from torch import nn

model = nn.Sequential(
    nn.Flatten(),
    nn.Linear(28 * 28, 100),
    nn.ReLU(),
    nn.Linear(100, 10),
    nn.Softmax(dim=1),
)

# One batch.
probs = model(torch.zeros(2, 1, 28, 28))
nn.functional.cross_entropy(probs, torch.zeros(2).long()).backward()
