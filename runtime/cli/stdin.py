"""The text of a net on standard input, given as `-`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..errors import UserError

NAME = Path("stdin.net")
"""What messages call the text where `--stdin-filename` does not say."""


def standard_input(paths: tuple[Path, ...], name: Path | None) -> dict[Path, str] | None:
    """The text that `-` stands for, by its absolute path; None where no path is `-`.

    The file need not exist; its folder says what imports may read. Raises click.UsageError for
    `-` beside files, and UserError for what is no text.
    """
    if Path("-") not in paths:
        if name is not None:
            raise click.UsageError("--stdin-filename goes with the path `-`")
        return None
    if len(paths) > 1:
        raise click.UsageError("the path `-` stands alone")
    try:
        text = read_standard_input().decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UserError(f"standard input is not UTF-8 text: {error}") from None
    return {(name or NAME).resolve(): text}


def read_standard_input() -> bytes:
    """All of standard input. Raises UserError where that is more than a file may hold."""
    from ...dsl.syntax.read import MAX_BYTES

    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UserError(f"standard input holds more than {MAX_BYTES // 2**20} MiB")
    return data
