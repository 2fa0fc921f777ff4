"""Group normalizations that are spelt out, as PyTorch exports them.

Channels are put into groups by a Reshape, each group is normalized as an instance, and what a
Reshape puts back is scaled and shifted by channel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.ops.base.backend import Array
from .patterns import Pattern, copied
from .read import OnnxFile

if TYPE_CHECKING:
    import onnx


def grouped(file: OnnxFile) -> OnnxFile:
    """The model with GroupNormalization in place of what it was spelt out as.

    A factor for each channel is given, as opset 21 has it, whatever the model's opset is.
    """
    if not any(node.op_type == "InstanceNormalization" for node in file.model.graph.node):
        return file
    model = copied(file.model)
    pattern = Pattern(file, model)
    arrays: dict[str, Array] = {}
    for node in model.graph.node:
        if node.op_type == "Add":
            arrays |= _group_norm(pattern, node)
    return replace(file, model=model, arrays={**file.arrays, **arrays}) if arrays else file


def _group_norm(pattern: Pattern, add: onnx.NodeProto) -> dict[str, Array]:
    """Makes a sum the normalization that it ends; the factors and shifts, none where it is not."""
    from onnx import helper

    for shifted, shift in (add.input, add.input[::-1]):
        scaled = pattern.back(shifted, "Mul")
        for turned, scale in (scaled.input, scaled.input[::-1]) if scaled is not None else ():
            instance = pattern.back(turned, "Reshape", "InstanceNormalization")
            split = pattern.back(instance, "Reshape")
            gamma, beta = _by_channel(pattern, scale), _by_channel(pattern, shift)
            if instance is None or split is None or gamma is None or beta is None:
                continue
            groups = pattern.known(pattern.input(split, 1))
            shape = pattern.back(pattern.input(pattern.made[turned], 1), "Shape")
            fresh = [pattern.known(pattern.input(instance, place)) for place in (1, 2)]
            if groups is None or groups.size != 3 or groups[0] not in (0, 1) or groups[2] != -1:
                continue
            if shape is None or shape.input[0] != split.input[0] or shape.attribute[:1] not in (
                [], [helper.make_attribute("start", 0)],
            ):  # fmt: skip
                continue
            if any(
                numbers is None or numbers.size != groups[1] or (numbers != at).any()
                for numbers, at in zip(fresh, (1, 0), strict=True)
            ):
                continue
            made = {f"{add.output[0]}:scale": gamma, f"{add.output[0]}:shift": beta}
            attributes = [each for each in instance.attribute if each.name == "epsilon"]
            add.op_type = "GroupNormalization"
            del add.input[:], add.attribute[:]
            add.input.extend([split.input[0], *made])
            add.attribute.extend([*attributes, helper.make_attribute("num_groups", groups[1])])
            return made
    return {}


def _by_channel(pattern: Pattern, name: str) -> Array | None:
    """The numbers of each channel, where a tensor has one for each; None for other tensors."""
    array = pattern.known(name)
    if array is None or array.ndim < 2 or array.dtype != np.float32 or array.size in (0, 1):
        return None
    return array.reshape(-1) if array.shape[-1] == 1 and array.size == max(array.shape) else None
