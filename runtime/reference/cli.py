"""docs/cli.md: every verb with its options, as click knows them."""

from __future__ import annotations

import inspect

import click

from ...compiler.reference.made_by import MADE_BY
from ..cli import VERBS, cli

LISTED = "\b"
"""Stands above a list in a help text, which click then breaks nowhere else."""


def cli_markdown() -> str:
    """The page of the command line."""
    lines = [
        "# Command line",
        "",
        "`netc VERB --help` prints what stands here. The exit status is 0 where all went well, 1",
        "where the input is at fault, and 2 for wrong usage. Results go to standard output, all",
        "else to standard error. `NO_COLOR=1` turns colours off.",
        "",
        f"{MADE_BY} the verbs; do not edit it.",
        "",
        "| verb | |",
        "|---|---|",
        *(f"| [{verb}](#netc-{verb}) | {_cell(short)} |" for verb, short in VERBS.items()),
    ]
    group = click.Context(cli, info_name="netc")
    for verb in VERBS:
        command = cli.get_command(group, verb)
        assert command is not None
        lines += ["", *_verb(verb, command)]
    return "\n".join(lines) + "\n"


def _verb(verb: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=f"netc {verb}")
    usage = " ".join([f"netc {verb}", *command.collect_usage_pieces(context)])
    lines = [f"## netc {verb}", "", "```text", usage, "```", ""]
    lines += [inspect.cleandoc(command.help or "").replace(f"{LISTED}\n", ""), ""]
    options = [
        param for param in command.params if isinstance(param, click.Option) and not param.hidden
    ]
    if options:
        lines += ["| option | | default |", "|---|---|---|"]
        lines += [_option(option) for option in options]
    return lines[:-1] if not lines[-1] else lines


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    takes = "" if option.is_flag else f" `{_takes(option)}`"
    again = " Can be repeated." if option.multiple else ""
    return f"| {_cell(names + takes)} | {_cell((option.help or '') + again)} | {_default(option)} |"


def _takes(option: click.Option) -> str:
    """What stands behind an option's name."""
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return "PATH" if isinstance(option.type, click.Path) else "NUMBER"


def _default(option: click.Option) -> str:
    default = option.default
    shown = isinstance(default, str | int | float) and not isinstance(default, bool)
    return f"`{default}`" if shown and not option.is_flag else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
