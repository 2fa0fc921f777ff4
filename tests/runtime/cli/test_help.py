"""`netc VERB --help` keeps the lines of lists, however wide the terminal is."""

from __future__ import annotations

import inspect

import click
from click.testing import CliRunner
from netc.compiler.lower.onnx.lower import DEFAULT_OPSET, OPSETS
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


def command(verb: str) -> click.Command:
    found = cli.get_command(click.Context(cli, info_name="netc"), verb)
    assert found is not None
    return found


def test_what_compile_says_of_opsets_is_so() -> None:
    (option,) = (each for each in command("compile").params if each.name == "opset")
    assert isinstance(option, click.Option)
    assert option.help == f"ONNX opset, {OPSETS[0]} to {OPSETS[-1]}; by default {DEFAULT_OPSET}."


def test_what_several_verbs_have_is_called_alike() -> None:
    """One letter means one thing: -o where results go, -q fewer lines."""
    letters: dict[str, set[str]] = {}
    for verb in VERBS:
        for option in command(verb).params:
            short = [name for name in option.opts if len(name) == 2]
            for name in short:
                letters.setdefault(name, set()).update(set(option.opts) - {name})
            assert short or not {"--quiet", "--out", "--output"} & set(option.opts), verb
    assert letters == {"-o": {"--output", "--out"}, "-q": {"--quiet"}}
