"""`netc ops`: the reference of layers."""

from __future__ import annotations

import sys

import click

from ...compiler.ops.table import ALIASES, OPS
from ...compiler.reference import families, render_op
from ...compiler.suggest import did_you_mean
from ..errors import UserError


@click.command("ops")
@click.argument("name", required=False)
def command(name: str | None) -> int:
    """List the layers, or describe one: its arguments, shapes and weights."""
    if name is None:
        for family, classes in families():
            sys.stdout.write(f"{family}\n")
            for cls in classes:
                doc = (cls.__doc__ or "").partition("\n")[0]
                sys.stdout.write(f"  {cls.__name__:24} {doc}\n")
        return 0
    folded = {each.lower(): cls for each, cls in {**ALIASES, **OPS}.items()}
    found = folded.get(name.lower())
    if found is None:
        hint = did_you_mean(name, [*OPS, *ALIASES])
        raise UserError(f"there is no layer `{name}`. {hint}".strip())
    sys.stdout.write(render_op(found))
    return 0
