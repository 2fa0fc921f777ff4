"""`netc check`: every fault of every file in one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .alone import Manner
from .check_job import Job
from .check_shown import Shown, show_changes
from .formats import FORMATS
from .options import full_option, max_layers_option, set_option
from .project import codes, project_settings
from .stdin import standard_input
from .wanted import Wanted

if TYPE_CHECKING:
    from ...compiler.expand.values import Value
    from .fixes import Mending


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
    if not _is_given("max_layers"):
        max_layers = project.max_layers or max_layers
    job = Job(
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
    shown = Shown(form, output, count, quiet, warnings_as_errors or project.warnings_as_errors)
    if watch:
        show_changes(job, shown)
    return shown.show(job)


def _is_given(option: str) -> bool:
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
