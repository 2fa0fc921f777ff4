"""Paths as services want them: from the top of the repository, in valid Unicode."""

from __future__ import annotations

import os
from pathlib import PurePath
from posixpath import normpath


def in_repository(path: str, below: str) -> str:
    """A path that messages show, as seen from the top of the repository.

    `below` is the working folder as seen from there. An absolute path stays as it is.
    """
    path = path.replace(os.sep, "/")
    return normpath(f"{below}/{path}") if below and not PurePath(path).is_absolute() else path


def valid(text: str) -> str:
    """Text without the halves of characters that stand for bytes which are no UTF-8."""
    return text.encode("utf-8", "replace").decode()
