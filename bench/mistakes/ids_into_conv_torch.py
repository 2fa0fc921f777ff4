import torch
from torch import nn


class Reviews(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(100, 64, 3)
        self.hidden = nn.Linear(64, 32)
        self.head = nn.Linear(32, 1)

    def forward(self, words):
        x = torch.relu(self.conv(words))
        x = torch.relu(self.hidden(x.amax(2)))
        return self.head(x)


model = Reviews()

# One batch.
good = model(torch.zeros(2, 120).int())
nn.functional.binary_cross_entropy_with_logits(good, torch.zeros(2, 1)).backward()
