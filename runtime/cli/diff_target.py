"""What OLD and NEW of `netc diff` name: a file, one net of it, or the same of a git revision."""

from __future__ import annotations

from pathlib import Path

from ...compiler.link.snapshot import Snapshot
from ...dsl.record import record
from ..api.target import split_target

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
        return Target(str(path), path, net, None)
    from ..files.revision import read_revision

    if not rest.endswith(ENDING):
        rest, net = inner, named
    else:
        net = None
    found = read_revision(revision)
    snapshot = Snapshot(revision, found.root, found)
    return Target(f"{revision}:{rest}", found.path(rest), net, snapshot)
