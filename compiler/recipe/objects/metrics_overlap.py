"""Keras's metrics of segmentation: the overlap of regions."""

from __future__ import annotations

from collections.abc import Sequence

from ....dsl.diagnostics.codes import Code
from ...ops.base.declare import Refusal, op
from ...ops.base.kinds import BOOL, COUNT, INT, POSITIVE, arg, at_most, many, optional
from ...shapes.types import TensorType
from .base import Metric
from .metrics_base import LARGEST_TABLE, NAME, NAME_DOC, known_units
from .number_kinds import PART

CLASS_COUNT = at_most(POSITIVE, LARGEST_TABLE, f"an int from 1 to {LARGEST_TABLE:,}")
IDS = many(COUNT, "a list of classes")
IDS_DOC = "the classes whose overlap counts"
COUNT_DOC = "how many classes there are"
IGNORE_DOC = "an index that does not count"
TRUE_DOC = "whether targets are indices, not one-hot"
PRED_DOC = "whether the output is indices, not a score for each class"
AXIS_DOC = "the axis of the classes"


class Overlap(Metric):
    """What the overlaps of several classes share."""

    __slots__ = ()

    num_classes: int
    axis: int
    sparse_y_pred: bool

    weighable = False

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

    target_class_ids: tuple[int, ...] = arg(IDS, default=(0, 1), doc=IDS_DOC)
    threshold: float = arg(PART, default=0.5, doc="from where on an output means 1")
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)

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

    num_classes: int = arg(CLASS_COUNT, doc=COUNT_DOC)
    target_class_ids: tuple[int, ...] = arg(IDS, doc=IDS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    sparse_y_true: bool = arg(BOOL, default=True, doc=TRUE_DOC)
    sparse_y_pred: bool = arg(BOOL, default=True, doc=PRED_DOC)
    axis: int = arg(INT, default=-1, doc=AXIS_DOC)


@op
class MeanIoU(Overlap):
    """The mean overlap of all classes."""

    takes = ("classes",)
    called = "mean_iou"
    words = ("mean_io_u",)
    examples = ({"num_classes": 3, "sparse_y_pred": False},)

    num_classes: int = arg(CLASS_COUNT, doc=COUNT_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    sparse_y_true: bool = arg(BOOL, default=True, doc=TRUE_DOC)
    sparse_y_pred: bool = arg(BOOL, default=True, doc=PRED_DOC)
    axis: int = arg(INT, default=-1, doc=AXIS_DOC)


@op
class OneHotIoU(Overlap):
    """The overlap of some classes; one-hot targets."""

    takes = ("one_hot",)
    called = "one_hot_iou"
    words = ("one_hot_io_u",)
    examples = ({"num_classes": 3, "target_class_ids": [0, 2]},)

    num_classes: int = arg(CLASS_COUNT, doc=COUNT_DOC)
    target_class_ids: tuple[int, ...] = arg(IDS, doc=IDS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    sparse_y_pred: bool = arg(BOOL, default=False, doc=PRED_DOC)
    axis: int = arg(INT, default=-1, doc=AXIS_DOC)


@op
class OneHotMeanIoU(Overlap):
    """The mean overlap of all classes; one-hot targets."""

    takes = ("one_hot",)
    called = "one_hot_mean_iou"
    words = ("one_hot_mean_io_u",)
    examples = ({"num_classes": 3},)

    num_classes: int = arg(CLASS_COUNT, doc=COUNT_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    sparse_y_pred: bool = arg(BOOL, default=False, doc=PRED_DOC)
    axis: int = arg(INT, default=-1, doc=AXIS_DOC)
