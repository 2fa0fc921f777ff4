"""`docs/course.md` as its steps: the net of each, and the table of its figures."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from netc.runtime.files.write import write_text

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "course.md"
RECORD = ROOT / "bench" / "course.json"

Figures = Sequence[Sequence[str]]
"""A step's table: its headings, then its rows."""

_TABLE = re.compile(r"(<!-- figures (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_NET = re.compile(r"^```net\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """The text of the page."""

    text: str

    @classmethod
    def read(cls) -> Page:
        """The page as it is."""
        return cls(PAGE.read_text(encoding="utf-8"))

    def write(self) -> None:
        """Writes the page, whole."""
        write_text(PAGE, self.text)

    @property
    def sections(self) -> dict[str, str]:
        """The text of each step's section by the step's name, in order."""
        parts = re.split(r"^(?=## )", self.text, flags=re.MULTILINE)
        return {found[2]: part for part in parts if (found := _TABLE.search(part))}

    @property
    def nets(self) -> dict[str, str]:
        """The net of each step: the one `net` block of its section."""
        found = {}
        for name, section in self.sections.items():
            (found[name],) = _NET.findall(section)
        return found

    def with_figures(self, name: str, figures: Figures) -> Page:
        """The page with another table for a step."""
        headings, *rows = figures
        lines = [headings, ["---"] * len(headings), *rows]
        table = "".join(f"| {' | '.join(line)} |\n" for line in lines)

        def written(found: re.Match[str]) -> str:
            return f"{found[1]}\n{table}\n{found[3]}" if found[2] == name else found[0]

        return replace(self, text=_TABLE.sub(written, self.text))


@dataclass(frozen=True)
class Record:
    """What each step has written: the digest of the net that it ran, and the figures."""

    steps: Mapping[str, tuple[str, Figures]]

    @classmethod
    def read(cls) -> Record:
        """The record as it is; empty where there is none."""
        if not RECORD.exists():
            return cls({})
        held = json.loads(RECORD.read_text(encoding="utf-8"))
        return cls({name: (step["net"], step["figures"]) for name, step in held.items()})

    def write(self) -> None:
        """Writes the record, whole."""
        held = {
            name: {"net": net, "figures": figures} for name, (net, figures) in self.steps.items()
        }
        write_text(RECORD, json.dumps(held, indent=2, sort_keys=True, ensure_ascii=False) + "\n")

    def with_step(self, name: str, net: str, figures: Figures) -> Record:
        """The record with what a step came to."""
        return Record({**self.steps, name: (digest(net), figures)})


def digest(net: str) -> str:
    """What tells a net's text from another."""
    return hashlib.sha256(net.encode()).hexdigest()[:16]
