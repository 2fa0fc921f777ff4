"""Which layer is which, where structure, names and both leave it to be told."""

from __future__ import annotations

import pytest
from netc.compiler.diff.diff import NetDiff, Version, diff_nets
from netc.compiler.diff.rows import rows_of
from netc.compiler.diff.verdict import DOUBTFUL

from .edits import graph

CONVS = """net Net(x: float32[N, 32, 32, 3]) -> y: [N, 10] {
  h = x -> Conv2D(8, 3) -> Conv2D(16, 3) -> Conv2D(16, 3) -> Conv2D(16, 3)
  return h -> Flatten -> Dense(10)
}
"""
LOOP = """block Unit(x: [N, D], d: int) { return x -> Dense(d) -> LayerNormalization -> ReLU }

net Net(x: float32[N, 32]) -> y: [N, 10] {
  for d in [64, 64, 128, 128, 128] {
    x = x -> Unit(d) as unit
  }
  return x -> Dense(10)
}
"""
LABELS = """net Net(x: float32[N, 8]) -> y: [N, 3] {
  return x -> Dense(8) as a -> Dense(8) as b -> ReLU -> Dense(8) as c -> Dense(3) as d
}
"""


def diff(old: str, *changes: tuple[str, str]) -> NetDiff:
    new = old
    for was, now in changes:
        assert was in new
        new = new.replace(was, now)
    before, after = graph(old, "Net"), graph(new, "Net")
    assert before is not None
    assert after is not None
    return diff_nets(Version("Net", before, ()), Version("Net", after, ()))


def kinds(found: NetDiff) -> list[tuple[str, str, str]]:
    assert found.changes is not None
    return [(" ".join(e.kinds), e.old, e.new) for e in found.changes.layers]


def renames(found: NetDiff) -> dict[str, str]:
    assert found.checkpoint is not None
    return dict(found.checkpoint.renames)


def options(found: NetDiff) -> dict[str, tuple[str, ...]]:
    assert found.checkpoint is not None
    return {each.layer: each.options for each in found.checkpoint.having(DOUBTFUL)}


def test_a_layer_in_front_shifts_the_names_of_those_behind() -> None:
    found = diff(CONVS, ("h = x", "h = x -> Conv2D(3, 1)"))
    assert kinds(found)[0] == ("added", "", "h/conv2d")
    assert renames(found) == {
        "h/conv2d": "h/conv2d_1",
        "h/conv2d_1": "h/conv2d_2",
        "h/conv2d_2": "h/conv2d_3",
        "h/conv2d_3": "h/conv2d_4",
    }


def test_one_more_of_a_row_of_equal_layers_is_the_one_whose_name_is_new() -> None:
    found = diff(CONVS, ("Conv2D(16, 3)\n", "Conv2D(16, 3) -> Conv2D(16, 3)\n"))
    changed = [each for each in kinds(found) if each[0] != "changed"]
    assert changed == [("added", "", "h/conv2d_4")]


def test_where_names_shifted_too_it_is_not_told_which_one_of_a_row_is_new() -> None:
    found = diff(
        CONVS,
        ("h = x", "h = x -> Conv2D(3, 1)"),
        ("Conv2D(16, 3)\n", "Conv2D(16, 3) -> Conv2D(16, 3)\n"),
    )
    assert options(found) == {
        "h/conv2d_3": ("h/conv2d_2",),
        "h/conv2d_4": ("h/conv2d_2", "h/conv2d_3"),
        "h/conv2d_5": ("h/conv2d_3",),
    }
    assert renames(found) == {"h/conv2d": "h/conv2d_1", "h/conv2d_1": "h/conv2d_2"}


def test_a_round_at_the_start_of_a_loop_renames_the_others() -> None:
    found = diff(LOOP, ("[64, 64,", "[48, 64, 64,"))
    assert renames(found) == {
        "unit/layer_normalization": "unit_1/layer_normalization",
        "unit_1": "unit_2",
        "unit_2": "unit_3",
        "unit_3": "unit_4",
        "unit_4": "unit_5",
    }
    (changed,) = (each for each in kinds(found) if "changed" in each[0])
    assert changed == ("renamed changed", "unit/dense", "unit_1/dense")


@pytest.mark.parametrize("rounds", ["128, 128", "128, 128, 128, 128"])
def test_rounds_at_the_end_of_a_loop_come_and_go_by_name(rounds: str) -> None:
    found = diff(LOOP, ("128, 128, 128", rounds))
    assert not renames(found)
    assert {each[0] for each in kinds(found)} <= {"added", "removed"}
    assert {(each[1] or each[2]).partition("/")[0] for each in kinds(found)} <= {"unit_4", "unit_5"}


STAGES = """block Unit(x: [N, D], d: int) { return x -> Dense(d) -> LayerNormalization -> ReLU }

net Net(x: float32[N, 8]) -> y: [N, 10] {
  for d, depth in [(16, 2), (32, 2)] {
    x = x -> Unit(d) as down -> Unit(d) * (depth - 1) as same
  }
  return x -> Dense(10) as top
}
"""


def test_of_a_longer_stage_only_what_was_made_longer_is_in_doubt_and_in_a_row_a_block() -> None:
    """`down_1` is where it was, though its norm is equal to those of the blocks behind it."""
    found = diff(STAGES, ("(16, 2), (32, 2)", "(16, 3), (32, 3)"))
    assert options(found) == {
        "same_2/dense": ("same_1/dense",),
        "same_2/layer_normalization": ("same_1/layer_normalization",),
        "same_3/dense": ("same_1/dense",),
        "same_3/layer_normalization": ("same_1/layer_normalization",),
    }
    assert found.changes is not None
    rows = [(row.kinds, row.new, row.layers) for row in rows_of(found.changes)]
    assert rows == [
        (("added",), "same_1", 3),
        (("ambiguous",), "same_2", 3),
        (("ambiguous",), "same_3", 3),
    ]
    (fact,) = rows_of(found.changes)[1].differences
    assert fact.old == "same_1"


PLACES = """block Tower(id: [N], count: int) -> [N, 8] {
  return id -> Embedding(count, 8) as table -> Dense(8, activation=relu) -> Dense(8) -> ReLU
}

net Net(user: int32[N], item: int32[N]) -> y: [N, 16] {
  return (user -> Tower(20) as users, item -> Tower(30) as items) -> Concatenate
}
"""


def test_blocks_that_exchanged_their_names_are_told_by_what_is_in_them() -> None:
    """Their equal layers go with the tables, of which each is there once."""
    found = diff(PLACES, ("as users", "as q"), ("as items", "as users"), ("as q", "as items"))
    assert {kind for kind, _, _ in kinds(found)} == {"renamed"}
    assert renames(found) == {"users": "items", "items": "users"}
    assert found.only_names


DENSE = """block Unit(x: [N, D]) {
  return (x, x -> LayerNormalization as norm -> Dense(8) as new) -> Concatenate
}

net Net(x: float32[N, 8]) -> y: [N, _] {
  for depth in [2, 2] {
    x = x -> Unit * depth as unit -> LayerNormalization as norm -> Dense(12) as squeeze
  }
  return x
}
"""


def test_a_layer_of_an_authors_word_is_not_another_that_has_its_old_shape() -> None:
    """The norm of the new unit is as wide as the one behind the units was."""
    found = diff(DENSE, ("[2, 2]", "[3, 2]"))
    assert [(kind, new) for kind, _, new in kinds(found) if kind == "added"] == [
        ("added", "unit_2/norm"),
        ("added", "unit_2/new"),
        ("added", "unit_2/concatenate"),
    ]
    assert ("changed", "norm", "norm") in kinds(found)
    assert ("changed", "squeeze", "squeeze") in kinds(found)
    assert renames(found) == {"unit_2": "unit_3", "unit_3": "unit_4"}


PRE = """block Layer(x: [N, D]) -> [N, D] {
  return x + (x -> LayerNormalization -> Dense(D) as wide -> GELU -> Dense(D) as narrow)
}

net Net(x: float32[N, 8]) -> y: [N, 8] {
  return x -> Layer * 3 as layer
}
"""


def test_what_moved_in_each_of_several_blocks_moved_in_its_own() -> None:
    found = diff(
        PRE,
        ("x -> LayerNormalization -> D", "x -> D"),
        ("narrow)", "narrow) -> LayerNormalization"),
    )
    assert found.checkpoint is not None
    assert found.checkpoint.compatible
    assert not renames(found)


MASKED = """net Net(x: float32[N, 4, 8], real: bool[N, 4]) -> y: [N, 4, 8] {
  return x -> Attention(value=x, query_mask=real)
}
"""


def test_a_tensor_that_a_layer_takes_as_another_is_named() -> None:
    found = diff(MASKED, ("query_mask", "value_mask"))
    assert found.changes is not None
    (change,) = found.changes.layers
    assert [(fact.name, fact.old, fact.new) for fact in change.differences] == [
        ("tensors", "query, value, query_mask", "query, value, value_mask")
    ]


def test_labels_that_were_exchanged_between_layers_of_other_shapes_are_new_names() -> None:
    narrow = LABELS.replace("Dense(8) as b", "Dense(6) as b")
    found = diff(narrow, ("as a", "as q"), ("as b", "as a"), ("as q", "as b"))
    assert renames(found) == {"a": "b", "b": "a"}
    assert found.only_names


CLASSES = """net Net(x: float32[N, 8, 8, 4]) -> y: [N, 8, 8, 4] {
  return x -> Conv2D(4, 3, padding=same) as a -> LayerNormalization as norm
}
"""
OTHER_CLASSES = [
    ("Conv2D", "Conv2DTranspose", "a", ""),
    ("Conv2D", "SeparableConv2D", "a", "Conv2D -> SeparableConv2D"),
    ("LayerNormalization", "GroupNormalization(2)", "norm", ""),
    ("LayerNormalization", "RMSNormalization", "norm", "LayerNormalization -> RMSNormalization"),
]


def test_a_label_that_another_class_has_now_is_a_layer_that_changed() -> None:
    """Its weights load where they have the same names and shapes, as the loader asks no more."""
    for was, now, path, why in OTHER_CLASSES:
        found = diff(CLASSES, (was, now))
        assert kinds(found) == [("changed", path, path)]
        assert found.checkpoint is not None
        assert {each.why for each in found.checkpoint.weights if each.layer == path} == {why}
        assert found.checkpoint.compatible is not bool(why)


TYPED = """net Net(image: float32[N, 8], words: int32[N, 4]) -> y: [N, 12] {
  return (image -> Dense(4), words -> Embedding(10, 2) -> Flatten) -> Concatenate
}
"""


def test_inputs_with_new_names_are_told_by_their_types() -> None:
    found = diff(
        TYPED,
        ("image: float32[N, 8], words: int32[N, 4]", "words: int32[N, 4], image: float32[N, 8]"),
        ("words", "tokens"),
        ("image", "picture"),
    )
    assert found.changes is not None
    assert [(each.old, each.new) for each in found.changes.signature] == [
        ("image", "picture"),
        ("words", "tokens"),
    ]
    assert not found.changes.layers


ENDS = """net Net(x: float32[N, 8]) -> y: [N, 16] {
  return (x -> Dense(8) -> ReLU, x -> Dense(8) -> Sigmoid) -> Concatenate
}
"""


def test_equal_layers_are_told_by_the_layers_without_weights_behind_them() -> None:
    found = diff(ENDS, ("ReLU", "X"), ("Sigmoid", "ReLU"), ("X", "Sigmoid"))
    assert renames(found) == {"dense": "dense_1", "dense_1": "dense"}
    assert [new for kind, _, new in kinds(found) if kind == "changed"] == ["concatenate"]


TABLES = """net Net(a: int32[N, 4], b: int32[N, 4]) -> y: [N, 4, 8] {
  return (a -> Embedding(20, 8) as one) + (b -> Embedding(30, 8) as two)
}
"""


def test_of_layers_that_became_one_only_those_of_its_shape_count() -> None:
    found = diff(
        TABLES,
        ("return", "layer table = Embedding(20, 8)\n  return"),
        ("Embedding(20, 8) as one", "table"),
        ("Embedding(30, 8) as two", "table"),
    )
    assert renames(found) == {"one": "table"}
    assert found.checkpoint is not None
    assert found.checkpoint.compatible
    assert found.checkpoint.unused == ("two",)


def test_layers_that_came_alike_in_several_blocks_are_one_row() -> None:
    found = diff(LOOP, ("-> ReLU", "-> ReLU -> Dropout(0.1)"))
    assert found.changes is not None
    (row,) = rows_of(found.changes)
    assert (row.kinds, row.new, row.alike) == (("added",), "unit/dropout", 4)


HALVES = """block Low(x: [N, D]) -> [N, 8] {
  return x -> Dense(8) -> Dense(8, activation=relu) -> LayerNormalization
}

block High(x: [N, D]) -> [N, 8] {
  return x -> Dense(8, activation=gelu) -> Dense(8, activation=tanh)
}

net Net(x: float32[N, 8]) -> y: [N, 8] {
  return x -> Low as low -> High as high
}
"""


def test_a_layer_that_is_in_another_block_moved_and_computes_the_same() -> None:
    found = diff(
        HALVES,
        (" -> LayerNormalization", ""),
        ("x -> Dense(8, activation=gelu)", "x -> LayerNormalization -> Dense(8, activation=gelu)"),
    )
    assert kinds(found) == [("moved", "low/layer_normalization", "high/layer_normalization")]
    assert found.only_names


def test_names_alone_leave_what_is_computed() -> None:
    for change, only_names in (
        (("as a", "as first"), True),
        (("-> ReLU", "-> Dropout(0.1) -> ReLU"), False),
        (("[N, 3] {", "[N, _] {"), True),
    ):
        assert diff(LABELS, change).only_names is only_names


def test_equal_layers_that_changed_places_are_told_by_their_labels() -> None:
    found = diff(LABELS, ("as a", "as q"), ("as b", "as a"), ("as q", "as b"))
    assert kinds(found) in ([("moved", "a", "a")], [("moved", "b", "b")])
    assert not renames(found)


def test_equal_layers_with_new_labels_of_which_one_is_gone_are_in_doubt() -> None:
    found = diff(
        LABELS, ("-> Dense(8) as a -> Dense(8) as b", "-> Dense(8) as p"), ("as c", "as q")
    )
    assert options(found) == {"p": ("a", "b"), "q": ("b", "c")}
    assert kinds(found) == [("ambiguous", "", "p"), ("ambiguous", "", "q")]


def test_another_activation_changes_a_layer_and_none_of_its_weights() -> None:
    found = diff(LABELS, ("Dense(8) as c", "Dense(8, activation=gelu) as c"), ("ReLU", "GELU"))
    assert found.changes is not None
    facts = {e.new: [(d.name, d.old, d.new) for d in e.differences] for e in found.changes.layers}
    assert facts == {
        "gelu": [("layer", "ReLU", "GELU")],
        "c": [("activation", "none", "GELU")],
    }
    assert found.checkpoint is not None
    assert found.checkpoint.compatible


TOWERS = """net Net(a: float32[N, 8], b: float32[N, 8]) -> y: [N, 3] {
  return (a -> Dense(8) -> Dense(8)) + (b -> Dense(8) -> Dense(8)) -> Dense(3)
}
"""


def test_equal_branches_that_are_written_in_another_order_are_told_by_what_they_work_on() -> None:
    found = diff(TOWERS, ("(a ->", "(c ->"), ("(b ->", "(a ->"), ("(c ->", "(b ->"))
    assert renames(found) == {
        "dense": "dense_2",
        "dense_1": "dense_3",
        "dense_2": "dense",
        "dense_3": "dense_1",
    }
    assert {each[0] for each in kinds(found)} <= {"renamed"}


BRANCHES = """net Net(x: float32[N, 8, 8, 16]) -> y: [N, _, _, _] {
  return (x -> Conv2D(16, 1), x -> Conv2D(16, 1) -> Conv2D(24, 3, padding=same)) -> Concatenate
}
"""


def test_equal_branches_are_told_by_what_works_on_them() -> None:
    found = diff(
        BRANCHES,
        ("(x -> Conv2D(16, 1), ", "("),
        ("padding=same))", "padding=same), x -> Conv2D(16, 1))"),
    )
    assert renames(found) == {"conv2d": "conv2d_2", "conv2d_1": "conv2d", "conv2d_2": "conv2d_1"}
