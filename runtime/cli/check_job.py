"""What a check is of, and what it finds: fixes made, known findings left out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...dsl.record import record
from .alone import Manner
from .bugs import keeps_going
from .net_files import net_files
from .wanted import Wanted

if TYPE_CHECKING:
    from ...compiler.analysis import Analysis
    from ...compiler.expand.values import Value
    from ...compiler.sizes import NetSizes
    from ...dsl.diagnostics.diagnostic import Diagnostic
    from .baseline import Compared
    from .fixes import Mending


@record
class Job:
    """What is checked, and how."""

    paths: tuple[Path, ...]
    texts: dict[Path, str]
    """Texts that stand for files."""
    settings: dict[str, Value]
    manner: Manner
    wanted: Wanted
    mending: Mending | None
    """What is done with fixes; None where they are offered alone."""
    baselines: tuple[Path, ...]
    write: bool
    """Whether baselines are made of what is found."""
    sizes: bool
    """Whether legal sizes are asked for."""

    def files(self) -> list[Path]:
        """The files that are checked. Raises click.UsageError where there is none."""
        return list(self.texts) if self.texts else net_files(self.paths, self.wanted.project.takes)

    def run(self, files: list[Path]) -> tuple[Analysis, Compared | None]:
        """Checks files, applies or shows fixes where that is asked for, and says what is left.

        Of that, what is known is left out, and said of beside it.
        """
        if not (self.texts or self.settings or self.mending):
            return self._known(self._wanted(self.manner.check(files)))
        return self._with_constants(files)._run(files, self)

    def _run(self, files: list[Path], before: Job) -> tuple[Analysis, Compared | None]:
        from .fixes import offered

        if self.mending and self.texts != before.texts:
            raise click.UsageError("--fix writes files, and does not go with --set of a constant")
        whole = self._check(files, self.texts)
        if self.mending and self.mending.apply_to(self._wanted(whole), self._check_text):
            whole = self._check(files, self.texts)
        analysis, compared = self._known(self._wanted(whole))
        return offered(analysis, self._check_text, whole), compared

    def _with_constants(self, files: list[Path]) -> Job:
        """The same, where constants that are set have their values in texts."""
        if not self.settings:
            return self
        from ..api.set_text import with_constants  # it loads the compiler

        settings, texts = with_constants(files, self.settings, texts=self.texts)
        return replace(self, settings=settings, texts=texts)

    def legal(
        self, files: list[Path], analysis: Analysis
    ) -> tuple[list[NetSizes] | None, list[Diagnostic]]:
        """The legal sizes of each net, where they are asked for, and the bug that keeps them."""
        if not self.sizes or not analysis.files:
            return None, []
        from ...compiler.sizes import size_files  # what few ask for should cost no other
        from ...dsl.diagnostics.internal import Guarded
        from ...dsl.text.source import Source, Span

        bugs: list[Diagnostic] = []
        start = Span(Source(analysis.files[0], ""), 0, 0)
        job = self._with_constants(files)
        with Guarded(bugs.append, "the legal sizes of these files", start, keeps_going()):
            return size_files(
                files, settings=job.settings, max_layers=job.manner.max_layers, overlay=job.texts
            ), bugs
        return None, bugs

    def _known(self, analysis: Analysis) -> tuple[Analysis, Compared | None]:
        """The findings that no baseline knows."""
        if not self.baselines:
            return analysis, None
        from .baseline import compare  # OpenSSL, for projects with a baseline alone

        compared = compare(self.baselines, analysis, self.wanted.takes, write=self.write)
        return replace(analysis, diagnostics=compared.new), compared

    def _wanted(self, analysis: Analysis) -> Analysis:
        return replace(analysis, diagnostics=self.wanted.of(analysis.diagnostics))

    def _check_text(self, path: Path, text: str, most_work: int | None) -> Analysis:
        """What is found, wanted or not, where a text stands for a file."""
        return self._check([path], {**self.texts, path.resolve(): text}, most_work)

    def _check(
        self, files: list[Path], texts: dict[Path, str], most_work: int | None = None
    ) -> Analysis:
        from ...compiler.check import check_files

        return check_files(
            files,
            settings=self.settings,
            max_layers=self.manner.max_layers,
            overlay=texts,
            keep_going=keeps_going(),
            most_work=most_work,
        )
