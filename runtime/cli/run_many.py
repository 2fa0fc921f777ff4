"""`netc run` on many samples: folders, patterns and tables, and results as a table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...dsl.text.escape import terminal
from ..errors import UserError
from ..files.write import check_writable
from .say import say

if TYPE_CHECKING:
    from ..batch.journal import Line
    from ..batch.results import Results, Value
    from ..batch.samples import Samples
    from ..infer.session import Session
    from .opened import Opened

SUFFIXES = (".csv", ".jsonl", ".parquet")
"""Endings of tables that results are written as."""
SHOWN = 10
"""Samples that could not be read which are named one by one."""
BATCH = 32


def is_many(inputs: Sequence[Path], out: Path | None) -> bool:
    """Whether samples go through the model batch by batch."""
    from ..batch.samples import is_table, is_text
    from ..batch.sequence_files import is_lines

    if out is not None and out.suffix.lower() in SUFFIXES:
        return True
    return any(
        is_table(path)
        or is_text(path)
        or is_lines(path)
        or path.is_dir()
        or (has_magic(str(path)) and not path.exists())
        for path in inputs
    )


def are_arrays(inputs: Sequence[Path]) -> bool:
    """Whether all paths name files of arrays."""
    return all(path.suffix.lower() in (".npy", ".npz") for path in inputs)


def require_kind(session: Session, inputs: Sequence[Path]) -> None:
    """Raises UserError for files that a model of texts, or of tables, cannot be run on."""
    from ..batch.samples import is_table, is_text
    from ..batch.sequence_files import is_lines
    from ..data.row_layout import layout_of
    from ..data.text_layout import TextLayout
    from ..infer.sequences import model_sequences

    layout = layout_of(session.metadata)
    sequences = not isinstance(layout, TextLayout) and model_sequences(session) is not None
    if is_lines(inputs[0]) and not sequences and not isinstance(layout, TextLayout):
        raise UserError(
            f"{inputs[0]}: lines of JSON are for models that netc trained on sequences or on text"
        )
    if not isinstance(layout, TextLayout) and is_text(inputs[0]):
        raise UserError(
            f"{inputs[0]}: this model keeps no words, so it takes no text; the folder of a run "
            "that was trained on text does"
        )
    if layout is None:
        return
    names = ", ".join(f"`{name}`" for name in layout.columns[:SHOWN])
    takes = f"a table with the column{'s' * (len(layout.columns) > 1)} {names}"
    if isinstance(layout, TextLayout):
        takes = f"texts: a .txt file with one a line, or {takes}"
    for path in inputs:
        if sequences and (path.is_dir() or is_lines(path) or has_magic(str(path))):
            continue
        if not (is_table(path) or is_text(path) or is_lines(path) or are_arrays([path])):
            raise UserError(f"{path}: the model takes {takes}")


def run_many(
    opened: Opened,
    inputs: Sequence[Path],
    out: Path | None,
    *,
    best: int | None,
    size: int,
    form: str,
    ray: bool,
) -> int:
    """Runs a model on all samples that paths name; 1 where some of them could not be read.

    Raises UserError.
    """
    from ..batch.results import Results

    session = opened.session
    samples = samples_of(session, inputs)
    best = best or (1 if out else 5)
    results = Results(session.outputs, opened.names, best)
    if out is None:
        return _printed(session, samples, results, size, form)
    from ..batch.arrow import arrow
    from ..batch.journal import Journal, marks_digest
    from ..batch.run import run_samples
    from ..batch.tables import write_table

    if out.suffix.lower() == ".parquet":
        arrow()
    check_writable(out)
    about = {**opened.about(), "samples": marks_digest(samples.marks), "columns": results.columns}
    skipped = _Skipped()
    with Journal(out, about) as journal, _progress(samples.count) as told:
        if journal.done:
            say(f"{terminal(str(out))}: goes on behind {journal.done:,} samples", err=True)
            told(journal.done)

        def add(lines: Sequence[Line]) -> None:
            journal.add(lines)
            told(len(lines))

        try:
            if ray:
                _with_ray(opened, samples, best, size, journal.done, add)
            else:
                run_samples(session, samples, results, size, journal.done, add)
        except KeyboardInterrupt:
            say(f"stopped; the same command goes on behind {journal.done:,} samples", err=True)
            raise
        write_table(out, samples.key, results.columns, skipped.seen(journal.lines()))
        done = journal.done - skipped.count
        journal.remove()
    say(f"wrote {terminal(str(out))}: {done:,} sample{'s' * (done != 1)}")
    return skipped.told()


def samples_of(session: Session, inputs: Sequence[Path]) -> Samples:
    """The samples that paths name, for a model. Raises UserError."""
    from ..batch.array_samples import ArraySamples
    from ..batch.samples import PictureSamples, TableSamples, is_table, is_text, picture_paths
    from ..batch.sequence_files import SequenceFiles, SequenceLines, is_lines, sequence_paths
    from ..batch.text_lines import TextLines
    from ..data.row_layout import layout_of
    from ..data.text_layout import TextLayout
    from ..infer.preprocess import model_preprocessing
    from ..infer.sequences import fed_inputs, model_sequences

    made = model_sequences(session)
    specs = fed_inputs(session, made)
    if len(specs) != 1:
        listed = ", ".join(f"`{spec.name}` {spec}" for spec in session.inputs)
        raise UserError(
            f"the model takes {len(session.inputs)} inputs ({listed}); pictures and tables feed one"
        )
    (spec,) = specs
    layout = layout_of(session.metadata)
    if isinstance(layout, TextLayout) and len(inputs) == 1 and is_text(inputs[0]):
        return TextLines(inputs[0], spec, layout)
    prepared = model_preprocessing(session)
    if any(map(is_lines, inputs)):
        if len(inputs) != 1:
            raise UserError("give one .jsonl file")
        words = layout if isinstance(layout, TextLayout) else None
        return SequenceLines(inputs[0], spec, prepared, words)
    if any(map(is_table, inputs)):
        if len(inputs) != 1:
            raise UserError("give one table, or pictures and folders of them")
        return TableSamples(inputs[0], spec, layout)
    if made is not None and not isinstance(layout, TextLayout):
        files = sequence_paths(inputs)
        if files is None:
            return ArraySamples(inputs[0], spec, prepared)
        return SequenceFiles(files, spec, prepared)
    paths = picture_paths(inputs)
    arrays = [path for path in paths if path.suffix.lower() in (".npy", ".npz")]
    if arrays:
        raise UserError(f"{arrays[0]}: of arrays raw outputs are saved, -o OUT.npz")
    return PictureSamples(paths, spec, prepared)


def _with_ray(
    opened: Opened,
    samples: Samples,
    best: int,
    size: int,
    start: int,
    add: Callable[[Sequence[Line]], None],
) -> None:
    from ..batch.ray_data import Work, run_with_ray
    from ..batch.samples import PictureSamples

    if opened.file is None:
        raise UserError("--engine ray takes an .onnx or the folder of a run; compile the net first")
    if not isinstance(samples, PictureSamples):
        raise UserError("--engine ray is for pictures; one process reads a table faster")
    work = Work(opened.file.absolute(), opened.names, best, Path.cwd())
    run_with_ray(work, samples, size, start, add)


class _Skipped:
    """Samples that could not be read: counted, the first ones named."""

    def __init__(self) -> None:
        self.count = 0

    def seen(self, lines: Iterator[Line]) -> Iterator[Line]:
        """All lines, of which those with a fault are noted."""
        for line in lines:
            self.note(line)
            yield line

    def note(self, line: Line) -> None:
        """Counts a line that has a fault, and names it."""
        if line.fault:
            self.count += 1
            if self.count <= SHOWN:
                say(f"skipped: {terminal(line.fault)}", err=True)

    def told(self) -> int:
        """The exit status, after a line that says how many there were."""
        if self.count > SHOWN:
            say(f"skipped: {self.count:,} samples in all", err=True)
        return 1 if self.count else 0


def _printed(session: Session, samples: Samples, results: Results, size: int, form: str) -> int:
    """Prints each sample as it comes."""
    import json

    from ..batch.run import run_samples
    from ..batch.tables import finite

    skipped = _Skipped()

    def add(lines: Sequence[Line]) -> None:
        for line in lines:
            skipped.note(line)
            if line.fault:
                continue
            if form == "json":
                row = dict(zip(results.columns, map(finite, line.values), strict=True))
                say(json.dumps({samples.key: line.name, **row}))
            else:
                say(f"{terminal(line.name)}: {_words(results, line.values)}")

    run_samples(session, samples, results, size, 0, add)
    return skipped.told()


def _words(results: Results, values: Sequence[Value]) -> str:
    """`cat 97.1%, dog 2.9%`, or the outputs by name."""
    if results.classes:
        pairs = zip(map(str, values[::2]), values[1::2], strict=True)
        return ", ".join(f"{terminal(name)} {_score(score)}" for name, score in pairs)
    named = zip(results.columns, values, strict=True)
    return "  ".join(f"{terminal(name)} {_shown(value)}" for name, value in named)


def _score(score: Value) -> str:
    return f"{score:.1%}" if isinstance(score, float) and 0 <= score <= 1 else _shown(score)


def _shown(value: Value) -> str:
    if isinstance(value, list):
        flat = ", ".join(map(_shown, value[:4]))
        return f"[{flat}{', …' if len(value) > 4 else ''}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@contextmanager
def _progress(total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, which is told how many samples more are done."""
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)


def batch_option(command: Callable[..., object]) -> Callable[..., object]:
    """`--batch`."""
    return click.option(
        "--batch",
        "size",
        type=click.IntRange(1),
        default=BATCH,
        show_default=True,
        help="Samples that go through the model together, of folders and tables.",
    )(command)
