"""A checked recipe: every name resolved, every default filled in, nothing read from disk yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from ...dsl.record import record
from ..ir.graph import CheckedGraph
from ..ir.preprocessing import Preprocessing
from ..ir.sequences import Sequences
from .objects.base import Augmentation, DataSource, Loss, Metric, Optimizer
from .objects.callbacks import Best, EarlyStopping, Last, ReduceLROnPlateau
from .objects.loads import load
from .prepared import preprocessing_of, recipe_sequences

WEIGHTED = "weighted_"
"""What stands before the name of a metric that counts samples by their weights."""


@record
class Head:
    """What one output of the net, or a tensor inside it, learns."""

    output: str
    loss: Loss
    weight: float
    metrics: tuple[Metric, ...]
    weighted: tuple[Metric, ...] = ()
    """Metrics that count each sample by its weight."""
    class_weight: tuple[float, ...] | str | None = None
    """As that of a phase, for this output."""
    takes: str = ""
    """The output whose targets it takes, where that is another one."""
    inner: bool = False
    """Whether it is no output of the net but a tensor inside it, called by its path."""

    @property
    def source(self) -> str:
        """The output whose targets it takes."""
        return self.takes or self.output

    @property
    def measured(self) -> tuple[tuple[str, Metric, bool], ...]:
        """All metrics: what they are called, and whether they count samples by their weights."""
        plain = ((metric.logged, metric, False) for metric in self.metrics)
        weighted = ((f"{WEIGHTED}{metric.logged}", metric, True) for metric in self.weighted)
        return (*plain, *weighted)

    @property
    def targets(self) -> str:
        """How its targets are encoded (`Loss.targets`)."""
        return self.loss.form

    def logged(self, figure: str, several: bool) -> str:
        """What histories call a figure of it: with its output, where several are taught."""
        return f"{self.output}_{figure}" if several else figure


@record
class Phase:
    """One stretch of training; a recipe without `phase` blocks has one, called ""."""

    name: str
    epochs: int
    batch: int | None
    """Samples a step; None: all of them (`batch = all`)."""
    optimizer: Optimizer
    heads: tuple[Head, ...]
    frozen: frozenset[str]
    """The layer paths whose weights stay as they are."""
    augment: tuple[Augmentation, ...]
    stop: EarlyStopping | None
    plateau: ReduceLROnPlateau | None
    keep: Best | Last
    class_weight: tuple[float, ...] | str | None
    """One weight a class, or "balanced": n / (classes * count), as scikit-learn has it.

    For every output that has classes and no weights of its own."""
    cache: int | None = None
    """Over how many passes what the frozen layers make is kept; 0: over none; None: over one, where
    nothing is random before they end and it saves time."""
    keep_given: bool = field(default=True, compare=False)
    """Whether the recipe says what to keep; otherwise `keep` is the default."""

    @property
    def accumulate(self) -> int:
        """The batches whose gradients make a step together."""
        return self.optimizer.accumulates


@record
class Recipe:
    """A recipe for a net."""

    name: str
    """What the file calls it; the net's name where it has none of its own."""
    checked: CheckedGraph
    """The net as it is compiled."""
    file: Path
    """The `.net` file; paths in `data` and `weights` are relative to its folder."""
    text: str
    """The `train` block as it is written."""
    data: DataSource | None
    """None: arrays are given from Python."""
    data_place: str | None = field(default=None, compare=False, kw_only=True)
    """The file and line that say where the data are, such as `pets.net:6`."""
    loads: tuple[load, ...]
    phases: tuple[Phase, ...]
    restarts: int
    seed: int
    deterministic: bool
    precision: str
    """Keras's dtype policy: `float32`, `mixed_float16` or `mixed_bfloat16`."""
    jit: bool
    steps_per_execution: int | None
    """Steps that TensorFlow runs without coming back to Python; None: netc chooses."""
    bucket_by_length: bool = False
    """Whether batches are of sequences of near-equal lengths."""
    folds: int | None = None
    """Into how many parts the training samples are split, to validate on each in turn; or None."""
    settings: Mapping[str, object] = field(default_factory=dict, compare=False)
    """What `--set` gave, by name; a run that goes on is given the same."""
    with_inner: CheckedGraph | None = None
    """The net with the inner tensors that a phase has a loss for as further outputs."""

    @property
    def trained(self) -> CheckedGraph:
        """The net as it is trained, its layers for training alone among the others."""
        return self.checked if self.with_inner is None else self.with_inner

    @property
    def net(self) -> str:
        """The net's name."""
        return self.checked.name

    @property
    def preprocessing(self) -> Preprocessing | None:
        """How its pictures or arrays become tensors; None where nothing is done to any."""
        return preprocessing_of(self.data, self.checked)

    @property
    def sequences(self) -> Sequences | None:
        """How sequences of unequal lengths are padded; None where the data bring none."""
        return recipe_sequences(self.data, self.checked)
