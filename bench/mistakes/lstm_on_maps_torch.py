import torch
from torch import nn


class Plates(nn.Module):
    def __init__(self):
        super().__init__()
        self.maps = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d((2, 1)),
            nn.Conv2d(32, 48, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d((2, 1)),
        )
        self.lstm = nn.LSTM(48, 64, batch_first=True)
        self.head = nn.Linear(64, 37)

    def forward(self, x):
        x, _ = self.lstm(self.maps(x))
        return self.head(x)


model = Plates()

# One batch.
letters = model(torch.zeros(2, 1, 24, 96))
nn.functional.cross_entropy(letters.transpose(1, 2), torch.zeros(2, 96).long()).backward()
