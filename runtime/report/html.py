"""Pieces of HTML. Every text goes through `text`: names of classes and files are anybody's."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from ...dsl.syntax.tokens import TABLES
from ...dsl.text.escape import markup
from .style import DPI

TOKEN = re.compile(
    r"(?P<comment>#[^\n]*)"
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<number>\b\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?(?:[KMGT]i?B?)?\b)"
    r"|(?P<word>\b[A-Za-z_]\w*\b)"
    r"|(?P<sign>->)"
)


def text(value: object) -> str:
    """A text as HTML shows it, nothing in it markup."""
    return markup(str(value))


def tag(name: str, content: str, css: str = "") -> str:
    """An element around HTML."""
    return f'<{name} class="{css}">{content}</{name}>' if css else f"<{name}>{content}</{name}>"


def table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], numbers: Sequence[int] = ()
) -> str:
    """A table of texts; `numbers` are the columns that stand to the right."""

    def cell(kind: str, at: int, value: object) -> str:
        return tag(kind, text(value), "n" if at in numbers else "")

    head = "".join(cell("th", at, value) for at, value in enumerate(headings))
    body = "".join(
        tag("tr", "".join(cell("td", at, value) for at, value in enumerate(row))) for row in rows
    )
    made = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return tag("div", made, "scroll")


def pairs(rows: Iterable[tuple[str, object]]) -> str:
    """A list of names with their values."""
    made = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in rows)
    return f"<dl>{made}</dl>"


def picture(path: Path, alt: str, *, photographs: bool = False) -> str:
    """A PNG inside the page; nothing where the file is missing.

    A chart is dark on white, and the page turns that around where it is dark itself.
    """
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    encoded = base64.b64encode(data).decode("ascii")
    width = int.from_bytes(data[16:20], "big") * 96 // DPI
    shown = f'alt="{text(alt)}" width="{width}" src="data:image/png;base64,{encoded}"'
    kind = "photographs" if photographs else "drawn"
    return f'<figure class="{kind}"><img {shown}></figure>'


def link(name: str) -> str:
    """A link to a file beside the page."""
    return f'<a href="./{quote(name)}">{text(name)}</a>'


def spoken(line: str) -> str:
    """A sentence with `code` in it."""
    parts = line.split("`")
    return "".join(tag("code", text(p)) if at % 2 else text(p) for at, p in enumerate(parts))


def source(code: str) -> str:
    """A `.net` text with plain highlighting."""
    made, at = [], 0
    for match in TOKEN.finditer(code):
        made.append(text(code[at : match.start()]))
        kind, found = match.lastgroup or "", match.group()
        if kind == "word":
            kind = "call" if found[0].isupper() else ""
            if found in TABLES.keywords:
                kind = "keyword"
        shown = text(found)
        made.append(f'<span class="{kind}">{shown}</span>' if kind else shown)
        at = match.end()
    made.append(text(code[at:]))
    return f'<pre class="net"><code>{"".join(made)}</code></pre>'


def details(summary: str, content: str, opened: bool = False) -> str:
    """A part that can be folded."""
    state = " open" if opened else ""
    return f"<details{state}><summary>{text(summary)}</summary>{content}</details>"
