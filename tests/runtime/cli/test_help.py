"""`netc VERB --help` keeps the lines of lists, however wide the terminal is."""

from __future__ import annotations

import inspect

import click
from click.testing import CliRunner
from netc.runtime.cli import VERBS, cli


def test_each_item_of_a_list_has_its_line() -> None:
    group = click.Context(cli, info_name="netc")
    listed = 0
    for verb in VERBS:
        command = cli.get_command(group, verb)
        assert command is not None
        items = [
            line for line in inspect.cleandoc(command.help or "").splitlines() if line[:2] == "- "
        ]
        shown = CliRunner().invoke(command, ["--help"], terminal_width=60).output.splitlines()
        assert [item for item in items if f"  {item}" not in shown] == [], verb
        listed += len(items)
    assert listed >= 11
