"""The weights a run starts from: drawn from a seed, loaded from files, fitted to the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ...compiler.ir.graph import CheckedGraph, Graph, Node, Ref
from ...compiler.link.reach import project_root
from ...compiler.lower.weights import SeededWeights, WeightSource
from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.ops.base.op import Weight
from ...compiler.recipe.objects.loads import is_published, rename_pairs
from ...compiler.recipe.recipe import Recipe
from ..files.reach import require_inside
from ..published.fetch import resolved
from ..weights import LoadedWeights, load_weights
from ..weights.fit import needs
from .loading import Loading, loading_lines


@dataclass(frozen=True)
class InitialWeights:
    """Weights drawn from a seed, except for layers that are loaded or fitted to the data.

    `loaded` gives for a layer path its source and what it is called in there; `fitted` gives
    arrays by `<layer path>/<weight name>`.
    """

    seed: int
    loaded: Mapping[str, tuple[WeightSource, str]]
    fitted: Mapping[str, Array]

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight in Keras's shape."""
        if layer in self.loaded:
            source, name = self.loaded[layer]
            return source.tensor(name, weight)
        name = f"{layer}/{weight.name}"
        if name in self.fitted:
            array = self.fitted[name]
            return Tensor(weight.shape, weight.dtype, lambda: array.astype(weight.dtype))
        return SeededWeights(self.seed).tensor(layer, weight)


@dataclass(frozen=True)
class LoadedLayers:
    """What a recipe's `weights` give: layer paths with their source, and notes on the match."""

    layers: Mapping[str, tuple[LoadedWeights, str]]
    notes: tuple[str, ...]
    rows: tuple[Loading, ...] = ()
    """What each layer gets, in the order of the net."""
    drawn: tuple[str, ...] = ()
    """The layers with weights that no file gives."""

    def lines(self, most: int | None = None) -> list[str]:
        """The table of what is loaded; of more than `most` layers the first ones."""
        return loading_lines(self.rows, self.drawn, most)


def loaded_layers(recipe: Recipe) -> LoadedLayers:
    """Opens the weight files of a recipe; later ones go over earlier ones.

    Raises UserError where a file cannot be read or does not fit.
    """
    found: dict[str, tuple[LoadedWeights, str]] = {}
    notes: list[str] = []
    rows: dict[str, Loading] = {}
    for load in recipe.loads:
        checked, names = inside(recipe.trained, load.into)
        path = weights_file(recipe, load.file)
        loaded = load_weights(path, checked, below=load.into, rename=rename_pairs(load.rename))
        notes.extend(f"{load.file}: {note}" for note in loaded.notes())
        layers = checked.layers()
        for layer, node in layers.items():
            if node.weights:
                found[names[layer]] = (loaded, layer)
        for pair in loaded.match.pairs:
            gets = needs(layers[pair.layer].weights)
            whole = names[pair.layer]
            rows[whole] = Loading(whole, gets, pair.stored.title, load.file, pair.told_by)
    order = [path for path, node in recipe.trained.layers().items() if node.weights]
    return LoadedLayers(
        found,
        tuple(notes),
        tuple(rows[path] for path in order if path in rows),
        tuple(path for path in order if path not in found),
    )


def weights_file(recipe: Recipe, name: str) -> Path:
    """The file that a `load` names: one of the project, or published weights that are here.

    Raises UserError where the path leaves the project, or the weights were not fetched.
    """
    if is_published(name):
        return resolved(Path(name))
    path = recipe.file.parent / name
    require_inside(path, project_root(recipe.file))
    return path


def inside(checked: CheckedGraph, into: str) -> tuple[CheckedGraph, dict[str, str]]:
    """The part of a net below a path, its layers named as inside that path.

    Also gives the whole path of each of its layers. What the part reads from outside becomes
    inputs.
    """
    whole = checked.graph
    if not into:
        return checked, {path: path for path in checked.layers()}
    within = into + "/"
    parent = into.rpartition("/")[0]

    def short(path: str) -> str:
        if path.startswith(within):
            return path[len(within) :]
        return path[len(parent) + 1 :] if path == into and parent else path

    def belongs(node: Node) -> bool:
        return node.op is not None and (node.layer == into or node.layer.startswith(within))

    graph = Graph(checked.name)
    names: dict[str, str] = {}
    for node in whole:
        if not belongs(node):
            continue
        refs = []
        for ref in node.inputs:
            source = whole.node(ref.node)
            if belongs(source):
                refs.append(Ref(short(ref.node), ref.output))
                continue
            given = f"{ref.node}/given:{ref.output}"
            if given not in graph:
                type = source.outputs[ref.output]
                graph.add(
                    replace(source, path=given, op=None, inputs=(), outputs=(type,), weights=())
                )
                graph.inputs.append(given)
            refs.append(Ref(given))
        graph.add(replace(node, path=short(node.path), layer=short(node.layer), inputs=tuple(refs)))
        names[short(node.layer)] = node.layer
    names.update({path: path for path in graph.inputs})
    return CheckedGraph(graph), names
