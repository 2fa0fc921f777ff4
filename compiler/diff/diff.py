"""Two versions of a net, or of a file of nets, compared in all there is to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...dsl.record import record
from ..ir.graph import CheckedGraph
from .changes import MOVED, RENAMED, Changes, changes_of, reshaped
from .contracts import ContractChange
from .layers import Layers, layers_of
from .lifting import wiring_of
from .match import Matched, match
from .measures import Measure, compared
from .signature import signature_changes
from .verdict import Checkpoint, judge


@record
class Version:
    """One net of a file as it is compared: its name, its graph, its contracts as text."""

    name: str
    checked: CheckedGraph
    contracts: tuple[str, ...]
    sizes: str = ""
    """For which numbers of its named sizes it is legal, in words."""


@dataclass(frozen=True)
class NetDiff:
    """What two versions of a net differ in; one of them may be missing."""

    old: str
    """The name of the old net; nothing where there is none."""
    new: str
    """The name of the new one."""
    measures: tuple[Measure, ...]
    """What both cost: `name`, `old`, `new`, `change` and `share` of each figure."""
    contracts: tuple[ContractChange, ...]
    """Lines of `expect` blocks that came, went or changed."""
    sizes: tuple[str, str]
    """For which numbers of their named sizes the two are legal."""
    changes: Changes | None
    """Changed `layers`, `shapes` and the `signature`; None without both nets."""
    checkpoint: Checkpoint | None
    """Which `weights` of a checkpoint of the old net load, and under which names (`renames`)."""

    @property
    def same(self) -> bool:
        """Whether nothing changed that is compared."""
        return (
            self.changes is not None
            and self.old == self.new
            and not (self.changes.layers or self.changes.shapes or self.changes.signature)
            and not self.contracts
            and self.sizes[0] == self.sizes[1]
            and all(measure.old == measure.new for measure in self.measures)
        )

    @property
    def only_names(self) -> bool:
        """Whether nothing but names changed, so that with OLD's weights NEW computes what OLD did.

        Each layer has its counterpart then, which is equal and takes what that one did.
        """
        if self.changes is None or self.checkpoint is None or not self.checkpoint.compatible:
            return False
        changed = (*self.changes.layers, *self.changes.signature)
        named = all({*each.kinds} <= {RENAMED, MOVED} for each in changed)
        return named and self.changes.in_place and not self.changes.shapes


def diff_nets(old: Version, new: Version) -> NetDiff:
    """Compares two versions of a net."""
    ours, theirs = layers_of(old.checked), layers_of(new.checked)
    return _compared(old, new, ours, theirs, match(ours, theirs))


def diff_files(old: Sequence[Version], new: Sequence[Version]) -> list[NetDiff]:
    """Compares the nets of two files: those of one name, then those that are most alike.

    Nets without counterpart come last. Where both files have one net, those two are compared.
    """
    if len(old) == len(new) == 1:
        return [diff_nets(old[0], new[0])]
    by_name = {each.name: each for each in new}
    paired = {each.name: by_name[each.name] for each in old if each.name in by_name}
    found = {each.name: diff_nets(each, paired[each.name]) for each in old if each.name in paired}
    taken = {each.name for each in paired.values()}
    left = [each for each in new if each.name not in taken]
    for each in old:
        if each.name not in found and left:
            other = _most_alike(each, left)
            if other is not None:
                found[each.name] = diff_nets(each, other)
                left.remove(other)
    diffs = [found.get(each.name) or _alone(each, None) for each in old]
    return sorted([*diffs, *(_alone(None, each) for each in left)], key=lambda d: not d.changes)


ALIKE = 0.5
"""The least part of their layers that nets of different names must share to be compared."""


def _most_alike(net: Version, others: Sequence[Version]) -> Version | None:
    """The one net that shares most layers with another, if it is one and shares enough."""
    ours = layers_of(net.checked)
    shares: list[tuple[float, Version]] = []
    for other in others:
        theirs = layers_of(other.checked)
        pairs = match(ours, theirs).pairs
        same = sum(ours.layers[a].whole == theirs.layers[b].whole for a, b in pairs.items())
        shares.append((2 * same / (len(ours.layers) + len(theirs.layers)), other))
    best = max(share for share, _ in shares)
    found = [other for share, other in shares if share == best]
    return found[0] if best >= ALIKE and len(found) == 1 else None


def _compared(
    old: Version, new: Version, ours: Layers, theirs: Layers, matched: Matched
) -> NetDiff:
    wiring = wiring_of(ours, theirs, matched.pairs)
    changes = Changes(
        tuple(changes_of(ours, theirs, matched, wiring)),
        tuple(reshaped(ours, theirs, matched.pairs)),
        tuple(signature_changes(old.checked, new.checked, ours, theirs, matched, wiring)),
        tuple(ours.place),
        tuple(theirs.place),
        not wiring.lifted,
    )
    return NetDiff(
        old.name,
        new.name,
        compared(old.checked, new.checked),
        ContractChange.between(old.contracts, new.contracts),
        (old.sizes, new.sizes),
        changes,
        judge(ours, theirs, matched),
    )


def _alone(old: Version | None, new: Version | None) -> NetDiff:
    return NetDiff(
        old.name if old else "",
        new.name if new else "",
        compared(old.checked if old else None, new.checked if new else None),
        ContractChange.between(old.contracts if old else (), new.contracts if new else ()),
        (old.sizes if old else "", new.sizes if new else ""),
        None,
        None,
    )
