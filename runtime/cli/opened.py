"""The model that a verb runs: an ONNX file, the folder of a run, or a net with its weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.ops.base.declare import Refusal
from ..errors import cannot_lower, unreadable
from ..files.digest import file_digest
from ..runs.files import ONNX
from .look import ModelOptions, net_with_weights
from .weights import read_classes

if TYPE_CHECKING:
    from ..infer.engine import Engine
    from ..infer.session import Session


@dataclass(frozen=True)
class Opened:
    """A loaded model."""

    session: Session
    names: tuple[str, ...]
    """What its classes are called; none where it keeps no names."""
    about: Callable[[], Mapping[str, object]]
    """Tells it from other models, which reads its files. Raises UserError."""
    file: Path | None
    """The ONNX file it is from."""


def open_model(model: str, options: ModelOptions, engine: Engine) -> Opened:
    """Loads MODEL. Raises UserError and click.UsageError."""
    if Path(model).is_dir():
        model = str(_model_in(Path(model)))
    return (_file if model.endswith(".onnx") else _compiled)(model, options, engine)


def _model_in(folder: Path) -> Path:
    """The model of a run, or one that lies in a folder under the same name. Raises UserError."""
    if (folder / ONNX).exists():
        return folder / ONNX
    from ..api.looked import finished

    return finished(folder, ONNX) / ONNX


def _file(model: str, options: ModelOptions, engine: Engine) -> Opened:
    from ..infer.classify import class_names
    from ..infer.session import Session

    given = (options.weights, options.recipe, options.renames or None, options.settings or None)
    if any(each is not None for each in given):
        raise click.UsageError(
            "--weights, --rename, --recipe and --set go with a .net file, not with an .onnx"
        )
    path = Path(model)
    metadata = read_classes(options.classes)
    session = Session(path, engine)
    names = class_names(metadata or session.metadata)
    return Opened(session, names, lambda: {"model": _digest(path)}, path)


def _compiled(model: str, options: ModelOptions, engine: Engine) -> Opened:
    from ...compiler.ir.preprocessing import to_metadata
    from ..infer.classify import class_names
    from ..infer.session import Session
    from ..published.fetch import resolved
    from ..train.resumable import fingerprint

    checked, made, source, known = net_with_weights(model, options)
    metadata = {**to_metadata(made), **known}
    try:
        session = Session.from_checked(checked, source, metadata, engine)
    except Refusal as fault:
        raise cannot_lower(checked.name, fault) from fault

    def about() -> Mapping[str, object]:
        weights = None if options.weights is None else _digest(resolved(options.weights))
        told = {"net": fingerprint(checked), "metadata": metadata}
        return told | {"seed": options.seed, "weights": weights}

    return Opened(session, class_names(session.metadata), about, None)


def _digest(path: Path) -> str:
    """The digest of a file. Raises UserError where it cannot be read."""
    try:
        return file_digest(path)
    except OSError as error:
        raise unreadable(path, error) from error
