"""Samples in memory, or pictures that wait to be decoded: what every data source gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ...compiler.ops.backend import Array
from ..pictures import PictureLayout


@dataclass(frozen=True)
class Pictures:
    """Picture files, decoded when they are needed."""

    files: tuple[Path, ...]
    layout: PictureLayout

    def __len__(self) -> int:
        return len(self.files)


Column: TypeAlias = "Array | Pictures"


@dataclass(frozen=True)
class Part:
    """The samples of one part: `train`, `validation` or `test`.

    `inputs` are columns by the names of the net's inputs. `targets` are arrays by the names of
    its outputs: class indices (int32, `[samples]`) or values (float32, of the output's shape);
    how a loss wants them is the pipeline's business. `names` says what each sample is called: a
    file's path, a row's number.
    """

    name: str
    inputs: Mapping[str, Column]
    targets: Mapping[str, Array]
    names: Sequence[str]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Dataset:
    """All parts of a recipe's data, and the names of its classes where it has classes."""

    train: Part
    validation: Part | None
    test: Part | None
    classes: tuple[str, ...]
