"""The two versions that `netc diff` compares: what names them, and their nets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...compiler.check import Analysis, Net, check_files
from ...compiler.diff.diff import NetDiff, Version, diff_files, diff_nets
from ...compiler.expand.body import MAX_LAYERS
from ...compiler.expand.values import Value
from ...compiler.link.snapshot import Snapshot
from ...compiler.shapes.dims import DimTooComplex
from ...compiler.sizes import size_files
from ...dsl.diagnostics.suggest import did_you_mean
from ...dsl.record import record
from ...dsl.syntax import ast
from ...dsl.text.escape import terminal
from ..errors import UserError
from .set_text import file_settings, with_constants
from .target import split_target

ENDING = ".net"


@record
class Target:
    """A file, in a revision where there is a `snapshot`, and the net of it that is named."""

    shown: str
    path: Path
    net: str | None
    snapshot: Snapshot | None


def read_target(text: str) -> Target:
    """What a text names. A file that is there is meant before a revision of that name.

    Raises UserError for a revision that cannot be read, or has no such file.
    """
    path, net = split_target(text)
    revision, colon, rest = text.partition(":")
    inner, _, named = rest.rpartition(":")
    if path.exists() or not colon or not (rest.endswith(ENDING) or inner.endswith(ENDING)):
        if path.suffix != ENDING and not path.exists():
            raise UserError(_no_file(path, revision))
        return Target(str(path), path, net, None)
    from ..files.revision import read_revision

    if not rest.endswith(ENDING):
        rest, net = inner, named
    else:
        net = None
    found = read_revision(revision)
    snapshot = Snapshot(revision, found.root, found)
    return Target(f"{revision}:{rest}", found.path(rest), net, snapshot)


def _no_file(path: Path, revision: str) -> str:
    """What is said of a name that is no file, and can be meant as one or as a revision."""
    like = Path(f"{path}{ENDING}")
    hint = (
        f"did you mean `{like}`?"
        if like.exists()
        else f"a file of a git revision is written `{revision}:FILE{ENDING}`"
    )
    return terminal(f"there is no file `{path}`; {hint}")


@record
class Side:
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
        """The same as they are compared."""
        return [_version(net, self.sizes.get(net.name, "")) for net in self.nets()]


def read_sides(
    old: str, new: str, settings: Mapping[str, Value], max_layers: int = MAX_LAYERS
) -> tuple[Side, Side]:
    """Checks the two that are compared, each with those of the settings that it has.

    Raises SettingError for a setting that neither has, and UserError as `read_target` does.
    """
    targets = read_target(old), read_target(new)
    known = [
        file_settings(each.path, each.net, each.snapshot) if settings else frozenset()
        for each in targets
    ]
    first, second = (
        _side(
            target,
            {n: v for n, v in settings.items() if n in own or n not in known[0] | known[1]},
            max_layers,
        )
        for target, own in zip(targets, known, strict=True)
    )
    return first, second


def _side(target: Target, settings: Mapping[str, Value], max_layers: int) -> Side:
    paths, snapshot = [target.path], target.snapshot
    of_nets, texts = with_constants(paths, settings, target.net, snapshot=snapshot)
    analysis = check_files(
        paths,
        settings=of_nets,
        net=target.net,
        max_layers=max_layers,
        overlay=texts,
        snapshot=snapshot,
    )
    sizes = size_files(
        paths,
        settings=of_nets,
        net=target.net,
        max_layers=max_layers,
        overlay=texts,
        snapshot=snapshot,
    )
    return Side(target, analysis, {one.net: one.text() for one in sizes})


def _version(net: Net, sizes: str) -> Version:
    assert net.graph is not None
    lines = [
        " ".join(line.span.text.split())
        for item in net.module.file.items
        if isinstance(item, ast.Expect) and item.net.name == net.name
        for line in item.lines
    ]
    return Version(net.name, net.graph, tuple(lines), sizes)


def compared(old: Side, new: Side) -> list[NetDiff]:
    """The nets of both files, or the two that are meant where one is named.

    There are none where a file is at fault so that nothing can be compared. Raises UserError where
    a file has no net that is meant, and for figures that are too complex.
    """
    try:
        return _compared(old, new)
    except DimTooComplex as error:
        raise UserError(f"a measure comes to {error}") from None


def _compared(old: Side, new: Side) -> list[NetDiff]:
    ours, theirs = old.versions(), new.versions()
    if (old.analysis.failed or new.analysis.failed) and not (ours and theirs):
        return []
    if old.target.net is None and new.target.net is None:
        return diff_files(ours, theirs)
    return [diff_nets(_one(ours, old, theirs), _one(theirs, new, ours))]


def _one(nets: Sequence[Version], side: Side, others: Sequence[Version]) -> Version:
    """The net of a side that the other side's is compared with."""
    if len(nets) == 1:
        return nets[0]
    same = [net for net in nets if net.name == others[0].name]
    if not same:
        listed = ", ".join(f"{side.target.shown}:{net.name}" for net in nets)
        raise UserError(terminal(f"{side.target.shown} has {len(nets)} nets; name one: {listed}"))
    return same[0]
