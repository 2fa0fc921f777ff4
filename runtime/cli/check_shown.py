"""How the findings of a check are shown: once, or whenever a file changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...dsl.diagnostics.render.count import summary_line
from ...dsl.record import record
from ...dsl.text.escape import log, terminal
from .check_job import Job
from .formats import rendered, statistics
from .options import wants_full
from .say import say, say_commands, wants_color

if TYPE_CHECKING:
    from ...compiler.analysis import Analysis
    from ...compiler.sizes import NetSizes
    from ...dsl.diagnostics.diagnostic import Diagnostic

PAUSE = 0.3
"""Seconds between two looks at the files with `--watch`."""


@record
class Shown:
    """How findings are shown, and what they make of the exit status."""

    form: str
    output: Path | None
    statistics: bool
    quiet: bool
    warnings_as_errors: bool

    def show(self, job: Job) -> int:
        """Checks, shows what was found, and returns the exit status."""
        files = job.files()
        analysis, compared = job.run(files)
        known = None if compared is None else compared.known
        sizes, bugs = job.legal(files, analysis)
        if bugs:
            analysis = replace(analysis, diagnostics=[*analysis.diagnostics, *bugs])
        self._write(analysis, known, sizes)
        if analysis.failed and job.settings and not job.texts:
            from .common import blame_settings

            blame_settings(job.settings, files, max_layers=job.manner.max_layers)
        if not self.quiet:
            also = f"; {known} known left out" if known else ""
            also += "" if job.texts else _mendable(analysis.diagnostics)
            also += "; --full shows more of them" if self._leaves_out(analysis) else ""
            if self.form in ("text", "concise") or known:
                say(summary_line(analysis.diagnostics, len(analysis.files)) + also, err=True)
            for note in compared.notes if compared is not None else ():
                say(terminal(note), err=True)
        fails = analysis.failed or (self.warnings_as_errors and bool(analysis.diagnostics))
        return 1 if fails else 0

    def _leaves_out(self, analysis: Analysis) -> bool:
        """Whether --full would show more."""
        if self.form != "text" or wants_full() or not analysis.diagnostics:
            return False
        from ...dsl.diagnostics.render.text import shortened

        return shortened(analysis.diagnostics)

    def _write(self, analysis: Analysis, known: int | None, sizes: list[NetSizes] | None) -> None:
        for_people = self.form in ("text", "concise")
        if self.statistics and for_people:
            text = statistics(analysis.diagnostics)
        else:
            text = rendered(
                analysis.diagnostics,
                analysis.files,
                self.form,
                color=self.output is None and wants_color(sys.stdout),
                full=wants_full(),
                known=known,
                sizes=None if sizes is None else _as_json(sizes),
            )
        if sizes and for_people:
            from .sizes import sizes_text

            text = "\n".join(part for part in (text, sizes_text(sizes)) if part)
        if self.output is not None:
            from ..files.write import write_text

            shown = log(text) if for_people else text
            write_text(self.output, f"{shown}\n" if shown else "")
        elif not for_people:
            say_commands(text)
        elif text:
            say(text)


def show_changes(job: Job, shown: Shown) -> None:
    """Checks whenever a file changes, until it is interrupted."""
    before = None
    while True:
        now = dict(_times(job))
        if now != before:
            before = now
            shown.show(job)
        time.sleep(PAUSE)


def _times(job: Job) -> Iterator[tuple[Path, int]]:
    for path in job.files():
        try:
            yield path, path.stat().st_mtime_ns
        except OSError:
            yield path, 0


def _mendable(diagnostics: list[Diagnostic]) -> str:
    """How many findings have a fix, as the last line says it."""
    safe = sum(one.mendable for one in diagnostics)
    unsafe = sum(one.fix is not None for one in diagnostics) - safe
    ways = [(safe, "--fix"), (unsafe, "--fix --unsafe-fixes")]
    shown = [f"{count} can be mended with {option}" for count, option in ways if count]
    return "".join(f"; {each}" for each in shown)


def _as_json(sizes: list[NetSizes]) -> list[dict[str, object]]:
    from .sizes import sizes_json

    return sizes_json(sizes)
