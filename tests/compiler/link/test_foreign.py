"""What netc says to names of other tools leads to names that netc has."""

from __future__ import annotations

import re

import pytest
from netc.compiler.link.builtins import FUNCTIONS
from netc.compiler.link.foreign_names import ARGUMENTS, LAYERS, OBJECTS, VALUES, Foreign
from netc.compiler.ops.base.op import arguments
from netc.compiler.ops.table import ACTIVATION_LAYERS, ALIASES, OPS
from netc.compiler.recipe.objects import find
from netc.compiler.recipe.read.settings import KEYS

NAMES = {*OPS, *ALIASES, *ACTIVATION_LAYERS, *FUNCTIONS}
GIVEN = {name for cls in OPS.values() for name in arguments(cls)}
RECIPES = set(find.names((object,)))
CLASSES = [cls for cls in map(find.class_of, RECIPES) if cls is not None]
TAKEN = {name for cls in CLASSES for name in arguments(cls)}


@pytest.mark.parametrize(("name", "foreign"), LAYERS.items(), ids=LAYERS)
def test_a_layer(name: str, foreign: Foreign) -> None:
    assert name not in NAMES, "netc knows it itself"
    assert foreign.word is None or foreign.word in NAMES
    called = re.findall(r"\b([A-Z]\w+)\b(?=[(`])", foreign.help)
    assert set(called) <= NAMES | {"Net"}


@pytest.mark.parametrize(("name", "foreign"), ARGUMENTS.items(), ids=ARGUMENTS)
def test_an_argument(name: str, foreign: Foreign) -> None:
    assert foreign.word is None or foreign.word in GIVEN | TAKEN
    assert foreign.help


@pytest.mark.parametrize(("name", "foreign"), OBJECTS.items(), ids=OBJECTS)
def test_an_object_of_a_recipe(name: str, foreign: Foreign) -> None:
    assert foreign.word is None or foreign.word in RECIPES
    for called in re.findall(r"`(\w+)[(`]", foreign.help):
        assert called in RECIPES | KEYS.keys(), called


def test_values() -> None:
    assert not VALUES.keys() & NAMES
