"""`netc diff`: what changed between two versions of a net, and what of an old checkpoint loads."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ...compiler.diff.diff import NetDiff
from ...compiler.diff.limits import Limit, all_broken, read_limit
from ...compiler.expand.values import Value
from ...compiler.ir.graph import CheckedGraph
from ...compiler.shapes.dims import DimTooComplex
from ...dsl.diagnostics.diagnostic import Diagnostic
from ...dsl.diagnostics.render.order import in_order
from ...dsl.text.escape import markdown, terminal, xml
from ..api.diff_json import as_json
from ..api.versions import Side, compared, read_sides
from ..errors import UserError
from ..files.write import check_writable, write_text
from .common import blame_settings, max_layers_option, parse_settings, set_option
from .diff_report import as_markdown, as_text, sections
from .formats import rendered
from .renames import Way, refusal, rename_text, way_to_load
from .say import say, say_json, wants_color


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    help="How the comparison is written; markdown is for a comment on a pull request.",
)
@click.option(
    "--fail-if",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Exit 1 on it: `params > +5%`, `flops > 10G`, `memory > +1MB`, `incompatible`.",
)
@click.option(
    "--write-rename",
    "rename_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what --rename @FILE needs to load an OLD checkpoint into NEW.",
)
@set_option
@max_layers_option
def command(
    old: str,
    new: str,
    form: str,
    conditions: tuple[str, ...],
    rename_file: Path | None,
    settings: tuple[str, ...],
    max_layers: int,
) -> int:
    """Compare two versions of a net: FILE[:NET], or REVISION:FILE[:NET] of git."""
    limits = _limits(conditions)
    if rename_file is not None:
        check_writable(rename_file)
    given = parse_settings(settings)
    sides = read_sides(old, new, given, max_layers)
    faulty = any(side.analysis.failed for side in sides)
    diffs = compared(*sides)
    try:
        failed = all_broken(limits, diffs)
    except DimTooComplex as error:
        raise UserError(f"a measure comes to {error}") from None
    ways = [_way(diff, *sides) for diff in diffs]
    if rename_file is not None and diffs:
        write_text(rename_file, _rename_text(diffs, ways))
    findings = _findings(sides) if faulty else ([], [])
    if form == "json":
        say_json(as_json(old, new, diffs, failed, findings[0]))
    else:
        shown = as_markdown if form == "markdown" else as_text
        texts = [
            shown(_title(diff), sections(diff, _loading(diff, way, *sides)))
            for diff, way in zip(diffs, ways, strict=True)
        ]
        say("\n\n".join([*_faults(findings, form), *texts, *_failures(failed, form)]))
    if faulty:
        _blame(sides, given, max_layers)
    return 1 if failed or faulty else 0


def _limits(conditions: Sequence[str]) -> list[Limit]:
    try:
        return [read_limit(each) for each in conditions]
    except ValueError as error:
        raise click.UsageError(f"--fail-if: {terminal(str(error))}") from None


def _way(diff: NetDiff, old: Side, new: Side) -> Way | None:
    """How a checkpoint of the old net loads into the new one; None where it does not."""
    if diff.checkpoint is None or not diff.checkpoint.compatible or diff.same:
        return None
    return way_to_load(diff.checkpoint, _graph(diff.old, old), _graph(diff.new, new))


def _loading(diff: NetDiff, way: Way | None, old: Side, new: Side) -> str:
    """What becomes of a checkpoint, in words."""
    if way is not None:
        return way.text()
    if diff.checkpoint is None or diff.same:
        return ""
    return refusal(diff.checkpoint, _graph(diff.old, old), _graph(diff.new, new))


def _graph(name: str, side: Side) -> CheckedGraph:
    graph = next(net.graph for net in side.nets() if net.name == name)
    assert graph is not None
    return graph


def _rename_text(diffs: Sequence[NetDiff], ways: Sequence[Way | None]) -> str:
    """The file for `--rename`. Raises UserError where it is not one net that is compared."""
    found = [pair for pair in zip(diffs, ways, strict=True) if pair[0].checkpoint is not None]
    if len(found) != 1:
        raise UserError(f"--write-rename is for one net, and {len(found)} are compared; name one")
    diff, way = found[0]
    assert diff.checkpoint is not None
    return rename_text(diff.checkpoint, way)


def _title(diff: NetDiff) -> str:
    if diff.old and diff.new and diff.old != diff.new:
        return f"{diff.old} -> {diff.new}"
    return diff.new or diff.old


def _failures(failed: Sequence[tuple[Limit, str, str]], form: str) -> list[str]:
    if not failed:
        return []
    if form == "markdown":
        lines = [f"- {markdown(f'{limit.text}: {net}: {why}')}" for limit, net, why in failed]
        return ["**Failed**\n\n" + "\n".join(lines)]
    return ["\n".join(terminal(f"failed: {lim.text}: {net}: {why}") for lim, net, why in failed)]


def _findings(sides: Sequence[Side]) -> tuple[list[Diagnostic], list[str]]:
    """What is wrong with the two, in order, and the files that were checked."""
    found = {
        (one.code, one.message, one.span.source.path, one.span.start): one
        for side in sides
        for one in side.analysis.diagnostics
    }
    return in_order(found.values()), [file for side in sides for file in side.analysis.files]


def _faults(findings: tuple[list[Diagnostic], list[str]], form: str) -> list[str]:
    if not findings[0]:
        return []
    color = form == "text" and wants_color(sys.stdout)
    text = rendered(*findings, "text", color=color)
    return [f"<pre>\n{xml(text)}\n</pre>" if form == "markdown" else text]


def _blame(sides: Sequence[Side], settings: Mapping[str, Value], max_layers: int) -> None:
    paths = [side.target.path for side in sides if side.target.snapshot is None]
    if paths:
        blame_settings(settings, paths, max_layers=max_layers)
