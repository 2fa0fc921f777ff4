"""Which findings of `netc check` are reported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.record import record
from .project import ProjectSettings

if TYPE_CHECKING:
    from ...dsl.diagnostics.diagnostic import Diagnostic


@record
class Wanted:
    """Codes that begin with one of `select`, where it is not empty, but for what is ignored."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]
    project: ProjectSettings

    def of(self, diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Those of some findings that are reported."""
        return [one for one in diagnostics if self.takes(one.code.id, Path(one.span.source.path))]

    def takes(self, code: str, path: Path) -> bool:
        """Whether findings of a code are reported in a file."""
        if self.select and not code.startswith(self.select):
            return False
        if self.ignore and code.startswith(self.ignore):
            return False
        return not self.project.ignores(code, path)
