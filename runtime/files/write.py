"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import UserError


def check_writable(path: Path) -> None:
    """Raises UserError where an output cannot be written: before any work is done for it."""
    folder = path.parent
    if not folder.exists():
        raise UserError(f"the folder {folder} of the output does not exist")
    if not folder.is_dir():
        raise UserError(f"{folder} is not a folder")
    if path.is_dir():
        raise UserError(f"the output {path} is a folder")
    if not os.access(folder, os.W_OK):
        raise UserError(f"the folder {folder} is read-only")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends without error."""
    check_writable(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def write_text(path: Path, text: str) -> None:
    """Writes a text file whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")
