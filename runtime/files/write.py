"""Files written whole or not at all, with one line that says why one cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...dsl.text import files
from ..errors import UserError
from .reach import require_named


def check_writable(path: Path) -> None:
    """Raises UserError where an output cannot be written: before any work is done for it."""
    folder = path.parent
    if not folder.exists():
        raise UserError(f"the folder {folder} of the output does not exist")
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder")
    if path.is_dir():
        raise UserError(f"the output {path} is a folder")
    if path.is_symlink():
        require_named(path)
    try:
        files.target_of(path)
    except PermissionError as error:
        what = "the folder " if error.filename != str(path.resolve()) else ""
        raise UserError(f"{what}{error.filename} is read-only") from error
    except OSError as error:
        raise UserError(f"{path} cannot be written: {(error.strerror or '').lower()}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that takes the place of `path` when the block ends without error.

    A link stays, and what it leads to is replaced. Raises UserError where it cannot be written.
    """
    check_writable(path)
    with files.replacing(path) as temporary:
        yield temporary


def write_text(path: Path, text: str) -> None:
    """Writes a text file whole or not at all. Raises UserError where it cannot be written."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
