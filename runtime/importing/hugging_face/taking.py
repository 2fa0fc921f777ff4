"""Takes tensors by their names as layers want them, and remembers which were taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ....compiler.ops.base.backend import Array, Tensor
from ...errors import UserError

Source: TypeAlias = Mapping[str, Tensor]
"""The weights of one layer, by the names that netc has for them."""

BUFFERS = (".attn.bias", ".attn.masked_bias", ".position_ids", ".rotary_emb.inv_freq")
"""What the ends of names are that hold no weights."""


@dataclass
class Taking:
    """The tensors of a folder."""

    path: Path
    tensors: Mapping[str, Tensor]
    prefix: str
    """What stands before the names of the inner model, in files of a model with a head."""
    used: set[str] = field(default_factory=set)

    def whole(self, name: str, *shape: int, other: str = "") -> Tensor:
        """A tensor of a shape. Raises UserError where it is missing or of another shape."""
        for each in (self.prefix + name, name, self.prefix + (other or name), other or name):
            found = self.tensors.get(each)
            if found is not None:
                break
        else:
            raise UserError(f"{self.path}: the weights have no `{name}`")
        if tuple(found.shape) != shape:
            raise UserError(
                f"{self.path}: `{each}` is {list(found.shape)}; by the configuration it is "
                f"{list(shape)}"
            )
        self.used.add(each)
        return Tensor(shape, "float32", lambda: found.read().astype(np.float32))

    def unused(self) -> Sequence[str]:
        """The names that nothing took, less those that hold no weights."""
        left = [name for name in self.tensors if name not in self.used]
        return sorted(name for name in left if not f".{name}".endswith(BUFFERS))


def turned(tensor: Tensor, *shape: int) -> Tensor:
    """A matrix of PyTorch, `[out, in]`, as Keras has it, split into the axes of a shape."""
    return _made(tensor, shape, lambda array: array.T)


def split(tensor: Tensor, *shape: int) -> Tensor:
    """A tensor with its axes split or joined."""
    return _made(tensor, shape, lambda array: array)


def third(tensor: Tensor, part: int, *shape: int) -> Tensor:
    """One of the three parts that lie side by side along the last axis."""
    return _made(tensor, shape, lambda array: np.split(array, 3, axis=-1)[part])


def _made(tensor: Tensor, shape: tuple[int, ...], change: Callable[[Array], Array]) -> Tensor:
    return tensor.map(lambda array: np.ascontiguousarray(change(array)).reshape(shape), *shape)


def norm(taking: Taking, name: str, width: int) -> Source:
    """A layer normalization, whose weights have other names in old files."""
    return {
        "gamma": taking.whole(f"{name}.weight", width, other=f"{name}.gamma"),
        "beta": taking.whole(f"{name}.bias", width, other=f"{name}.beta"),
    }


def dense(taking: Taking, name: str, inputs: int, outputs: int, bias: bool = True) -> Source:
    """A linear layer of PyTorch."""
    found = {"kernel": turned(taking.whole(f"{name}.weight", outputs, inputs), inputs, outputs)}
    return found | ({"bias": taking.whole(f"{name}.bias", outputs)} if bias else {})
