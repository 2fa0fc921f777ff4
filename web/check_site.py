"""What a built site must hold to: links lead somewhere, and nothing is asked of other places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ASKS = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}
"""Elements that a browser loads by itself."""


@dataclass
class Page(HTMLParser):
    """What one page links to, loads and can be reached by."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    nets: int = 0
    loads: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what an element says."""
        held = {name: value for name, value in attrs if value}
        self.anchors |= {held[name] for name in ("id", "name") if name in held}
        self.nets += "highlight-net" in held.get("class", "").split()
        if tag == "a" and "href" in held:
            self.links.append(held["href"])
        if tag in _ASKS and _ASKS[tag] in held:
            self.loads.append(held[_ASKS[tag]])


def faults(site: Path) -> Iterator[str]:
    """Each fault of a site's pages on a line."""
    pages: dict[Path, Page] = {}
    for path in sorted(site.resolve().glob("*.html")):
        pages[path] = Page()
        pages[path].feed(path.read_text(encoding="utf-8"))
    for path, page in pages.items():
        for link in page.links:
            if why := _broken(link, path, pages):
                yield f"{path.name}: {link} {why}"
        opened = sum(link.startswith("playground.html#code=") for link in page.links)
        if opened != page.nets:
            yield f"{path.name}: {page.nets} nets, of which {opened} open in the playground"
        for load in page.loads:
            if urlsplit(load).scheme not in ("", "data"):
                yield f"{path.name}: loads {load}, which is elsewhere"
            elif why := _broken(load, path, pages):
                yield f"{path.name}: {load} {why}"


def _broken(link: str, page: Path, pages: dict[Path, Page]) -> str:
    """Why a link leads nowhere; empty where it does not, or leads elsewhere."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return ""
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if not target.is_file():
        return "leads to no file"
    anchor = unquote(parts.fragment)
    if target.name == "playground.html" or not anchor or target not in pages:
        return ""
    return "" if anchor in pages[target].anchors else "leads to no anchor"
