"""Arguments stand where their declarations say, whichever class of a family declares them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.ops.base.kinds import INT, STRING, arg
from netc.compiler.ops.base.op import Op, arguments, op


@op
class Base(Op):
    """What a family shares."""

    first: int = arg(INT, default=1, doc="the first")
    middle: int = arg(INT, default=2, doc="in the middle")
    end: str = arg(STRING, default="end", doc="the last of all", last=True)


@op
class Own(Base):
    """A member with arguments of its own."""

    ahead: int = arg(INT, default=3, doc="in front of the middle", before="middle")
    after: int = arg(INT, default=4, doc="behind what it inherits")
    ahead_too: int = arg(INT, default=5, doc="in front of the middle", before="middle")


@op
class OwnDefault(Own):
    """A member that starts elsewhere."""

    middle: int = arg(INT, default=9, doc="in the middle")
    at_the_end: int = arg(INT, default=6, doc="behind the last", last=True)


@pytest.mark.parametrize(
    ("cls", "order"),
    [
        (Base, ["first", "middle", "end"]),
        (Own, ["first", "ahead", "ahead_too", "middle", "after", "end"]),
        (OwnDefault, ["first", "ahead", "ahead_too", "middle", "after", "end", "at_the_end"]),
    ],
)
def test_arguments_stand_in_the_order_of_a_call(cls: type[Base], order: list[str]) -> None:
    assert list(arguments(cls)) == order
    values = [str(n) if name == "end" else n for n, name in enumerate(order)]
    call: Callable[..., Base] = cls
    made = call(*values)
    assert [getattr(made, name) for name in order] == values


def test_a_default_declared_again_keeps_its_place() -> None:
    assert construct(OwnDefault, {}).middle == 9
    assert construct(Own, {}).middle == 2
