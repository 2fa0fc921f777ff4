import torch
from torch import nn

model = nn.Sequential(
    nn.Linear(32, 6 * 6 * 64),
    nn.ReLU(),
    nn.Unflatten(1, (32, 6, 6)),
    nn.ConvTranspose2d(32, 32, 4, stride=2, padding=1),
    nn.ReLU(),
    nn.ConvTranspose2d(32, 1, 4, stride=2, padding=1),
)

# One batch.
image = model(torch.zeros(2, 32))
nn.functional.mse_loss(image, torch.zeros(2, 1, 24, 24)).backward()
