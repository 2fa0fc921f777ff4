"""PyTorch's nets of `bench/imports.py`: those of torchvision, and some as its users write them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

LIKE: Mapping[str, tuple[str, str]] = {
    "resnet18": ("resnet_torch.net", "ResNet18Torch"),
    "resnet50": ("resnet_torch.net", "ResNet50Torch"),
    "mobilenet_v2": ("mobilenet_v2_torch.net", "MobileNetV2Torch"),
    "mobilenet_v3_large": ("mobilenet_v3_torch.net", "MobileNetV3LargeTorch"),
    "efficientnet_b0": ("efficientnet.net", "EfficientNetB0"),
    "convnext_tiny": ("convnext.net", "ConvNeXtTiny"),
    "vit_b_16": ("vit.net", "ViTTiny"),
    "unet": ("unet.net", "UNet"),
}
"""What a person wrote like it."""


def vision(name: str, size: int = 64) -> Callable[[], tuple[Any, Any]]:
    """A net of torchvision and pictures for it."""

    def make() -> tuple[Any, Any]:
        import torch
        from torchvision.models import get_model

        return get_model(name, weights=None), torch.randn(2, 3, size, size)

    return make


def unet() -> tuple[Any, Any]:
    """A U-Net of four levels with normalizations."""
    import torch
    from torch import nn

    def convs(into: int, out: int) -> nn.Sequential:
        return nn.Sequential(
            *(nn.Conv2d(into, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU()),
            *(nn.Conv2d(out, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU()),
        )

    class UNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            widths = [16, 32, 64, 128, 256]
            self.downs = nn.ModuleList(map(convs, [3, *widths], widths))
            pairs = list(pairwise(widths))[::-1]
            self.ups = nn.ModuleList(nn.ConvTranspose2d(b, a, 2, 2) for a, b in pairs)
            self.joins = nn.ModuleList(convs(2 * a, a) for a, _ in pairs)
            self.pool, self.head = nn.MaxPool2d(2), nn.Conv2d(16, 2, 1)

        def forward(self, x: Any) -> Any:
            skips = []
            for down in self.downs[:-1]:
                x = down(x)
                skips.append(x)
                x = self.pool(x)
            x = self.downs[-1](x)
            for up, join, skip in zip(self.ups, self.joins, skips[::-1], strict=True):
                x = join(torch.cat([skip, up(x)], 1))
            return self.head(x)

    return UNet(), torch.randn(2, 3, 64, 64)


def lstm(both: bool = False) -> tuple[Any, Any]:
    """A tagger: two LSTMs over words."""
    import torch
    from torch import nn

    class Tagger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(100, 16)
            self.steps = nn.LSTM(16, 24, 2, batch_first=True, bidirectional=both)
            self.head = nn.Linear(48 if both else 24, 5)

        def forward(self, tokens: Any) -> Any:
            return self.head(self.steps(self.words(tokens))[0])

    return Tagger(), torch.randint(0, 100, (2, 20))


def encoder(causal: bool = False) -> tuple[Any, Any]:
    """`nn.TransformerEncoder` of four layers, with learned positions."""
    import torch
    from torch import nn

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(100, 32)
            self.positions = nn.Parameter(torch.randn(20, 32))
            layer = nn.TransformerEncoderLayer(
                32, 4, 64, batch_first=True, activation="gelu", norm_first=causal
            )
            self.layers = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
            self.head = nn.Linear(32, 5)

        def forward(self, tokens: Any) -> Any:
            x = self.words(tokens) + self.positions
            mask = nn.Transformer.generate_square_subsequent_mask(20) if causal else None
            return self.head(self.layers(x, mask=mask, is_causal=causal))

    return Encoder(), torch.randint(0, 100, (2, 20))


NETS: Mapping[str, Callable[[], tuple[Any, Any]]] = {
    "resnet18": vision("resnet18"),
    "resnet50": vision("resnet50"),
    "mobilenet_v2": vision("mobilenet_v2"),
    "mobilenet_v3_large": vision("mobilenet_v3_large"),
    "efficientnet_b0": vision("efficientnet_b0"),
    "convnext_tiny": vision("convnext_tiny"),
    "vit_b_16": vision("vit_b_16", 224),
    "unet": unet,
    "lstm": lstm,
    "lstm of both directions": lambda: lstm(True),
    "encoder": encoder,
    "encoder with a causal mask": lambda: encoder(True),
}


def export(make: Callable[[], tuple[Any, Any]], path: Path, *, dynamo: bool) -> None:
    """Writes a net with drawn weights as ONNX; the batch has no number."""
    import torch
    from torch import nn

    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    torch.manual_seed(0)
    module, given = make()
    module.eval()
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d | nn.LayerNorm):
            nn.init.uniform_(part.weight, 0.5, 1.5)
            nn.init.uniform_(part.bias, -0.5, 0.5)
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.5, 0.5)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
    for name, weight in module.named_parameters():
        if name.endswith(("layer_scale", "bias")) and weight.unique().numel() == 1:
            nn.init.uniform_(weight, -0.1, 0.1)
    batch: dict[str, Any] = {"dynamic_axes": {"x": {0: "batch"}}}
    if dynamo:
        batch = {"dynamic_shapes": ({0: torch.export.Dim.DYNAMIC},), "external_data": False}
    torch.onnx.export(
        module,
        (given,),
        path,
        dynamo=dynamo,
        input_names=["x"],
        output_names=["y"],
        verbose=False,
        **batch,
    )
