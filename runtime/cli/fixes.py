"""Fixes as `netc check` offers, shows and applies them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...compiler.check import Analysis
from ...compiler.prove import Check, mended, proved
from ...dsl.diagnostics.diagnostic import Diagnostic
from ...dsl.text.escape import terminal
from ..files.write import write_text
from .say import say

BOM = "\ufeff"


@dataclass(frozen=True)
class Mending:
    """What is done with the fixes of findings."""

    apply: bool
    diff: bool
    """Whether edits are shown instead of written."""
    unsafe: bool

    def apply_to(self, analysis: Analysis, check: Callable[[Path, str], Analysis]) -> bool:
        """Writes or shows the edits of each named file; whether a file has changed."""
        count = changed = 0
        for name, path in analysis.paths.items():
            text = _text(analysis.diagnostics, name)
            if text is None:
                continue
            new, fixes = mended(name, text, _check(check, path), unsafe=self.unsafe)
            if new == text:
                continue
            count += fixes
            if self.diff:
                say(_diff(name, text, new))
            else:
                # What a file begins with, its text does not hold.
                mark = BOM if path.read_bytes().startswith(BOM.encode()) else ""
                write_text(path, mark + new)
                changed += 1
        if count:
            word = "would apply" if self.diff else "applied"
            say(f"{word} {count} fix{'es' * (count != 1)}", err=True)
        return changed > 0


def offered(analysis: Analysis, check: Callable[[Path, str], Analysis]) -> Analysis:
    """The findings with those fixes alone that are proved and that `--fix` may write."""
    diagnostics: Sequence[Diagnostic] = [
        one
        if one.fix is None or one.fix.span.source.path in analysis.paths
        else replace(one, fix=None)
        for one in analysis.diagnostics
    ]
    for name, path in analysis.paths.items():
        if _text(diagnostics, name) is not None:
            diagnostics = proved(diagnostics, name, _check(check, path))
    return replace(analysis, diagnostics=list(diagnostics))


def _text(diagnostics: Sequence[Diagnostic], name: str) -> str | None:
    """The text of a file that some finding has a fix for."""
    fixes = (one.fix for one in diagnostics if one.fix is not None)
    return next((fix.span.source.text for fix in fixes if fix.span.source.path == name), None)


def _check(check: Callable[[Path, str], Analysis], path: Path) -> Check:
    """Checks texts of one file, each once."""
    known: dict[str, Sequence[Diagnostic]] = {}

    def found(text: str) -> Sequence[Diagnostic]:
        if text not in known:
            known[text] = check(path, text).diagnostics
        return known[text]

    return found


def _diff(name: str, old: str, new: str) -> str:
    from difflib import unified_diff  # 4 ms that only a diff should cost

    shown = terminal(name)
    lines = unified_diff(old.splitlines(True), new.splitlines(True), shown, f"{shown} (mended)")
    return "".join(lines).removesuffix("\n")
