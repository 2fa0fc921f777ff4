"""What a finding proposes works: applied and checked again, the finding is gone and none came."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from netc.compiler.check import check_files
from netc.compiler.prove import edited
from netc.dsl.diagnostics.diagnostic import Diagnostic, Fix

from ...markdown import FOLDER, MAIN, Example, examples
from ...places import DOCS, ROOT

PAGES = sorted(
    page
    for folder in (
        ROOT / "dsl" / "diagnostics" / "pages",
        ROOT / "tests" / "language",
        ROOT / "tests" / "compiler" / "recipe",
        DOCS,
    )
    for page in folder.glob("*.md")
)
_WRITE = re.compile(r"(?:write|give it:) `([^`…]*)`(?:;.*)?")
"""Help that is an edit of what is underlined, where it holds nothing to be filled in."""

COME_TO_LIGHT = {
    ("NET0251", "NET0201"): "a name that an import gives is still misspelt where it is used",
    ("NET0251", "NET0603"): "and so what is now imported is not used",
    ("NET0502", "NET0501"): "a contract whose label was wrong was not measured before",
    ("NET0203", "NET0202"): "a parameter that is misspelt is given by its right name",
    ("NET0203", "NET0214"): "a name can be near and another thing",
    ("NET0203", "NET0208"): "a name can be near and another thing",
    ("NET0203", "NET0305"): "a block whose argument was at fault had no shape before",
    ("NET0807", "NET0807"): "another recipe of the net takes its scores",
    ("NET0201", "NET0808"): "a recipe is held against its net only where that has no fault",
}
"""Findings that an edit uncovers, for it was not looked there before."""


def edits(found: Diagnostic) -> Iterator[Fix]:
    """What a finding proposes as code: its fix, or what its help says to write."""
    if found.fix is not None:
        yield found.fix
        return
    written = _WRITE.fullmatch(found.help)
    if written is not None and not written[1].startswith("->") and "..." not in written[1]:
        yield Fix(found.span, written[1])


def applied(example: Example, fix: Fix) -> Sequence[Diagnostic]:
    """What is found once an edit is made."""
    texts: Mapping[str, str] = {**example.files, MAIN: example.text}
    path = fix.span.source.path
    after = {**texts, path: edited(texts[path], [fix])}
    overlay = {FOLDER / name: each for name, each in after.items()}
    return check_files([FOLDER / MAIN], overlay=overlay).diagnostics


def wrong(example: Example, one: Diagnostic, fix: Fix, before: Sequence[Diagnostic]) -> str:
    """What is wrong with an edit that is proposed for a finding; empty if nothing is."""
    known = {(d.code, d.message) for d in before}
    after = applied(example, fix)
    if (one.code, one.message) in {(d.code, d.message) for d in after}:
        return "it is found again"
    new = {d.code.id for d in after if (d.code, d.message) not in known}
    return " ".join(sorted(code for code in new if (one.code.id, code) not in COME_TO_LIGHT))


def test_what_is_proposed_works() -> None:
    """Every edit that an example of a page proposes."""
    tried, failed = 0, []
    for page in PAGES:
        for example in examples(page):
            if "NET" not in example.text + "".join(example.files.values()):
                continue
            before = example.check().diagnostics
            for one in before:
                for fix in edits(one):
                    tried += 1
                    if why := wrong(example, one, fix, before):
                        line = example.line + one.span.line
                        failed.append(f"{page}:{line}: {one.code.id}: {fix.text!r}: {why}")
    assert not failed, "\n".join(failed)
    assert tried >= 40
