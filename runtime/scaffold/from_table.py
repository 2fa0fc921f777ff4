"""First files from a table: what its columns say becomes a net and a recipe that fit it."""

from __future__ import annotations

from ...compiler.recipe.objects.sources import FIRST_WORD
from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source
from ..data.text_layout import vocabulary
from .plain import require_plain
from .table import SHARE, Label, TableLook, counted, lengths

MOST_WORDS = 10_000
"""Words that a net knows, padding and unknown among them, at most."""
LONG = 300
"""Words of the longest text from which on texts are cut."""
PERCENT = 95
"""The share of texts that are not cut."""


def text_file(look: TableLook, data: str, text: str | None, label: str | None) -> str:
    """A net that reads the text of a table, and what was guessed in `look.notes`.

    `data` is the table as the file names it; `text` and `label` are columns that were named.
    Raises UserError.
    """
    place = look.text(text)
    told = look.label(label, place)
    rows = look.training(told)
    own = look.table if rows is None else look.table.take(rows)
    most = len(vocabulary(own.text(place, stripped=False), MOST_WORDS))
    sizes = sorted(lengths(look.table, place))
    length = "longest"
    if sizes[-1] > LONG:
        length = str(max(1, sizes[min(len(sizes) - 1, len(sizes) * PERCENT // 100)]))
    guessed = [
        f"the text is {look.called(place)}"
        + ("" if text else ", by its words; --text says another"),
        _label_note(look, told, label),
    ]
    known = most - FIRST_WORD
    cut = f"cut after {length}" if length != "longest" else f"up to {sizes[-1]:,} long"
    look.notes[:0] = [*guessed, f"{known:,} words are known, texts are {cut}"]
    head = _Head(told)
    lines = [
        f"# What a text is, by an LSTM. {_about(look, told)}",
        "",
        f"net Texts(words: int32[N, T]{head.parameter}) -> {head.result} {{",
        "  return words  # T is the length: it stays open",
        f"    -> Embedding({most}, 32, mask_zero=true) as embedding",
        "    -> Bidirectional(LSTM(32)) as state",
        "    -> Dropout(0.3)",
        f"    -> {head.layer} as head",
        "}",
        "",
        "# The words are learned from the training rows and kept in the trained model.",
        "train Texts {",
        f"  data = csv({_source(look, data, told, rows is not None)}, "
        f"text={look.written(place)}, length={length})",
        *head.recipe(validated=rows is not None, epochs=10, patience=2),
        "}",
    ]
    return _formatted(lines)


def mlp_file(look: TableLook, data: str, label: str | None) -> str:
    """A net for the rows of a table, and what was guessed in `look.notes`. Raises UserError."""
    told = look.label(label)
    rows = look.training(told)
    found = look.features(told, rows)
    guessed = [_label_note(look, told, label)]
    if found.categorical:
        names = ", ".join(map(look.called, found.categorical))
        guessed.append(f"words, one value a category: {names}")
    guessed += [f"{look.called(at)} is left out: {why}" for at, why in found.left]
    look.notes[:0] = guessed
    more = []
    if found.categorical:
        more.append(f"categorical=[{', '.join(map(look.written, found.categorical))}]")
    if found.left:
        more.append(f"drop=[{', '.join(look.written(at) for at, _ in found.left)}]")
    head = _Head(told)
    lines = [
        f"# A multilayer perceptron for the rows of a table. {_about(look, told)}",
        "",
        f"net Rows(row: float32[N, {found.width}]{head.parameter}) -> {head.result} {{",
        "  return row  # N is the batch: it stays open",
        "    -> Normalization  # learned from the training rows",
        "    -> Dense(32, activation=relu) -> Dropout(0.2)",
        "    -> Dense(32, activation=relu)",
        f"    -> {head.layer} as head",
        "}",
        "",
        "train Rows {",
        f"  data = csv({', '.join([_source(look, data, told, rows is not None), *more])})",
        *head.recipe(validated=rows is not None, epochs=50, patience=5),
        "}",
    ]
    return _formatted(lines)


class _Head:
    """The end of a net by what the label is: yes or no, one of several classes, or a value."""

    def __init__(self, label: Label) -> None:
        count = len(label.classes)
        self.classes = count
        self.parameter = f", classes: int = {count}" if count > 2 else ""
        self.result = {0: "value: [N, 1]", 2: "yes: [N, 1]"}.get(count, "probs: [N, classes]")
        self.layer = {0: "Dense(1)", 2: "Dense(1, activation=sigmoid)"}.get(
            count, "Dense(classes, activation=softmax)"
        )

    def recipe(self, *, validated: bool, epochs: int, patience: int) -> list[str]:
        """The settings below `data`."""
        loss = {0: "mean_squared_error", 2: "binary_crossentropy"}
        metric = {0: "mae", 2: "binary_accuracy"}
        stop = (
            f'  stop = EarlyStopping("val_loss", patience={patience})  # the best weights are kept'
        )
        return [
            f"  loss = {loss.get(self.classes, 'sparse_categorical_crossentropy')}",
            "  optimizer = Adam(0.001)",
            f"  metrics = [{metric.get(self.classes, 'accuracy')}]",
            f"  epochs = {epochs}",
            *([stop] if validated else []),
        ]


def _label_note(look: TableLook, label: Label, given: str | None) -> str:
    cells = look.cells[label.place]
    what = "values"
    if label.classes:
        what = f"{len(label.classes)} classes ({counted(cells)})"
    return f"the label is {look.called(label.place)}: {what}" + (
        "" if given else "; --label says another"
    )


def _about(look: TableLook, label: Label) -> str:
    """A sentence of the comment, in characters that end no comment."""
    told = f"{len(label.classes)} classes" if label.classes else "values"
    name = look.written(label.place)
    return f"{len(look):,} rows; {name if name[:1] == chr(34) else f'column {name}'} has {told}."


def _source(look: TableLook, data: str, label: Label, validated: bool) -> str:
    require_plain([data])
    parts = [f'"{data}"', f"label={look.written(label.place)}"]
    if look.separator != ",":
        mark = "\\t" if look.separator == "\t" else look.separator
        parts.append(f'separator="{mark}"')
    if validated:
        parts.append(f"validation_split={SHARE:g}")
    return ", ".join(parts)


def _formatted(lines: list[str]) -> str:
    return format_file(parse(Source("new.net", "\n".join(lines) + "\n")))
