"""`netc check`: every fault of every file in one run."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...dsl.diagnostics.render.count import summary_line
from ...dsl.record import record
from ...dsl.text.escape import log, terminal
from ..runs.files import (
    FACTS,
    RECIPE,
    SWEEP,
)
from .alone import Manner
from .bugs import keeps_going
from .formats import FORMATS, rendered, statistics
from .options import full_option, max_layers_option, set_option, wants_full
from .project import codes, project_settings
from .say import say, say_commands, wants_color
from .stdin import standard_input
from .wanted import Wanted

if TYPE_CHECKING:
    from ...compiler.analysis import Analysis
    from ...compiler.expand.values import Value
    from ...compiler.sizes import NetSizes
    from ...dsl.diagnostics.diagnostic import Diagnostic
    from .baseline import Compared
    from .fixes import Mending

RUN_MARKS = (frozenset((RECIPE, FACTS)), frozenset((RECIPE, SWEEP)))
"""The files that mark the folder of a run of `netc train`, or of a sweep."""

PAUSE = 0.3
"""Seconds between two looks at the files with `--watch`."""


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]…", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    help="How findings are written.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the findings into a file.",
)
@click.option("--fix", is_flag=True, help="Apply the fixes that are proved to help.")
@click.option(
    "--unsafe-fixes",
    "unsafe",
    is_flag=True,
    help="With --fix: those, too, that may change what is meant.",
)
@click.option("--diff", is_flag=True, help="With --fix: show the edits and write nothing.")
@click.option("--select", multiple=True, metavar="CODE", help="Report codes that begin so alone.")
@click.option("--ignore", multiple=True, metavar="CODE", help="Report no codes that begin so.")
@click.option(
    "--baseline",
    "baselines",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Report only findings that are not among the known ones of FILE.",
)
@click.option(
    "--write-baseline", "write", is_flag=True, help="Make what is found the known findings."
)
@click.option("--warnings-as-errors", is_flag=True, help="Exit 1 where there are warnings, too.")
@click.option("--statistics", "count", is_flag=True, help="Print how often each code was found.")
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What the text of standard input, given as `-`, is the new text of.",
)
@click.option("--sizes", is_flag=True, help="Say for which named sizes each net is legal.")
@click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="The most processes that check files; by default as many as the work is worth.",
)
@click.option("--no-cache", is_flag=True, help="Check every file, whatever is known of it.")
@click.option("--watch", is_flag=True, help="Check again whenever a file changes.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
@set_option
@max_layers_option
@full_option
def command(
    paths: tuple[Path, ...],
    form: str,
    output: Path | None,
    fix: bool,
    unsafe: bool,
    diff: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    baselines: tuple[Path, ...],
    write: bool,
    warnings_as_errors: bool,
    count: bool,
    stdin_filename: Path | None,
    sizes: bool,
    jobs: int | None,
    no_cache: bool,
    watch: bool,
    quiet: bool,
    settings: tuple[str, ...],
    max_layers: int,
) -> int:
    """Check .net files: a folder stands for all below it, none for this folder, - for a text."""
    if output is not None:
        from ..files.write import check_writable

        check_writable(output)
    if (unsafe or diff) and not fix:
        raise click.UsageError(f"--{'unsafe-fixes' if unsafe else 'diff'} goes with --fix")
    if sizes and form not in ("text", "concise", "json"):
        raise click.UsageError("--sizes goes with --format text, concise or json")
    given = standard_input(paths, stdin_filename)
    if given is not None and (fix or watch):
        raise click.UsageError(f"--{'fix' if fix else 'watch'} takes files, not standard input")
    project = project_settings()
    baselines = baselines or project.baselines
    if write and not baselines:
        raise click.UsageError("--write-baseline goes with --baseline FILE or the setting of it")
    if write and (given is not None or watch):
        raise click.UsageError("--write-baseline goes neither with - nor with --watch")
    wanted = Wanted(
        _codes("--select", select) or project.select,
        (*_codes("--ignore", ignore), *project.ignore),
        project,
    )
    if not is_given("max_layers"):
        max_layers = project.max_layers or max_layers
    job = _Job(
        paths or (Path(),),
        given or {},
        _settings(settings),
        Manner(max_layers, not no_cache, jobs),
        wanted,
        _mending(fix, diff, unsafe),
        baselines,
        write,
        sizes,
    )
    shown = _Shown(form, output, count, quiet, warnings_as_errors or project.warnings_as_errors)
    if watch:
        _watch(job, shown)
    return shown.show(job)


@record
class _Job:
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
        return list(self.texts) if self.texts else net_files(self.paths, self.wanted.project.takes)

    def run(self, files: list[Path]) -> tuple[Analysis, Compared | None]:
        """Checks files, applies or shows fixes where that is asked for, and says what is left.

        Of that, what is known is left out, and said of beside it.
        """
        if not (self.texts or self.settings or self.mending):
            return self._known(self._wanted(self.manner.check(files)))
        return self._with_constants(files)._run(files, self)

    def _run(self, files: list[Path], before: _Job) -> tuple[Analysis, Compared | None]:
        from .fixes import offered

        if self.mending and self.texts != before.texts:
            raise click.UsageError("--fix writes files, and does not go with --set of a constant")
        whole = self._check(files, self.texts)
        if self.mending and self.mending.apply_to(self._wanted(whole), self._check_text):
            whole = self._check(files, self.texts)
        analysis, compared = self._known(self._wanted(whole))
        return offered(analysis, self._check_text, whole), compared

    def _with_constants(self, files: list[Path]) -> _Job:
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


@record
class _Shown:
    """How findings are shown, and what they make of the exit status."""

    form: str
    output: Path | None
    statistics: bool
    quiet: bool
    warnings_as_errors: bool

    def show(self, job: _Job) -> int:
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


def is_given(option: str) -> bool:
    """Whether the command line says an option, so that no setting of the project counts."""
    source = click.get_current_context().get_parameter_source(option)
    return source is click.core.ParameterSource.COMMANDLINE


def _settings(given: tuple[str, ...]) -> dict[str, Value]:
    if not given:
        return {}
    from .common import parse_settings  # it loads the compiler

    return parse_settings(given)


def _mending(fix: bool, diff: bool, unsafe: bool) -> Mending | None:
    if not fix:
        return None
    from .fixes import Mending  # it loads the compiler

    return Mending(diff, unsafe)


def _codes(option: str, given: tuple[str, ...]) -> tuple[str, ...]:
    """Codes, or what they begin with, of a repeated option or one with commas."""
    try:
        return codes([code for text in given for code in text.split(",") if code.strip()], option)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _watch(job: _Job, shown: _Shown) -> None:
    """Checks whenever a file changes, until it is interrupted."""
    before = None
    while True:
        now = dict(_times(job))
        if now != before:
            before = now
            shown.show(job)
        time.sleep(PAUSE)


def _times(job: _Job) -> Iterator[tuple[Path, int]]:
    for path in job.files():
        try:
            yield path, path.stat().st_mtime_ns
        except OSError:
            yield path, 0


def net_files(
    paths: tuple[Path, ...], takes: Callable[[Path], bool] = lambda _: True
) -> list[Path]:
    """The files that some paths stand for: of a folder all below it, but for those of runs.

    The folder of a run keeps the files as they were when it began. Of files below a folder `takes`
    chooses. Raises click.UsageError where a folder holds none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        below: list[Path] = []
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if any(set(names) >= marks for marks in RUN_MARKS) and Path(folder) != path:
                folders.clear()
                continue
            below.extend(Path(folder, name) for name in sorted(names) if name.endswith(".net"))
        if not below:
            raise click.UsageError(f"there is no .net file below {path}")
        found.update(dict.fromkeys(filter(takes, below)))
    return list(found)
