"""What is wrong, as data: a diagnostic knows nothing of how it is shown."""

from __future__ import annotations

from ..record import record
from ..text.shorten import shortened
from ..text.source import Span
from .codes import Code
from .errors import LONGEST, NetcError


def _shorten(made: object, *names: str) -> None:
    for name in names:
        object.__setattr__(made, name, shortened(getattr(made, name), LONGEST))


@record
class Related:
    """A second place that matters: where the other side of a mismatch came from."""

    message: str
    span: Span
    step: bool = False
    """Whether it is a step on the way to another place, the first to go where space is short."""
    again: bool = False
    """Whether the finding is the same there, so that the line's number says enough."""
    rest: bool = False
    """Whether only who asks for all places is shown it."""

    def __post_init__(self) -> None:
        _shorten(self, "message")


@record
class Frame:
    """A block call between the net and the fault: `in Bottleneck(width=128)`, called at `span`."""

    block: str
    args: str
    span: Span


@record
class Fix:
    """A replacement that a tool may apply: `span` becomes `text`, and so for each of `also`."""

    span: Span
    text: str
    unsafe: bool = False
    """Whether it changes what the file means, so that the author has to want it."""
    also: tuple[Fix, ...] = ()
    """Other replacements in the same file that belong to it; they have none of their own."""

    @property
    def edits(self) -> tuple[tuple[int, int, str], ...]:
        """All its replacements: first character, end and new text."""
        every = (self, *self.also)
        return tuple((one.span.start, one.span.end, one.text) for one in every)


@record
class Diagnostic:
    """One finding; of a message that lists a million numbers the beginning is kept."""

    code: Code
    """Its `id` is such as `NET0301`."""
    message: str
    """The headline."""
    span: Span
    """The place: `span.source.path`, `span.line`, `span.column`, `span.text`."""
    label: str = ""
    """What is written under the place."""
    related: tuple[Related, ...] = ()
    """Other places that matter, each with a message."""
    trace: tuple[Frame, ...] = ()
    """The block calls between the net and the fault, innermost first."""
    help: str = ""
    """One concrete way out; empty where there is none."""
    fix: Fix | None = None
    """A replacement of text that `netc check --fix` applies, or `--unsafe-fixes`."""

    def __post_init__(self) -> None:
        _shorten(self, "message", "label", "help")

    @property
    def severity(self) -> str:
        """`error` or `warning`; the code decides."""
        return self.code.severity

    @property
    def mendable(self) -> bool:
        """Whether `--fix` applies the fix without being asked for unsafe ones."""
        return self.fix is not None and not self.fix.unsafe

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        return f"{self.span}: {self.code.id} {self.message}"


class DiagnosticError(NetcError):
    """Raised where work cannot go on; carries every diagnostic found so far."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.diagnostics = diagnostics
        super().__init__("\n".join(map(str, diagnostics)))
