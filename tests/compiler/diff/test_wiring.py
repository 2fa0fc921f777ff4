"""Layers that stay, and take other tensors or the same ones in another order.

Every weight loads where that is all that changed, and yet the net computes something else.
"""

from __future__ import annotations

from netc.compiler.diff.diff import NetDiff

from .test_match import diff, kinds

PAIR = """net Net(a: float32[N, 8], b: float32[N, 8]) -> y: [N, 8] {
  left = a -> Dense(8, activation=relu) as left
  right = b -> Dense(8, activation=tanh) as right
  return (left, right) -> Concatenate -> Dense(8) as fuse
}
"""
WEIGHTS = """net Net(x: float32[N, 8]) -> y: [N, 8] {
  weight scale: [8] = zeros
  weight shift: [8] = zeros
  return x * scale + shift
}
"""
STATES = """net Net(x: float32[N, T, 8]) -> y: [N, 4] {
  s, h, c = x -> LSTM(4, return_state=true) as read
  return h - c + s
}
"""
ENDS = """net Net(x: float32[N, 8]) -> (p: [N, 4], q: [N, 4]) {
  return x -> Dense(4) as left, x -> Dense(4) as right
}
"""
SHARED = """net Net(a: float32[N, 8], b: float32[N, 8]) -> y: [N, 8] {
  layer look = (Dense(8) as hidden -> ReLU -> Dense(8) as code)
  return (a -> look) - (b -> look)
}
"""
HALVES = """net Net(x: float32[N, 8]) -> y: [N, 4] {
  return x[:, :4] - x[:, 4:]
}
"""
SKIP = """net Net(x: float32[N, 8]) -> y: [N, 8] {
  h = x -> Dense(8) as one
  return h -> Dense(8) as two -> Dense(8) as three
}
"""
CHANGED = [
    (PAIR, "(left, right)", "(right, left)", {"concatenate": "inputs left, right -> right, left"}),
    (
        PAIR.replace("(left, right) -> Concatenate", "left - right"),
        "left - right",
        "right - left",
        {"subtract": "inputs left, right -> right, left"},
    ),
    (
        PAIR,
        "(left, right)",
        "(left, left)",
        {"concatenate": "inputs left, right -> left, left", "right": "removed"},
    ),
    (
        WEIGHTS,
        "x * scale + shift",
        "x * shift + scale",
        {
            "multiply": "inputs x, scale -> x, shift",
            "add": "inputs multiply, shift -> multiply, scale",
        },
    ),
    (
        STATES,
        "h - c",
        "c - h",
        {
            "subtract": "inputs result 2 of read, result 3 of read"
            " -> result 3 of read, result 2 of read"
        },
    ),
    (
        SHARED,
        "(a -> look) - (b -> look)",
        "(b -> look) - (a -> look)",
        {"look/hidden": "inputs a -> b", "look_1/hidden": "inputs b -> a"},
    ),
    (
        HALVES,
        "x[:, :4] - x[:, 4:]",
        "x[:, 4:] - x[:, :4]",
        {
            "slice": "renamed",
            "slice_1": "renamed",
            "subtract": "inputs slice, slice_1 -> slice_1, slice of OLD",
        },
    ),
    (
        ENDS,
        "x -> Dense(4) as left, x -> Dense(4) as right",
        "x -> Dense(4) as right, x -> Dense(4) as left",
        {"p": "made by left -> right", "q": "made by right -> left"},
    ),
    (
        ENDS,
        "(p: [N, 4], q: [N, 4])",
        "(q: [N, 4], p: [N, 4])",
        {"p": "made by left -> right; place 1 -> 2", "q": "made by right -> left"},
    ),
    (
        PAIR,
        "a: float32[N, 8], b: float32[N, 8]",
        "b: float32[N, 8], a: float32[N, 8]",
        {"a": "place 1 -> 2"},
    ),
    (SKIP, "h -> Dense(8) as two ->", "h + (h -> Dense(8) as two) ->", {"add": "takes one, two"}),
    (SKIP, "as two ->", "as two -> ReLU ->", {"relu": "takes two"}),
]
SAME = [
    (
        PAIR.replace("(left, right) -> Concatenate", "left + right"),
        "left + right",
        "right + left",
    ),
    (
        PAIR.replace("-> Concatenate", "-> Maximum"),
        "(left, right)",
        "(right, left)",
    ),
    (
        PAIR.replace("(left, right) -> Concatenate", "left * right"),
        "left * right",
        "right * left",
    ),
    (
        SHARED,
        "return (a -> look) - (b -> look)",
        "first = a -> look\n  return first - (b -> look)",
    ),
]


def said(found: NetDiff) -> dict[str, str]:
    """What is said of each layer, input and output."""
    assert found.changes is not None
    return {
        each.new or each.old: "; ".join(
            f"{fact.name} {fact.old} -> {fact.new}" if fact.old else f"takes {fact.new}"
            for fact in each.differences
        )
        or " ".join(each.kinds)
        for each in (*found.changes.signature, *found.changes.layers)
    }


def test_what_takes_other_tensors_is_said() -> None:
    for net, was, now, wanted in CHANGED:
        found = diff(net, (was, now))
        assert said(found) == wanted
        assert not found.same
        assert found.checkpoint is not None
        assert found.checkpoint.compatible


def test_an_order_that_does_not_matter_is_no_change() -> None:
    for net, was, now in SAME:
        found = diff(net, (was, now))
        assert said(found) == {}
        assert found.same


LINES = """net Net(x: float32[N, 8]) -> y: [N, 8] {
  return x -> Dense(8) -> ReLU -> Dense(8) -> ReLU -> Dense(8)
}
"""
LOOP = """net Net(x: float32[N, 8]) -> y: [N, 8] {
  repeat 2 {
    x = x -> Dense(8) -> ReLU
  }
  return x -> Dense(8)
}
"""
UNITS = """block Unit(x: [N, D]) -> [N, 8] { return x -> Dense(8) -> ReLU }

net Net(x: float32[N, 8]) -> y: [N, 8] {
  return x -> Unit -> Unit -> Dense(8)
}
"""
STEM = """net Net(x: float32[N, 8]) -> y: [N, 8] {
  stem = x -> Dense(8) -> ReLU
  return stem -> Dense(8) -> ReLU -> Dense(8)
}
"""


def test_a_block_that_becomes_several_is_renamed_and_none_of_its_layers_moved() -> None:
    for old in (LINES, LOOP, UNITS, STEM):
        for new in (LINES, LOOP, UNITS, STEM):
            found = diff(old, (old, new))
            assert {kind for kind, _, _ in kinds(found)} <= {"renamed"}
            assert found.checkpoint is not None
            assert found.checkpoint.compatible
