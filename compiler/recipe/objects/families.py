"""Everything a recipe can name or call, in families: what help and the reference list.

A name can be of two families: `KLDivergence` is a loss and a metric. The files of a family are
imported when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module

from ....dsl.record import record
from .base import RecipeObject


@record
class Family:
    """One family: its title, what can be called, and other words for it."""

    title: str
    classes: Mapping[str, type[RecipeObject]]
    words: Mapping[str, type[RecipeObject]]


_FILES = (
    ("Losses", "losses", "LOSS_CLASSES", "LOSS_WORDS"),
    ("Optimizers", "optimizers", "OPTIMIZER_CLASSES", "OPTIMIZER_WORDS"),
    ("Schedules", "schedules", "SCHEDULE_CLASSES", ""),
    ("Metrics", "metrics", "METRIC_CLASSES", "METRIC_WORDS"),
    ("Augmentations", "augment", "AUGMENTATION_CLASSES", ""),
    ("What watches a run", "callbacks", "CALLBACK_CLASSES", ""),
    ("Data", "sources", "SOURCE_CLASSES", ""),
    ("Weights to start from", "loads", "LOAD_CLASSES", ""),
)


@cache
def families() -> tuple[Family, ...]:
    """Every family, in the order of the reference."""
    return tuple(_family(*entry) for entry in _FILES)


def _family(title: str, file: str, classes: str, words: str) -> Family:
    home = vars(import_module(f".{file}", __package__))
    return Family(title, home[classes], home[words] if words else {})


def called(name: str) -> Iterator[tuple[Family, type[RecipeObject]]]:
    """The classes that a name can call or stand for, with their families."""
    for family in families():
        if name in family.classes:
            yield family, family.classes[name]
        elif name in family.words:
            yield family, family.words[name]
