"""What `netc diff` prints of names that strangers chose: text, in a terminal and in a comment."""

from __future__ import annotations

import re
from unicodedata import category

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from netc.runtime.cli.diff_report import Section, as_markdown, as_text

PIECES = (
    *("@octocat", "#1", "GH-1", "https://e.vil", "www.e.vil", "[a](https://e.vil)", "![a](b)"),
    *("<img src=x onerror=y>", "<!--", "-->", "</pre>", "&lt;", "`", "```", "|", "\\", "**a**"),
    *("\n", "\n\n", "\r", "\t", "\x1b[2J", "\x00", "\u202e", "\u2066", "\u2028", "\ud800"),
    *("::error::x", "##[error]x", "- ", "# ", "> ", "1. ", "---", "a", "é", " "),
)
HOSTILE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
ACTING = ("Cc", "Cf", "Cs", "Zl", "Zp")
PLAIN = {"text", "text_special", "strong_open", "strong_close"}
REFERENCE = re.compile(r"@\w|[#!&]\d|\bGH-\d|://|\bwww\.", re.IGNORECASE)
MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": False})


@given(HOSTILE, HOSTILE, HOSTILE)
@example("@octocat", "@octocat", "1. # ")
def test_markdown_holds_one_table_of_plain_cells(title: str, one: str, two: str) -> None:
    page = as_markdown(title, [Section("Layers", ("", "Layer"), ((one, two), (two, one)))])
    tokens = MARKDOWN.parse(page)
    kinds = [token.type for token in tokens]
    assert kinds.count("table_open") == 1
    assert kinds.count("tr_open") == 3
    assert kinds.count("td_open") == 4
    assert set(kinds) <= {
        *("heading_open", "heading_close", "inline", "paragraph_open", "paragraph_close"),
        *(f"{part}_{end}" for part in TABLE for end in ("open", "close")),
    }
    inline = [child for token in tokens for child in token.children or ()]
    assert {child.type for child in inline} <= PLAIN
    cells = ("".join(child.content for child in token.children or ()) for token in tokens)
    shown = "\n".join(cells)
    assert not any(category(char) in ACTING for char in page.replace("\n", ""))
    assert not REFERENCE.search(shown)


TABLE = ("table", "thead", "tbody", "tr", "th", "td")


@given(HOSTILE, HOSTILE, HOSTILE)
def test_text_has_a_line_for_each_row(title: str, one: str, two: str) -> None:
    shown = as_text(title, [Section("Layers", ("", "Layer"), ((one, two), (two, one)))])
    lines = shown.split("\n")
    assert len(lines) == 6
    assert not any(category(char) in ACTING for line in lines for char in line)
