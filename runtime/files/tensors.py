"""What a model takes and gives, as the runtime sees it."""

from __future__ import annotations

from dataclasses import dataclass


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
