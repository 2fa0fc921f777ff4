"""What a report says of a run beside its history and its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...compiler.recipe.recipe import Recipe
from .history import VALIDATION, Ending, Epoch, History


@dataclass(frozen=True)
class Agreement:
    """How far the ONNX file's outputs are from Keras's on the same samples."""

    largest: float
    """The largest difference of any output value, in proportion to it where it is above 1."""
    tolerance: float
    samples: int
    part: str
    """The part of the data they are from: `validation`, or `train` where there is none."""

    @property
    def holds(self) -> bool:
        """Whether it is within the tolerance; a difference that is not a number is not."""
        return self.largest <= self.tolerance


@dataclass(frozen=True)
class Facts:
    """One run. `kept_restart` is the restart whose weights the run folder holds."""

    recipe: Recipe
    history: History
    kept_restart: int = 1
    resolved: str = ""
    """The recipe with every default, as `.net` text."""
    started: str = ""
    """Date and time, as they are shown."""
    seconds: float = 0.0
    command: tuple[str, ...] = ()
    """The command line that repeats the run."""
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    samples: Mapping[str, int] = field(default_factory=dict)
    """How many samples each part has."""
    agreement: Agreement | None = None
    notes: tuple[str, ...] = ()
    """What a reader must know: the layer that first went non-finite, an unfinished restart."""

    @property
    def ending(self) -> Ending | None:
        """How the last phase of the kept restart ended, if it did."""
        found = [e for e in self.history.endings if e.restart == self.kept_restart]
        return found[-1] if found else None

    @property
    def kept_values(self) -> Mapping[str, float]:
        """Loss and metrics of the kept weights, by their names in histories.

        Where the run did not measure them, those of the kept epoch that were measured at its end.
        """
        ending, kept = self.ending, self.kept_epoch
        if ending is not None and ending.values:
            return ending.values
        held = {} if kept is None else kept.values
        return {name: value for name, value in held.items() if name.startswith(VALIDATION)}

    @property
    def kept_epoch(self) -> Epoch | None:
        """The epoch whose weights were kept; the last one of the restart where none is named."""
        ending = self.ending
        epochs = [e for e in self.history.epochs if e.restart == self.kept_restart]
        kept = [e for e in epochs if ending is not None and e.epoch == ending.kept]
        found = kept or epochs[-1:]
        return found[0] if found else None
