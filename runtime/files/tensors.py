"""What a model takes and gives, as the runtime sees it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A declared input or output. A size that is not fixed is None; `symbols` names it."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]
    symbols: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def sample_size(self) -> int | None:
        """How many values a sample has; None where sizes besides the batch are not fixed."""
        sizes = [size for size in self.shape[1:] if size is not None]
        return prod(sizes) if len(sizes) == max(self.rank - 1, 0) else None

    def __str__(self) -> str:
        names = self.symbols or ("",) * self.rank
        dims = [
            name or "?" if dim is None else str(dim)
            for dim, name in zip(self.shape, names, strict=True)
        ]
        return f"{self.dtype}[{', '.join(dims)}]"

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Whether a tensor of this shape fits."""
        return len(shape) == self.rank and all(
            dim is None or dim == size for dim, size in zip(self.shape, shape, strict=True)
        )
