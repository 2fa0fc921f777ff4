"""docs/errors.md shows what netc prints today, and the kept answers of Keras and PyTorch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from ..places import DOCS, ROOT

BENCH = ROOT / "bench"

NO_LINE = {"data_missing"}
"""`netc train` names the path that is missing and not the line that names it."""


@pytest.fixture(scope="module", autouse=True)
def scripts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCH))
        yield


@pytest.fixture(scope="module")
def shown(scripts: None) -> ModuleType:
    import mistake_page

    return mistake_page


@pytest.fixture(scope="module")
def kept(scripts: None) -> ModuleType:
    import mistakes

    return mistakes


def test_the_page_is_the_one_that_the_script_writes(shown: ModuleType, kept: ModuleType) -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    assert page == shown.page(kept.kept()), "python bench/mistakes.py writes it again"


def test_each_has_one_report_at_its_line_that_names_the_cure(shown: ModuleType) -> None:
    assert len({mistake.name for mistake in shown.MISTAKES}) == 30
    for mistake in shown.MISTAKES:
        judged = shown.by_netc(mistake)
        assert shown.reports(judged.text) == 1, mistake.name
        assert judged.line == (mistake.name not in NO_LINE), mistake.name
        assert judged.cure, mistake.name
        assert judged.count <= 16, mistake.name


def test_most_reports_are_short(shown: ModuleType) -> None:
    counts = sorted(shown.by_netc(mistake).count for mistake in shown.MISTAKES)
    assert counts[len(counts) // 2] <= 10


def test_each_mistake_is_in_the_file_of_each_tool(shown: ModuleType) -> None:
    for mistake in shown.MISTAKES:
        for tool in shown.TOOLS:
            there = shown.source(mistake, tool).is_file()
            assert there == (tool not in mistake.none), (mistake.name, tool)
            if there:
                text = shown.source(mistake, tool).read_text(encoding="utf-8")
                lacking = [place for place in mistake.places[tool] if place not in text]
                beside = [] if mistake.name != "import_cycle" else ['from "import_cycle.net"']
                assert lacking in ([], beside), (mistake.name, tool)


def test_the_kept_answers_are_those_of_the_files(shown: ModuleType, kept: ModuleType) -> None:
    """A file that changes is to be run again: `python bench/mistakes.py --write`."""
    for tool, answers in kept.kept().items():
        assert answers["digest"] == kept.digest(tool), tool
        asked = {mistake.name for mistake in shown.MISTAKES if tool not in mistake.none}
        assert set(answers["said"]) == asked, tool


def test_no_folder_of_a_machine_is_on_the_page(kept: ModuleType) -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    assert "/tmp/" not in page
    assert "/home/" not in page
    assert str(ROOT) not in page


def test_no_framework_is_loaded_to_write_it() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(BENCH)!r})\n"
        "import mistake_page, mistakes\n"
        "mistake_page.page(mistakes.kept())\n"
        "print({'keras', 'tensorflow', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
