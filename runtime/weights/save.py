"""Writes a net's weights as safetensors, the canonical form, one tensor in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ...compiler.ir.graph import CheckedGraph
from ...compiler.lower.weights import WeightSource
from ...compiler.ops.base.backend import Tensor
from ...compiler.shapes.types import SIZES
from ..errors import unreadable
from ..files.write import replacing
from .arrays import DTYPE_WORDS, FORMAT
from .own_graph import graph_text
from .wiring import net_wiring

NOTHING: Mapping[str, str] = MappingProxyType({})


def save_safetensors(
    path: Path,
    checked: CheckedGraph,
    source: WeightSource,
    kept: Mapping[str, str] = NOTHING,
) -> None:
    """Writes every weight as `<layer path>/<weight name>` in Keras's shape, whole or not at all.

    The metadata have the graph of the net, by which its layers are found again, and what a run has
    `kept` of its data, by keys that begin with `netc.`.

    Raises UserError where the folder or the disk does not take it.
    """
    tensors = [
        (f"{layer}/{weight.name}", source.tensor(layer, weight))
        for layer, node in checked.layers().items()
        for weight in node.weights
    ]
    # Wide elements first, so that every tensor is aligned to its own element size.
    tensors.sort(key=lambda item: -SIZES[item[1].dtype])
    try:
        told = {"format": FORMAT, "graph": graph_text(net_wiring(checked)), **kept}
        _write(path, _header(tensors, told), tensors)
    except OSError as error:
        raise unreadable(path, error) from error


def _header(tensors: list[tuple[str, Tensor]], told: Mapping[str, str]) -> bytes:
    entries: dict[str, object] = {"__metadata__": told}
    offset = 0
    for name, tensor in tensors:
        end = offset + prod(tensor.shape) * SIZES[tensor.dtype]
        entries[name] = {
            "dtype": DTYPE_WORDS[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, end],
        }
        offset = end
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _write(path: Path, header: bytes, tensors: list[tuple[str, Tensor]]) -> None:
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(header)
        for _, tensor in tensors:
            array = np.ascontiguousarray(tensor.read()).reshape(-1)
            file.write(array.astype(array.dtype.newbyteorder("<"), copy=False).view(np.uint8).data)
