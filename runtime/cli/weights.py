"""The options that say which weights a verb uses, and what is printed of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from ...dsl.text.escape import terminal
from ..errors import UserError, unreadable
from ..files.reach import require_named
from .renames import read_renames
from .say import say

if TYPE_CHECKING:
    from ...compiler.ir.graph import CheckedGraph
    from ...compiler.lower.weights import WeightSource
    from ..data.kept import KeptData

F = TypeVar("F", bound=Callable[..., object])


classes_option = click.option(
    "--classes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Class names, one a line; kept in the model.",
)


def _of_run(context: click.Context, option: click.Parameter, path: Path | None) -> Path | None:
    from ..api.kept import weights_of

    return None if path is None else weights_of(path)


def weight_options(seeded: str) -> Callable[[F], F]:
    """Adds `--weights`, `--rename` and `--seed`; `seeded` says what the seed is of."""

    def add(command: F) -> F:
        for option in (
            click.option(
                "--seed",
                type=click.IntRange(0, 2**32 - 1),
                default=0,
                show_default=True,
                help=f"Seed of {seeded}.",
            ),
            click.option(
                "--rename",
                "renames",
                multiple=True,
                metavar="OLD=NEW",
                help="What --weights calls OLD, a layer or what layers are in, is NEW in the net; "
                "@FILE has such lines.",
            ),
            click.option(
                "--weights",
                type=click.Path(path_type=Path),
                callback=_of_run,
                metavar="FILE",
                help="Weights: .safetensors, .npz, .h5, .weights.h5, .keras, .pt or .pth; the "
                "folder of a run; or the zoo.FILE:NET that netc weights has fetched.",
            ),
        ):
            command = option(command)
        return command

    return add


FRESH = "fresh weights, used without --weights"
RANDOM = "random weights and inputs"


def weight_source(
    checked: CheckedGraph, path: Path | None, seed: int, renames: Sequence[str]
) -> WeightSource:
    """The weights of a file, or fresh ones.

    Raises UserError, with a table, for a file that does not fit, and click.UsageError for renames
    that say nothing.
    """
    from ...compiler.lower.weights import SeededWeights

    path, rename = named_weights(path, renames)
    if path is None:
        return SeededWeights(seed)
    from ..weights import load_weights

    loaded = load_weights(path, checked, rename=rename)
    for note in loaded.notes():
        say(terminal(f"note: {note}"), err=True)
    return loaded


def kept_with(checked: CheckedGraph, path: Path | None) -> KeptData:
    """What the weights keep of the data of their run, as far as it fits the net; notes of the rest.

    Raises UserError.
    """
    from ..api.kept import kept_data

    kept = kept_data(path, checked)
    for note in kept.notes:
        say(terminal(f"note: left out of what {path} keeps: {note}"), err=True)
    return kept


def named_weights(
    path: Path | None, renames: Sequence[str]
) -> tuple[Path | None, Mapping[str, str]]:
    """The file of weights that options name, and what its layers are called in the net.

    Raises UserError where it cannot be had, and click.UsageError for renames that say nothing.
    """
    from ...compiler.recipe.objects.loads import rename_pairs

    try:
        rename = rename_pairs(_listed(renames))
    except ValueError as error:
        raise click.UsageError(f"--rename: {error}") from error
    if path is None:
        if rename:
            raise click.UsageError("--rename goes with --weights")
        return None, {}
    from ..published.fetch import resolved

    found = resolved(path)
    require_named(found)
    return found, rename


def _listed(renames: Sequence[str]) -> list[str]:
    """The renames, with those of a file where one is named as `@FILE`. Raises UserError."""
    found: list[str] = []
    for text in renames:
        if not text.startswith("@") or "=" in text:
            found.append(text)
            continue
        path = Path(text[1:])
        require_named(path)
        try:
            found += read_renames(path)
        except OSError as error:
            raise unreadable(path, error) from error
        except UnicodeDecodeError as error:
            raise UserError(f"{path}: is not UTF-8 text") from error
    return found


def read_classes(path: Path | None, checked: CheckedGraph | None = None) -> dict[str, str]:
    """The model metadata that keeps the class names of a file, one a line.

    Raises UserError where it holds none, or another number than a net's output has classes.
    """
    if path is None:
        return {}
    from ..infer.classify import classes_metadata

    require_named(path)
    try:
        names = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text") from error
    found = [name.strip() for name in names if name.strip()]
    if not found:
        raise UserError(f"{path}: holds no class names")
    if checked is not None and len(checked.graph.outputs) == 1:
        from ..data.kept import can_name
        from ..data.specs import tensor_spec

        output = checked.graph.outputs[0]
        spec = tensor_spec(output.name, checked.graph.type(output.ref))
        if spec.rank == 2 and not can_name(spec, len(found)):
            classes = (
                "1 unit, which tells 2 classes"
                if spec.shape[1] == 1
                else f"{spec.shape[1]} classes"
            )
            raise UserError(
                f"{path}: holds {len(found)} class name{'s' * (len(found) != 1)}; "
                f"the output of the net has {classes}"
            )
    return classes_metadata(found)
