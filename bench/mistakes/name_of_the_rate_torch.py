import torch
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 10))
optimizer = torch.optim.SGD(model.parameters(), learning_rate=0.05, momentum=0.9)

# One batch.
scores = model(torch.zeros(2, 1, 28, 28))
nn.functional.cross_entropy(scores, torch.zeros(2).long()).backward()
optimizer.step()
