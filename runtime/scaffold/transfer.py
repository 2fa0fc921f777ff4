"""The four cases of transfer learning: a file that fits a trained net to data of one's own.

The cases are those of Stanford's CS231n, "Transfer Learning": how large the new data set is, and
how like the one that the net was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...compiler.analysis import Net
from ...compiler.cost.totals import parameters
from ...compiler.ir.graph import Graph
from ...compiler.ops.base.kinds import show
from ...compiler.recipe.objects.loads import is_published
from ...dsl.format.file import format_file
from ...dsl.syntax.parse import parse
from ...dsl.text.source import Source
from ..api.labels import Label, labels_of
from ..errors import UserError
from ..published.table import IMAGENET, published
from .plain import require_plain

NORM = "BatchNormalization"
EARLY = 0.4
"""How far into the layers the part reaches that is kept of a net trained on other things."""
TENSORFLOW = "scale=1 / 127.5, mean=1.0"
CAFFE = "color_order=bgr, mean=[103.939, 116.779, 123.68]"
PIXELS = {
    **dict.fromkeys(
        ("inception_resnet_v2", "inception_v3", "mobilenet", "mobilenet_v2"), TENSORFLOW
    ),
    **dict.fromkeys(("nasnet", "resnet_v2", "xception"), TENSORFLOW),
    **dict.fromkeys(("resnet_keras", "vgg"), CAFFE),
}
"""How `preprocess_input` of `keras.applications` prepares pictures for nets of the zoo."""


@dataclass(frozen=True)
class Case:
    """One of the four cases."""

    large: bool
    similar: bool

    @property
    def name(self) -> str:
        """Such as `small_similar`."""
        return f"{'large' if self.large else 'small'}_{'similar' if self.similar else 'different'}"

    @property
    def number(self) -> int:
        """From 1 to 4, as the course counts them."""
        return 1 + 2 * self.large + (not self.similar)


@dataclass(frozen=True)
class Wanted:
    """What is asked for: the net and where it is imported from, the data and the weights."""

    net: Net
    origin: str
    """What stands behind `from`: `zoo.vgg`, or a path in quotes."""
    classes: int
    case: Case
    why: str = ""
    """Why it is this case, for a comment."""
    pictures: str = "pictures"
    """The folder to train on."""
    parts: Sequence[tuple[str, str]] = ()
    """Folders for validation and test."""
    weights: str = ""
    """The file of the weights; by default called after the net."""


def transfer_file(wanted: Wanted) -> str:
    """The text of the file. Raises UserError where the net is not one that classifies pictures."""
    folders = (wanted.pictures, *dict(wanted.parts).values())
    require_plain((wanted.origin.strip('"'), wanted.weights, *folders))
    graph = wanted.net.graph
    assert graph is not None
    name, case = wanted.net.name, wanted.case
    inputs = [graph.graph.node(path) for path in graph.graph.inputs]
    outputs = [graph.graph.type(output.ref) for output in graph.graph.outputs]
    if len(inputs) != 1 or inputs[0].outputs[0].rank != 4 or [o.rank for o in outputs] != [2]:
        raise UserError(
            f"`{name}` takes {len(inputs)} inputs and gives {len(outputs)} outputs: transfer "
            "begins with a net of one picture, [N, height, width, channels], and a row of classes"
        )
    if wanted.net.name == MINE:
        raise UserError(f"the new net is called `{MINE}`, and the one it is made from may not be")
    labels = labels_of(wanted.net)
    tap = (
        _early(name, labels)
        if case.number == 2
        else _features(name, parameters(graph).total, labels)
    )
    norms = _norms(graph.graph)
    pool = "" if len(tap.shape) == 2 else " -> GlobalAveragePooling2D"
    dropout = "" if case.large else " -> Dropout(0.3)"
    lines = [
        f"# Transfer learning, case {case.number}: {_about(case)}.",
        *(f"# {line}" for line in _story(case, tap, norms)),
        *([f"# {wanted.why}"] if wanted.why else []),
        "",
        f"from {wanted.origin} import {name}",
        "",
        f"net {MINE}(image: {inputs[0].outputs[0]}, classes: int = {wanted.classes}) -> probs: "
        "[N, classes] {",
        f"  image -> {name} as base  # what is not used below is not built",
        f"  return base.{tap.label}{pool} as features{dropout}"
        if pool
        else f"  return base.{tap.label}{dropout}",
        "    -> Dense(classes, activation=softmax) as head",
        "}",
        "",
        "# `netc summary` of this file counts what learns and what is frozen. `netc train",
        "# --dry-run` lists which tensors of the weights load where.",
        f"train {MINE} {{",
        *(f"  {line}" for line in _recipe(wanted, norms)),
        "}",
    ]
    return format_file(parse(Source("new.net", "\n".join(lines) + "\n")))


MINE = "Mine"
"""What the new net is called."""

STILL = (
    "Batch normalizations keep the statistics that they have: so few steps would move the",
    "other layers away from them.",
)


def _norms(graph: Graph) -> list[str]:
    """Patterns of paths that mean the batch normalizations of a net, and nothing else."""
    layers = [node for node in graph if node.op is not None]
    names = {n.path.rpartition("/")[2] for n in layers if n.op and n.op.name == NORM}
    others = {n.path.rpartition("/")[2] for n in layers if n.op and n.op.name != NORM}
    found: dict[str, None] = {}
    for name in sorted(names):
        stem = name.rstrip("0123456789").removesuffix("_")
        alike = sum(each.startswith(stem) for each in names)
        clear = stem and not any(other.startswith(stem) for other in others)
        found[f"**/{stem}*" if alike > 1 and clear else f"**/{name}"] = None
    return list(found)


def _about(case: Case) -> str:
    size = "many pictures" if case.large else "few pictures"
    return f"{size}, {'like' if case.similar else 'unlike'} those the net was trained on"


def _story(case: Case, tap: Label, norms: Sequence[str]) -> list[str]:
    return {
        1: [
            "The last layer is cut off, a new head is put on, and only the head learns: what the",
            "net knows of such pictures is kept, since few pictures would only spoil it.",
        ],
        2: [
            f"Most of the net is cut off, behind `{tap.label}`: late layers know things that these",
            "pictures do not show. Early ones know edges and textures; they stay as they are.",
        ],
        3: [
            "The last layer is cut off and a new head is put on. The head learns first, so that",
            "its first large steps spoil nothing; then all layers learn, with small steps.",
            *(STILL if norms else ()),
        ],
        4: [
            "All layers learn. Weights that were trained on something else are still a better",
            "start than random ones; without the line `weights` the net learns from scratch.",
        ],
    }[case.number]


def _recipe(wanted: Wanted, norms: Sequence[str]) -> list[str]:
    case = wanted.case
    stem = wanted.origin.rpartition(".")[2] if wanted.origin.startswith("zoo.") else ""
    weights = wanted.weights or f"{stem or wanted.net.name}.safetensors"
    pixels = PIXELS.get(stem, IMAGENET)
    if is_published(wanted.weights):
        pixels = published(wanted.weights).pixels
    parts = [f"{part}={show(folder)}" for part, folder in wanted.parts]
    if not any(part == "validation" for part, _ in wanted.parts):
        parts.append("validation_split=0.2")
    assert wanted.net.graph is not None
    ops = {node.op.name for node in wanted.net.graph.graph if node.op is not None}
    if ops & {"Rescaling", "Normalization"}:
        pixels = ""  # The net does it itself.
    given = ", ".join([show(wanted.pictures), *parts, *([pixels] if pixels else [])])
    lines = [
        f"data = image_folder({given})",
        f"weights = [load({show(weights)}, into=base)]",
        "loss = categorical_crossentropy",
        "metrics = [accuracy]",
        "batch = 32",
    ]
    stop = 'stop = EarlyStopping("val_loss", patience=5)'
    if not case.large or case.number == 4:
        lines.insert(1, "augment = [RandomFlip(horizontal), RandomTranslation(0.1, 0.1)]")
    if not case.large:
        frozen = "freeze = [base]  # also its batch normalizations, which run as in inference"
        return [*lines, frozen, "optimizer = Adam(0.001)", "epochs = 30", stop]
    if case.number == 4:
        return [*lines, "optimizer = Adam(0.001)", "epochs = 60", stop]
    return [
        *lines,
        "",
        "phase head {",
        "  freeze = [base]",
        "  optimizer = Adam(0.001)",
        "  epochs = 5",
        "}",
        "",
        "phase all {",
        *([f"  freeze = [{', '.join(map(show, norms))}]"] if norms else []),
        "  optimizer = Adam(0.0001)",
        "  epochs = 30",
        f"  {stop}",
        "}",
    ]


def _features(name: str, most: int, labels: Sequence[Label]) -> Label:
    """The last tensor with a label that needs fewer than all `most` parameters of the net."""
    found = [label for label in labels if label.params < most and len(label.shape) in (2, 4)]
    if not found:
        raise UserError(_unlabelled(name))
    return found[-1]


def _early(name: str, labels: Sequence[Label]) -> Label:
    """The last map of the net's first part, of those with the shortest names."""
    maps = [label for label in labels if len(label.shape) == 4]
    dots = min((label.label.count(".") for label in maps), default=0)
    short = [label for label in maps if label.label.count(".") == dots]
    early = [label for label in short if label.place <= EARLY]
    if not short:
        raise UserError(_unlabelled(name))
    return early[-1] if early else short[0]


def _unlabelled(name: str) -> str:
    return f"`{name}` has no label before its last layer: label one with `as`, and tap that"
