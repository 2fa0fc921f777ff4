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
        """The piece of a vector of positions.

        Where there are fewer than pieces it may be none; then it is the first one, as `-1 - p`,
        since not all layers compute with no samples.
        """
        import tensorflow as tf

        each, more = tf.shape(positions)[0] // self.count, tf.shape(positions)[0] % self.count
        start = self.index * each + tf.minimum(self.index, more)
        own = positions[start : start + each + tf.cast(self.index < more, tf.int32)]
        return tf.cond(tf.size(own) > 0, lambda: own, lambda: -1 - positions[:1])


WHOLE = Share(0, 1)
