"""Saves a running run, as often as that takes a small share of the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ...compiler.ir.graph import CheckedGraph
from ...compiler.ops.base.backend import Array
from ..errors import UserError, resumable
from ..runs.files import BEST, GRADIENTS, HISTORY, STATE
from ..runs.folder import RunFolder
from ..runs.history import History, write_gradients, write_history
from ..weights import save_safetensors
from .checkpoint import Checkpoint, save_checkpoint
from .position import Best, Position
from .snapshot import Snapshot

SHARE = 0.05
"""The share of the time that may go into saving."""


class Saver:
    """Writes the files of an epoch's end: the weights that are kept, the history, the state.

    What is skipped, because epochs are short, a kill loses; resuming computes it again, just the
    same.
    """

    def __init__(
        self, folder: RunFolder, checked: CheckedGraph, metadata: Mapping[str, str]
    ) -> None:
        """`metadata` are what the weights keep of the data."""
        self._folder, self._checked, self._metadata = folder, checked, metadata
        self._saved = time.monotonic()
        self._took = 0.0
        self._written: Best | None = None
        self._epochs = -1

    def save(
        self,
        position: Position,
        kept: Snapshot,
        arrays: Callable[[], Mapping[str, Array]],
        *,
        force: bool = False,
    ) -> None:
        """Writes all files, each whole or not at all. Raises UserError where the disk is full."""
        began = time.monotonic()
        if self._epochs == len(position.epochs):
            return
        if not force and self._took > SHARE * (began - self._saved):
            return
        try:
            if position.winner is None and position.kept != self._written:
                save_safetensors(self._folder / BEST, self._checked, kept, self._metadata)
                self._written = position.kept
            write_history(self._folder / HISTORY, position.epochs)
            save_checkpoint(self._folder / STATE, Checkpoint(position, arrays()))
        except (OSError, UserError) as error:
            raise unwritable(error, self._folder) from error
        self._epochs = len(position.epochs)
        self._saved = time.monotonic()
        self._took = self._saved - began


def unwritable(error: Exception, folder: RunFolder) -> UserError:
    """The error of a run whose files cannot be written."""
    reason = str(error)
    if isinstance(error, OSError):
        reason = f"{error.filename or folder.path}: {(error.strerror or str(error)).lower()}"
    return resumable(reason) if folder.is_run else UserError(reason)


def write_figures(folder: RunFolder, history: History) -> None:
    """Writes `history.csv` and `gradients.csv` as they are now. Raises OSError."""
    write_history(folder / HISTORY, history.epochs)
    if history.gradients is not None:
        write_gradients(folder / GRADIENTS, history.gradients)
