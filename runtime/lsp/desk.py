"""What is open in the editor, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ...compiler.check import Analysis, check_files
from ...compiler.index.index import index
from ...compiler.index.symbols import FileIndex, Occurrence, Symbol
from ...compiler.link.module import Module
from ...compiler.link.project import Project
from ...compiler.link.reach import project_root
from ...compiler.remembered import Remembered
from ...dsl.diagnostics.diagnostic import Diagnostic
from ...dsl.diagnostics.errors import NetcError
from .positions import Lines
from .tolerant import Readable, readable

MOST_FILES = 2_000
"""How many files of a project are looked through for a name."""
MOST_LAYERS = 20_000
"""How far a net expands while it is edited; `netc check` says more of a larger one."""


@dataclass(frozen=True)
class View:
    """A file as it stood at one moment, with what a check found."""

    path: Path
    text: str
    readable: Readable
    analysis: Analysis | None
    """None where nothing of the file can be parsed."""
    shown: str
    """What messages call the file."""

    @cached_property
    def lines(self) -> Lines:
        """The lines of the text."""
        return Lines(self.text)

    @cached_property
    def diagnostics(self) -> list[Diagnostic]:
        """What is wrong with this file, as far as broken text lets it be said."""
        found = list(self.readable.problems)
        for diagnostic in self.analysis.diagnostics if self.analysis else ():
            if diagnostic.span.source.path == self.shown and not self._touches_broken(diagnostic):
                found.append(diagnostic)
        return found

    def _touches_broken(self, diagnostic: Diagnostic) -> bool:
        """Whether a finding may come of what was left out."""
        spans = [diagnostic.span, *(one.span for one in diagnostic.related)]
        spans += [frame.span for frame in diagnostic.trace]
        names = {self.text[start:end].split("(")[0].split()[-1:][0] for start, end in self._heads}
        if any(frame.block in names for frame in diagnostic.trace):
            return True
        return any(
            start <= span.start < end
            for span in spans
            if span.source.path == self.shown
            for start, end in self.readable.broken
        )

    @cached_property
    def _heads(self) -> list[tuple[int, int]]:
        return [(start, end) for start, end in self.readable.broken if "(" in self.text[start:end]]


@dataclass
class Desk:
    """The open files, by their paths."""

    texts: dict[Path, str] = field(default_factory=dict)
    views: dict[Path, View] = field(default_factory=dict)
    _remembered: Remembered = field(default_factory=Remembered)
    _modules: dict[Path, Module | None] = field(default_factory=dict)
    _indexes: dict[Path, FileIndex] = field(default_factory=dict)

    def put(self, path: Path, text: str) -> None:
        """Takes the newest text of a file."""
        self.texts[path] = text
        self._modules.clear()
        self._indexes.clear()

    def close(self, path: Path) -> None:
        """Goes back to what is on disk."""
        self.texts.pop(path, None)
        self.views.pop(path, None)
        self._modules.clear()
        self._indexes.clear()

    def check(self, path: Path) -> View:
        """Checks a file as it stands in the editor."""
        text = self.text(path)
        shown = Project(project_root(path)).shown(path)
        read = readable(shown, text)
        analysis: Analysis | None = None
        if read.text is not None:
            overlay = {**self.texts, path: read.text}
            analysis = check_files(
                [path],
                overlay=overlay,
                max_layers=MOST_LAYERS,
                keep_going=True,
                remembered=self._remembered,
            )
        view = View(path, text, read, analysis, shown)
        self.views[path] = view
        return view

    def view(self, path: Path) -> View:
        """The newest check of a file; it may be of an older text."""
        return self.views.get(path) or self.check(path)

    def fresh(self, path: Path) -> View:
        """A check of a file as it stands now."""
        view = self.views.get(path)
        return view if view is not None and view.text == self.text(path) else self.check(path)

    def text(self, path: Path) -> str:
        """What the editor has of a file, or what is on disk; empty where it cannot be read."""
        if path in self.texts:
            return self.texts[path]
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ""

    def module(self, path: Path) -> Module | None:
        """A file, parsed and linked, as far as it can be."""
        if path not in self._modules:
            overlay = dict(self.texts)
            read = readable(str(path), self.text(path))
            if read.text is not None:
                overlay[path] = read.text
            project = Project(project_root(path), overlay=overlay)
            try:
                self._modules[path] = project.load(path) if read.text is not None else None
            except NetcError:
                self._modules[path] = None
        return self._modules[path]

    def index(self, path: Path) -> FileIndex:
        """The names of a file."""
        if path not in self._indexes:
            module = self.module(path)
            self._indexes[path] = index(module) if module else FileIndex(path, ())
        return self._indexes[path]

    def occurrences(self, symbol: Symbol, near: Path) -> Iterator[tuple[Path, Occurrence]]:
        """Every place of the project around a file where a symbol stands."""
        word = symbol.name
        for path in self._files(near, symbol.path):
            if word in self.text(path):
                yield from ((path, one) for one in self.index(path).of(symbol))

    def _files(self, near: Path, home: Path) -> list[Path]:
        root = project_root(near)
        found = {home, near, *self.texts}
        for path in sorted(root.rglob("*.net")):
            if len(found) >= MOST_FILES:
                break
            if not path.is_symlink() and path.is_file():
                found.add(path.resolve())
        return sorted(found)

    def lines(self, path: Path) -> Lines:
        """The lines of a file."""
        return Lines(self.text(path))

    def path_of(self, near: Path, shown: str) -> Path:
        """The file that messages about another one call so."""
        module = self.module(near)
        seen: set[Path] = set()
        stack = [module] if module is not None else []
        while stack:
            at = stack.pop()
            if at.file.source.path == shown:
                return at.path
            seen.add(at.path)
            homes = (getattr(entity, "module", None) for entity in at.names.values())
            stack += [home for home in homes if home is not None and home.path not in seen]
        return Path(shown).resolve()
