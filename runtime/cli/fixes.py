"""Fixes as `netc check` offers, shows and applies them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from ...compiler.check import Analysis
from ...compiler.prove import Check, Checked, checked_once, mended, proved, with_edit
from ...dsl.diagnostics.diagnostic import Diagnostic
from ...dsl.diagnostics.internal import Guarded
from ...dsl.text.source import Source, Span
from ..files.write import write_text
from .bugs import keeps_going
from .say import say
from .unified import unified

CheckText: TypeAlias = "Callable[[Path, str, int | None], Analysis]"
"""What is found where a text stands for a file, in so many steps at most."""

BOM = "\ufeff"


@dataclass(frozen=True)
class Mending:
    """How fixes are applied."""

    diff: bool
    """Whether edits are shown instead of written."""
    unsafe: bool

    def apply_to(self, analysis: Analysis, check: CheckText) -> bool:
        """Writes or shows the edits of each named file; whether a file has changed.

        Where netc fails on the fixes of a file, that file is left as it is.
        """
        count = changed = 0
        for name, path in analysis.paths.items():
            text = new = None
            with _guarded([], analysis.diagnostics, name):
                source = _source(analysis.diagnostics, name)
                if source is not None:
                    text = source.text
                    mend = _check(check, path, {})
                    new, fixes = mended(name, text, mend, unsafe=self.unsafe)
            if text is None or new is None or new == text:
                continue
            count += fixes
            if self.diff:
                say(unified(name, text, new, "mended"))
            else:
                # What a file begins with, its text does not hold.
                mark = BOM if path.read_bytes().startswith(BOM.encode()) else ""
                write_text(path, mark + new)
                changed += 1
        if count:
            word = "would apply" if self.diff else "applied"
            say(f"{word} {count} fix{'es' * (count != 1)}", err=True)
        return changed > 0


def offered(analysis: Analysis, check: CheckText, whole: Analysis) -> Analysis:
    """The findings with those fixes alone that are proved and that `--fix` may write.

    `whole` has those, too, that nobody asked for.
    """
    diagnostics: Sequence[Diagnostic] = [
        one
        if one.fix is None or one.fix.span.source.path in analysis.paths
        else replace(one, fix=None)
        for one in analysis.diagnostics
    ]
    for name, path in analysis.paths.items():
        bugs: list[Diagnostic] = []
        with _guarded(bugs, diagnostics, name):
            found = _source(diagnostics, name)
            if found is not None:
                # Of several files that were checked together, each is alone in its proofs.
                one = len(whole.paths) == 1
                alone = {found.text: Checked(whole.diagnostics, whole.work)} if one else {}
                diagnostics = proved(diagnostics, name, _check(check, path, alone))
        if bugs:
            diagnostics = [*_without_fixes(diagnostics, name), *bugs]
    return replace(analysis, diagnostics=list(diagnostics))


def _guarded(bugs: list[Diagnostic], diagnostics: Sequence[Diagnostic], name: str) -> Guarded:
    """Makes a bug of netc on the fixes of a file one more finding of it."""
    sources = (one.span.source for one in diagnostics)
    source = next((one for one in sources if one.path == name), Source(name, ""))
    start = Span(source, 0, min(1, len(source.text)))
    return Guarded(bugs.append, "the fixes of this file", start, keeps_going())


def _without_fixes(diagnostics: Sequence[Diagnostic], name: str) -> list[Diagnostic]:
    return [
        one if one.fix is None or one.fix.span.source.path != name else replace(one, fix=None)
        for one in diagnostics
    ]


def _source(diagnostics: Sequence[Diagnostic], name: str) -> Source | None:
    """The file that some finding has a fix for, or a help that spells one out."""
    fixes = (with_edit(one).fix for one in diagnostics)
    places = (fix.span.source for fix in fixes if fix is not None)
    return next((source for source in places if source.path == name), None)


def _check(check: CheckText, path: Path, known: dict[str, Checked]) -> Check:
    """Checks texts of one file, but those that are known, each once where it had room enough."""

    def found(text: str, most_work: int | None) -> Checked:
        analysis = check(path, text, most_work)
        return Checked(analysis.diagnostics, analysis.work)

    return checked_once(found, known)
