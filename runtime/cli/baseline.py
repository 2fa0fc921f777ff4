"""Findings that a project lives with: `netc check --baseline` reports what is not among them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...compiler.link.reach import project_root, resolved
from ...dsl.diagnostics.codes import Code
from ...dsl.diagnostics.diagnostic import Diagnostic
from ...dsl.diagnostics.render.fingerprint import fingerprints
from ...dsl.diagnostics.render.order import in_order
from ...dsl.text import escape
from ..errors import UserError, require_file, unreadable
from ..files.reach import require_named
from ..files.write import check_writable, write_text

if TYPE_CHECKING:
    from ...compiler.check import Analysis

VERSION = 1
"""That of the layout of the file."""

LONGEST = 64 * 2**20
"""The bytes of a baseline."""

NEVER_KNOWN = frozenset((Code.INTERNAL,))
"""What no project lives with: netc has not looked at what stands there."""


@dataclass(frozen=True, order=True)
class Entry:
    """One finding that is known."""

    file: str
    """Its path as seen from the folder of the baseline."""
    code: str
    message: str
    fingerprint: str


@dataclass(frozen=True)
class Baseline:
    """The known findings of the files below a folder: that of the baseline itself."""

    path: Path
    entries: tuple[Entry, ...]

    @property
    def folder(self) -> Path:
        """Where the paths of its entries begin."""
        return resolved(self.path.parent)

    def name_of(self, file: Path) -> str:
        """How its entries call a file."""
        try:
            return Path(os.path.relpath(file, self.folder)).as_posix()
        except ValueError:  # another drive of Windows
            return file.as_posix()


@dataclass(frozen=True)
class Compared:
    """What baselines make of the findings of a check."""

    new: list[Diagnostic]
    known: int
    notes: tuple[str, ...] = ()
    """A line for each baseline that was written, or has entries that are no longer found."""


def compare(
    paths: Sequence[Path],
    analysis: Analysis,
    takes: Callable[[str, Path], bool],
    *,
    write: bool = False,
) -> Compared:
    """Splits findings by the baselines at some paths; with `write` they are made known first.

    `takes` says whether a code is looked for in a file. Raises UserError where a file is no
    baseline, or cannot be written.
    """
    if not write:
        return compared([read_baseline(path) for path in paths], analysis, takes)
    baselines, notes = write_baselines(paths, analysis, takes)
    return replace(compared(baselines, analysis, takes), notes=tuple(notes))


def read_baseline(path: Path) -> Baseline:
    """The known findings of a file. Raises UserError where it is no baseline."""
    if path.is_symlink():
        require_named(path)
    if not path.exists():
        raise UserError(f"{path}: there is no such baseline; --write-baseline makes it")
    if require_file(path, "a baseline") > LONGEST:
        raise UserError(f"{path}: is longer than a baseline of netc")
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise unreadable(path, error) from None
    except (ValueError, RecursionError):
        raise UserError(f"{path}: is no baseline of netc: it is no JSON") from None
    return Baseline(path, _entries_of(path, document))


def compared(
    baselines: Sequence[Baseline], analysis: Analysis, takes: Callable[[str, Path], bool]
) -> Compared:
    """Splits findings into new and known ones.

    Of several baselines that of the nearest folder above a file answers for it, else the first.
    An entry is stale where its file was checked for its code, which `takes` decides, or is gone.
    New errors hide other findings, so that beside them nothing is called stale.
    """
    marked = _marked(baselines, analysis)
    known = {(each.path, entry.fingerprint) for each in baselines for entry in each.entries}
    found = {(home.path, entry.fingerprint) for home, entry, _ in marked}
    new = [
        one
        for home, entry, one in marked
        if (home.path, entry.fingerprint) not in known or one.code in NEVER_KNOWN
    ]
    stale: list[str] = []
    if not any(one.severity == "error" for one in new):
        for each in baselines:
            judged = _judged(each, analysis, takes)
            count = sum((each.path, one.fingerprint) not in found for one in judged)
            stale += [f"{each.path}: {_stale(count)}"] if count else []
    return Compared(new, len(marked) - len(new), tuple(stale))


def write_baselines(
    paths: Sequence[Path], analysis: Analysis, takes: Callable[[str, Path], bool]
) -> tuple[list[Baseline], list[str]]:
    """Makes the findings of a check the known ones; what baselines hold then, and a line on each.

    Entries of files and codes that the check did not look for are kept. Raises UserError where a
    file cannot be written or holds something else.
    """
    for path in paths:
        check_writable(path)
    before = [read_baseline(path) if path.exists() else Baseline(path, ()) for path in paths]
    marked = _marked(before, analysis)
    after: list[Baseline] = []
    lines: list[str] = []
    for old in before:
        kept = set(old.entries) - set(_judged(old, analysis, takes))
        prints = {entry.fingerprint for entry in kept}
        now = {
            entry
            for home, entry, one in marked
            if home is old and one.code not in NEVER_KNOWN and entry.fingerprint not in prints
        }
        made = replace(old, entries=tuple(sorted(kept | now)))
        write_text(old.path, _text(made.entries))
        was, now_are = ({one.fingerprint for one in each.entries} for each in (old, made))
        added, removed = len(now_are - was), len(was - now_are)
        count = len(made.entries)
        what = "1 known finding" if count == 1 else f"{count} known findings"
        lines.append(f"{old.path}: {what}, {added} added, {removed} removed")
        after.append(made)
    return after, lines


def _marked(
    baselines: Sequence[Baseline], analysis: Analysis
) -> list[tuple[Baseline, Entry, Diagnostic]]:
    """Each finding in order, with the baseline that answers for it and the entry it would be."""
    by_home: dict[Path, list[Diagnostic]] = {}
    homes = {each.path: each for each in baselines}
    ordered = in_order(analysis.diagnostics)
    shown = {one.span.source.path for one in ordered}
    files = {path: _file(analysis, path) for path in shown}
    home_of = {path: _home(baselines, file) for path, file in files.items()}
    for one in ordered:
        by_home.setdefault(home_of[one.span.source.path].path, []).append(one)
    entries: dict[int, tuple[Baseline, Entry]] = {}
    for path, group in by_home.items():
        home = homes[path]
        names = {path: home.name_of(file) for path, file in files.items()}
        prints = fingerprints(group, names.__getitem__)
        for one, fingerprint in zip(group, prints, strict=True):
            name = names[one.span.source.path]
            entries[id(one)] = home, Entry(name, one.code.id, one.message, fingerprint)
    return [(*entries[id(one)], one) for one in ordered]


def _home(baselines: Sequence[Baseline], file: Path) -> Baseline:
    """The baseline that answers for a file."""
    above = [each for each in baselines if file.is_relative_to(each.folder)]
    return max(above, key=lambda each: len(each.folder.parts), default=baselines[0])


def _judged(
    baseline: Baseline, analysis: Analysis, takes: Callable[[str, Path], bool]
) -> list[Entry]:
    """The entries that would have been found if they were still there."""
    checked = {baseline.name_of(_file(analysis, shown)) for shown in analysis.paths}
    judged: dict[tuple[str, str], bool] = {}
    for entry in baseline.entries:
        key = entry.file, entry.code
        if key not in judged:
            file = Path(os.path.normpath(baseline.folder / entry.file))
            gone = file.is_relative_to(baseline.folder) and not os.path.lexists(file)
            judged[key] = (gone or entry.file in checked) and takes(entry.code, file)
    return [entry for entry in baseline.entries if judged[entry.file, entry.code]]


def _file(analysis: Analysis, shown: str) -> Path:
    """The absolute path of a file that messages show; links of its folder alone are followed."""
    path = analysis.paths.get(shown, Path(shown))
    if not path.exists() and analysis.paths:
        # Of one project that is not around the working folder, paths begin in its folder.
        path = project_root(next(iter(analysis.paths.values()))) / shown
    return resolved(path.parent) / path.name


def _entries_of(path: Path, document: object) -> tuple[Entry, ...]:
    if not isinstance(document, dict) or "findings" not in document:
        raise UserError(f"{path}: is no baseline of netc: it has no findings")
    if document.get("version") != VERSION:
        raise UserError(
            f"{path}: is a baseline of another version of netc; this one reads version {VERSION}"
        )
    findings = document["findings"]
    if not isinstance(findings, list):
        raise UserError(f"{path}: is no baseline of netc: its findings are no list")
    found: list[Entry] = []
    names = ("file", "code", "message", "fingerprint")
    for number, each in enumerate(findings, start=1):
        values = [each.get(name) for name in names] if isinstance(each, dict) else []
        strings = [value for value in values if isinstance(value, str)]
        if len(strings) != len(names):
            raise UserError(
                f"{path}: finding {number} of the baseline has not the strings {', '.join(names)}"
            )
        if "\0" in strings[0]:
            raise UserError(f"{path}: finding {number} of the baseline names no file")
        found.append(Entry(*strings))
    return tuple(found)


def _text(entries: Sequence[Entry]) -> str:
    """The file: a line a finding, so that changes of it can be read and merged."""
    lines = [
        escape.json({name: getattr(entry, name) for name in entry.__dataclass_fields__})
        for entry in entries
    ]
    body = ",\n".join(f"    {line}" for line in lines)
    findings = f"[\n{body}\n  ]" if lines else "[]"
    return f'{{\n  "version": {VERSION},\n  "findings": {findings}\n}}\n'


def _stale(count: int) -> str:
    if count == 1:
        return "1 entry is no longer found; --write-baseline removes it"
    return f"{count} entries are no longer found; --write-baseline removes them"
