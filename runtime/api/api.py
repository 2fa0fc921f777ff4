"""The Python API: the command line's verbs as functions and methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from ...compiler.check import Analysis, check_files
from ...compiler.cost.costs import NetCosts, net_costs
from ...compiler.expand.values import Value
from ...compiler.ir.graph import CheckedGraph
from ...dsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from ..errors import UserError

if TYPE_CHECKING:
    from networkx import DiGraph

    from ...compiler.lower.weights import WeightSource
    from ...compiler.ops.base.backend import Array, KerasTensor
    from ...compiler.recipe.recipe import Recipe
    from ..data.load import Arrays
    from ..infer.session import Session
    from ..train.outcome import Outcome


def check(*paths: str | PathLike[str], **settings: object) -> Analysis:
    """Checks files; `settings` gives static parameters and named sizes their values."""
    return check_files([Path(path) for path in paths], settings=settings)


def load(
    path: str | PathLike[str],
    net: str | None = None,
    *,
    weights: str | PathLike[str] | None = None,
    seed: int = 0,
    **settings: object,
) -> LoadedNet:
    """Loads one net of a file.

    `net` names it where the file holds several. Weights come from a file or are drawn from a
    seed when they are needed. Raises DiagnosticError, which carries every finding, where the
    file is at fault, and UserError where it does not hold the one net asked for.
    """
    analysis = check_files([Path(path)], net=net, settings=settings)
    if analysis.failed:
        raise DiagnosticError(tuple(analysis.diagnostics))
    names = [each.name for each in analysis.nets]
    if len(names) != 1:
        asked = f"no net `{net}`" if net is not None else f"{len(names)} nets; name one of them"
        raise UserError(f"{path} has {asked}: {', '.join(names)}".rstrip(": "))
    graph = analysis.nets[0].graph
    assert graph is not None
    file = None if weights is None else Path(weights)
    recipes = [recipe for recipe in analysis.recipes if recipe.net == names[0]]
    return LoadedNet(graph, tuple(analysis.diagnostics), file, seed, tuple(recipes))


def train(
    path: str | PathLike[str],
    recipe: str | None = None,
    *,
    data: tuple[Arrays, Arrays] | None = None,
    validation: tuple[Arrays, Arrays] | None = None,
    test: tuple[Arrays, Arrays] | None = None,
    classes: Sequence[str] = (),
    out: str | PathLike[str] | None = None,
    resume: bool = False,
    embed_preprocessing: bool = False,
    **settings: Value,
) -> Outcome:
    """Trains by a recipe of a file, as `netc train` does, and writes the same folder.

    `data` is a pair of inputs and targets, arrays or dicts of them by name; without it the recipe
    says where they are; its `scale`, `mean` and `std` hold for both. With `embed_preprocessing` the
    first layers of the saved models do that. `settings` are those of `--set`: sizes and parameters
    of the net, and settings of the recipe such as `epochs=2`. Raises DiagnosticError where the file
    is at fault, and UserError where the data, the folder or a setting are.
    """
    from click import UsageError

    from ..data.load import from_arrays, load_data
    from ..runs.folder import last_folder, new_folder
    from ..train.plan import keep_best
    from ..train.run import train as run
    from .recipes import check_recipe

    try:
        found, analysis = check_recipe(Path(path), recipe, settings)
    except UsageError as error:
        raise UserError(error.message) from error
    if found is None:
        raise DiagnosticError(tuple(analysis.diagnostics))
    if data is None:
        dataset = load_data(found)
    else:
        dataset = from_arrays(found, data, validation, test, classes)
        found = keep_best(found, dataset)
    folder = (last_folder if resume else new_folder)(found.name, None if out is None else Path(out))
    return run(found, dataset, folder, resume=resume, embed=embed_preprocessing)


@dataclass(frozen=True)
class LoadedNet:
    """A checked net: cost it, lower it, run it."""

    checked: CheckedGraph
    diagnostics: tuple[Diagnostic, ...] = ()
    """What the check found: warnings, since a net with errors is not loaded."""
    weights_file: Path | None = None
    seed: int = 0
    recipes: tuple[Recipe, ...] = ()
    """The recipes beside the net; their `data` say how its pictures are prepared."""

    @property
    def name(self) -> str:
        """The net's name."""
        return self.checked.name

    @property
    def graph(self) -> DiGraph:
        """The networkx graph; each node's attribute `node` is a `compiler.graph.Node`."""
        return self.checked.graph.nx

    def summary(self, batch: int | None = None) -> NetCosts:
        """Shapes, parameters and costs, layer by layer."""
        return net_costs(self.checked, batch)

    @cached_property
    def weights(self) -> WeightSource:
        """The weights by layer path, read or drawn one at a time."""
        from ...compiler.lower.weights import SeededWeights

        if self.weights_file is None:
            return SeededWeights(self.seed)
        from ..weights import load_weights

        return load_weights(self.weights_file, self.checked)

    def to_onnx(
        self,
        path: str | PathLike[str],
        *,
        opset: int | None = None,
        classes: Sequence[str] = (),
        recipe: str | None = None,
        embed_preprocessing: bool = False,
    ) -> None:
        """Writes an ONNX file, whole or not at all.

        Its metadata say how the net's recipe prepares pictures; with `embed_preprocessing` its
        first layers do what concerns values. `recipe` names one where they differ.
        """
        from ...compiler.lower.onnx.compile import compile_onnx
        from ...compiler.lower.onnx.lower import DEFAULT_OPSET
        from ...compiler.lower.onnx.write import write_onnx
        from ..infer.classify import classes_metadata
        from ..infer.preprocess import net_preprocessing, saved_net

        made = net_preprocessing(self.recipes, self.name, recipe)
        saved = saved_net(self.checked, made, embed=embed_preprocessing)
        lowered = compile_onnx(
            saved.checked,
            self.weights,
            opset=DEFAULT_OPSET if opset is None else opset,
            metadata=saved.metadata | (classes_metadata(classes) if classes else {}),
        )
        write_onnx(lowered, Path(path))

    def to_keras(self) -> KerasTensor:
        """The net as a functional `keras.Model` of stock layers.

        Raises UserError where Keras is not installed.
        """
        from ..infer.keras_module import import_keras

        import_keras()
        from ...compiler.lower.keras.lower import lower_keras

        return lower_keras(self.checked, self.weights)

    @cached_property
    def session(self) -> Session:
        """The net loaded in onnxruntime."""
        from ..infer.session import Session

        return Session.from_checked(self.checked, self.weights)

    def run(self, inputs: Array | Mapping[str, Array]) -> dict[str, Array]:
        """The outputs by name; a single array is the only input of the net."""
        if not isinstance(inputs, Mapping):
            inputs = {self.session.inputs[0].name: inputs}
        return self.session.run(inputs)
