"""What three tools say of a mistake, judged by stated rules, and the page that shows it."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from textwrap import fill

from mistake_run import BATCH
from mistake_table import MISTAKES, TOOLS, Mistake
from netc.runtime.cli import execute

FOLDER = Path(__file__).with_name("mistakes")
NAMES = {"netc": "netc", "keras": "Keras", "torch": "PyTorch"}
MOST = 8
"""Lines that are shown of a message of Keras or PyTorch."""


@dataclass(frozen=True)
class Judged:
    """A tool's answer to a mistake: when, the text, and what the rules say of it."""

    found: str
    text: str
    line: bool
    cure: bool
    count: int


def source(mistake: Mistake, tool: str) -> Path:
    """The file that holds a mistake for a tool."""
    return FOLDER / (f"{mistake.name}.net" if tool == "netc" else f"{mistake.name}_{tool}.py")


def lines_of(mistake: Mistake, tool: str, file: Path | None = None) -> set[int]:
    """The lines where the mistake is, of the tool's file or of another."""
    found = set()
    text = (file or source(mistake, tool)).read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if any(place in line for place in mistake.places[tool]):
            found.add(number)
    return found


def printed(mistake: Mistake) -> str:
    """What `netc check` prints of a mistake, or `netc train` where it is not the net's.

    In the folder of the mistakes, without its last line, which counts.
    """
    verb = ["train"] if mistake.train else ["check", "--no-cache"]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(FOLDER), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        execute([*verb, f"{mistake.name}.net"])
    text = err.getvalue() if mistake.train else out.getvalue()
    return text.replace(str(FOLDER) + "/", "").rstrip()


def by_netc(mistake: Mistake) -> Judged:
    """netc's answer: the line is right if the report begins there, at its `┌─`."""
    text = printed(mistake)
    begin = re.search(r"┌─ (\w+\.net):(\d+)", text)
    return Judged(
        "at `netc train`" if mistake.train else "at check",
        text,
        begin is not None and int(begin[2]) in lines_of(mistake, "netc", FOLDER / begin[1]),
        re.search(mistake.cures["netc"], text) is not None,
        len(text.splitlines()),
    )


def by_other(mistake: Mistake, tool: str, said: Mapping[str, object]) -> Judged:
    """The answer of Keras or PyTorch: the line is right if the message names it anywhere."""
    text, lines = str(said["message"]), said["lines"]
    assert isinstance(lines, Sequence)
    return Judged(
        str(said["found"]),
        text,
        bool(lines_of(mistake, tool) & set(lines)),
        bool(text) and re.search(mistake.cures[tool], text) is not None,
        int(str(said["count"])),
    )


def reports(text: str) -> int:
    """How many findings a text holds."""
    return len(re.findall(r"^(?:error|warning)(?:\[|:)", text, re.MULTILINE))


def page(kept: Mapping[str, Mapping[str, object]]) -> str:
    """The whole of docs/errors.md, from what netc prints now and the kept answers of the others."""
    rows = []
    for mistake in MISTAKES:
        row: dict[str, Judged | None] = {"netc": by_netc(mistake)}
        for tool in TOOLS[1:]:
            said = kept[tool]["said"]
            assert isinstance(said, Mapping)
            absent = tool in mistake.none
            row[tool] = None if absent else by_other(mistake, tool, said[mistake.name])
        rows.append((mistake, row))
    keras, torch = kept["keras"], kept["torch"]
    python = keras["python"]
    versions = f"Keras {keras['version']}, PyTorch {torch['version']} and Python {python}"
    head = _HEAD.format(versions=versions, batch=BATCH, most=MOST)
    parts = [head, _sums(rows), _better(rows), _table(rows)]
    parts += [_section(number, *row) for number, row in enumerate(rows, 1)]
    return "\n".join(parts)


_HEAD = """# Thirty mistakes, and what three tools say

Mistakes of people who design networks, each written for netc, for Keras and for PyTorch, and what
each tool says. The files are in [bench/mistakes](../bench/mistakes).

```sh
python bench/mistakes.py --write   # asks all three, and writes this page
python bench/mistakes.py           # asks netc; the others' answers are kept in said.json
```

This page was written with {versions}.

- **Found.** netc reads the file with `netc check`. A Python file builds its model; behind the line
  `{batch}` it feeds the model a batch and takes a step. What is refused above that line is found
  *when built*, what is refused below it *at the first batch*. *Never*: the batch goes through.
- **Line.** The report names the line of the mistake. netc's must begin there. Of a traceback or a
  warning it is enough that the line is among those it names.
- **Cure.** The message says what to change. Which lines and words count is in
  [bench/mistake_table.py](../bench/mistake_table.py).
- **Lines** of all that is printed, tracebacks too; without TensorFlow's log, and without netc's
  last line, which counts the findings.
- Shown of Keras and PyTorch is the exception without its traceback, or the warning: at most {most}
  lines, without folders of the machine.

The authors of netc chose the mistakes and the words, and mended netc's messages with such mistakes
before their eyes. Mistakes that somebody else makes will do worse.
"""


def _sums(rows: Sequence[tuple[Mistake, Mapping[str, Judged | None]]]) -> str:
    lines = [
        "| | mistakes | found before a batch | found | line | cure | lines, median | most |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for tool in TOOLS:
        judged = [found for _, row in rows if (found := row[tool]) is not None]
        some = [one for one in judged if one.found != "never"]
        early = [one for one in some if one.found != "at the first batch"]
        counts = [one.count for one in some]
        cells = [
            NAMES[tool],
            len(judged),
            len(early),
            len(some),
            sum(one.line for one in some),
            sum(one.cure for one in some),
            f"{median(counts):g}",
            max(counts),
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def _better(rows: Sequence[tuple[Mistake, Mapping[str, Judged | None]]]) -> str:
    """Where another tool names what netc does not."""
    found = []
    for mistake, row in rows:
        ours = row["netc"]
        others = [(NAMES[tool], one) for tool in TOOLS[1:] if (one := row[tool]) is not None]
        for word in ("line", "cure"):
            better = [name for name, one in others if getattr(one, word)]
            if better and not getattr(ours, word):
                found.append(f"the {word} of *{mistake.title}* ({', '.join(better)})")
    listed = "; ".join(found) or "nothing"
    return f"Of what another tool names, netc's report lacks: {listed}.\n"


def _table(rows: Sequence[tuple[Mistake, Mapping[str, Judged | None]]]) -> str:
    lines = [
        "`line` and `cure` say what the message names; the number is that of its lines.",
        "",
        "| mistake | " + " | ".join(NAMES.values()) + " |",
        "| --- | --- | --- | --- |",
    ]
    for number, (mistake, row) in enumerate(rows, 1):
        link = f"[{mistake.title}](#{number}-{mistake.title.lower().replace(' ', '-')})"
        lines.append(f"| {link} | " + " | ".join(_cell(row[tool]) for tool in TOOLS) + " |")
    return "\n".join(lines) + "\n"


def _cell(judged: Judged | None) -> str:
    if judged is None:
        return "no such mistake"
    if judged.found == "never":
        return "never"
    named = [word for word, is_named in (("line", judged.line), ("cure", judged.cure)) if is_named]
    return f"{judged.found}: {', '.join(named) or 'neither'}; {judged.count}"


def _section(number: int, mistake: Mistake, row: Mapping[str, Judged | None]) -> str:
    text = source(mistake, "netc").read_text(encoding="utf-8")
    says = fill(mistake.says, 100, break_long_words=False, break_on_hyphens=False)
    parts = [f"## {number}. {mistake.title}", says, _fenced(text, "text")]
    for tool in TOOLS:
        judged, name = row[tool], NAMES[tool]
        if judged is None:
            parts.append(f"**{name}**: no such mistake; {mistake.none[tool]}.")
            continue
        file = source(mistake, tool).name
        head = f"**{name}**, [{file}](../bench/mistakes/{file}), {judged.found}"
        if judged.found == "never":
            parts.append(f"{head}.")
        else:
            shown = judged.text if tool == "netc" else _first(judged.text)
            parts += [f"{head}:", _fenced(shown, "console")]
    return "\n\n".join(parts) + "\n"


def _first(text: str) -> str:
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(lines if len(lines) <= MOST else [*lines[: MOST - 1], "…"])


def _fenced(text: str, kind: str) -> str:
    return f"```{kind}\n{text.rstrip()}\n```"
