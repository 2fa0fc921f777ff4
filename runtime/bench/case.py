"""What is measured: a net at a batch, and what runs it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ...compiler.cost.costs import NetCosts, net_costs
from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.weights import WeightSource
from ...compiler.shapes.dims import substitute
from ..infer.engine import Engine
from ..infer.samples import ShakenWeights, sizes
from ..weights import load_weights
from .names import KERAS, TORCH

BACKWARD = "forward and backward"
TIMES_FORWARD = 3
"""Operations of a forward and a backward pass in those of the forward one: the gradient by the
inputs and that by the weights are a product each, as large as the layer's own (Kaplan et al. 2020,
"Scaling Laws for Neural Language Models", section 2.1)."""


@dataclass(frozen=True)
class Weights:
    """Which weights a net gets, said so that another process can get them, too."""

    seed: int = 0
    path: Path | None = None
    rename: tuple[tuple[str, str], ...] = ()

    def source(self, checked: CheckedGraph) -> WeightSource:
        """The weights; random ones where no file is named.

        Fresh ones would let deep nets put out nearly nothing, on which all engines agree. Raises
        UserError where a file does not fit the net.
        """
        if self.path is None:
            return ShakenWeights(self.seed)
        return load_weights(self.path, checked, rename=dict(self.rename))


@dataclass(frozen=True)
class Contender:
    """What runs nets: an engine for ONNX models, Keras or PyTorch; forward, or also backward."""

    name: str = "onnxruntime"
    provider: str = ""
    """An execution provider of onnxruntime."""
    train: bool = False

    def __str__(self) -> str:
        named = f"{self.name} {self.provider}" if self.provider else self.name
        return f"{named}, {BACKWARD}" if self.train else named

    @property
    def onnx(self) -> bool:
        """Whether it runs ONNX models."""
        return self.name not in (KERAS, TORCH)

    def engine(self, threads: int) -> Engine:
        """The engine, of one that runs ONNX models."""
        return Engine(self.name, self.provider, threads)

    @property
    def forward(self) -> Contender:
        """The same without the backward pass."""
        return Contender(self.name, self.provider)


@dataclass(frozen=True)
class Case:
    """A net at a batch."""

    net: str
    checked: CheckedGraph
    batch: int
    weights: Weights = Weights()

    def __str__(self) -> str:
        return f"{self.net}, batch {self.batch}"

    @property
    def sizes(self) -> dict[str, int]:
        """The number of each named size."""
        return sizes(self.checked, self.batch)

    @cached_property
    def _costs(self) -> NetCosts:
        return net_costs(self.checked)

    @property
    def params(self) -> int:
        """Numbers in all weights."""
        return self._costs.params

    @property
    def trainable_params(self) -> int:
        """Those that training changes."""
        return self._costs.trainable_params

    @property
    def flops(self) -> int | None:
        """Floating-point operations of a forward pass of the batch; None where none is known."""
        costs = self._costs
        found = substitute(costs.flops, self.sizes)
        if not isinstance(found, int):
            return None
        return found if costs.batch is None else found * self.batch


@dataclass(frozen=True)
class Job:
    """What a process does: one contender on one case."""

    case: Case
    contender: Contender
    model: Path | None = None
    """The net as an ONNX file; None for what does not read one."""
    threads: int = 0
    """Threads of one operator; 0 is the engine's choice."""
    before: Job | None = None
    """What a process of its own runs first, so that an engine's memory is not taken for a net's."""
