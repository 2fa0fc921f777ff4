"""The nets written as torchvision has them compute what PyTorch does with the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from netc.runtime.infer.session import Session
from netc.runtime.weights import load_weights

from .zoo import graph


def unit(nn: Any, into: int, width: int, strides: int, narrow: bool) -> Any:
    """A residual unit with torchvision's names, the shortcut defined last."""

    class Unit(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            out = 4 * width if narrow else width
            kernels = ((1, 1), (3, strides), (1, 1)) if narrow else ((3, strides), (3, 1))
            before = into
            for index, (kernel, step) in enumerate(kernels, start=1):
                after = out if index == len(kernels) else width
                conv = nn.Conv2d(before, after, kernel, step, kernel // 2, bias=False)
                setattr(self, f"conv{index}", conv)
                setattr(self, f"bn{index}", nn.BatchNorm2d(after))
                before = after
            self.depth = len(kernels)
            self.downsample = None
            if strides != 1 or into != out:
                conv = nn.Conv2d(into, out, 1, strides, bias=False)
                self.downsample = nn.Sequential(conv, nn.BatchNorm2d(out))

        def forward(self, x: Any) -> Any:
            y = x
            for index in range(1, self.depth + 1):
                y = getattr(self, f"bn{index}")(getattr(self, f"conv{index}")(y))
                y = y if index == self.depth else y.relu()
            return (y + (x if self.downsample is None else self.downsample(x))).relu()

    return Unit()


def resnet(depths: tuple[int, ...], narrow: bool) -> Any:
    """A residual network with torchvision's names, and statistics as after training."""
    from torch import nn

    class ResNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
            self.bn1 = nn.BatchNorm2d(64)
            into = 64
            for stage, depth in enumerate(depths):
                width, units = 64 * 2**stage, []
                for index in range(depth):
                    strides = 1 if index or not stage else 2
                    units.append(unit(nn, into, width, strides, narrow))
                    into = 4 * width if narrow else width
                setattr(self, f"layer{stage + 1}", nn.Sequential(*units))
            self.fc = nn.Linear(into, 1000)

        def forward(self, x: Any) -> Any:
            x = nn.functional.max_pool2d(self.bn1(self.conv1(x)).relu(), 3, 2, 1)
            for stage in range(len(depths)):
                x = getattr(self, f"layer{stage + 1}")(x)
            return self.fc(x.mean((2, 3)))

    module = ResNet()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.weight, 0.3, 0.6)
            nn.init.uniform_(part.bias, -0.2, 0.2)
            nn.init.uniform_(part.running_mean, -0.2, 0.2)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
    return module.eval()


@pytest.mark.parametrize(
    ("name", "depths", "narrow"),
    [
        ("ResNet18Torch", (2, 2, 2, 2), False),
        ("ResNet50Torch", (3, 4, 6, 3), True),
        pytest.param("ResNet34Torch", (3, 4, 6, 3), False, marks=pytest.mark.slow),
        pytest.param("ResNet101Torch", (3, 4, 23, 3), True, marks=pytest.mark.slow),
        pytest.param("ResNet152Torch", (3, 8, 36, 3), True, marks=pytest.mark.slow),
    ],
)
def test_torchvision_s_resnets(
    tmp_path: Path, name: str, depths: tuple[int, ...], narrow: bool
) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    module = resnet(depths, narrow)
    torch.save(module.state_dict(), tmp_path / "w.pth")
    checked = graph("resnet_torch.net", name)
    source = load_weights(tmp_path / "w.pth", checked)
    x = np.random.default_rng(0).uniform(-2, 2, (1, 224, 224, 3)).astype("float32")
    (got,) = Session.from_checked(checked, source).run({"image": x}).values()
    with torch.no_grad():
        expected = module(torch.from_numpy(x.transpose(0, 3, 1, 2).copy())).numpy()
    np.testing.assert_allclose(got, expected, atol=1e-4 * np.abs(expected).max())
