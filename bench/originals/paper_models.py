"""The nets that are written after papers beside PyTorch modules written after the same papers.

Each module is saved as a state dict by the names it has, which are not those of the net.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from .entry import Entry, Made

TWICE = re.compile(r".*\.(weight_g|bias_hh_l\d+)")
"""What PyTorch keeps beside what is computed with: lengths of normalized kernels, and the second
bias of an LSTM, which is added to the first."""

Draw = Callable[[np.random.Generator, int], Any]
"""Draws as many examples of an input, channels last."""


def picture(size: int, channels: int = 3) -> Draw:
    """Pictures of pixels of -1 to 1, of patches, so that pooling leaves something of each."""

    def draw(rng: np.random.Generator, count: int) -> Any:
        side = -(-size // 4)
        colours = rng.uniform(-1, 1, (count, 4, 4, channels)).repeat(side, 1).repeat(side, 2)
        noise = rng.uniform(-0.3, 0.3, (count, size, size, channels))
        return (colours[:, :size, :size] + noise).astype(np.float32)

    return draw


def numbers(*shape: int) -> Draw:
    """Numbers of a normal distribution."""
    return lambda rng, count: rng.standard_normal((count, *shape), np.float32)


def ids(limit: int, *shape: int) -> Draw:
    """Whole numbers below a limit."""
    return lambda rng, count: rng.integers(0, limit, (count, *shape)).astype(np.int32)


def made(file: str, name: str, inputs: Mapping[str, Draw]) -> Made:
    """The module `name` of a file of this folder."""
    from importlib import import_module

    import torch

    torch.manual_seed(0)
    return computed(getattr(import_module(f".{file}", __package__), name)(), inputs)


def computed(module: Any, inputs: Mapping[str, Draw], safetensors: bool = False) -> Made:
    """A module with weights as training leaves them, and its answers to two examples.

    `safetensors` says that its weights come in such files, too, which keep no order.
    """
    import torch
    from safetensors.torch import save_file

    from .torchvision_models import settle

    rng = np.random.default_rng(0)
    settle(module.eval(), *(tensor(draw(rng, 8)) for draw in inputs.values()))
    given = {name: draw(rng, 2) for name, draw in inputs.items()}
    with torch.no_grad():
        answers = module(*map(tensor, given.values()))
    answers = answers if isinstance(answers, tuple) else (answers,)

    def save(folder: Path) -> Sequence[Path]:
        state = module.state_dict()
        torch.save(state, folder / "model.pth")
        if safetensors:
            save_file(state, folder / "model.safetensors")
        return sorted(folder.glob("model.*"))

    own = [part for name, part in module.named_parameters() if not TWICE.fullmatch(name)]
    return Made(
        trainable=sum(part.numel() for part in own),
        params=None,
        inputs=given,
        outputs=[np.moveaxis(a.numpy(), 1, -1) if a.ndim == 4 else a.numpy() for a in answers],
        save=save,
    )


def tensor(array: Any) -> Any:
    """A tensor for PyTorch, pictures with their channels first."""
    import torch

    return torch.from_numpy(
        np.ascontiguousarray(np.moveaxis(array, -1, 1) if array.ndim == 4 else array)
    )


def entry(
    file: str,
    net: str,
    module: str,
    published: int | str | None,
    paper: str,
    **inputs: Draw,
) -> Entry:
    """`module` is the file of the module of the net's name, `paper` what it is written after."""
    return Entry(f"{file}.net", net, published, paper, partial(made, module, net, inputs))


# Published are: of Darknet the sizes of pjreddie.com's files, of Darknet-53 timm's count, of DCGAN
# those of PyTorch's example, of WaveNet that of pytorch-wavenet (Herrmann 2017), where 1,056 of the
# weights are never read; else those of the papers.
ENTRIES = [
    entry(
        *("darknet", "Darknet19", "darknet", "20.8 M", "Redmon and Farhadi 2016, in PyTorch"),
        image=picture(224),
    ),
    entry(
        *("darknet", "Darknet53", "darknet", "41.6 M", "Redmon and Farhadi 2018, in PyTorch"),
        image=picture(256),
    ),
    entry(
        *("darknet", "YOLOv3Tiny", "darknet", 8_858_734, "Redmon and Farhadi 2018, in PyTorch"),
        image=picture(416),
    ),
    entry(
        *("unet_plus_plus", "UNetPlusPlus", "pictures", "9.04 M", "Zhou et al. 2018, in PyTorch"),
        image=picture(96),
    ),
    entry(
        *("dcgan", "DCGANGenerator", "pictures", 3_576_704, "Radford et al. 2016, in PyTorch"),
        noise=numbers(100),
    ),
    entry(
        *("dcgan", "DCGANDiscriminator", "pictures", 2_765_568, "Radford et al. 2016, in PyTorch"),
        picture=picture(64),
    ),
    entry(
        *("siamese", "Siamese", "pictures", 38_951_745, "Koch et al. 2015, in PyTorch"),
        first=picture(105, 1),
        second=picture(105, 1),
    ),
    entry(
        *("nerf", "NeRF", "pictures", 595_844, "Mildenhall et al. 2020, in PyTorch"),
        place=numbers(3),
        direction=numbers(3),
    ),
    entry(
        *("tcn", "TCN", "sequences", "70 k", "Bai et al. 2018, in PyTorch"),
        sequence=numbers(784, 1),
    ),
    entry(
        *("wavenet", "WaveNet", "sequences", "1.83 M", "van den Oord et al. 2016, in PyTorch"),
        samples=ids(256, 4000),
    ),
    entry(
        *("seq2seq", "Seq2Seq", "sequences", None, "Luong et al. 2015, in PyTorch"),
        source=ids(17_191, 20),
        target=ids(7_709, 16),
    ),
    entry(
        *("two_tower", "TwoTower", "sequences", None, "Yi et al. 2019, in PyTorch"),
        user=ids(943),
        item=ids(1_682),
    ),
]
