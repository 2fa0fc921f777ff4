import torch
from torch import nn

model = nn.Sequential(
    nn.Linear(30, 64),
    nn.ReLU(),
    nn.Dropout(rate=0.3),
    nn.Linear(64, 64),
    nn.ReLU(),
    nn.Linear(64, 1),
)

# One batch.
price = model(torch.zeros(2, 30))
nn.functional.mse_loss(price, torch.zeros(2, 1)).backward()
