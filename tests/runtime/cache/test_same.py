"""Findings from the cache, and from other processes, are those of a check that knows nothing."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from netc.compiler.alone import Reads, check_file
from netc.compiler.analysis import Analysis
from netc.compiler.check import check_files
from netc.compiler.together import FileFindings
from netc.runtime.cli.alone import Manner
from netc.runtime.cli.formats import FORMATS, rendered

from .corpus import write_corpus

LAYERS = 1_000_000


def shown(analysis: Analysis) -> dict[str, str]:
    found, files = analysis.diagnostics, analysis.files
    made = {form: rendered(found, files, form, color=False) for form in FORMATS}
    return {**made, "colored": rendered(found, files, "text", color=True)}


def test_all_examples_and_models_show_the_same_in_every_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    files = write_corpus(project)
    monkeypatch.chdir(project)
    monkeypatch.delenv("NETC_NO_CACHE")
    monkeypatch.setenv("NETC_CACHE_DIR", str(tmp_path / "cache"))
    read: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        note_what_is_read(patch, read)
        fresh = Manner(LAYERS, cached=True, jobs=1).check(files)
    inside = {Path(path).suffix for path in read if Path(path).is_relative_to(project)}
    assert inside == {".net"}, "what else decides, the cache would have to look at"
    assert len(fresh.diagnostics) > 200
    monkeypatch.setattr("netc.runtime.cli.workers.check_file", refuse_what_is_known)
    kept = Manner(LAYERS, cached=True, jobs=1).check(files)
    assert shown(kept) == shown(fresh)


ACROSS_FILES = ("NET025", "NET06", "blocks", "files", "ignored", "names")
"""Pages whose files import each other, or are answered by each other."""


def test_processes_and_one_check_of_all_find_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [path for path in write_corpus(tmp_path) if path.parts[0].startswith(ACROSS_FILES)]
    assert len(files) > 50
    monkeypatch.chdir(tmp_path)
    one_by_one = Manner(LAYERS, cached=False, jobs=1).check(files)
    assert shown(Manner(LAYERS, cached=False, jobs=2).check(files)) == shown(one_by_one)
    assert places(check_files(files)) == places(one_by_one)


def note_what_is_read(patch: pytest.MonkeyPatch, read: set[str]) -> None:
    """Notes the absolute paths of files that are opened."""
    for place, name in ((io, "open"), (os, "open")):
        real = getattr(place, name)

        def noted(path: Any, *how: Any, real: Any = real, **more: Any) -> object:
            if not isinstance(path, int):
                read.add(os.path.abspath(path))
            return real(path, *how, **more)

        patch.setattr(place, name, noted)


def places(analysis: Analysis) -> set[tuple[str, str, int, int, str]]:
    found = analysis.diagnostics
    return {(d.code.id, d.span.source.path, d.span.start, d.span.end, d.message) for d in found}


def refuse_what_is_known(path: Path, **how: Any) -> tuple[FileFindings, Reads | None]:
    """Stands for the check: only what depends on files that are not there is checked again."""
    found, reads = check_file(path, **how)
    assert reads is None, f"{path} is known"
    return found, reads
