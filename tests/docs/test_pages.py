"""The pages of docs/ point only at what is there, and the map shows every folder."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ..places import ROOT

PAGES = [
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
]

_LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")
_PATH = re.compile(r"(?:bench|compiler|docs|dsl|models|runtime|tests)/[\w./-]*")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {"#" + heading.replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for target, anchor in _LINK.findall(text):
        if target.startswith("http"):
            continue
        path = page.parent / target if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target + anchor)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = {path for code in _code(page) for path in _PATH.findall(code)}
    missing = sorted(path for path in named if not (ROOT / path.rstrip("./")).exists())
    assert not missing


def _code(page: Path) -> list[str]:
    text = re.sub(
        r"```(?:net|layers)\b.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    return _CODE.findall(text)


def test_the_index_has_every_page_once() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", index, re.MULTILINE) == [
        "Tutorial",
        "How-to",
        "Reference",
        "Explanation",
    ]
    listed = re.findall(r"\]\((\w[\w-]*\.md)\)", index)
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert sorted(listed) == sorted(pages)


def test_the_map_shows_every_folder() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = {
        path.parent.relative_to(ROOT).as_posix()
        for top in ("dsl", "compiler", "runtime", "models")
        for path in (ROOT / top).rglob("__init__.py")
    }
    assert {name for name in packages if f"| `{name}/` |" not in text} == set()


def test_each_room_says_what_goes_in_and_out() -> None:
    rooms = {
        path.parent.relative_to(ROOT).as_posix(): ast.get_docstring(
            ast.parse(path.read_text("utf-8"))
        )
        for top in ("dsl", "compiler", "runtime")
        for path in (ROOT / top).rglob("__init__.py")
    }
    families = {name for name in rooms if name.startswith("compiler/ops/")}
    silent = {
        name for name, said in rooms.items() if not re.search(r"In: |In and out: ", said or "")
    }
    assert silent - families == {"dsl/diagnostics/pages", "runtime/demo"}
