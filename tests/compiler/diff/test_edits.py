"""Seeded edits of shipped nets: what became of every layer is known, and found."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import pytest
from netc.compiler.diff.changes import (
    ADDED,
    CHANGED,
    MOVED,
    REMOVED,
    RENAMED,
    Change,
    changes_of,
    reshaped,
)
from netc.compiler.diff.diff import Version, diff_nets
from netc.compiler.diff.lifting import wiring_of
from netc.compiler.diff.match import Matched, match
from netc.compiler.diff.signature import signature_changes
from netc.compiler.diff.verdict import LOADS, RETRAIN, Checkpoint, judge
from netc.compiler.diff.verdict import RENAMED as UNDER_NEW_NAME
from netc.compiler.ir.graph import CheckedGraph

from ...places import MODELS
from .edits import KINDS, Case, Editor, bare, case_of, graph

NETS = {
    "alexnet": "AlexNet",
    "autoencoder": "Autoencoder",
    "bert": "BERT",
    "cifar10_bn": "Cifar10BN",
    "cifar10_cnn": "Cifar10CNN",
    "dcgan": "DCGANDiscriminator",
    "fashion_mnist": "FashionCNN",
    "gpt2": "GPT2",
    "lenet": "LeNet5",
    "llama": "LlamaLayer",
    "mobilenet": "MobileNet",
    "resnet": "ResNet34",
    "resnet_v2": "ResNet50V2",
    "seq2seq": "Seq2Seq",
    "siamese": "Siamese",
    "squeezenet": "SqueezeNet11",
    "tcn": "TCN",
    "transformer": "TransformerClassifier",
    "unet": "UNet",
    "vgg": "VGG16",
    "vit": "ViTTiny",
    "wavenet": "WaveNet",
}
A_KIND = 19
"""Edits of each of the eleven kinds: 209 in all."""
TRIES = 6
"""Edits of a file that are tried before another file is."""


@cache
def text_of(file: str) -> str:
    return bare((MODELS / f"{file}.net").read_text())


@cache
def old_of(file: str) -> CheckedGraph:
    found = graph(text_of(file), NETS[file])
    assert found is not None, file
    return found


def cases(kind: str) -> Iterator[Case]:
    """The edits of a kind, drawn from seeds; those that leave no legal net are drawn again."""
    for seed in range(A_KIND):
        drawn = random.Random(f"{kind} {seed}")
        yield next(drawn_from(kind, drawn))


def drawn_from(kind: str, drawn: random.Random) -> Iterator[Case]:
    # Equal layers of WaveNet stand in several stacks, so that counting tells none from another.
    files = [file for file in NETS if (file, kind) != ("wavenet", "repeat count")]
    drawn.shuffle(files)
    for file in files:
        edits = list(KINDS[kind](Editor(text_of(file))))
        for edit in drawn.sample(edits, min(TRIES, len(edits))):
            new = graph(edit.text, NETS[file])
            case = None if new is None else case_of(edit, old_of(file), new)
            if case is not None and case.changed and case.told_apart:
                yield case


@pytest.mark.parametrize("kind", KINDS)
def test_what_became_of_each_layer_is_found(kind: str) -> None:
    for case in cases(kind):
        shown = f"{kind}: {[span.text for span in case.edit.touched]}\n{case.edit.text}"
        matched = match(case.ours, case.theirs)
        checkpoint = judge(case.ours, case.theirs, matched)
        _pairs(case, matched, shown)
        _verdicts(case, checkpoint, shown)
        changes = changes_of(case.ours, case.theirs, matched)
        _kinds(case, changes, kind, shown)
        if kind in ("rename", "extract", "inline", "move"):
            assert checkpoint.compatible, shown
        if kind == "signature":
            ends = signature_changes(
                case.old,
                case.new,
                case.ours,
                case.theirs,
                matched,
                wiring_of(case.ours, case.theirs, matched.pairs),
            )
            assert [*ends, *changes, *reshaped(case.ours, case.theirs, matched.pairs)], shown


def _pairs(case: Case, matched: Matched, shown: str) -> None:
    """Layers with weights are matched with what they became, and none is in doubt."""
    found = {
        case.ours.layers[a].path: case.theirs.layers[b].path
        for a, b in matched.pairs.items()
        if case.ours.layers[a].weighs
    }
    assert found == {a: b for a, b in case.truth.items() if case.weighs(a)}, shown
    assert not matched.doubts, shown


def _verdicts(case: Case, checkpoint: Checkpoint, shown: str) -> None:
    """A weight loads exactly where what it was has its shape."""
    olds = {layer.path: layer.node for layer in case.ours.layers}
    news = {layer.node.layer: layer.node for layer in reversed(case.theirs.layers)}
    paths = {layer.path: layer.node.layer for layer in case.theirs.layers}
    sources = {paths[b]: olds[a] for a, b in reversed(case.truth.items())}
    for each in checkpoint.weights:
        old, new = sources.get(each.layer), news[each.layer]
        if old is None:
            assert (each.verdict, each.why) == (RETRAIN, "no counterpart"), shown
            continue
        assert each.source == old.layer, shown
        if [(w.name, w.shape) for w in old.weights] != [(w.name, w.shape) for w in new.weights]:
            assert each.verdict == RETRAIN, shown
            assert each.why, shown
        else:
            same = old.layer == each.layer
            assert each.verdict == (LOADS if same else UNDER_NEW_NAME), shown


def _kinds(case: Case, changes: Sequence[Change], kind: str, shown: str) -> None:
    """An edit is called what it is."""
    kinds = {kind for change in changes for kind in change.kinds}
    new = {change.new for change in changes if ADDED in change.kinds}
    gone = {change.old for change in changes if REMOVED in change.kinds}
    weighed = {
        kind
        for change in changes
        if case.weighs(change.old) or case.weighs_now(change.new)
        for kind in change.kinds
    }
    if kind == "insert":
        assert new >= case.came, shown
        assert not weighed & {REMOVED, MOVED}, shown
    elif kind == "delete":
        assert gone >= {path for path in case.went if case.weighs(path)}, shown
        assert kinds & {REMOVED}, shown
        assert not weighed & {ADDED, MOVED}, shown
    elif kind == "rename":
        assert kinds == {RENAMED}, shown
    elif kind in ("width", "kernel"):
        assert CHANGED in kinds, shown
        assert not kinds & {ADDED, REMOVED, MOVED}, shown
    elif kind == "swap":
        # In a loop a pooling layer that goes behind each convolution is one less and one more.
        assert MOVED in kinds or kinds >= {ADDED, REMOVED}, shown
        assert not weighed & {ADDED, REMOVED}, shown
    elif kind == "repeat count":
        assert len(weighed & {ADDED, REMOVED}) == 1, shown
        assert MOVED not in weighed, shown
    elif kind == "signature":
        assert not kinds & {ADDED, REMOVED, MOVED}, shown
    else:
        assert kinds <= {MOVED, RENAMED}, shown


def computed(net: CheckedGraph, sources: Mapping[str, str], inputs: Mapping[str, str]) -> list[int]:
    """What each output is made of, all the way from the inputs, with weights by their old names."""
    made: dict[str, int] = {}
    for node in net.graph:
        if node.op is None:
            made[node.path] = hash((inputs.get(node.path, node.path), node.outputs[0]))
            continue
        taken = [hash((made[ref.node], ref.output)) for ref in node.inputs]
        weights = sources.get(node.layer, node.layer) if node.weights else ""
        made[node.path] = hash(
            (repr(node.op), *(sorted(taken) if node.op.any_order else taken), weights)
        )
    return [hash((made[each.ref.node], each.ref.output)) for each in net.graph.outputs]


def test_what_is_said_to_compute_the_same_is_made_of_the_same() -> None:
    """Held against a way to tell that knows nothing of matching, both ways."""
    said = set()
    for kind in KINDS:
        for seed in range(400, 403):
            case = next(drawn_from(kind, random.Random(f"{kind} {seed}")))
            found = diff_nets(Version("", case.old, ()), Version("", case.new, ()))
            assert found.changes is not None
            assert found.checkpoint is not None
            ends = [each for each in found.changes.signature if each.op == "input"]
            inputs = {each.new: each.old for each in ends}
            same = found.checkpoint.compatible and computed(case.old, {}, {}) == computed(
                case.new, found.checkpoint.layers, inputs
            )
            if not found.changes.signature:
                assert (found.same or found.only_names) == same, case.edit.text
                said.add(same)
    assert said == {True, False}
