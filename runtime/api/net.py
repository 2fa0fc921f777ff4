"""A checked net as Python has it: cost it, lower it, run it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from ...compiler.cost.costs import NetCosts, net_costs
from ...compiler.cost.totals import parameters
from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.precision import FLOAT32, PRECISIONS
from ...compiler.ops.base.declare import Refusal
from ...compiler.shapes.dims import DimTooComplex
from ...dsl.diagnostics.diagnostic import Diagnostic
from ..errors import UserError, cannot_lower, unreadable

if TYPE_CHECKING:
    from networkx import DiGraph
    from numpy.typing import ArrayLike

    from ...compiler.lower.weights import WeightSource
    from ...compiler.ops.base.backend import Array, KerasTensor
    from ...compiler.recipe.recipe import Recipe
    from ..infer.session import Session


@dataclass(frozen=True, repr=False)
class LoadedNet:
    """A checked net: cost it, lower it, run it."""

    checked: CheckedGraph
    """The graph, as the lowerings take it."""
    diagnostics: tuple[Diagnostic, ...] = ()
    """What the check found: warnings, since a net with errors is not loaded."""
    weights_file: Path | None = None
    """Where the weights are from; None: drawn from the seed."""
    seed: int = 0
    """What fresh weights are drawn from."""
    recipes: tuple[Recipe, ...] = ()
    """The recipes beside the net; their `data` say how its pictures are prepared."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """What the weights file calls layers, and their paths in the net."""

    def __repr__(self) -> str:
        graph = self.checked.graph
        inputs = ", ".join(f"{path}: {graph.node(path).outputs[0]}" for path in graph.inputs)
        outputs = ", ".join(f"{out.name}: {graph.type(out.ref)}" for out in graph.outputs)
        count = parameters(self.checked).total
        return f"<net {self.name}({inputs}) -> ({outputs}), {count:,} params>"

    def _repr_html_(self) -> str:
        from ..picture.notebook import notebook_picture

        return f"{notebook_picture(self.checked)}{self.summary()._repr_html_()}"

    @property
    def name(self) -> str:
        """The net's name."""
        return self.checked.name

    @property
    def graph(self) -> DiGraph[str]:
        """The networkx graph; each node's attribute `node` is a `compiler.ir.graph.Node`."""
        return self.checked.graph.nx

    def summary(self, batch: int | None = None) -> NetCosts:
        """Shapes, parameters and costs, layer by layer; `print` shows the table.

        `batch` is the number of examples that shapes and costs are for. Raises UserError where
        the costs of named sizes are too long to write.
        """
        try:
            return net_costs(self.checked, batch)
        except DimTooComplex as error:
            raise UserError(f"the costs of `{self.name}` come to {error}") from None

    @cached_property
    def weights(self) -> WeightSource:
        """The weights by layer path, read or drawn one at a time.

        Raises UserError where the file of weights does not fit the net.
        """
        from ...compiler.lower.weights import SeededWeights

        if self.weights_file is None:
            return SeededWeights(self.seed)
        from ..published.fetch import resolved
        from ..weights import load_weights

        return load_weights(resolved(self.weights_file), self.checked, rename=self.rename)

    def to_onnx(
        self,
        path: str | PathLike[str],
        *,
        opset: int | None = None,
        classes: Sequence[str] = (),
        recipe: str | None = None,
        embed_preprocessing: bool = False,
        precision: str = FLOAT32,
    ) -> None:
        """Writes an ONNX file, whole or not at all.

        Its metadata hold what a run's weights keep of their data, as far as it fits the net:
        classes, words, columns, padding. `classes` are other names of the output's classes. They
        say how the run, or else the net's recipe, prepares pictures; with `embed_preprocessing` its
        first layers do what concerns values. `recipe` names the one that says it. `precision` is
        float32, mixed_float16, mixed_bfloat16 or float64. Raises UserError where the opset cannot
        express a layer or the file cannot be written.
        """
        from ...compiler.lower.onnx.compile import compile_onnx
        from ...compiler.lower.onnx.lower import DEFAULT_OPSET
        from ...compiler.lower.onnx.write import write_onnx
        from ..infer.classify import classes_metadata
        from ..infer.preprocess import saved_net
        from .kept import kept_data, preprocessing_with

        kept = kept_data(self.weights_file, self.checked)
        made = preprocessing_with(kept, self.recipes, self.name, recipe)
        saved = saved_net(self.checked, made, embed=embed_preprocessing)
        with _one_line(self.name):
            lowered = compile_onnx(
                saved.checked,
                self.weights,
                opset=DEFAULT_OPSET if opset is None else opset,
                metadata={
                    **saved.metadata,
                    **kept.metadata,
                    **(classes_metadata(classes) if classes else {}),
                },
                precision=known_precision(precision),
            )
            try:
                write_onnx(lowered, Path(path))
            except OSError as error:
                raise unreadable(Path(path), error) from error

    def to_keras(self, *, precision: str = FLOAT32) -> KerasTensor:
        """The net as a functional `keras.Model` of stock layers, in one of `to_onnx`'s precisions.

        Raises UserError where Keras is not installed or lacks a layer of the net.
        """
        from ..infer.keras_module import import_keras

        import_keras()
        from ...compiler.lower.keras.lower import lower_keras

        with _one_line(self.name):
            return lower_keras(self.checked, self.weights, precision=known_precision(precision))

    @cached_property
    def session(self) -> Session:
        """The net loaded in onnxruntime."""
        from ..infer.session import Session

        with _one_line(self.name):
            return Session.from_checked(self.checked, self.weights)

    def run(self, inputs: ArrayLike | Mapping[str, ArrayLike]) -> dict[str, Array]:
        """The outputs by name, computed by onnxruntime.

        `inputs` is a dict by the names of inputs, or the only input: an array, or whatever NumPy
        makes one of. Numbers are converted to the input's dtype where it holds them. Raises
        UserError that names the input which is missing, unknown or does not fit.
        """
        from .inputs import as_inputs

        return self.session.run(as_inputs(inputs, self.session.inputs))


@contextmanager
def _one_line(name: str) -> Iterator[None]:
    """An operator's refusal to be lowered as a UserError."""
    try:
        yield
    except Refusal as refusal:
        raise cannot_lower(name, refusal) from refusal


def known_precision(precision: str) -> str:
    """The precision. Raises UserError for a word that is none."""
    if precision not in PRECISIONS:
        raise UserError(f"`{precision}` is no precision; there are {', '.join(PRECISIONS)}")
    return precision
