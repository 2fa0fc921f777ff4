"""Whether the augmentations fit the net's inputs and the targets of its losses."""

from __future__ import annotations

from typing import cast

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ....dsl.text.source import Span
from ...ir.graph import CheckedGraph
from ...shapes.types import TensorType
from ..objects.base import NONE, Augmentation
from ..objects.source_pictures import image_folder
from ..read.case import Case, PhaseCase
from .losses import word
from .paths import items

IN_COLOR = ("RandomHue", "RandomSaturation", "RandomColorJitter", "RandomColorDegeneration")


def pictures(checked: CheckedGraph) -> list[tuple[str, TensorType]]:
    """The inputs that hold pictures with channels last, by name."""
    graph = checked.graph
    found = [(path, graph.node(path).outputs[0]) for path in graph.inputs]
    return [(path, type) for path, type in found if type.rank == 4]


def check_augment(case: Case) -> None:
    """Reports random changes of pictures for a net, or for targets, that they do not fit."""
    inputs = pictures(case.checked)
    for stage in case.stages:
        given = stage.given.get("augment")
        if given is None or not given.value:
            continue
        made = cast("tuple[Augmentation, ...]", given.value)
        if not inputs:
            _fault(
                case,
                f"augmentation changes pictures, and `{case.checked.name}` takes none",
                given.span,
                "for pictures",
                _declared(case, case.checked.graph.inputs[0]),
                "pictures are [N, height, width, channels]; remove `augment`",
            )
            continue
        path, type = inputs[0]
        for one, span in zip(made, items(given, len(made)), strict=True):
            if not (one.mixes and _mixes_badly(case, stage, one, span)):
                _check_pictures(case, one, span, path, type)


def _mixes_badly(case: Case, stage: PhaseCase, one: Augmentation, span: Span) -> bool:
    """Whether targets cannot be mixed as an augmentation does it; that is reported."""
    name = _name(one)
    wrong = [aim for aim in stage.aims if aim.loss.form in ("classes", "signs")]
    if isinstance(case.data, image_folder) and not case.data.by_class:
        what = "its mask" if case.data.y is None else "itself"
        _fault(
            case,
            f"`{name}` mixes two samples and what they teach, and a picture teaches {what}",
            span,
            "mixes targets",
            Related("said here", case.given["data"].span),
            "remove it; RandomFlip, RandomTranslation and others move both alike",
        )
    elif wrong:
        _fault(
            case,
            f"`{name}` mixes the targets of two samples, and `{word(wrong[0].loss_expr)}` "
            "takes one class a sample",
            span,
            "mixes targets",
            Related("the loss", wrong[0].loss_expr.span),
            "use `loss = categorical_crossentropy`",
        )
    elif stage.aims and all(aim.loss.form == NONE for aim in stage.aims):
        _fault(
            case,
            f"`{name}` mixes targets, and `{word(stage.aims[0].loss_expr)}` takes none",
            span,
            "nothing to mix",
            Related("the loss", stage.aims[0].loss_expr.span),
            "remove it",
        )
    else:
        return False
    return True


def _check_pictures(case: Case, one: Augmentation, span: Span, path: str, type: TensorType) -> None:
    """Reports pictures of another size, or of other channels, than those of an input."""
    name = _name(one)
    if name == "RandomCrop" and _size(one) != _size_of(type):
        height, width = _size(one)
        _fault(
            case,
            f"`RandomCrop` makes pictures of {height} by {width}, and `{path}` is {type}",
            span,
            "of another size",
            _declared(case, path),
            "crop to the size that the net takes",
        )
    elif name in IN_COLOR and type.shape[3] == 1:
        _fault(
            case,
            f"`{name}` changes colours, and `{path}` has one channel",
            span,
            "needs 3 channels",
            _declared(case, path),
            "use RandomBrightness or RandomContrast",
        )


def _fault(case: Case, message: str, span: Span, label: str, related: Related, help: str) -> None:
    case.findings.fault(Code.AUGMENT_MISFIT, message, span, label, related=(related,), help=help)


def _declared(case: Case, path: str) -> Related:
    node = case.checked.graph.node(path)
    return Related(f"`{path}` is {node.outputs[0]}", node.span)


def _name(one: Augmentation) -> str:
    return type(one).__name__


def _size(one: Augmentation) -> tuple[object, object]:
    return getattr(one, "height", None), getattr(one, "width", None)


def _size_of(type: TensorType) -> tuple[object, object]:
    return type.shape[1], type.shape[2]
