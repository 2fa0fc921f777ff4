"""The model that a verb runs: an ONNX file, the folder of a run, or a net with its weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...compiler.ops.base.declare import Refusal
from ..errors import cannot_lower, unreadable
from ..runs.files import ONNX
from .common import load_net, parse_settings
from .look import ModelOptions
from .say import say
from .weights import read_classes, weight_source

if TYPE_CHECKING:
    from ..infer.engine import Engine
    from ..infer.session import Session


@dataclass(frozen=True)
class Opened:
    """A loaded model."""

    session: Session
    names: tuple[str, ...]
    """What its classes are called; none where it keeps no names."""
    about: Mapping[str, object]
    """What tells it from other models."""
    file: Path | None
    """The ONNX file it is from."""


def open_model(model: str, options: ModelOptions, engine: Engine) -> Opened:
    """Loads MODEL. Raises UserError and click.UsageError."""
    from ..infer.classify import class_names

    if Path(model).is_dir():
        model = str(Path(model) / ONNX)
    metadata = read_classes(options.classes)
    session, about = (_file if model.endswith(".onnx") else _compiled)(model, options, engine)
    file = Path(model) if model.endswith(".onnx") else None
    return Opened(session, class_names(metadata or session.metadata), about, file)


def _file(
    model: str, options: ModelOptions, engine: Engine
) -> tuple[Session, Mapping[str, object]]:
    from ..infer.session import Session

    given = (options.weights, options.recipe, options.renames or None, options.settings or None)
    if any(each is not None for each in given):
        raise click.UsageError(
            "--weights, --rename, --recipe and --set go with a .net file, not with an .onnx"
        )
    return Session(Path(model), engine), {"model": _digest(Path(model))}


def _compiled(
    model: str, options: ModelOptions, engine: Engine
) -> tuple[Session, Mapping[str, object]]:
    from ...compiler.ir.preprocessing import to_metadata
    from ..infer.preprocess import net_preprocessing
    from ..infer.session import Session
    from ..train.resumable import fingerprint

    net, analysis = load_net(model, parse_settings(options.settings), options.max_layers)
    assert net.graph is not None
    made = net_preprocessing(analysis.recipes, net.name, options.recipe)
    metadata = to_metadata(made) | read_classes(options.classes, net.graph)
    if options.weights is None:
        say(f"note: no --weights; fresh ones from seed {options.seed}", err=True)
    about = {"net": fingerprint(net.graph), "metadata": metadata, "seed": options.seed}
    try:
        source = weight_source(net.graph, options.weights, options.seed, options.renames)
        session = Session.from_checked(net.graph, source, metadata, engine)
    except Refusal as fault:
        raise cannot_lower(net.name, fault) from fault
    return session, about | {"weights": options.weights and _digest(options.weights)}


def _digest(path: Path) -> str:
    """A digest of a file. Raises UserError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error
