"""What `make site` makes of docs/ for its generator, and what it holds the result to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from web.check_site import faults
from web.pages import sources, stage

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as the generator gets them."""
    folder = tmp_path_factory.mktemp("site") / "pages"
    stage(folder)
    return folder


def test_links_of_pages_lead_to_pages_to_the_playground_or_to_the_repository(staged: Path) -> None:
    assert {path.stem for path in staged.glob("*.md")} == set(sources())
    wrong = [
        f"{page.name}: {link}"
        for page in staged.glob("*.md")
        for link in _LINK.findall(_CODE.sub("", page.read_text(encoding="utf-8")))
        if not link.startswith(("https://", "http://", "#", "playground:"))
        and not (staged / link.split("#")[0]).is_file()
    ]
    assert wrong == []


def test_the_parts_of_the_contents_are_those_of_the_site(staged: Path) -> None:
    text = (staged / "index.md").read_text(encoding="utf-8")
    captions = re.findall(r"^:caption: (.*)$", text, re.MULTILINE)
    assert captions == ["Tutorial", "How-to", "Reference", "Explanation", "Project"]
    assert re.findall(r":caption: Tutorial\n\n([\w-]+)\n", text) == ["tutorial"]


def test_a_net_of_a_page_leads_to_the_playground(staged: Path) -> None:
    assert "(playground:resnet.net)" in (staged / "index.md").read_text(encoding="utf-8")


def test_a_block_that_is_a_file_has_its_name_above_it(staged: Path) -> None:
    text = (staged / "NET0603.md").read_text(encoding="utf-8")
    assert "```{code-block} net\n:caption: blocks.net\n\nblock Twice" in text
    named = [page.name for page in staged.glob("*.md") if "```net name=" in page.read_text("utf-8")]
    assert named == []


def test_a_built_site_is_held_to_its_links_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<h1 id="top">A</h1><a href="b.html#here">b</a><a href="b.html#gone">b</a>'
        '<a href="c.html">c</a><a href="https://example.org">out</a>'
        '<div class="highlight-net"></div><a href="playground.html#code=x">p</a><script src="https://example.org/x.js"></script>'
    )
    (tmp_path / "b.html").write_text(
        '<p id="here"><a href="a.html#top">a</a></p><img src="no.png">'
        '<div class="highlight-net notranslate"></div>'
    )
    (tmp_path / "playground.html").write_text("")
    assert list(faults(tmp_path)) == [
        "a.html: b.html#gone leads to no anchor",
        "a.html: c.html leads to no file",
        "a.html: loads https://example.org/x.js, which is elsewhere",
        "b.html: 1 nets, of which 0 open in the playground",
        "b.html: no.png leads to no file",
    ]
