"""`netc check`: every fault of every file in one run."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ...compiler.check import Analysis, check_files
from ...dsl.diagnostics.render.text import summary_line
from ..files.write import write_text
from ..runs.files import FACTS, RECIPE
from .common import (
    blame_settings,
    max_layers_option,
    parse_settings,
    set_option,
    show_findings,
)
from .say import say, say_commands

ROUNDS = 10

RUN_MARKS = frozenset((RECIPE, FACTS))
"""The files that mark the folder of a run of `netc train`."""


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]…", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif", "junit"]),
    default="text",
    help="How findings are written.",
)
@click.option("--fix", is_flag=True, help="Apply the fixes that findings offer.")
@click.option("-q", "--quiet", is_flag=True, help="Print findings only.")
@set_option
@max_layers_option
def command(
    paths: tuple[Path, ...],
    form: str,
    fix: bool,
    quiet: bool,
    settings: tuple[str, ...],
    max_layers: int,
) -> int:
    """Check .net files: a folder stands for all below it, none for this folder."""
    given = parse_settings(settings)
    files = net_files(paths or (Path(),))
    analysis = check_files(files, settings=given, max_layers=max_layers)
    fixed = 0
    for _ in range(ROUNDS if fix else 0):
        # A name put right can show another fault behind it.
        applied = _apply_fixes(analysis)
        if not applied:
            break
        fixed += applied
        analysis = check_files(files, settings=given, max_layers=max_layers)
    if fixed:
        say(f"applied {fixed} fix{'es' * (fixed != 1)}", err=True)
    _print(analysis, form)
    if analysis.failed:
        blame_settings(given, files, max_layers=max_layers)
    if form == "text" and not quiet:
        say(summary_line(analysis.diagnostics, len(analysis.files)), err=True)
    return 1 if analysis.failed else 0


def net_files(paths: tuple[Path, ...]) -> list[Path]:
    """The files that some paths stand for: of a folder all below it, but for those of runs.

    The folder of a run keeps the files as they were when it began. Raises click.UsageError where a
    folder holds none.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.is_dir():
            found[path] = None
            continue
        below: list[Path] = []
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if set(names) >= RUN_MARKS and Path(folder) != path:
                folders.clear()
                continue
            below.extend(Path(folder, name) for name in sorted(names) if name.endswith(".net"))
        if not below:
            raise click.UsageError(f"there is no .net file below {path}")
        found.update(dict.fromkeys(below))
    return list(found)


def _print(analysis: Analysis, form: str) -> None:
    diagnostics = analysis.diagnostics
    if form == "text":
        show_findings(analysis)
        return
    if form == "json":
        from ...dsl.diagnostics.render.json import render_json

        text = render_json(diagnostics, len(analysis.files))
    elif form == "github":
        from ...dsl.diagnostics.render.github import render_github

        text = render_github(diagnostics)
    elif form == "sarif":
        from ...dsl.diagnostics.render.sarif import render_sarif

        text = render_sarif(diagnostics)
    else:
        from ...dsl.diagnostics.render.junit import render_junit

        text = render_junit(diagnostics, analysis.files)
    say_commands(text)


def _apply_fixes(analysis: Analysis) -> int:
    """Applies the fixes of all findings to the files; returns how many."""
    by_file: dict[str, list[tuple[int, int, str]]] = {}
    texts: dict[str, str] = {}
    for diagnostic in analysis.diagnostics:
        # Only files that were named are written, not what they import.
        if diagnostic.fix is not None and diagnostic.fix.span.source.path in analysis.paths:
            span = diagnostic.fix.span
            texts[span.source.path] = span.source.text
            by_file.setdefault(span.source.path, []).append(
                (span.start, span.end, diagnostic.fix.text)
            )
    count = 0
    for name, edits in by_file.items():
        text, end = texts[name], len(texts[name]) + 1
        for start, stop, new in sorted(set(edits), reverse=True):
            if stop <= end:
                text, end, count = text[:start] + new + text[stop:], start, count + 1
        write_text(analysis.paths[name], text)
    return count
