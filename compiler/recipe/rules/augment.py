"""Whether the augmentations fit the net's inputs and the targets of its losses."""

from __future__ import annotations

from typing import cast

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Related
from ...ir.graph import CheckedGraph
from ...shapes.types import TensorType
from ..objects.base import NONE, Augmentation
from ..objects.source_pictures import image_folder
from ..read.case import Case
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
            case.findings.fault(
                Code.AUGMENT_MISFIT,
                f"augmentation changes pictures, and `{case.checked.name}` takes none",
                given.span,
                "for pictures",
                related=(_declared(case, case.checked.graph.inputs[0]),),
                help="pictures are [N, height, width, channels]; remove `augment`",
            )
            continue
        path, type = inputs[0]
        for one, span in zip(made, items(given, len(made)), strict=True):
            name = _name(one)
            wrong = [aim for aim in stage.aims if aim.loss.form in ("classes", "signs")]
            if one.mixes and isinstance(case.data, image_folder) and not case.data.by_class:
                what = "its mask" if case.data.y is None else "itself"
                case.findings.fault(
                    Code.AUGMENT_MISFIT,
                    f"`{name}` mixes two samples and what they teach, and a picture teaches {what}",
                    span,
                    "mixes targets",
                    related=(Related("said here", case.given["data"].span),),
                    help="remove it; RandomFlip, RandomTranslation and others move both alike",
                )
            elif one.mixes and wrong:
                aim = wrong[0]
                case.findings.fault(
                    Code.AUGMENT_MISFIT,
                    f"`{name}` mixes the targets of two samples, and `{word(aim.loss_expr)}` "
                    "takes one class a sample",
                    span,
                    "mixes targets",
                    related=(Related("the loss", aim.loss_expr.span),),
                    help="use `loss = categorical_crossentropy`",
                )
            elif one.mixes and stage.aims and all(aim.loss.form == NONE for aim in stage.aims):
                case.findings.fault(
                    Code.AUGMENT_MISFIT,
                    f"`{name}` mixes targets, and `{word(stage.aims[0].loss_expr)}` takes none",
                    span,
                    "nothing to mix",
                    related=(Related("the loss", stage.aims[0].loss_expr.span),),
                    help="remove it",
                )
            elif name == "RandomCrop" and _size(one) != _size_of(type):
                height, width = _size(one)
                case.findings.fault(
                    Code.AUGMENT_MISFIT,
                    f"`RandomCrop` makes pictures of {height} by {width}, and `{path}` is {type}",
                    span,
                    "of another size",
                    related=(_declared(case, path),),
                    help="crop to the size that the net takes",
                )
            elif name in IN_COLOR and type.shape[3] == 1:
                case.findings.fault(
                    Code.AUGMENT_MISFIT,
                    f"`{name}` changes colours, and `{path}` has one channel",
                    span,
                    "needs 3 channels",
                    related=(_declared(case, path),),
                    help="use RandomBrightness or RandomContrast",
                )


def _declared(case: Case, path: str) -> Related:
    node = case.checked.graph.node(path)
    return Related(f"`{path}` is {node.outputs[0]}", node.span)


def _name(one: Augmentation) -> str:
    return type(one).__name__


def _size(one: Augmentation) -> tuple[object, object]:
    return getattr(one, "height", None), getattr(one, "width", None)


def _size_of(type: TensorType) -> tuple[object, object]:
    return type.shape[1], type.shape[2]
