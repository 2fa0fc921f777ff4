"""Dataclasses with shared methods: how they are made."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import field, fields, replace
from functools import cached_property
from typing import Any, ClassVar

import pytest
from netc.dsl.make_methods import MADE, text
from netc.dsl.record import record


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


def test_the_second_is_made_as_the_first() -> None:
    def told(box: Box) -> list[object]:
        return [repr(box), hash(box), box == Box(box.width, box.height, box.name)]

    make: Any = Box
    made = []
    for _ in range(2):
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


@record(frozen=False)
class Tally:
    """What is counted, which goes on."""

    name: str
    count: int = 0
    seen: list[str] = field(default_factory=list, repr=False, compare=False)


@record(eq=False)
class Token:
    """One of its kind, whatever its fields say."""

    text: str


@record(slots=False)
class Room:
    """A room whose area is worked out once."""

    width: int
    length: int = 2
    found: ClassVar[list[str]] = []

    @cached_property
    def area(self) -> int:
        self.found.append("area")
        return self.width * self.length


@record(slots=False)
class Hall(Room):
    """A room with a name."""

    name: str = "hall"


@record
class Worked:
    """A field that nobody gives, and one that says nothing of equality."""

    given: int
    size: int = field(init=False, repr=False)
    note: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", self.given * 2)


@record
class Lid(Box):
    """A field that must be given, behind one that may be left out."""

    colour: str


class Named(Box):
    """A class that adds no fields."""


def test_what_can_be_changed_has_no_hash_and_is_compared() -> None:
    tally = Tally("a")
    tally.count += 1
    tally.seen.append("b")
    assert tally == Tally("a", 1) != Tally("a")
    assert repr(tally) == "Tally(name='a', count=1)"
    with pytest.raises(TypeError):
        hash(tally)


def test_without_equality_each_is_itself() -> None:
    one = Token("a")
    assert one == one != Token("a")
    assert len({one, Token("a"), one}) == 2


def test_without_slots_what_is_worked_out_can_be_kept() -> None:
    room = Room(3)
    assert (room.area, room.area, room.found) == (6, 6, ["area"])
    assert room == Room(3, 2) != Room(2, 3)
    for name in room.__match_args__:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(room, name, 1)


def test_a_record_of_a_record_has_the_fields_of_both() -> None:
    hall = Hall(3, 4, "blue")
    assert hall.area == 12
    assert [one.name for one in fields(Hall)] == ["width", "length", "name"]
    assert replace(hall, width=1) == Hall(1, 4, "blue") != Room(1, 4)
    assert Named(1, 2) == Named(1, 2) != Box(1, 2)
    assert [one.name for one in fields(Named)] == ["width", "height", "name"]


def test_a_dataclass_can_be_made_of_a_record() -> None:
    @dataclasses.dataclass(frozen=True)
    class Crate(Box):
        lid: bool = True

    assert repr(Crate(1, 2)).endswith("Crate(width=1, height=2, name='box', lid=True)")
    with pytest.raises(TypeError, match="cannot inherit non-frozen"):
        dataclasses.dataclass(type("Open", (Box,), {}))


def test_a_field_that_nobody_gives_is_none_of_the_arguments() -> None:
    for _ in range(2):
        assert Worked(2, "a") == Worked(2, "b")
        assert hash(Worked(2, "a")) == hash(Worked(2, "b"))
        assert (Worked(2).size, Worked(2) == Worked(3)) == (4, False)
    assert repr(Worked(2)) == "Worked(given=2, note='')"
    assert Worked.__match_args__ == ("given", "note")


def test_a_field_that_must_be_given_may_stand_behind_others() -> None:
    make: Any = Lid
    assert make(1, 2, colour="red") == make(1, 2, "box", "red")
    with pytest.raises(TypeError, match="colour"):
        make(1, 2)


@pytest.mark.parametrize("made", [Box(1, 2), Tally("a", 2, ["b"]), Room(4), Worked(5, "c")])
def test_copies_are_equal(made: object) -> None:
    assert copy.deepcopy(made) == made == pickle.loads(pickle.dumps(made))


def test_the_shipped_methods_are_what_make_tables_writes() -> None:
    assert MADE.read_text("utf-8") == text()
