"""A net of the zoo and its original: what `bench/zoo.py` compares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Made:
    """An original with weights as training leaves them, and what it computes with them.

    `trainable` and `params` are the counts by its own framework; PyTorch counts no statistics of
    batch normalization, so its `params` is None. `inputs` are what the zoo's net takes, by name,
    channels last, and `outputs` what the original answers, in the order of the net's results. The
    first axis of all has two examples. `save` writes the weights into a folder, once for each kind
    of file that they come in, and gives the files.
    """

    trainable: int
    params: int | None
    inputs: Mapping[str, Any]
    outputs: Sequence[Any]
    save: Callable[[Path], Sequence[Path]]


@dataclass(frozen=True)
class Entry:
    """A row of the table.

    `file` and `net` say which net of the zoo it is, `settings` its static parameters. `published`
    is the count of parameters that the authors of the original give, a number or `25.6 M`, and
    None where they give none.
    `original` says what the net is compared with and where its weights come from. `make` builds
    that, and is None where there is nothing that could be run.
    """

    file: str
    net: str
    published: int | str | None
    original: str
    make: Callable[[], Made] | None
    settings: Mapping[str, object] = field(default_factory=dict)
    aside: int = 0
    """How many of the published parameters are in a part that only training has."""
