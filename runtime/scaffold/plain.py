"""Which paths a first file can hold as they are."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import UserError

MOST_LETTERS = 200
"""The longest path that a file is written with."""


def require_plain(paths: Iterable[str]) -> None:
    """Raises UserError for a path that would need an escape in a string, or is very long."""
    for text in paths:
        if not text.isprintable() or {'"', "\\"} & set(text) or len(text) > MOST_LETTERS:
            raise UserError(
                f"{text[:MOST_LETTERS]!r} is no path of a .net file: it holds a quote, "
                f"a backslash or what is no letter, or more than {MOST_LETTERS} letters"
            )
