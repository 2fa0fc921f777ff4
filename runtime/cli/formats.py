"""The formats of `netc check`: findings as text for a terminal, a file or a service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.diagnostics.errors import NetcError
from .bugs import keeps_going

if TYPE_CHECKING:
    from ...dsl.diagnostics.codes import Code
    from ...dsl.diagnostics.diagnostic import Diagnostic

FORMATS = ("text", "concise", "json", "github", "gitlab", "sarif", "junit")


def rendered(
    diagnostics: Sequence[Diagnostic],
    files: Sequence[str],
    form: str,
    *,
    color: bool,
    full: bool = False,
    known: int | None = None,
    sizes: Sequence[Mapping[str, object]] | None = None,
) -> str:
    """Findings in one of FORMATS; `files` are the checked ones.

    Colours are for text alone, and so is `full`: other formats hold every place anyway. `known` is
    how many were left out as they are in a baseline; None without one. `sizes` are the
    legal sizes of nets, for JSON. A finding that cannot be shown is one that netc fails on it.
    """

    def made(found: Sequence[Diagnostic]) -> str:
        return _rendered(found, files, form, color, full, known, sizes)

    try:
        return made(diagnostics)
    except (NetcError, MemoryError):
        raise
    except Exception:
        if not keeps_going():
            raise
    return made([_shown(made, one) for one in diagnostics])


def _shown(made: Callable[[Sequence[Diagnostic]], str], diagnostic: Diagnostic) -> Diagnostic:
    """A finding that can be shown: itself, or that netc fails on it."""
    try:
        made([diagnostic])
    except (NetcError, MemoryError):
        raise
    except Exception as error:
        from ...dsl.diagnostics.internal import internal
        from ...dsl.text.source import Span

        source = diagnostic.span.source
        start = Span(source, 0, min(1, len(source.text)))
        return internal(f"a {diagnostic.code.id} of this file", error, start)
    return diagnostic


def _rendered(
    diagnostics: Sequence[Diagnostic],
    files: Sequence[str],
    form: str,
    color: bool,
    full: bool,
    known: int | None,
    sizes: Sequence[Mapping[str, object]] | None,
) -> str:
    if form == "text":
        if not diagnostics:
            return ""
        from ...dsl.diagnostics.render.text import render_text

        return render_text(diagnostics, color=color, full=full)
    if form == "concise":
        from ...dsl.diagnostics.render.concise import render_concise

        return render_concise(diagnostics)
    if form == "json":
        from ...dsl.diagnostics.render.json import render_json

        return render_json(diagnostics, len(files), known, sizes)
    if form == "github":
        from ...dsl.diagnostics.render.github import render_github

        return render_github(diagnostics, _below_repository())
    if form == "gitlab":
        from ...dsl.diagnostics.render.gitlab import render_gitlab

        return render_gitlab(diagnostics, _below_repository())
    if form == "sarif":
        from ...dsl.diagnostics.render.sarif import render_sarif

        return render_sarif(diagnostics, _below_repository())
    from ...dsl.diagnostics.render.junit import render_junit

    return render_junit(diagnostics, files)


def statistics(diagnostics: Sequence[Diagnostic]) -> str:
    """How often each code was found, the most frequent first, a line each."""
    counts = Counter(diagnostic.code for diagnostic in diagnostics)
    fixable = Counter(diagnostic.code for diagnostic in diagnostics if diagnostic.mendable)
    width = len(str(max(counts.values(), default=0)))
    return "\n".join(
        f"{count:>{width}}  {code.id}  {'[*]' if fixable[code] else '   '} {code.title}"
        for code, count in sorted(counts.items(), key=_by_count)
    )


def _by_count(item: tuple[Code, int]) -> tuple[int, str]:
    return -item[1], item[0].id


def _below_repository() -> str:
    """The working folder as seen from the top of the repository that it lies in."""
    here = Path.cwd().resolve()
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            return "" if folder == here else here.relative_to(folder).as_posix()
    return ""
