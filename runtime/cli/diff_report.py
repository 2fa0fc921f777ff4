"""What `netc diff` says, as sections of cells, any of which may hold text of strangers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ...compiler.cost import table
from ...compiler.diff.changes import ADDED, AMBIGUOUS, Difference
from ...compiler.diff.diff import NetDiff
from ...compiler.diff.measures import MEASURES, Measure
from ...compiler.diff.names import parent, without_ends
from ...compiler.diff.rows import Row, rows_of, whole
from ...compiler.diff.verdict import (
    DOUBTFUL,
    LOADS,
    RENAMED,
    RETRAIN,
    WHOLE,
    Checkpoint,
    WeightVerdict,
)
from ...compiler.diff.wiring import INPUTS, OF_OLD
from ...compiler.shapes.dims import Dim, names
from ...dsl.record import record
from ...dsl.text.escape import markdown, terminal

MOST_ROWS = 40
"""Rows of a table that people read; JSON has all."""


MOST_SHAPES = 10
"""Rows of the table of output shapes, of which one change often makes many."""

LONGEST = 40
"""Characters of a formula of sizes that a table shows."""

ONLY_NAMES = "Layers differ in names at most: with those weights NEW computes what OLD did."
MORE_THAN_NAMES = "What NEW computes with those weights can differ: more than names changed."

MOST_NAMED = 3
"""Layers named in one cell."""


@record
class Section:
    """A table under a title, with a line or two below."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    most: int = MOST_ROWS


def sections(diff: NetDiff, way: str) -> Iterator[Section]:
    """What is said of one net; `way` says how a checkpoint is loaded, or that it is refused."""
    if diff.changes is None or diff.checkpoint is None:
        word = "only in OLD" if diff.old else "only in NEW"
        yield Section("Measures", ("", word), _figures(diff.measures, bool(diff.old)))
        return
    if diff.same:
        yield Section("No change of the net", (), (), ("Every weight of an OLD checkpoint loads.",))
        return
    rows = tuple(_measure(each) for each in diff.measures if each.old != each.new)
    same = [MEASURES[each.name] for each in diff.measures if each.old == each.new]
    note = (f"unchanged: {', '.join(same)}",) if same else ()
    if any("depends on" in cell for row in rows for cell in row):
        note = (*note, "`--set NAME=NUMBER` gives a named size a number.")
    yield Section("Measures", ("", "OLD", "NEW", "Change"), rows, note)
    ends = tuple(
        (kind, f"{each.op}", _named(each.old, each.new), _facts(each.differences))
        for each in diff.changes.signature
        for kind in each.kinds[:1]
    )
    if ends:
        yield Section("Inputs and outputs", ("", "", "Name", "What"), ends)
    layers = rows_of(diff.changes)
    if layers:
        yield Section("Layers", ("", "Layer", "What"), tuple(map(_layer, layers)))
    if diff.changes.shapes:
        yield Section(
            "Output shapes",
            ("Layer", "OLD", "NEW"),
            tuple((e.path, e.old, e.new) for e in diff.changes.shapes),
            most=MOST_SHAPES,
        )
    if diff.sizes[0] != diff.sizes[1]:
        old, new = (each or "no named sizes" for each in diff.sizes)
        yield Section("Legal sizes", ("", "Sizes"), (("OLD", old), ("NEW", new)))
    if diff.contracts:
        lines = tuple((each.old, each.new) for each in diff.contracts)
        yield Section("Contracts", ("OLD", "NEW"), lines)
    yield from _checkpoint(diff.checkpoint, way, diff.only_names)


def _figures(measures: Sequence[Measure], old: bool) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (MEASURES[each.name], _figure(each.name, each.old if old else each.new))
        for each in measures
    )


def _measure(measure: Measure) -> tuple[str, ...]:
    cells = (_figure(measure.name, each) for each in (measure.old, measure.new))
    return (MEASURES[measure.name], *cells, change_text(measure))


def change_text(measure: Measure) -> str:
    """`+281,600 (+1.1%)`."""
    change = measure.change
    if change is None:
        return ""
    if not isinstance(change, int):
        text = str(change)
        return text if len(text) <= LONGEST else ""
    sign = "+" if change > 0 else "-" if change < 0 else ""
    text = f"{sign}{_figure(measure.name, abs(change))}"
    return text if measure.share is None else f"{text} ({_share(measure.share)})"


def _share(share: float) -> str:
    """`+5.2%`; of a small share one digit that is not 0."""
    if share and abs(share) < 0.0001:
        return "under 0.01%"
    return f"{share:+.1%}" if not share or abs(share) >= 0.001 else f"{share:+.2%}"


def _figure(name: str, value: Dim | None) -> str:
    if value is None:
        return ""
    text = table.size(value) if name == "memory" else table.count(value)
    if isinstance(value, int) or len(text) <= LONGEST:
        return text
    return f"depends on {', '.join(sorted(names(value)))}"


def _layer(row: Row) -> tuple[str, ...]:
    several = f" ({row.layers} layers)" if row.layers > 1 else f" ({row.op})"
    if row.alike:
        several = f" and {row.alike} more ({row.op})"
    what = _facts(row.differences, parent(row.old), parent(row.new))
    if AMBIGUOUS in row.kinds:
        what = f"could be {row.differences[0].old}"
    elif ADDED in row.kinds and what:
        what = f"takes {what}"
    return (" ".join(row.kinds), _named(row.old, row.new) + several, what)


def _named(old: str, new: str) -> str:
    return f"{old} -> {new}" if old and new and old != new else new or old


def _facts(differences: Iterable[Difference], old: str = "", new: str = "") -> str:
    """What differs; of layers beside this one, in the blocks `old` and `new`, the names alone."""
    found: list[str] = []
    for each in differences:
        was, now = each.old, each.new
        if each.name == INPUTS:
            was, now = _inside(was, old), _inside(now, old if now.endswith(OF_OLD) else new)
        found.append(f"{each.name} {was} -> {now}" if was and now else was or now)
    return "; ".join(found)


def _inside(paths: str, block: str) -> str:
    """A list of paths with those in a block as they are called there."""
    return ", ".join(path.removeprefix(f"{block}/") for path in paths.split(", "))


def _checkpoint(checkpoint: Checkpoint, way: str, same: bool) -> Iterator[Section]:
    counts = [
        (len(checkpoint.having(LOADS)), "load as they are"),
        (len(checkpoint.having(RENAMED)), "load under a new name"),
        (len(checkpoint.having(DOUBTFUL)), "must be named"),
        (len(checkpoint.having(RETRAIN)), "must be trained anew"),
    ]
    total = len(checkpoint.weights)
    said = ", ".join(f"{count} {words}" for count, words in counts if count)
    notes = [f"Of {total} weights {said}." if total else "The net has no weights."]
    if total:
        notes.append(way)
    if total and checkpoint.compatible:
        notes.append(ONLY_NAMES if same else MORE_THAN_NAMES)
    yield Section("Checkpoint of OLD", (), (), tuple(notes))
    if checkpoint.renames:
        rows = tuple(checkpoint.renames.items())
        yield Section("Loads under a new name", ("In OLD", "In NEW"), rows)
    doubtful = _by_layer(checkpoint.having(DOUBTFUL))
    if doubtful:
        options = {layer: weights[0].options for layer, weights in doubtful}
        rows = tuple((layer, ", ".join(others)) for layer, others in without_ends(options))
        note = "Neither structure nor names tell: say it with `--rename OLD=NEW`."
        yield Section("Must be named", ("Layer", "Could be, or be new"), rows, (note,))
    lost = _by_layer(checkpoint.having(RETRAIN))
    if lost:
        by_reason: dict[str, list[str]] = {}
        for layer, weights in lost:
            by_reason.setdefault(_reasons(weights), []).append(layer)
        paths = [each.layer for each in checkpoint.weights]
        rows = tuple((_some(_as_blocks(them, paths)), why) for why, them in by_reason.items())
        yield Section("Must be trained anew", ("Layers", "Why"), rows)
    if checkpoint.unused:
        row = ((_some(_as_blocks(checkpoint.unused, checkpoint.old)),),)
        yield Section("No longer used of OLD", ("Layers",), row)


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _as_blocks(layers: Sequence[str], every: Iterable[str]) -> list[str]:
    """Layers by name, or by the block where that has several and all its layers are listed."""
    blocks = whole(dict.fromkeys(layers), every)
    several = Counter(blocks.values())
    named = (block if several[block] > 1 else layer for layer, block in blocks.items())
    return [*dict.fromkeys(named)]


def _by_layer(weights: Iterable[WeightVerdict]) -> list[tuple[str, list[WeightVerdict]]]:
    found: dict[str, list[WeightVerdict]] = {}
    for each in weights:
        found.setdefault(each.layer, []).append(each)
    return list(found.items())


def _reasons(weights: Sequence[WeightVerdict]) -> str:
    found: dict[str, list[str]] = {}
    for each in weights:
        found.setdefault(each.why, []).append(each.name)
    own = {why: names for why, names in found.items() if not why.startswith(WHOLE)} or found
    if len(found) == 1 and not next(iter(own)).startswith("shape"):
        return next(iter(own))
    return "; ".join(f"{', '.join(names)}: {why}" for why, names in own.items())


def as_text(title: str, found: Iterable[Section]) -> str:
    """The sections in columns."""
    lines = [terminal(title)]
    for section in found:
        lines += ["", section.title]
        cells = [section.headings, *section.rows[: section.most]] if section.rows else []
        widths = [
            max(len(terminal(cell)) for cell in column) for column in zip(*cells, strict=True)
        ]
        for row in cells:
            padded = (terminal(cell).ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append(f"  {'  '.join(padded)}".rstrip())
        lines += [f"  {note}" for note in (*_more(section), *section.notes)]
    return "\n".join(lines)


def as_markdown(title: str, found: Iterable[Section]) -> str:
    """The sections as tables, in which nothing from a file is anything but text."""
    lines = [f"### {markdown(title)}"]
    for section in found:
        lines += ["", f"**{section.title}**", ""]
        if section.rows:
            lines += [
                f"| {' | '.join(section.headings)} |",
                f"|{'---|' * len(section.headings)}",
                *(f"| {' | '.join(map(markdown, row))} |" for row in section.rows[: section.most]),
            ]
        notes = [*_more(section), *section.notes]
        lines += ["", *notes] if section.rows and notes else notes
    return "\n".join(lines)


def _more(section: Section) -> tuple[str, ...]:
    more = len(section.rows) - section.most
    return (f"… and {more} more: `--format json` lists all",) if more > 0 else ()
