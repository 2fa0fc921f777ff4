"""A token that cannot come next, and the plain way to say so."""

from __future__ import annotations

from ..diagnostics.codes import Code
from ..diagnostics.diagnostic import Diagnostic, Fix
from ..record import record
from ..text.source import Span
from .expected import phrase, symbols
from .tokens import TABLES, Tokens


@record
class UnexpectedToken:
    """A token that cannot come next, and what stood before it."""

    tokens: Tokens
    index: int
    states: list[int]
    expected: frozenset[str]

    @property
    def span(self) -> Span:
        """Where the token is."""
        return self.tokens.span(self.index)

    @property
    def found(self) -> str:
        """The token's terminal."""
        return TABLES.symbols[self.tokens.kinds[self.index]]

    @property
    def text(self) -> str:
        """The token's text."""
        return self.span.text

    def before(self, count: int = 1) -> Span | None:
        """The span of an earlier token."""
        return self.tokens.span(self.index - count) if self.index >= count else None

    def kind_before(self, count: int = 1) -> str:
        """The terminal of an earlier token."""
        if self.index < count:
            return ""
        return TABLES.symbols[self.tokens.kinds[self.index - count]]

    def adjacent(self, text: str) -> bool:
        """Whether the text from this token on begins with `text`."""
        return self.tokens.source.text.startswith(text, self.span.start)


def unexpected(fault: UnexpectedToken, help: str = "", fix: Fix | None = None) -> Diagnostic:
    """What was expected, and what was found."""
    before = fault.before()
    last = "the start of the file" if before is None else quoted(before.text)
    if fault.kind_before() == "_NEWLINE":
        last = "the line before"
    words = phrase(fault.kind_before(), last, fault.expected)
    message = f"expected {words}, found {found_words(fault)}"
    return Diagnostic(Code.UNEXPECTED_TOKEN, message, fault.span, help=help, fix=fix)


def said(fault: UnexpectedToken, message: str, help: str, fix: Fix | None = None) -> Diagnostic:
    """A diagnostic in words of its own."""
    return Diagnostic(Code.UNEXPECTED_TOKEN, message, fault.span, help=help, fix=fix)


def found_words(fault: UnexpectedToken) -> str:
    """The token that was found, in words."""
    match fault.found:
        case "$END":
            return "the end of the file"
        case "_NEWLINE":
            return "the end of the line"
        case "NAME":
            return f"the name {quoted(fault.text)}"
        case "NUMBER":
            return f"the number {quoted(fault.text)}"
        case "STRING":
            return f"the string {quoted(fault.text)}"
    return quoted(fault.text)


def in_pipeline(fault: UnexpectedToken) -> bool:
    """Whether what stands before the token is a stage of a pipeline."""
    for symbol in reversed(symbols(fault.states)):
        if symbol in ("LPAR", "LSQB", "LBRACE", "_NEWLINE", "EQUAL", "COMMA", "RETURN"):
            return False
        if symbol in ("ARROW", "stage") or symbol.startswith("__pipeline_plus"):
            return True
    return False


def quoted(text: str) -> str:
    """Source text in backquotes, cut where it is long."""
    return f"`{text}`" if len(text) <= 40 else f"`{text[:37]}...`"
