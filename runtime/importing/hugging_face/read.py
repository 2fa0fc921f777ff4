"""Reads a folder of Hugging Face: the numbers of `config.json`, and the tensors beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ....compiler.ops.base.backend import Tensor
from ...errors import UserError, require_file
from ...weights.arrays import open_safetensors

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json")
MOST_TEXT = 2**24
LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Settings:
    """The numbers and words of a configuration, each asked for by its name."""

    path: Path
    values: Mapping[str, object]

    def whole(self, name: str, default: int, most: int = LARGEST) -> int:
        """An integer of at least 1. Raises UserError."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= most:
            raise UserError(f"{self.path}: `{name}` should be an integer from 1 to {most:,}")
        return value

    def real(self, name: str, default: float) -> float:
        """A number of at least 0. Raises UserError."""
        value = self.values.get(name, default)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not isinstance(value, int | float) or not 0 <= value < 1e30:
            raise UserError(f"{self.path}: `{name}` should be a number of at least 0")
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false. Raises UserError."""
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise UserError(f"{self.path}: `{name}` should be true or false")
        return value

    def word(self, name: str, default: str) -> str:
        """A word."""
        value = self.values.get(name)
        return value if isinstance(value, str) else default

    def one_of(self, name: str, words: Mapping[str, str], default: str) -> str:
        """What a word stands for in a table. Raises UserError where it is none of it."""
        self.only(name, *words)
        return words[self.word(name, default)]

    def only(self, name: str, *values: object) -> None:
        """Raises UserError where a setting is none of some, for which alone netc has a layer."""
        value = self.values.get(name)
        if value is not None and value not in values:
            shown = json.dumps(value)[:80]
            raise UserError(f"{self.path}: netc does not have `{name}` {shown}")

    def architecture(self, default: str, other: str) -> str:
        """Which of two classes the weights are of. Raises UserError where it is neither."""
        listed = self.values.get("architectures")
        made = str(listed[0]) if isinstance(listed, list) and listed else default
        if made not in (default, other):
            raise UserError(f"{self.path}: netc imports {default} and {other}, not {made}")
        return made

    def divided(self, width: int, heads: int) -> int:
        """How wide each head is. Raises UserError where heads do not divide a width."""
        if width % heads:
            raise UserError(f"{self.path}: {heads} heads do not divide a width of {width}")
        return width // heads


@dataclass(frozen=True)
class Folder:
    """A configuration, and the tensors beside it by name; None where there are none."""

    settings: Settings
    tensors: Mapping[str, Tensor] | None


def read_folder(path: Path) -> Folder:
    """Raises UserError for whatever is no configuration of a model that netc can read."""
    config = path / CONFIG if path.is_dir() else path
    if path.is_dir() and not config.exists():
        raise UserError(f"{path}: is a folder without a `{CONFIG}`")
    values = _object(config)
    if "auto_map" in values:
        raise UserError(
            f"{config}: has `auto_map`: its model is Python code, which netc does not run"
        )
    if values.get("quantization_config") is not None:
        raise UserError(f"{config}: its weights are quantized, which netc does not read")
    return Folder(Settings(config, values), _tensors(config.parent))


def _object(path: Path) -> Mapping[str, object]:
    if require_file(path, f"a {CONFIG}") > MOST_TEXT:
        raise UserError(f"{path}: is larger than {MOST_TEXT:,} bytes")
    try:
        values = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: is not JSON ({error})") from error
    if not isinstance(values, dict):
        raise UserError(f"{path}: is no object of JSON")
    return values


def _tensors(folder: Path) -> Mapping[str, Tensor] | None:
    """The tensors of a folder; none is read yet."""
    whole, index = folder / WEIGHTS, folder / INDEX
    if index.exists():
        files = _indexed(index)
    elif whole.exists():
        files = [whole]
    else:
        pickle = next((name for name in PICKLES if (folder / name).exists()), None)
        if pickle is not None:
            raise UserError(
                f"{folder / pickle}: is a pickle, which is a program; netc reads {WEIGHTS}"
            )
        return None
    found: dict[str, Tensor] = {}
    for file in files:
        require_file(file, "a weights file")
        for layer in open_safetensors(file).layers:
            for weight in layer.weights:
                name = f"{layer.name}.{weight.name}".lstrip(".")
                if name in found:
                    raise UserError(f"{file}: holds `{name}`, which another file holds, too")
                found[name] = weight.tensor
    return found


def _indexed(index: Path) -> list[Path]:
    """The files that an index names, all of them in its folder."""
    listed = _object(index).get("weight_map")
    if not isinstance(listed, dict) or not listed:
        raise UserError(f"{index}: has no `weight_map`")
    names = sorted({str(name) for name in listed.values()})
    for name in names:
        plain = PurePosixPath(name.replace("\\", "/"))
        target = (index.parent / name).resolve()
        if (
            len(plain.parts) != 1
            or ".." in plain.parts
            or not target.is_relative_to(index.parent.resolve())
        ):
            raise UserError(f"{index}: names the file `{name}`, which is not beside it")
    return [index.parent / name for name in names]
