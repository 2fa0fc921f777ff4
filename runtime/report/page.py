"""`report.html`: one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..runs.facts import Facts
from . import html, sections
from .headline import headline
from .judge import Judgement
from .page_style import CSS, SCRIPT

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""The page may not load anything, whatever a name in it says."""


def page(run: Path, facts: Facts, judged: Judgement | None, advice: Sequence[str]) -> str:
    """The whole page; pictures are those that are in the run folder."""
    body = "".join(
        (
            headline(facts, judged),
            sections.curves(facts),
            sections.judgement(run, judged),
            sections.gradients(run, facts, advice),
            sections.endings(facts),
            sections.recipe(run, facts),
            sections.background(run, facts),
        )
    )
    return document(f"{facts.recipe.name}: training report", body)


def document(title: str, body: str) -> str:
    """A page that shows some HTML, in light and dark."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.text(title)}</title>\n"
        f"<style>{CSS}</style>\n</head>\n<body>\n{body}\n<script>{SCRIPT}</script>\n"
        "</body>\n</html>\n"
    )
