"""Frozen dataclasses with shared methods: how they are made."""

from __future__ import annotations

import dataclasses
from dataclasses import field, fields, replace
from typing import Any

import pytest
from netc.dsl.record import OFTEN, record


@record
class Box:
    """Two sizes and a name, which cannot be empty."""

    width: int
    height: int
    name: str = "box"

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("no name")


@record
class Shelf:
    """Boxes, each shelf with a list of its own."""

    boxes: list[Box] = field(default_factory=list)


def test_the_thousandth_is_made_as_the_first() -> None:
    def told(box: Box) -> list[object]:
        return [repr(box), hash(box), box == Box(box.width, box.height, box.name)]

    make: Any = Box
    made = []
    for _ in range(OFTEN + 2):
        each = (Box(1, 2), Box(1, 2, "a"), Box(width=3, height=4), Box(5, name="b", height=6))
        made.append([told(box) for box in each])
        for args, named in (((1,), {}), ((1, 2, "a", 4), {}), ((1, 2), {"depth": 3})):
            with pytest.raises(TypeError):
                make(*args, **named)
        with pytest.raises(TypeError):
            make(1, 2, width=1)
        with pytest.raises(ValueError, match="no name"):
            Box(1, 2, "")
        with pytest.raises(dataclasses.FrozenInstanceError):
            del each[0].name
        assert replace(each[0], height=9) == Box(1, 9)
        assert Shelf().boxes is not Shelf().boxes
    assert all(one == made[0] for one in made)
    assert made[0][1][0] == "Box(width=1, height=2, name='a')"
    assert [one.name for one in fields(Box)] == ["width", "height", "name"]
