"""Keras's metrics of segmentation: the overlap of regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING

from ....dsl.diagnostics.codes import Code
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import BOOL, COUNT, INT, POSITIVE, arg, at_most, many, optional
from ...shapes.types import TensorType
from .base import Metric
from .losses_base import CLASSES_DOC
from .metrics_base import IGNORE_DOC, LARGEST_TABLE, half, known_units

CLASS_COUNT = at_most(POSITIVE, LARGEST_TABLE, f"an int from 1 to {LARGEST_TABLE:,}")
IDS = many(COUNT, "a list of classes")
TRUE_DOC = "whether targets are indices, not one-hot"


def class_count() -> int:
    """The argument that says how many classes there are."""
    return arg(CLASS_COUNT, doc="how many classes there are", before="name")


def whose_overlap(default: object = MISSING) -> tuple[int, ...]:
    """The argument that says which classes count, with its default if it has one."""
    return arg(IDS, default=default, doc="the classes whose overlap counts", before="name")


def predicted_indices(default: bool) -> bool:
    """The argument that says whether the output is an index of a class."""
    doc = "whether the output is indices, not a score for each class"
    return arg(BOOL, default=default, doc=doc)


@op
class Overlap(Metric):
    """What the overlaps of several classes share."""

    weighable = False

    num_classes: int = class_count()
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    sparse_y_pred: bool = predicted_indices(True)
    axis: int = arg(INT, default=-1, doc=CLASSES_DOC)

    def validate(self) -> None:
        """Raises Refusal for classes that there are not, and for targets of another form."""
        if hasattr(self, "target_class_ids"):
            check_ids(self, self.target_class_ids, self.num_classes)
        name = type(self).__name__
        if self.axis != -1:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{name}` of Keras computes along the last axis alone, got axis {self.axis}",
                argument="axis",
                help="leave `axis` out",
            )
        if getattr(self, "sparse_y_true", True) is False:
            raise Refusal(
                Code.BAD_VALUE,
                f"`{name}` is measured on indices of classes, not on one-hot targets",
                argument="sparse_y_true",
                help=f"`OneHot{name}` takes one-hot targets",
            )

    def check_output(self, output: TensorType) -> None:
        """Raises Refusal for an output that has not a score for each class."""
        super().check_output(output)
        name, units = type(self).__name__, known_units(output)
        if self.sparse_y_pred and units != 1:
            raise Refusal(
                Code.METRIC_MISFIT,
                f"`{name}` with `sparse_y_pred=true` takes the index of a class, and the output "
                f"{output} has a score for each",
                argument="sparse_y_pred",
                help="give it `sparse_y_pred=false`",
            )
        if not self.sparse_y_pred and units is not None and units > self.num_classes:
            raise Refusal(
                Code.CLASS_COUNT,
                f"`num_classes={self.num_classes}` of `{name}` is less than the {units} units of "
                f"the output, {output}",
                argument="num_classes",
                help=f"give it {units}",
            )


def check_ids(metric: Metric, ids: Sequence[int], count: int) -> None:
    """Raises Refusal for no class, or one that is past the number of classes."""
    name = type(metric).__name__
    if not ids or max(ids) >= count:
        raise Refusal(
            Code.BAD_VALUE,
            f"`target_class_ids` of `{name}` names "
            + (f"the class {max(ids)}, and there are {count}" if ids else "no class"),
            argument="target_class_ids",
            help=f"the classes are 0 to {count - 1}" if count > 1 else "the only class is 0",
        )


@op
class BinaryIoU(Metric):
    """The overlap of what is 1 (and of what is 0) in target and output."""

    takes = ("binary",)
    weighable = False
    called = "binary_iou"
    words = ("binary_io_u",)

    target_class_ids: tuple[int, ...] = whose_overlap((0, 1))
    threshold: float = half("name")

    def validate(self) -> None:
        """Raises Refusal for classes other than 0 and 1."""
        check_ids(self, self.target_class_ids, 2)


@op
class IoU(Overlap):
    """The overlap of some classes; intersection over union."""

    takes = ("classes",)
    called = "iou"
    words = ("io_u",)
    examples = ({"num_classes": 3, "target_class_ids": [0, 2], "sparse_y_pred": False},)

    target_class_ids: tuple[int, ...] = whose_overlap()
    sparse_y_true: bool = arg(BOOL, default=True, doc=TRUE_DOC, before="sparse_y_pred")


@op
class MeanIoU(Overlap):
    """The mean overlap of all classes."""

    takes = ("classes",)
    called = "mean_iou"
    words = ("mean_io_u",)
    examples = ({"num_classes": 3, "sparse_y_pred": False},)

    sparse_y_true: bool = arg(BOOL, default=True, doc=TRUE_DOC, before="sparse_y_pred")


@op
class OneHotIoU(Overlap):
    """The overlap of some classes; one-hot targets."""

    takes = ("one_hot",)
    called = "one_hot_iou"
    words = ("one_hot_io_u",)
    examples = ({"num_classes": 3, "target_class_ids": [0, 2]},)

    target_class_ids: tuple[int, ...] = whose_overlap()
    sparse_y_pred: bool = predicted_indices(False)


@op
class OneHotMeanIoU(Overlap):
    """The mean overlap of all classes; one-hot targets."""

    takes = ("one_hot",)
    called = "one_hot_mean_iou"
    words = ("one_hot_mean_io_u",)
    examples = ({"num_classes": 3},)

    sparse_y_pred: bool = predicted_indices(False)
