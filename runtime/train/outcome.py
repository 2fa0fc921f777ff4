"""The result of a run, and how a person is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..runs.facts import Agreement
from ..runs.files import ONNX, REPORT
from ..runs.folds import FoldResult, Spread, spreads
from ..runs.history import COMPLETE, INTERRUPTED, NOT_FINITE, History
from .position import Best


@dataclass(frozen=True, repr=False)
class Outcome:
    """The result of a run."""

    folder: Path
    """Where everything is."""
    ending: str
    """`finished`, `stopped` (early), `interrupted` or `not finite`."""
    history: History
    """Losses and metrics of each epoch."""
    kept: Best | None
    """The epoch whose weights the folder holds."""
    monitor: str
    """The figure that chose the kept epoch; empty where no epoch ended."""
    agreement: Agreement | None
    """How far the ONNX model's outputs are from Keras's; None where it was not made."""
    notes: tuple[str, ...]
    """What a person should know, a line each."""
    seconds: float
    """How long it took."""
    folds: tuple[FoldResult, ...] = ()
    """Of a cross-validation, what each fold came to that was trained so far."""

    def __repr__(self) -> str:
        if self.folds:
            return f"<run {self.folder}: {self.ending}, {_many(len(self.folds), 'fold')}>"
        count = len(self.history.epochs)
        epochs = _many(count, "epoch")
        kept = "" if self.kept is None else f", kept {self.monitor} {self.kept.value:.4g}"
        return f"<run {self.folder}: {self.ending}, {epochs}{kept}>"

    @property
    def figures(self) -> Mapping[str, Spread]:
        """Of a cross-validation, mean and standard deviation of each figure over the folds."""
        return spreads([fold.values for fold in self.folds])

    @property
    def good(self) -> bool:
        """Whether the run came to its end and its ONNX model computes what Keras does."""
        if self.folds:
            return self.ending in COMPLETE and all(fold.agrees for fold in self.folds)
        agrees = self.agreement is not None and self.agreement.holds
        return self.ending in COMPLETE and agrees

    def lines(self) -> list[str]:
        """What a person wants to know of it, a few lines."""
        found = self._folds() if self.folds else []
        if self.kept is not None:
            restart = {each.restart for each in self.history.epochs} != {1}
            which = f" of restart {self.kept.restart}" if restart else ""
            mean = ", the running mean of the weights" if self.kept.averaged else ""
            found.append(
                f"kept: epoch {self.kept.epoch}{which}, {self.monitor} {self.kept.value:.4g}{mean}"
            )
        elif self.folds:
            found.append(self._kept_of_folds())
        elif self.ending == NOT_FINITE:
            found.append("kept: the weights from before training, since no epoch ended")
        elif self.ending == INTERRUPTED:
            found.append("kept: the weights of that moment, since no epoch ended")
        if self.agreement is not None:
            found.append(self._proof(self.agreement))
        page = self.folder / REPORT
        found.append(f"report: {page}" if page.exists() else f"folder: {self.folder}")
        return found

    def _folds(self) -> list[str]:
        rows = self.figures
        width = max(map(len, rows), default=0)
        title = f"{_many(len(self.folds), 'fold')}: mean ± standard deviation"
        return [title, *(f"  {name:<{width}}  {row.text}" for name, row in rows.items())]

    def _kept_of_folds(self) -> str:
        first, last = self.folds[0].folder, self.folds[-1].folder.name
        where = f"{first}" if len(self.folds) == 1 else f"{first} to {last}"
        largest = max((fold.difference or 0.0 for fold in self.folds), default=0.0)
        equal = "equal" if all(fold.agrees for fold in self.folds) else "NOT equal"
        return (
            f"kept: a model for each fold, in {where}; ONNX outputs {equal} to Keras's, largest "
            f"difference {largest:.2g}. For one of all samples, train with --set folds=none"
        )

    def _proof(self, agreement: Agreement) -> str:
        said = "equal" if agreement.holds else "NOT equal"
        return (
            f"{self.folder / ONNX}: outputs {said} to Keras's on {agreement.samples} samples "
            f"({agreement.part}), largest difference {agreement.largest:.2g}"
        )


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
