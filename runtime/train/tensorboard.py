"""Figures of a run as logs for TensorBoard."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from ...dsl.text.escape import tensorboard_tag
from ..runs.history import Epoch
from .watch import Passing, Watch


class Logs(Passing):
    """Writes each epoch's figures below a folder, and tells another watch everything.

    Training and validation go into folders of their own, as Keras's callback has it.
    """

    def __init__(self, folder: Path, watch: Watch) -> None:
        super().__init__(watch)
        self._folder = folder
        self._writers: dict[str, tf.summary.SummaryWriter] = {}

    def epoch(self, epoch: Epoch, kept: bool) -> None:
        """Writes the figures."""
        for name, value in (*epoch.values.items(), ("learning_rate", epoch.learning_rate)):
            part = "validation" if name.startswith("val_") else "train"
            with self._writer(epoch.restart, part).as_default():
                tag = tensorboard_tag(f"epoch_{name.removeprefix('val_')}")
                tf.summary.write(tag, tf.constant(value), epoch.epoch, _scalar())
        for writer in self._writers.values():
            writer.flush()
        super().epoch(epoch, kept)

    def _writer(self, restart: int, part: str) -> tf.summary.SummaryWriter:
        place = f"restart-{restart}/{part}"
        if place not in self._writers:
            self._writers[place] = tf.summary.create_file_writer(str(self._folder / place))
        return self._writers[place]


def _scalar() -> tf.compat.v1.SummaryMetadata:
    """What says that a value is a scalar; `tf.summary.scalar` would need TensorBoard for it."""
    made = tf.compat.v1.SummaryMetadata(data_class="DATA_CLASS_SCALAR")
    made.plugin_data.plugin_name = "scalars"
    return made
