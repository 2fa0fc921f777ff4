"""The .net files that a command line names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from ..api.net_files import files_below
from ..errors import UserError


def net_files(
    paths: tuple[Path, ...], takes: Callable[[Path], bool] = lambda _: True
) -> list[Path]:
    """What `files_below` gives; click.UsageError where a folder holds no file."""
    try:
        return files_below(paths, takes)
    except UserError as error:
        raise click.UsageError(str(error)) from error
