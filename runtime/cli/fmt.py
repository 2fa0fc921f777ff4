"""`netc fmt`: the one formatting."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ...compiler.link.read_net import read_net
from ...dsl.diagnostics.diagnostic import DiagnosticError
from ...dsl.diagnostics.render.text import render_text
from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.syntax.read import decode
from ...dsl.text.escape import terminal
from ...dsl.text.source import Source
from ..files.write import write_text
from .net_files import net_files
from .say import say, say_commands, wants_color
from .stdin import NAME, read_standard_input
from .unified import unified

STDIN = Path("-")


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATH]…", type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Exit 1 where a file would change.")
@click.option("--diff", "show_diff", is_flag=True, help="Show what would change; write nothing.")
def command(paths: tuple[Path, ...], only_check: bool, show_diff: bool) -> int:
    """Format .net files in place; - is a text, which is printed formatted."""
    if STDIN in paths:
        if len(paths) > 1:
            raise click.UsageError("the path `-` stands alone")
        return _standard_input(only_check, show_diff)
    changed = failed = 0
    files = net_files(paths or (Path(),))
    for path in files:
        try:
            source = read_net(path, str(path))
            new = format_file(parse(source))
        except DiagnosticError as error:
            failed += 1
            say(render_text(error.diagnostics, color=wants_color(sys.stdout)))
            continue
        if new == source.text:
            continue
        changed += 1
        if not _shown(source, new, only_check, show_diff):
            write_text(path, new)
            say(terminal(str(path)))
    word = "would change" if only_check or show_diff else "changed"
    say(f"{changed} of {len(files)} files {word}", err=True)
    return 1 if failed or (changed and only_check) else 0


def _standard_input(only_check: bool, show_diff: bool) -> int:
    """Formats what comes in; standard output has the result, or nothing."""
    try:
        source = decode(read_standard_input(), str(NAME))
        new = format_file(parse(source))
    except DiagnosticError as error:
        say(render_text(error.diagnostics, color=wants_color(sys.stderr)), err=True)
        return 1
    changes = new != source.text
    if not (only_check or show_diff):
        say_commands(new.removesuffix("\n"))
    elif changes:
        _shown(source, new, only_check, show_diff)
    return 1 if changes and only_check else 0


def _shown(source: Source, new: str, only_check: bool, show_diff: bool) -> bool:
    """Says what would change, where that is asked for instead of the change."""
    if show_diff:
        say(unified(source.path, source.text, new, "formatted"))
    elif only_check:
        say(f"{terminal(source.path)} would change")
    return show_diff or only_check
