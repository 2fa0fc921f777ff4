"""What `netc cam`, `filters` and `features` share: the model they look into, and its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ...compiler.expand.body import MAX_LAYERS
from ...dsl.text.escape import terminal
from ..errors import UserError
from .common import full_option, load_net, max_layers_option, parse_settings, set_option
from .common import preprocessing_option as preprocessing_option
from .say import say
from .weights import FRESH, classes_option, kept_with, read_classes, weight_options, weight_source

if TYPE_CHECKING:
    from ...compiler.ir.graph import CheckedGraph
    from ...compiler.ir.preprocessing import Preprocessing
    from ...compiler.lower.weights import WeightSource
    from ..api.looked import Looked


@dataclass(frozen=True)
class ModelOptions:
    """What the command line says of the model that is looked into, beside its name."""

    recipe: str | None = None
    weights: Path | None = None
    renames: tuple[str, ...] = ()
    seed: int = 0
    classes: Path | None = None
    settings: tuple[str, ...] = ()
    max_layers: int = MAX_LAYERS


def model_options(command: Callable[..., int]) -> Callable[..., int]:
    """`--weights`, `--rename`, `--seed`, `--classes`, `--recipe`, `--set` and `--max-layers`.

    The command gets them as `options`.
    """

    @wraps(command)
    def gathered(**given: object) -> int:
        own: dict[str, Any] = {each.name: given.pop(each.name) for each in fields(ModelOptions)}
        return command(**given, options=ModelOptions(**own))

    for option in (
        full_option,
        max_layers_option,
        set_option,
        classes_option,
        weight_options(FRESH),
        preprocessing_option,
    ):
        gathered = option(gathered)
    return gathered


def look_into(model: str, options: ModelOptions) -> Looked:
    """The net of a run folder, or of `FILE[:NET]` with its weights. Raises UserError."""
    from ..api.looked import Looked, look_into_run, run_settings
    from ..infer.classify import class_names

    if model.endswith(".onnx"):
        raise UserError(
            f"{model}: an ONNX file keeps no layers to look at; name the folder of the run, or the "
            ".net file with --weights"
        )
    run = Path(model)
    if run.is_dir():
        if (
            options.weights is not None
            or options.renames
            or options.settings
            or options.recipe is not None
        ):
            raise click.UsageError(
                "--weights, --rename, --recipe and --set go with a .net file; a run has its own"
            )
        found = look_into_run(run, run_settings(run), options.max_layers)
        named = class_names(read_classes(options.classes, found.checked))
        return (
            found if not named else Looked(found.checked, found.weights, found.preprocessing, named)
        )
    checked, made, source, metadata = net_with_weights(model, options)
    return Looked(checked, source, made, class_names(metadata))


class Weighted(NamedTuple):
    """A net of a file with its weights."""

    checked: CheckedGraph
    preprocessing: Preprocessing | None
    source: WeightSource
    metadata: Mapping[str, str]
    """What else a model of it keeps: what the run of the weights knew, the names of classes."""


def net_with_weights(model: str, options: ModelOptions) -> Weighted:
    """The net of `FILE[:NET]`, what is done to its pictures, and its weights. Raises UserError."""
    from ..api.kept import preprocessing_with

    given = parse_settings(options.settings)
    net, analysis = load_net(model, given, options.max_layers, options.weights)
    assert net.graph is not None
    kept = kept_with(net.graph, options.weights)
    made = preprocessing_with(kept, analysis.recipes, net.name, options.recipe)
    if options.weights is None:
        say(f"note: no --weights; fresh ones from seed {options.seed}", err=True)
    source = weight_source(net.graph, options.weights, options.seed, options.renames)
    metadata = {**kept.metadata, **read_classes(options.classes, net.graph)}
    return Weighted(net.graph, made, source, metadata)


def noted(text: str) -> None:
    """Prints a note on standard error."""
    say(terminal(f"note: {text}"), err=True)
