"""Runs the `net` blocks of Markdown pages: a page is documentation and test at once.

Every fenced `net` block is checked as a file of its own, in memory. What `netc check` must find is
written in the block, where the finding begins:

    return a + b  # error: [NET0301] "cannot broadcast" at "b"

The part in quotes must be in the message; `at "…"`, if given, must be the underlined text, and
`help "…"` must be in the help. `mended` says that its fix is proved, and that nothing is wrong with
the block afterwards. An assertion alone on its line is about the next line. A block without
assertions must be clean.

- A block `net name=blocks.net` is a file that the next block can import.
- A `layers` block after a `net` block lists the layers of its last net: path, type, output shape
  and parameters, in columns with at least two spaces between them.
- A `text` block after a `net` block that begins with `error[` or `warning[` is exactly what
  `netc check` prints for it (the `net` block then holds no assertions); one that is fenced as
  `text full` is what `netc check --full` prints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from netc.compiler.check import Analysis, check_files
from netc.compiler.prove import Checked, mended
from netc.compiler.shapes.types import show_shape
from netc.dsl.diagnostics.diagnostic import Diagnostic
from netc.dsl.diagnostics.render.text import render_text

FOLDER = Path("/page")
"""A folder that need not exist: all files are in memory."""
MAIN = "page.net"

_FENCE = re.compile(r"^```(\w+)?(?: +name=(\S+)| +(full))?\s*$")
_ASSERTION = re.compile(
    r'# (error|warning): \[(NET\d{4})\] "([^"]*)"'
    r'(?: at "([^"]*)")?(?: help "([^"]*)")?( mended)?'
)


@dataclass(frozen=True)
class Expected:
    """One diagnostic that a block says it has."""

    file: str
    line: int
    severity: str
    code: str
    message: str
    at: str | None
    help: str | None = None
    mended: bool = False

    def fits(self, found: Diagnostic) -> bool:
        return (
            found.span.source.path == self.file
            and found.span.line == self.line
            and found.severity == self.severity
            and found.code.id == self.code
            and self.message in found.message
            and self.at in (None, found.span.text)
            and (self.help or "") in found.help
        )

    def __str__(self) -> str:
        at = f' at "{self.at}"' if self.at is not None else ""
        help = f' help "{self.help}"' if self.help is not None else ""
        place = f"{self.file}:{self.line}"
        return f'{place}: {self.severity}: [{self.code}] "{self.message}"{at}{help}'


@dataclass
class Example:
    """A `net` block with the files it can import and what is said of it."""

    heading: str
    line: int
    text: str
    files: dict[str, str]
    layers: list[str] | None = None
    rendered: str | None = None
    rendered_full: str | None = None

    @property
    def name(self) -> str:
        return f"{self.heading} (line {self.line})"

    @property
    def expected(self) -> list[Expected]:
        texts = {**self.files, MAIN: self.text}
        return [one for name, text in texts.items() for one in assertions(name, text)]

    def check(self, text: str | None = None) -> Analysis:
        """The findings of the block, or of another text in its place."""
        overlay = {FOLDER / name: text for name, text in self.files.items()}
        overlay[FOLDER / MAIN] = self.text if text is None else text
        return check_files([FOLDER / MAIN], overlay=overlay)


@dataclass
class _Block:
    language: str
    name: str
    line: int
    full: bool = False
    lines: list[str] = field(default_factory=list)


def assertions(file: str, text: str) -> Iterator[Expected]:
    """What the comments of a text say that is found in it."""
    waiting: list[re.Match[str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        found = list(_ASSERTION.finditer(line))
        if found and line.lstrip().startswith(found[0][0]):
            waiting += found
            continue
        for match in waiting + found:
            yield Expected(
                file, number, match[1], match[2], match[3], match[4], match[5], bool(match[6])
            )
        waiting = []
    assert not waiting, f"{file}: an assertion at the end is about no line"


def examples(page: Path) -> list[Example]:
    """The `net` blocks of a page, under their headings."""
    found: list[Example] = []
    files: dict[str, str] = {}
    heading = page.stem
    for item in _parts(page):
        if isinstance(item, str):
            heading, files = item, {}
        elif item.language == "net" and item.name:
            files = {**files, item.name: "\n".join(item.lines) + "\n"}
        elif item.language == "net":
            text = "\n".join(item.lines) + "\n"
            found.append(Example(heading, item.line, text, files))
            files = {}
        elif item.language == "layers":
            assert found, f"{page}:{item.line}: no `net` block before these layers"
            found[-1].layers = item.lines
        elif (
            item.language == "text"
            and item.lines
            and item.lines[0].startswith(("error[", "warning["))
        ):
            if item.full:
                found[-1].rendered_full = "\n".join(item.lines)
            else:
                found[-1].rendered = "\n".join(item.lines)
    return found


def _parts(page: Path) -> Iterator[str | _Block]:
    """The headings and the fenced blocks of a page, in order."""
    block: _Block | None = None
    for number, line in enumerate(page.read_text(encoding="utf-8").split("\n"), 1):
        if block is not None:
            if line.rstrip() == "```":
                yield block
                block = None
            else:
                block.lines.append(line)
        elif line.startswith("#"):
            yield line.lstrip("#").strip()
        elif line.startswith("```"):
            fence = _FENCE.match(line)
            language, name, full = fence.groups("") if fence else ("", "", "")
            block = _Block(language, name, number, bool(full))
    assert block is None, f"{page}: a fenced block is not closed"


def examples_of(pages: Sequence[Path]) -> list[object]:
    """The examples of some pages as pytest parameters."""
    return [
        pytest.param(one, id=f"{page.stem}: {one.name}") for page in pages for one in examples(page)
    ]


def check_example(example: Example) -> None:
    """Fails unless an example has exactly the diagnostics, layers and text it says it has."""
    analysis = example.check()
    texts = ((example.rendered, False), (example.rendered_full, True))
    if any(text is not None for text, _ in texts):
        for text, full in texts:
            rendered = render_text(analysis.diagnostics, color=False, full=full)
            if text not in (None, rendered):
                pytest.fail(f"rendered otherwise:\n{rendered}", pytrace=False)
    else:
        _compare(example.expected, analysis.diagnostics)
        if any(one.mended for one in example.expected):
            _mend(example)
    if example.layers is not None:
        assert analysis.nets
        graph = analysis.nets[-1].graph
        assert graph is not None
        rows = [
            (
                node.path,
                node.op.name if node.op is not None else "input",
                " ".join(show_shape(output.shape) for output in node.outputs),
                f"{sum(weight.size for weight in node.weights):,}",
            )
            for node in graph
        ]
        said = [tuple(re.split(r"\s{2,}", line.strip())) for line in example.layers]
        if said != rows:
            found = "\n".join("  ".join(row) for row in rows)
            pytest.fail(f"other layers:\n{found}", pytrace=False)


def _mend(example: Example) -> None:
    def check(text: str, most_work: int | None) -> Checked:
        analysis = example.check(text)
        return Checked(analysis.diagnostics, analysis.work)

    text, count = mended(MAIN, example.text, check)
    left = example.check(text).diagnostics
    if not count or left:
        pytest.fail(
            f"{count} fixes leave:\n{text}\n{render_text(left, color=False)}", pytrace=False
        )


def _compare(expected: Sequence[Expected], found: Sequence[Diagnostic]) -> None:
    left = list(found)
    missing = []
    for one in expected:
        match = next((diagnostic for diagnostic in left if one.fits(diagnostic)), None)
        if match is None:
            missing.append(one)
        else:
            left.remove(match)
    problems = [f"not found: {one}" for one in missing]
    if left:
        problems.append("not expected:\n" + render_text(left, color=False))
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
