"""The result of a run, and how a person is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..runs.facts import Agreement
from ..runs.files import ONNX, REPORT
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

    def __repr__(self) -> str:
        count = len(self.history.epochs)
        epochs = f"{count} epoch{'s' * (count != 1)}"
        kept = "" if self.kept is None else f", kept {self.monitor} {self.kept.value:.4g}"
        return f"<run {self.folder}: {self.ending}, {epochs}{kept}>"

    @property
    def good(self) -> bool:
        """Whether the run came to its end and its ONNX model computes what Keras does."""
        agrees = self.agreement is not None and self.agreement.holds
        return self.ending in COMPLETE and agrees

    def lines(self) -> list[str]:
        """What a person wants to know of it, a few lines."""
        found = []
        if self.kept is not None:
            restart = {each.restart for each in self.history.epochs} != {1}
            which = f" of restart {self.kept.restart}" if restart else ""
            mean = ", the running mean of the weights" if self.kept.averaged else ""
            found.append(
                f"kept: epoch {self.kept.epoch}{which}, {self.monitor} {self.kept.value:.4g}{mean}"
            )
        elif self.ending == NOT_FINITE:
            found.append("kept: the weights from before training, since no epoch ended")
        elif self.ending == INTERRUPTED:
            found.append("kept: the weights of that moment, since no epoch ended")
        if self.agreement is not None:
            found.append(self._proof(self.agreement))
        page = self.folder / REPORT
        found.append(f"report: {page}" if page.exists() else f"folder: {self.folder}")
        return found

    def _proof(self, agreement: Agreement) -> str:
        said = "equal" if agreement.holds else "NOT equal"
        return (
            f"{self.folder / ONNX}: outputs {said} to Keras's on {agreement.samples} samples "
            f"({agreement.part}), largest difference {agreement.largest:.2g}"
        )
