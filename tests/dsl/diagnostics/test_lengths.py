"""How many lines a finding takes, on every faulty net of the pages: few enough to see at once."""

from pathlib import Path
from statistics import median

from netc.dsl.diagnostics.diagnostic import Diagnostic
from netc.dsl.diagnostics.render.text import render_text

from ...markdown import examples
from ...places import DOCS, ROOT

FOLDERS = (ROOT / "tests", DOCS, ROOT / "dsl" / "diagnostics" / "pages")
MEDIAN = 10
"""Lines of a fault of shapes, the title among them."""
MOST = 16
"""Lines of any finding."""


def test_findings_are_short_unless_all_of_them_is_asked_for():
    found = [one for folder in FOLDERS for page in folder.rglob("*.md") for one in _faults(page)]
    lengths = {id(one): len(_lines(one)) for one in found}
    assert [_lines(one) for one in found if lengths[id(one)] > MOST] == []
    shapes = [lengths[id(one)] for one in found if one.code.id.startswith("NET03")]
    assert len(shapes) > 40
    assert median(shapes) <= MEDIAN
    assert any(len(_lines(one, full=True)) > lengths[id(one)] for one in found)


def _faults(page: Path) -> list[Diagnostic]:
    if "```net" not in page.read_text(encoding="utf-8"):
        return []
    faulty = [one for one in examples(page) if one.rendered is not None or one.expected]
    return [diagnostic for one in faulty for diagnostic in one.check().diagnostics]


def _lines(diagnostic: Diagnostic, *, full: bool = False) -> list[str]:
    return render_text([diagnostic], color=False, full=full).splitlines()
