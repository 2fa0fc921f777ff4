"""Which samples of a batch one of several machines takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Share:
    """One of `count` nearly equal pieces of each batch, in order; they count from 0."""

    index: int
    count: int

    def of(self, positions: Any) -> Any:
        """The piece of a vector of positions; empty where there are fewer than pieces."""
        import tensorflow as tf

        each, more = tf.shape(positions)[0] // self.count, tf.shape(positions)[0] % self.count
        start = self.index * each + tf.minimum(self.index, more)
        return positions[start : start + each + tf.cast(self.index < more, tf.int32)]


WHOLE = Share(0, 1)
