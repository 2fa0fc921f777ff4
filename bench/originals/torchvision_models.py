"""The nets of torchvision, with their state dicts as `.pth` files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .entry import Entry, Made

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
"""Of ImageNet's pixels, scaled to 0..1, as torchvision's preprocessing has them."""


@dataclass(frozen=True)
class Way:
    """How the zoo's net differs from torchvision's around the layers with weights.

    `scaled`: it takes pixels of 0 to 255 and scales them itself. `softmax`: it ends in one.
    `without`: it has not this module, which only training asks for.
    """

    scaled: bool = False
    softmax: bool = False
    without: str = ""


def made(name: str, size: int, way: Way, arguments: Mapping[str, Any]) -> Made:
    """A module for pictures of `size` by `size`."""
    import torch
    import torchvision

    torch.manual_seed(0)
    module = torchvision.models.get_model(name, weights=None, **arguments)
    pixels = patches(size, 10)
    ready = (pixels / 255 - MEAN) / STD
    first = torch.from_numpy(np.ascontiguousarray(ready.transpose(0, 3, 1, 2)))
    settle(module, first[2:])
    with torch.no_grad():
        answer = module(first[:2])
        answer = answer.softmax(-1) if way.softmax else answer

    def save(folder: Path) -> Sequence[Path]:
        torch.save(module.state_dict(), folder / "model.pth")
        return [folder / "model.pth"]

    return Made(
        trainable=sum(
            part.numel()
            for place, part in module.named_parameters()
            if not (way.without and place.startswith(way.without))
        ),
        params=None,
        inputs={"image": (pixels if way.scaled else ready)[:2]},
        outputs=[answer.numpy()],
        save=save,
    )


def patches(size: int, count: int) -> np.ndarray[Any, Any]:
    """Random pictures of pixels of 0 to 255, of patches, so that pooling leaves something of
    each."""
    rng = np.random.default_rng(0)
    side = -(-size // 4)
    colours = rng.uniform(40, 215, (count, 4, 4, 3)).repeat(side, 1).repeat(side, 2)
    noise = rng.uniform(-40, 40, (count, size, size, 3))
    return (colours[:, :size, :size] + noise).astype(np.float32)


def settle(module: Any, *batch: Any) -> None:
    """Draws weights under which answers depend on the inputs, with the statistics of a batch."""
    import torch

    norms = []
    for part in module.modules():
        if isinstance(part, torch.nn.Conv2d | torch.nn.Linear):
            torch.nn.init.kaiming_normal_(part.weight)
            if part.bias is not None:
                torch.nn.init.uniform_(part.bias, -0.2, 0.2)
        elif isinstance(part, torch.nn.BatchNorm2d | torch.nn.LayerNorm):
            torch.nn.init.uniform_(part.weight, 0.5, 1.0)
            torch.nn.init.uniform_(part.bias, -0.2, 0.2)
            norms += [part] * isinstance(part, torch.nn.BatchNorm2d)
        if hasattr(part, "layer_scale"):
            torch.nn.init.uniform_(part.layer_scale, 0.1, 0.4)
    module.eval()
    for norm in norms:
        norm.train()
        norm.momentum = None
    with torch.no_grad():
        module(*batch)
    module.eval()


def entry(
    file: str,
    net: str,
    name: str,
    published: int,
    size: int = 224,
    way: Way = Way(),
    aside: int = 0,
    **arguments: object,
) -> Entry:
    """`published` is the count that torchvision gives with its weights, as `num_params`."""
    make = partial(made, name, size, way, arguments)
    return Entry(file, net, published, f"torchvision `{name}`", make, aside=aside)


SCALED = Way(scaled=True)
SOFTMAX = Way(softmax=True)
BOTH = Way(scaled=True, softmax=True)
V3, SHUFFLE = "mobilenet_v3_torch.net", "shufflenet_v2.net"
NO_SIDE = Way(without="AuxLogits")
ENTRIES = [
    entry("vgg.net", "VGG16", "vgg16", 138_357_544, way=SOFTMAX),
    entry("vgg.net", "VGG19", "vgg19", 143_667_240, way=SOFTMAX),
    entry("resnet_torch.net", "ResNet18Torch", "resnet18", 11_689_512),
    entry("resnet_torch.net", "ResNet34Torch", "resnet34", 21_797_672),
    entry("resnet_torch.net", "ResNet50Torch", "resnet50", 25_557_032),
    entry("resnet_torch.net", "ResNet101Torch", "resnet101", 44_549_160),
    entry("resnet_torch.net", "ResNet152Torch", "resnet152", 60_192_808),
    entry("densenet.net", "DenseNet121", "densenet121", 7_978_856, way=SOFTMAX),
    entry("densenet.net", "DenseNet169", "densenet169", 14_149_480, way=SOFTMAX),
    entry("densenet.net", "DenseNet201", "densenet201", 20_013_928, way=SOFTMAX),
    entry("squeezenet.net", "SqueezeNet10", "squeezenet1_0", 1_248_424, 227, SOFTMAX),
    entry("squeezenet.net", "SqueezeNet11", "squeezenet1_1", 1_235_496, way=SOFTMAX),
    entry("mobilenet_v2_torch.net", "MobileNetV2Torch", "mobilenet_v2", 3_504_872, way=SCALED),
    entry(
        "inception_v3.net",
        "InceptionV3Torch",
        "inception_v3",
        27_161_264,
        299,
        NO_SIDE,
        3_326_696,
        init_weights=False,
    ),
    entry(V3, "MobileNetV3SmallTorch", "mobilenet_v3_small", 2_542_856, way=SCALED),
    entry(V3, "MobileNetV3LargeTorch", "mobilenet_v3_large", 5_483_032, way=SCALED),
    entry(
        "efficientnet_v2_torch.net",
        "EfficientNetV2STorch",
        "efficientnet_v2_s",
        21_458_488,
        384,
        SCALED,
    ),
    entry("convnext.net", "ConvNeXtTiny", "convnext_tiny", 28_589_128, way=BOTH),
    entry("convnext.net", "ConvNeXtSmall", "convnext_small", 50_223_688, way=BOTH),
    entry(SHUFFLE, "ShuffleNetV2X05", "shufflenet_v2_x0_5", 1_366_792, way=SCALED),
    entry(SHUFFLE, "ShuffleNetV2X10", "shufflenet_v2_x1_0", 2_278_604, way=SCALED),
    entry(SHUFFLE, "ShuffleNetV2X15", "shufflenet_v2_x1_5", 3_503_624, way=SCALED),
    entry(SHUFFLE, "ShuffleNetV2X20", "shufflenet_v2_x2_0", 7_393_996, way=SCALED),
]
