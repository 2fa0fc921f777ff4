"""The option that names the file of a picture, and what is checked of that file before any work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from ..files.write import check_writable

F = TypeVar("F", bound=Callable[..., object])

OUT = ("-o", "--output", "out")
PNG = (".png",)


def picture_option(
    help: str, *, named: Sequence[str] = OUT, endings: Sequence[str] = PNG, required: bool = False
) -> Callable[[F], F]:
    """`-o FILE.png`, or another name and other endings. `check_picture` is called by the verb."""
    return click.option(
        *named,
        required=required,
        type=click.Path(path_type=Path),
        metavar=f"FILE{'|'.join(endings)}",
        help=help,
    )


def check_picture(path: Path | None, endings: Sequence[str] = PNG) -> None:
    """Raises UsageError or UserError where a picture cannot be written so; None is no picture."""
    if path is None:
        return
    if path.suffix not in endings:
        raise click.UsageError(
            f"a picture is written as {' or '.join(endings)}, not as `{path.name}`"
        )
    check_writable(path)
