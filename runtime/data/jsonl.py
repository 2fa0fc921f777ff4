"""Reads `.jsonl` files as training data: a sequence a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from ...compiler.ops.base.backend import Array
from ...compiler.recipe.objects.source_sequences import jsonl
from ...compiler.recipe.recipe import Recipe
from ..errors import UserError
from .dataset import Dataset, Numbered
from .listed import Listed, Taking
from .parts import Shares
from .text_table import read_text

SHOWN = 8
"""Keys of a line that are listed."""


def load_jsonl(recipe: Recipe, source: jsonl, base: Path) -> Dataset:
    """The lines of a file, or of one file for each part. Raises UserError that names the line."""
    files = {"train": source.path, "validation": source.validation, "test": source.test}
    shares = Shares(source.validation_split, source.test_split, source.seed)
    shares.check(source.path, files)
    taking = Taking(recipe, source)
    return taking.dataset(
        {name: _part(taking, source, base / file) for name, file in files.items() if file}
    )


def _part(taking: Taking, source: jsonl, path: Path) -> Listed:
    arrays: list[Array] = []
    labels: list[Array] = []
    lines: list[int] = []
    weights: list[Array] = []
    for line, found in json_lines(path):
        where = f"{path}: line {line}"
        whole = array_of(where, found, source.x)
        arrays.append(taking.steps(f"{where}: `{source.x}`", whole))
        label = _target(where, found, source.y)
        if taking.by_step and len(label if label.ndim else [label]) != len(whole):
            have = len(label) if label.ndim else "one"
            raise UserError(
                f"{where}, `{source.y}`: has {have} target{'s' * (have not in (1, 'one'))} for "
                f"{len(whole)} step{'s' * (len(whole) != 1)}"
            )
        labels.append(label if label.ndim or not taking.by_step else label[None])
        if source.sample_weight is not None:
            weight = array_of(where, found, source.sample_weight)
            if weight.ndim or weight.dtype.kind not in "biuf":
                raise UserError(f"{where}: `{source.sample_weight}` is no number")
            weights.append(weight)
        lines.append(line)
    if not lines:
        raise UserError(f"{path}: holds no sequences")
    return Listed(
        str(path),
        arrays,
        Numbered("line", lines),
        [str(each) if each.dtype.kind == "U" and not each.ndim else each for each in labels],
        lambda at: f"{path}: line {lines[at]}, `{source.y}`",
        np.array(weights, np.float64) if weights else None,
    )


def json_lines(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The objects of a file by the numbers of their lines; blank lines are passed over.

    Raises UserError that names the line.
    """
    for number, line in enumerate(read_text(path, "a .jsonl file").split("\n"), 1):
        if line.strip():
            yield number, json_line(f"{path}: line {number}", line)


def json_line(where: str, line: str) -> Mapping[str, object]:
    """The object of a line. Raises UserError."""
    try:
        found = json.loads(line, parse_constant=_no_constant)
    except RecursionError:
        raise UserError(f"{where} is nested too deeply") from None
    except ValueError as error:
        raise UserError(f"{where} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise UserError(f'{where} is no object, such as {{"x": [[…], …], "y": …}}')
    return found


def array_of(where: str, found: Mapping[str, object], key: str) -> Array:
    """What a line holds under a key, as an array of numbers or words. Raises UserError."""
    if key not in found:
        held = ", ".join(f"`{each}`" for each in [*found][:SHOWN]) or "nothing"
        raise UserError(f"{where} lacks `{key}`; it holds {held}")
    try:
        made = np.asarray(found[key])
    except (ValueError, OverflowError) as error:
        raise UserError(f"{where}: `{key}` is no array: its lists differ in length") from error
    if made.dtype.kind == "O":
        raise UserError(f"{where}: `{key}` holds null, an object or a number that is too large")
    return made


def _target(where: str, found: Mapping[str, object], key: str) -> Array:
    made = array_of(where, found, key)
    if made.dtype.kind == "U" and (made.ndim > 1 or not _all_words(found[key])):
        raise UserError(f"{where}: `{key}` is to be a word, a list of words, or numbers")
    return made


def _all_words(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")
