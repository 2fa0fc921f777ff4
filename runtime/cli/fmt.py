"""`netc fmt`: the one formatting."""

from __future__ import annotations

import sys
from difflib import unified_diff
from pathlib import Path

import click

from ...compiler.link.read_net import read_net
from ...dsl.diagnostics.diagnostic import DiagnosticError
from ...dsl.diagnostics.render.text import render_text
from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.text.escape import terminal
from ..files.write import write_text
from .net_files import net_files
from .say import say, wants_color


@click.command("fmt")
@click.argument("paths", nargs=-1, metavar="[PATH]…", type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Exit 1 where a file would change.")
@click.option("--diff", "show_diff", is_flag=True, help="Show what would change; write nothing.")
def command(paths: tuple[Path, ...], only_check: bool, show_diff: bool) -> int:
    """Format .net files in place."""
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
        if show_diff:
            lines = unified_diff(
                source.text.splitlines(True),
                new.splitlines(True),
                terminal(str(path)),
                f"{terminal(str(path))} (formatted)",
            )
            say("".join(lines).removesuffix("\n"))
        elif only_check:
            say(f"{terminal(str(path))} would change")
        else:
            write_text(path, new)
            say(terminal(str(path)))
    word = "would change" if only_check or show_diff else "changed"
    say(f"{changed} of {len(files)} files {word}", err=True)
    return 1 if failed or (changed and only_check) else 0
