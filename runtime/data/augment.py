"""Random changes of training batches, made inside the training step by Keras's layers."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np

from ...compiler.ir.preprocessing import Preprocessing
from ...compiler.recipe.objects.base import NONE
from ...compiler.recipe.recipe import Phase, Recipe
from ..errors import UserError
from ..infer.keras_module import import_keras
from ..infer.preprocess import changed
from .encode import encoders
from .maps import Maps
from .specs import input_specs

Tensors: TypeAlias = Mapping[str, Any]


class Augmenter:
    """The augmentation of a phase: `(x, y) -> (x, y)` for batches as the pipeline gives them.

    It draws from variables, its own and no others, so that a run that is taken up again goes on
    where they were. The same seed and restart draw the same. Pictures are changed while they are
    0 to 255, and prepared for the net afterwards, as `preprocessing` says. Targets that are maps
    over the pictures, such as masks, move as they do; the outputs in `copies` learn the changed
    input itself.
    """

    def __init__(
        self,
        recipe: Recipe,
        phase: Phase,
        restart: int = 1,
        preprocessing: Preprocessing | None = None,
        copies: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Builds the layers. Raises UserError where the net or its targets cannot be augmented."""
        self.preprocessing = preprocessing
        self.input, self.dtype = _pictures(recipe)
        self.heads = tuple(head.output for head in phase.heads if head.targets != NONE)
        for made in phase.augment:
            classes = [head.output for head in phase.heads if head.targets == "classes"]
            if made.mixes and classes:
                raise UserError(
                    f"{type(made).__name__} mixes targets, which class indices cannot be; give "
                    f"`{classes[0]}` the loss categorical_crossentropy"
                )
        keras = import_keras()
        policy = keras.config.dtype_policy()
        # Pictures are changed in full precision, whatever the net computes in.
        keras.config.set_dtype_policy("float32")
        try:
            self.layers: list[Any] = [made.keras_object(keras) for made in phase.augment]
        finally:
            keras.config.set_dtype_policy(policy)
        self.mixing = [made.mixes for made in phase.augment]
        self.maps = Maps(recipe, phase, self.input, copies)
        self.copies = tuple(
            each.name
            for each in encoders(recipe, phase.heads)
            if copies.get(each.source) == self.input
        )
        self.variables: list[Any] = []
        for index, (layer, made) in enumerate(zip(self.layers, phase.augment, strict=True)):
            own = getattr(made, "seed", None)
            seed = recipe.seed if own is None else own
            for number, variable in enumerate(layer.variables):
                drawn = np.random.SeedSequence([seed % 2**32, restart, index, number])
                state = np.array([drawn.generate_state(1)[0], 0])
                variable.assign(state.astype(str(variable.dtype)))
                self.variables.append(variable)

    def __call__(self, x: Tensors, y: Tensors) -> tuple[dict[str, Any], dict[str, Any]]:
        """The batch, changed at random: pictures, and targets that move or mix with them."""
        from keras import ops

        images, targets = ops.cast(x[self.input], "float32"), dict(y)
        for layer, mixes in zip(self.layers, self.mixing, strict=True):
            if not mixes:
                images, targets = self.maps.moved(layer, images, targets)
                continue
            # One row of all targets: they are mixed alike.
            sizes = [prod(targets[name].shape[1:]) for name in self.heads]
            flat = [
                ops.reshape(targets[name], (-1, size))
                for name, size in zip(self.heads, sizes, strict=True)
            ]
            mixed = layer(
                {"images": images, "labels": ops.concatenate(flat, axis=1)}, training=True
            )
            images, row, start = mixed["images"], mixed["labels"], 0
            for name, size in zip(self.heads, sizes, strict=True):
                end = start + size
                targets[name] = ops.reshape(row[:, start:end], ops.shape(targets[name]))
                start = end
        if self.dtype.startswith(("int", "uint")):
            info = np.iinfo(self.dtype)
            images = ops.clip(ops.round(images), max(info.min, 0), min(info.max, 255))
        elif self.preprocessing is not None and self.preprocessing.input == self.input:
            images = changed(images, self.preprocessing)
        images.set_shape(x[self.input].shape)
        images = ops.cast(images, self.dtype)
        targets |= {name: ops.cast(images, "float32") for name in self.copies}
        return {**x, self.input: images}, targets


def _pictures(recipe: Recipe) -> tuple[str, str]:
    """The name and dtype of the net's one input of pictures. Raises UserError."""
    found = [spec for spec in input_specs(recipe.checked) if spec.rank == 4]
    if len(found) != 1:
        raise UserError(
            f"augmentation changes the one input of pictures, `[N, H, W, C]`; `{recipe.net}` has "
            f"{len(found) or 'none'}"
        )
    return found[0].name, found[0].dtype
