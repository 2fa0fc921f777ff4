"""Options of several verbs that load nothing of the compiler."""

from __future__ import annotations

import click

from ...compiler.expand.limits import MAX_LAYERS

_FULL = "netc.full"

set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Give a static parameter or a named size of the net a value.",
)
max_layers_option = click.option(
    "--max-layers",
    default=MAX_LAYERS,
    show_default=True,
    type=click.IntRange(1),
    help="How far a net may expand.",
)


def _keep_full(context: click.Context, _: click.Parameter, full: bool) -> None:
    context.meta[_FULL] = full


full_option = click.option(
    "--full",
    is_flag=True,
    expose_value=False,
    callback=_keep_full,
    help="Show more of the places and calls that a finding comes from.",
)


def wants_full() -> bool:
    """Whether the command line asks for all of each finding."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(_FULL))
