"""Whether the data fit the net, their parts are given once, and no path leaves the project."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath
from posixpath import normpath
from typing import cast

from ....dsl.diagnostics.codes import Code
from ....dsl.diagnostics.diagnostic import Fix, Related
from ....dsl.diagnostics.edits import argument_added
from ....dsl.text.source import Span
from ...ops.base.kinds import show
from ...shapes.dims import can_equal
from ...shapes.types import TensorType
from ..objects.base import CLASSES, NONE, SIDES
from ..objects.loads import is_published, load
from ..objects.source_pictures import MASKS, image_folder
from ..objects.source_sequences import jsonl, sequence_folder
from ..objects.sources import csv
from ..prepared import channels_axis, picture_sizes, preprocessing_of, recipe_sequences
from ..read.case import Aim, Case, Given, argument_span
from .losses import word
from .paths import items


def check_data(case: Case) -> None:
    """Reports paths, parts and kinds of data that cannot be."""
    given = case.given.get("data")
    if given is not None and case.data is not None:
        names = ["path", "validation", "test"]
        names += ["sample_weight", *MASKS] if isinstance(case.data, image_folder) else []
        for name in names:
            path = getattr(case.data, name, None)
            if isinstance(path, str):
                _check_path(case, path, given.argument(name), data=True)
        if isinstance(case.data, sequence_folder) and case.data.table is not None:
            inner = f"{case.data.path}/{case.data.table}"
            _check_path(case, case.data.table and inner, given.argument("table"), data=True)
        _check_parts(case, given)
        _check_folds(case, given)
        if isinstance(case.data, image_folder):
            _check_pictures(case, given, case.data)
        if isinstance(case.data, csv | image_folder | sequence_folder | jsonl):
            _check_single(case, given)
    weights = case.given.get("weights")
    if weights is not None:
        loads = cast("tuple[load, ...]", weights.value)
        for one, span in zip(loads, items(weights, len(loads)), strict=True):
            if not is_published(one.file):
                _check_path(case, one.file, _within(weights, span), data=False)


def _within(given: Given, span: Span) -> Span:
    """The file's place where there is only one call; else the call."""
    found = argument_span(given.setting.value, "file")
    return found if found is not None and span.start <= found.start <= span.end else span


def _check_path(case: Case, path: str, span: Span, *, data: bool) -> None:
    if not path or "\0" in path:
        case.findings.fault(
            Code.BAD_VALUE, "a path cannot be empty", span, "no path", help="name a file or folder"
        )
        return
    if not _leaves(case, path):
        return
    help = "paths start from the folder of this file"
    if data:
        help += "; for data elsewhere use `--data DIR`"
    case.findings.fault(
        Code.PATH_OUTSIDE, f"{show(path)} is outside the project", span, "leaves it", help=help
    )


def _leaves(case: Case, path: str) -> bool:
    """Whether a path is absolute, or climbs out of the project by `..`."""
    windows = PureWindowsPath(path)
    if PurePosixPath(path).is_absolute() or windows.drive or windows.root:
        return True
    folder = case.module.path.parent
    return not PurePosixPath(normpath((folder / path).as_posix())).is_relative_to(
        PurePosixPath(case.project.root.as_posix())
    )


def _check_parts(case: Case, given: Given) -> None:
    left = 1.0
    for part in ("validation", "test"):
        split = getattr(case.data, f"{part}_split", 0.0)
        left -= split
        if getattr(case.data, part, None) and split:
            case.findings.fault(
                Code.SPLIT_TWICE,
                f"`{part}` names the {part} part, and `{part}_split` takes another",
                given.argument(f"{part}_split"),
                "given again",
                related=(Related("given here", given.argument(part)),),
                help="remove one of them",
            )
    if left <= 0:
        case.findings.fault(
            Code.BAD_VALUE,
            "`validation_split` and `test_split` leave nothing to train on",
            given.argument("test_split"),
            "takes the rest",
            help="make them smaller",
        )


def _check_folds(case: Case, given: Given) -> None:
    """Reports a validation part beside `folds`, which validate on the training samples."""
    folds = case.given.get("folds")
    if folds is None or folds.value is None:
        return
    for name in ("validation", "validation_split"):
        if getattr(case.data, name, None):
            case.findings.fault(
                Code.SPLIT_TWICE,
                f"`folds` validate on each part of the training samples in turn, and `{name}` "
                "gives another validation part",
                given.argument(name),
                "given again",
                related=(Related("validated here", folds.setting.key.span),),
                help=f"remove `{name}`, or `folds`",
            )


def _check_single(case: Case, given: Given) -> None:
    """Reports a source of one input and one target for a net that needs more."""
    source = type(case.data).__name__
    made = recipe_sequences(case.data, case.net)
    mask = None if made is None else made.mask
    inputs = [name for name in case.checked.graph.inputs if name != mask]
    aims = [aim for stage in case.stages for aim in stage.aims]
    taught = {aim.source: aim for aim in aims if aim.loss.form != NONE}
    if len(inputs) > 1:
        names = ", ".join(f"`{name}`" for name in inputs)
        _misfit(
            case,
            given,
            f"`{source}` feeds one input, and `{case.checked.name}` has {len(inputs)}: {names}",
            "use `npz` with an array for each input",
        )
    elif len(taught) > 1:
        names = ", ".join(f"`{name}`" for name in taught)
        _misfit(
            case,
            given,
            f"`{source}` brings one target, and {len(taught)} outputs are trained: {names}",
            "use `npz` with an array for each output, or `loss = per_output(…)` with one",
        )
    elif aims and not taught:
        names = ", ".join(dict.fromkeys(f"`{aim.output.name}`" for aim in aims))
        _misfit(
            case,
            given,
            f"`{source}` brings a target, and the loss of {names} takes none",
            "use `npz`, which needs the inputs only",
        )
    elif isinstance(case.data, image_folder):
        for aim in taught.values():
            _check_taught(case, given, case.data, aim)
    elif isinstance(case.data, sequence_folder) and made is not None:
        for name, aim in taught.items():
            if name in made.steps:
                _misfit(
                    case,
                    given,
                    f"`sequence_folder` brings one target a sequence, and `{name}` is "
                    f"{case.checked.graph.type(aim.output.ref)}, of steps",
                    "use `jsonl`, or `npz` with `lengths`, which bring one for each step",
                )


def _check_taught(case: Case, given: Given, source: image_folder, aim: Aim) -> None:
    """Reports an output, or a loss, that what a picture teaches does not fit."""
    graph = case.checked.graph
    made, name = graph.type(aim.output.ref), aim.output.name
    input = graph.node(graph.inputs[0]).outputs[0]
    if source.by_class:
        if made.rank > 2:
            _misfit(
                case,
                given,
                f"`image_folder` brings one class a picture, and `{name}` is {made}",
                f'give the masks, `masks="…"`, or say `y="x"` where `{name}` gives pictures back',
            )
    elif source.y is not None:
        sized = _sized(input, source)
        if aim.loss.form in CLASSES:
            case.findings.fault(
                Code.DATA_MISFIT,
                f'`{word(aim.loss_expr)}` takes classes, and with `y="x"` a picture teaches itself',
                aim.loss_expr.span,
                "takes classes",
                related=(Related("these data", given.span),),
                help="use `mean_squared_error`, or `binary_crossentropy` of values from 0 to 1",
            )
        elif not can_equal(sized.shape, made.shape):
            _misfit(
                case,
                given,
                f'with `y="x"` a picture teaches itself, {sized}, and `{name}` is {made}',
                f"give `{name}` the shape of the input",
            )
        elif aim.loss.form in SIDES:
            _check_range(case, given, aim)
    else:
        sizes = picture_sizes(_sized(input, source))
        if made.rank != 4 or sizes is None or not can_equal(made.shape[1:3], sizes):
            _misfit(
                case,
                given,
                f"a mask has a class for each pixel of `{graph.inputs[0]}`, {input}, and `{name}` "
                f"is {made}",
                "end the net in [N, height, width, classes] with the sizes of the picture",
            )
        elif aim.loss.form in CLASSES and len(source.mask_values) not in (0, made.shape[3]):
            _misfit(
                case,
                given,
                f"`mask_values` has {len(source.mask_values)} classes, and `{name}` is {made}",
                "give as many values as the output has units",
            )


def _sized(type: TensorType, source: image_folder) -> TensorType:
    """The type of the input with the size that pictures get where it leaves it open."""
    if source.image_size is None or type.rank != 4:
        return type
    at = 1 if channels_axis(type, pictures=True) == -1 else 2
    shape = [*type.shape]
    shape[at : at + 2] = source.image_size
    return replace(type, shape=tuple(shape))


def _check_range(case: Case, given: Given, aim: Aim) -> None:
    """Reports pictures outside of 0 to 1 for a loss between yes and no."""
    made = preprocessing_of(case.data, case.checked)
    low, high = (0.0, 255.0) if made is None else made.reach(0.0, 255.0)
    if low < 0 or high > 1:
        _misfit(
            case,
            given,
            f"pictures of {low:g} to {high:g} teach themselves, and `{word(aim.loss_expr)}` takes "
            "values from 0 to 1",
            "make them so: `scale=1 / 255`",
            fix=argument_added(given.span, "scale=1 / 255"),
        )


def _misfit(case: Case, given: Given, message: str, help: str, fix: Fix | None = None) -> None:
    misfit(case, given.span, "these data", message, help, fix)


def misfit(
    case: Case, span: Span, label: str, message: str, help: str, fix: Fix | None = None
) -> None:
    """Reports data that the first input of the net does not fit."""
    node = case.checked.graph.node(case.checked.graph.inputs[0])
    case.findings.fault(
        Code.DATA_MISFIT,
        message,
        span,
        label,
        related=(Related(f"`{node.path}` is {node.outputs[0]}", node.span),),
        help=help,
        fix=fix,
    )


def _check_pictures(case: Case, given: Given, source: image_folder) -> None:
    graph = case.checked.graph
    if len(graph.inputs) != 1:
        return
    name = graph.inputs[0]
    type = graph.node(name).outputs[0]
    sizes = picture_sizes(type)
    if sizes is None:
        _misfit(
            case,
            given,
            f"`image_folder` brings pictures, and `{name}` is {type}",
            "a net takes pictures as float32[N, height, width, channels] with 1, 3 or 4 channels",
        )
    elif source.image_size is None:
        if not all(isinstance(size, int) for size in sizes):
            _misfit(
                case,
                given,
                f"`{name}` is {type}, which leaves the size of pictures open",
                "give one: `image_size=(224, 224)`",
            )
    elif any(isinstance(a, int) and a != b for a, b in zip(sizes, source.image_size, strict=True)):
        _misfit(
            case,
            given,
            f"`image_size` is {source.image_size}, and `{name}` is {type}",
            "remove `image_size`: pictures get the size of the input",
        )
    for stage in case.stages:
        batch = stage.given.get("batch")
        if batch is not None and batch.value is None:
            case.findings.fault(
                Code.BATCH_OF_PICTURES,
                "`batch = all` holds every picture of the folder in memory at once",
                batch.span,
                "all of them",
                related=(Related("the pictures", given.span),),
                help="write a number, such as `batch = 32`",
            )
