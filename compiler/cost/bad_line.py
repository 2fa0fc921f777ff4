"""A line of an `expect` block that says nothing which can be checked."""

from __future__ import annotations

from ...dsl.text.source import Span


class BadLine(Exception):
    """A line of an `expect` block is not a comparison of known measures."""

    def __init__(self, message: str, span: Span, help: str = "") -> None:
        self.span = span
        self.help = help
        super().__init__(message)
