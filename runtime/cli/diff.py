"""`netc diff`: what changed between two versions of a net, and what of an old checkpoint loads."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ...compiler.check import Analysis, Net, check_files
from ...compiler.diff.diff import NetDiff, Version, diff_files, diff_nets
from ...compiler.diff.limits import Limit, all_broken, read_limit
from ...compiler.expand.values import Value
from ...compiler.shapes.dims import DimTooComplex
from ...compiler.sizes import size_files
from ...dsl.diagnostics.diagnostic import Diagnostic
from ...dsl.diagnostics.render.order import in_order
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.text.escape import markdown, markup, terminal
from ..errors import UserError
from ..files.write import check_writable, write_text
from .common import blame_settings, max_layers_option, parse_settings, set_option
from .diff_json import as_json
from .diff_report import as_markdown, as_text, sections
from .diff_target import Target, read_target
from .formats import rendered
from .renames import Way, rename_text, way_to_load
from .say import say, say_json, wants_color
from .sizes import sizes_line


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
    targets = read_target(old), read_target(new)
    sides = [_side(target, given, max_layers) for target in targets]
    faulty = any(side.analysis.failed for side in sides)
    try:
        diffs = _compared(*sides)
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
            shown(_title(diff), sections(diff, None if way is None else way.text()))
            for diff, way in zip(diffs, ways, strict=True)
        ]
        say("\n\n".join([*_faults(findings, form), *texts, *_failures(failed, form)]))
    if faulty:
        _blame(sides, given, max_layers)
    return 1 if failed or faulty else 0


@record
class _Side:
    """One of the two that are compared."""

    target: Target
    analysis: Analysis
    sizes: Mapping[str, str]
    """For which sizes each net is legal."""

    def nets(self) -> list[Net]:
        """Its nets without fault in their layers.

        Raises UserError where it has none at all, or not the one that is named.
        """
        nets, named = self.analysis.nets, self.target.net
        if not nets and not self.analysis.failed:
            whole = check_files([self.target.path], snapshot=self.target.snapshot)
            what = "no net" if named is None else f"no net `{named}`"
            hint = did_you_mean(named, [net.name for net in whole.nets]) if named else ""
            raise UserError(terminal(f"{self.target.shown} defines {what}. {hint}".strip()))
        return [net for net in nets if net.graph is not None]

    def versions(self) -> list[Version]:
        return [_version(net, self.sizes.get(net.name, "")) for net in self.nets()]


def _limits(conditions: Sequence[str]) -> list[Limit]:
    try:
        return [read_limit(each) for each in conditions]
    except ValueError as error:
        raise click.UsageError(f"--fail-if: {terminal(str(error))}") from None


def _side(target: Target, settings: Mapping[str, Value], max_layers: int) -> _Side:
    paths, snapshot = [target.path], target.snapshot
    analysis = check_files(
        paths, settings=settings, net=target.net, max_layers=max_layers, snapshot=snapshot
    )
    sizes = size_files(
        paths, settings=settings, net=target.net, max_layers=max_layers, snapshot=snapshot
    )
    return _Side(target, analysis, {one.net: sizes_line(one) for one in sizes})


def _version(net: Net, sizes: str) -> Version:
    assert net.graph is not None
    lines = [
        " ".join(line.span.text.split())
        for item in net.module.file.items
        if isinstance(item, ast.Expect) and item.net.name == net.name
        for line in item.lines
    ]
    return Version(net.name, net.graph, tuple(lines), sizes)


def _compared(old: _Side, new: _Side) -> list[NetDiff]:
    """The nets of both files, or the two that are meant where one is named."""
    ours, theirs = old.versions(), new.versions()
    if (old.analysis.failed or new.analysis.failed) and not (ours and theirs):
        return []
    if old.target.net is None and new.target.net is None:
        return diff_files(ours, theirs)
    return [diff_nets(_one(ours, old, theirs), _one(theirs, new, ours))]


def _one(nets: Sequence[Version], side: _Side, others: Sequence[Version]) -> Version:
    """The net of a side that the other side's is compared with."""
    if len(nets) == 1:
        return nets[0]
    same = [net for net in nets if net.name == others[0].name]
    if not same:
        listed = ", ".join(f"{side.target.shown}:{net.name}" for net in nets)
        raise UserError(terminal(f"{side.target.shown} has {len(nets)} nets; name one: {listed}"))
    return same[0]


def _way(diff: NetDiff, old: _Side, new: _Side) -> Way | None:
    """How a checkpoint of the old net loads into the new one; None where it does not."""
    if diff.checkpoint is None or not diff.checkpoint.compatible or diff.same:
        return None
    graphs = [
        next(net.graph for net in side.nets() if net.name == name)
        for side, name in ((old, diff.old), (new, diff.new))
    ]
    assert graphs[0] is not None
    assert graphs[1] is not None
    return way_to_load(diff.checkpoint, graphs[0], graphs[1])


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


def _findings(sides: Sequence[_Side]) -> tuple[list[Diagnostic], list[str]]:
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
    return [f"<pre>\n{markup(text)}\n</pre>" if form == "markdown" else text]


def _blame(sides: Sequence[_Side], settings: Mapping[str, Value], max_layers: int) -> None:
    paths = [side.target.path for side in sides if side.target.snapshot is None]
    if paths:
        blame_settings(settings, paths, max_layers=max_layers)
