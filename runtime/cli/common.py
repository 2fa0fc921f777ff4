"""What the verbs share: targets, settings, printing findings."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ...compiler.check import Analysis, Net, check_files
from ...compiler.expand.body import MAX_LAYERS
from ...compiler.expand.values import Value
from ...compiler.ops.base.kinds import show
from ...dsl.diagnostics.render.order import in_order
from ...dsl.diagnostics.render.text import render_text
from ...dsl.text.escape import terminal
from ..api.choose import only_net
from ..api.literal import literal
from ..api.set_text import file_settings, with_constants
from ..api.target import split_target
from ..runs.files import BEST
from ..runs.folder import RunFolder
from .options import full_option as full_option
from .options import max_layers_option as max_layers_option
from .options import set_option as set_option
from .options import wants_full as wants_full
from .say import say, wants_color

recipe_set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give a value to a setting of the recipe, by a dotted path to what is inside one "
    "(optimizer.learning_rate=0.01), to a parameter or size of the net, or to a constant.",
)
data_option = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the paths of `data` begin; by default the folder of FILE.",
)
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How results are written.",
)
preprocessing_option = click.option(
    "--recipe",
    "recipe",
    metavar="NAME",
    help="Whose `data` say how pictures are prepared, where recipes of the net differ.",
)
embed_option = click.option(
    "--embed-preprocessing",
    "embed",
    is_flag=True,
    help="Let the model's first layers scale pixels as the recipe's `data` says.",
)


def parse_settings(settings: Sequence[str]) -> dict[str, Value]:
    """`NAME=VALUE` pairs as static values. Raises click.UsageError."""
    found: dict[str, Value] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not all(part.isidentifier() for part in name.strip().split(".")):
            raise click.UsageError(f"--set takes NAME=VALUE, got `{setting}`")
        found[name.strip()] = literal(text.strip())
    return found


def show_findings(analysis: Analysis, *, err: bool = False) -> None:
    """Prints all findings as text."""
    if analysis.diagnostics:
        color = wants_color(sys.stderr if err else sys.stdout)
        found = in_order(analysis.diagnostics)
        say(render_text(found, color=color, full=wants_full()), err=err)


def load_net(
    target: str,
    settings: Mapping[str, Value],
    max_layers: int = MAX_LAYERS,
    weights: Path | None = None,
) -> tuple[Net, Analysis]:
    """The one net a verb works on, without fault.

    Of a run whose `weights` are to be loaded, what `--set` gave it holds where no other is given.

    Where there is an error, the findings are what the verb prints, and click.exceptions.Exit(1)
    is raised; warnings alone go to standard error, beside the verb's own output. UserError is
    raised where the file does not hold the one net asked for.
    """
    path, name = split_target(target)
    if weights is not None:
        settings = _as_trained(path, name, settings, weights)
    of_nets, overlay = with_constants([path], settings, name)
    analysis = check_files(
        [path], settings=of_nets, net=name, max_layers=max_layers, overlay=overlay
    )
    show_findings(analysis, err=not analysis.failed)
    if analysis.failed:
        blame_settings(settings, [path], name, max_layers)
        raise click.exceptions.Exit(1)
    return only_net(analysis, path, name, before=f"{target}:"), analysis


def _as_trained(
    path: Path, net: str | None, settings: Mapping[str, Value], weights: Path
) -> Mapping[str, Value]:
    """Settings, and before them those of the run that a file of weights belongs to."""
    if weights.name != BEST or not RunFolder(weights.parent).is_run:
        return settings
    from ..api.looked import run_settings

    if RunFolder(weights.parent).facts.get("file") != path.name:
        return settings
    known = file_settings(path, net)
    kept = {n: v for n, v in run_settings(weights.parent).items() if n in known - set(settings)}
    if kept:
        words = " ".join(f"--set {name}={show(value)}" for name, value in kept.items())
        say(terminal(f"note: {words}, as {weights.parent} was trained"), err=True)
    return {**kept, **settings}


def blame_settings(
    settings: Mapping[str, Value],
    paths: Sequence[Path],
    net: str | None = None,
    max_layers: int = MAX_LAYERS,
) -> None:
    """Says on standard error that `--set` alone makes files fail, where that is so."""
    if settings and not check_files(paths, net=net, max_layers=max_layers).failed:
        values = " ".join(f"--set {name}={show(value)}" for name, value in settings.items())
        say(f"note: without {values} there is no fault", err=True)
