import torch
from blocks_torch import GatedUnti
from torch import nn

model = nn.Sequential(nn.Linear(30, 64), GatedUnti(64), GatedUnti(64), nn.Linear(64, 1))

# One batch.
price = model(torch.zeros(2, 30))
nn.functional.mse_loss(price, torch.zeros(2, 1)).backward()
