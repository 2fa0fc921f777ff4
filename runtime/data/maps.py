"""Targets that lie over pictures, pixel by pixel: they move as augmentation moves the pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ...compiler.recipe.recipe import Phase, Recipe
from .encode import Encoder, encoders
from .specs import input_specs, tensor_spec

Tensors: TypeAlias = Mapping[str, Any]

UNMOVED = ("RandomGrayscale",)
"""Layers that move nothing and take pictures alone."""


class Maps:
    """The targets of a phase that are `[N, H, W, …]` with the height and width of the pictures."""

    def __init__(self, recipe: Recipe, phase: Phase, input: str, copies: Mapping[str, str]) -> None:
        (picture,) = (spec for spec in input_specs(recipe.checked) if spec.name == input)
        graph = recipe.trained.graph
        shapes = {
            output.name: tensor_spec(output.name, graph.type(output.ref)).shape
            for output in graph.outputs
        }
        self.encoders: tuple[Encoder, ...] = tuple(
            each
            for each in encoders(recipe, phase.heads)
            if each.rank == 4
            and shapes[each.name][1:3] == picture.shape[1:3]
            and each.source not in copies
        )

    def moved(self, layer: Any, images: Any, targets: Tensors) -> tuple[Any, dict[str, Any]]:
        """Pictures and targets, changed by one layer of Keras's alike; maps take nearest pixels."""
        from keras import ops

        made = dict(targets)
        if not self.encoders or type(layer).__name__ in UNMOVED:
            return layer(images, training=True), made
        sheets = [self._sheet(ops, each, targets[each.name]) for each in self.encoders]
        masks = ops.concatenate(sheets, axis=-1)
        found = layer({"images": images, "segmentation_masks": masks}, training=True)
        start = 0
        for each, sheet in zip(self.encoders, sheets, strict=True):
            end = start + sheet.shape[-1]
            own = found["segmentation_masks"][..., start:end]
            own = ops.reshape(own, ops.shape(sheet))
            made[each.name] = self._target(ops, each, own, targets[each.name])
            start = end
        return found["images"], made

    @staticmethod
    def _sheet(ops: Any, encoder: Encoder, targets: Any) -> Any:
        """Targets as channels of floats, in which the 0 that fills a border is the class 0."""
        if encoder.kind == "classes" and len(targets.shape) < encoder.rank:
            return ops.cast(targets, "float32")[..., None]
        if encoder.kind == "one_hot":
            return ops.cast(ops.argmax(targets, axis=-1), "float32")[..., None]
        return (targets + 1) / 2 if encoder.kind == "signs" else ops.cast(targets, "float32")

    @staticmethod
    def _target(ops: Any, encoder: Encoder, sheet: Any, like: Any) -> Any:
        if encoder.kind == "classes" and len(like.shape) < encoder.rank:
            return ops.cast(ops.round(sheet[..., 0]), like.dtype)
        if encoder.kind == "one_hot":
            index = ops.cast(ops.round(sheet[..., 0]), "int32")
            return ops.one_hot(index, like.shape[-1], dtype=like.dtype)
        return 2 * sheet - 1 if encoder.kind == "signs" else ops.cast(sheet, like.dtype)
