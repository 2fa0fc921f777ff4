import numpy as np
import torch
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 10))
data = np.load("numbers.npz")

# One batch.
scores = model(torch.from_numpy(data["x"][:2]))
nn.functional.cross_entropy(scores, torch.from_numpy(data["y"][:2])).backward()
