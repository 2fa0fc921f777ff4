"""Reads a `.keras` or `.h5` file: its configuration as data, and which layer has which weights."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ...errors import UserError, require_file
from ...weights.file import StoredLayer
from ...weights.hdf5 import Group, h5_faults, open_h5
from ...weights.keras_config import read_config
from ...weights.keras_model import Model, parse_model
from ...weights.open import KERAS_CONFIG, KERAS_WEIGHTS, open_weights

MOST_TEXT = 2**26
"""The most bytes of a configuration."""


@dataclass(frozen=True)
class KerasFile:
    """A file of Keras: its configuration, and its weights by the paths of their layers."""

    path: Path
    kind: str
    """`Keras 3`, or `Keras .h5`."""
    config: Mapping[str, object]
    model: Model
    """What the configuration describes."""
    weights: Mapping[str, StoredLayer]


def read_keras(path: Path) -> KerasFile:
    """Raises UserError for whatever is not a whole model that Keras wrote. Nothing in it runs."""
    require_file(path, "a model")
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PK\x03\x04"):
        kind, text = "Keras 3", _zipped(path)
    elif head.startswith(b"\x89HDF\r\n\x1a\n"):
        kind, text = "Keras .h5", _h5(path)
    else:
        raise UserError(f"{path}: is no file of Keras: it begins {head!r}")
    config = read_config(path, text)
    try:
        model = parse_model(config)
    except UserError as fault:
        raise UserError(f"{path}: {fault}") from fault
    except RecursionError as fault:
        raise UserError(f"{path}: is nested too deep") from fault
    layers = open_weights(path).layers
    return KerasFile(path, kind, config, model, {layer.name: layer for layer in layers})


def _zipped(path: Path) -> str | bytes:
    """The configuration in a zip archive, which has nothing that leads elsewhere."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            for entry in entries:
                inside = PurePosixPath(entry.filename.replace("\\", "/"))
                if inside.is_absolute() or ".." in inside.parts:
                    raise UserError(f"{path}: holds a file whose name leads out of it")
            by_name = {entry.filename: entry for entry in entries}
            if len(by_name) < len(entries):
                raise UserError(f"{path}: holds two files of one name")
            config = by_name.get(KERAS_CONFIG)
            if config is None:
                raise UserError(f"{path}: is a zip archive without `{KERAS_CONFIG}`, no Keras file")
            if KERAS_WEIGHTS not in by_name:
                raise UserError(f"{path}: is a Keras file without `{KERAS_WEIGHTS}`")
            if config.file_size > MOST_TEXT:
                raise UserError(
                    f"{path}: its configuration has {config.file_size:,} bytes; "
                    f"the limit is {MOST_TEXT:,}"
                )
            return archive.read(config)
    except zipfile.BadZipFile as error:
        raise UserError(f"{path}: is a cut-short or damaged zip archive ({error})") from error
    except (OSError, RuntimeError, ValueError, NotImplementedError, EOFError) as error:
        raise UserError(f"{path}: is a damaged zip archive ({error})") from error


def _h5(path: Path) -> str:
    """The configuration among the attributes of an HDF5 file."""
    with h5_faults(path):
        root = open_h5(path, path)
        check_links(root)
        text = root.text("model_config")
    if not text:
        raise UserError(
            f"{path}: holds weights without a `model_config`, so not what they are of; "
            "save the whole model"
        )
    return text


def check_links(group: Group) -> None:
    """Raises UserError where anything in an HDF5 file is a link or has its data elsewhere."""
    for name in group.names():
        below = group.group(name)
        if below is not None:
            check_links(below)
        elif name != "optimizer_weights":
            _check_data(group, name)


def _check_data(group: Group, name: str) -> None:
    found = group.h5[name]
    if getattr(found, "external", None) or getattr(found, "is_virtual", False):
        raise UserError(f"{group.file}: `{name}` keeps its data in another file; netc reads one")
