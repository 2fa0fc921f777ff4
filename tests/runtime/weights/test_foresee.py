"""The verdict of `netc diff` on a checkpoint, held against the loader, with and without arrays."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.diff.layers import layers_of
from netc.compiler.diff.match import match
from netc.compiler.diff.verdict import LOADS, RENAMED, judge
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.cli.renames import (
    LOADS_ANYWAY,
    REFUSED,
    read_renames,
    refusal,
    rename_text,
    way_to_load,
)
from netc.runtime.weights.foresee import foresee
from netc.runtime.weights.load import load_weights
from netc.runtime.weights.save import save_safetensors

from ...compiler.diff.edits import KINDS, graph
from ...compiler.diff.test_edits import drawn_from
from ...compiler.diff.test_match import (
    CLASSES,
    DENSE,
    ENDS,
    LABELS,
    OTHER_CLASSES,
    PLACES,
    PRE,
    TABLES,
)

SEEDS = range(300, 304)
SMALL = 200_000
"""Parameters of a net whose weights are written and read."""


@pytest.mark.parametrize("kind", KINDS)
def test_the_loader_takes_what_the_verdict_says_and_refuses_the_rest(
    kind: str, tmp_path: Path
) -> None:
    for seed in SEEDS:
        case = next(drawn_from(kind, random.Random(f"{kind} {seed}")))
        verdict = judge(case.ours, case.theirs, match(case.ours, case.theirs))
        lost = {e.layer for e in verdict.weights if e.verdict not in (LOADS, RENAMED)}
        found = foresee(case.old, case.new, verdict.all_names)
        assert {misfit.layer for misfit in (*found.missing, *found.wrong_shape)} == lost
        if lost:
            continue
        way = way_to_load(verdict, case.old, case.new)
        sizes = [weight.size for each in case.old.layers().values() for weight in each.weights]
        if sum(sizes) > SMALL:
            continue
        names = tmp_path / "names"
        names.write_text(rename_text(verdict, way))
        pairs = dict(line.split("=") for line in read_renames(names))
        save_safetensors(tmp_path / "old.safetensors", case.old, SeededWeights(seed))
        loaded = load_weights(tmp_path / "old.safetensors", case.new, rename=pairs)
        olds = case.old.layers()
        for path, node in case.new.layers().items():
            for weight in node.weights:
                source = verdict.layers[path]
                (same,) = (w for w in olds[source].weights if w.name == weight.name)
                wanted = SeededWeights(seed).tensor(source, same).read()
                assert np.array_equal(loaded.tensor(path, weight).read(), wanted)


SHARED = """net Twins(a: float32[N, 8], b: float32[N, 8]) -> y: [N, 3] {
  layer look = Dense(8)
  return (a -> look) + (b -> look) -> Dense(3)
}
"""
APART = """net Twins(a: float32[N, 8], b: float32[N, 8]) -> y: [N, 3] {
  return (a -> Dense(8)) + (b -> Dense(8)) -> Dense(3)
}
"""


def test_weights_that_were_shared_go_to_one_layer_alone() -> None:
    old, new = graph(SHARED, "Twins"), graph(APART, "Twins")
    assert old is not None
    assert new is not None
    ours, theirs = layers_of(old), layers_of(new)
    verdict = judge(ours, theirs, match(ours, theirs))
    assert {each.layer: each.why for each in verdict.weights if each.why} == {
        "dense_1": "the weights of `look` go to `dense`"
    }


def test_of_layers_that_became_one_a_person_says_which_it_is() -> None:
    old, new = graph(APART, "Twins"), graph(SHARED, "Twins")
    assert old is not None
    assert new is not None
    ours, theirs = layers_of(old), layers_of(new)
    verdict = judge(ours, theirs, match(ours, theirs))
    assert {each.layer: each.options for each in verdict.weights if each.options} == {
        "look": ("dense", "dense_1")
    }


BY_HAND = [
    (CLASSES, *(((was, now),) for was, now, _, _ in OTHER_CLASSES)),
    (PLACES, (("as users", "as q"), ("as items", "as users"), ("as q", "as items"))),
    (PRE, (("x -> LayerNormalization -> D", "x -> D"), ("w)", "w) -> LayerNormalization"))),
    (DENSE, (("[2, 2]", "[3, 2]"),)),
    (ENDS, (("ReLU", "X"), ("Sigmoid", "ReLU"), ("X", "Sigmoid"))),
    (TABLES, (("30, 8", "20, 8"),), ((" as one", ""), (" as two", ""))),
    (LABELS, (("as a", "as q"), ("as b", "as a"), ("as q", "as b")), (("Dense(8) as b", "ReLU"),)),
]
"""Nets with the edits made of each."""


def test_the_loader_loads_what_is_compatible_after_edits_by_hand_and_only_that() -> None:
    for net, *edits in BY_HAND:
        for edit in edits:
            text = net
            for was, now in edit:
                assert was in text
                text = text.replace(was, now)
            old, new = graph(net, "Net"), graph(text, "Net")
            assert old is not None
            assert new is not None
            ours, theirs = layers_of(old), layers_of(new)
            verdict = judge(ours, theirs, match(ours, theirs))
            if verdict.compatible:
                renames = way_to_load(verdict, old, new).renames
                assert foresee(old, new, renames).fits, edit
            else:
                assert refusal(verdict, old, new) == REFUSED, edit


ROW = """net Net(x: float32[N, 8]) -> y: [N, 3] {
  return x -> Dense(8) as a -> Dense(8) as b -> Dense(3) as c
}
"""


def test_that_the_loader_would_decide_what_is_in_doubt_is_said() -> None:
    old = graph(ROW, "Net")
    new = graph(ROW.replace("Dense(8) as a -> Dense(8) as b", "Dense(8) as p"), "Net")
    assert old is not None
    assert new is not None
    ours, theirs = layers_of(old), layers_of(new)
    verdict = judge(ours, theirs, match(ours, theirs))
    assert not verdict.compatible
    assert refusal(verdict, old, new) == LOADS_ANYWAY
