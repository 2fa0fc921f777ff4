"""Keras's metrics of segmentation: the overlap of regions."""

from __future__ import annotations

from ...ops.base.declare import op
from ...ops.base.kinds import BOOL, COUNT, INT, POSITIVE, arg, many, optional
from .base import Metric
from .metrics_base import NAME, NAME_DOC
from .named import PART

IDS = many(COUNT, "a list of classes")
IDS_DOC = "the classes whose overlap counts"
COUNT_DOC = "how many classes there are"
IGNORE_DOC = "an index that does not count"
TRUE_DOC = "whether targets are indices, not one-hot"
PRED_DOC = "whether the output is indices, not a score for each class"
AXIS_DOC = "the axis of the classes"


@op
class BinaryIoU(Metric):
    """The overlap of what is 1 (and of what is 0) in target and output."""

    takes = ("binary",)
    called = "binary_iou"

    target_class_ids: tuple[int, ...] = arg(IDS, default=(0, 1), doc=IDS_DOC)
    threshold: float = arg(PART, default=0.5, doc="from where on an output means 1")
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)


@op
class IoU(Metric):
    """The overlap of some classes; intersection over union."""

    takes = ("classes",)
    called = "iou"
    examples = ({"num_classes": 3, "target_class_ids": [0, 2], "sparse_y_pred": False},)

    num_classes: int = arg(POSITIVE, doc=COUNT_DOC)
    target_class_ids: tuple[int, ...] = arg(IDS, doc=IDS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    sparse_y_true: bool = arg(BOOL, default=True, doc=TRUE_DOC)
    sparse_y_pred: bool = arg(BOOL, default=True, doc=PRED_DOC)
    axis: int = arg(INT, default=-1, doc=AXIS_DOC)


@op
class MeanIoU(Metric):
    """The mean overlap of all classes."""

    takes = ("classes",)
    called = "mean_iou"
    examples = ({"num_classes": 3, "sparse_y_pred": False},)

    num_classes: int = arg(POSITIVE, doc=COUNT_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    sparse_y_true: bool = arg(BOOL, default=True, doc=TRUE_DOC)
    sparse_y_pred: bool = arg(BOOL, default=True, doc=PRED_DOC)
    axis: int = arg(INT, default=-1, doc=AXIS_DOC)


@op
class OneHotIoU(Metric):
    """The overlap of some classes; one-hot targets."""

    takes = ("one_hot",)
    called = "one_hot_iou"
    examples = ({"num_classes": 3, "target_class_ids": [0, 2]},)

    num_classes: int = arg(POSITIVE, doc=COUNT_DOC)
    target_class_ids: tuple[int, ...] = arg(IDS, doc=IDS_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    sparse_y_pred: bool = arg(BOOL, default=False, doc=PRED_DOC)
    axis: int = arg(INT, default=-1, doc=AXIS_DOC)


@op
class OneHotMeanIoU(Metric):
    """The mean overlap of all classes; one-hot targets."""

    takes = ("one_hot",)
    called = "one_hot_mean_iou"
    examples = ({"num_classes": 3},)

    num_classes: int = arg(POSITIVE, doc=COUNT_DOC)
    name: str | None = arg(NAME, default=None, doc=NAME_DOC)
    ignore_class: int | None = arg(optional(INT), default=None, doc=IGNORE_DOC)
    sparse_y_pred: bool = arg(BOOL, default=False, doc=PRED_DOC)
    axis: int = arg(INT, default=-1, doc=AXIS_DOC)
