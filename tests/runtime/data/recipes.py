"""Recipes built by hand for the tests of data, and small pictures to feed them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from netc.compiler.check import check_files
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.base import Augmentation, DataSource, Loss
from netc.compiler.recipe.objects.callbacks import Last
from netc.compiler.recipe.objects.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Hinge,
    MeanSquaredError,
    Minimize,
    SparseCategoricalCrossentropy,
)
from netc.compiler.recipe.objects.optimizers import SGD
from netc.compiler.recipe.recipe import Head, Phase, Recipe
from netc.runtime.data.dataset import Part
from PIL import Image

LOSSES: dict[str, type[Loss]] = {
    "classes": SparseCategoricalCrossentropy,
    "one_hot": CategoricalCrossentropy,
    "binary": BinaryCrossentropy,
    "signs": Hinge,
    "values": MeanSquaredError,
    "none": Minimize,
}
"""A loss for each kind of targets."""

PICTURES = "net N(image: float32[N, 8, 8, 3]) -> y: [N, 2] { return image -> Flatten -> Dense(2) }"


def recipe(
    text: str,
    targets: str | dict[str, str] = "one_hot",
    data: DataSource | None = None,
    *,
    file: Path = Path("example.net"),
    batch: int | None = 4,
    seed: int = 0,
    augment: tuple[Augmentation, ...] = (),
    class_weight: tuple[float, ...] | str | None = None,
) -> Recipe:
    """A recipe for the only net of some text, whose losses want targets of one kind.

    `targets` is the kind for the only output, or that for each output by name.
    """
    analysis = check_files([file], overlay={file.resolve(): text})
    assert not analysis.failed, analysis.diagnostics
    (net,) = analysis.nets
    assert net.graph is not None
    if isinstance(targets, str):
        targets = {net.graph.graph.outputs[0].name: targets}
    heads = tuple(
        Head(output, construct(LOSSES[kind], {}), 1.0, ()) for output, kind in targets.items()
    )
    phase = Phase(
        name="",
        epochs=1,
        batch=batch,
        optimizer=construct(SGD, {}),
        heads=heads,
        frozen=frozenset(),
        augment=augment,
        stop=None,
        plateau=None,
        keep=Last(),
        class_weight=class_weight,
    )
    return Recipe(
        name=net.name,
        checked=net.graph,
        file=file,
        text="",
        data=data,
        loads=(),
        phases=(phase,),
        restarts=1,
        seed=seed,
        deterministic=False,
        precision="float32",
        jit=False,
        steps_per_execution=None,
    )


def with_phase(made: Recipe, **changes: object) -> Recipe:
    """The recipe with its one phase changed."""
    return replace(made, phases=(replace(made.phases[0], **changes),))  # type: ignore[arg-type]


def values(part: Part | None, name: str = "x") -> np.ndarray:
    """The array of an input of a part."""
    assert part is not None
    column = part.inputs[name]
    assert isinstance(column, np.ndarray)
    return column


def folder(
    root: Path, classes: dict[str, int], *, size: tuple[int, int] = (8, 8), mode: str = "RGB"
) -> Path:
    """A folder of noise pictures, some for each class."""
    rng = np.random.default_rng(7)
    channels = {"L": (), "RGB": (3,), "RGBA": (4,)}[mode]
    for name, count in classes.items():
        (root / name).mkdir(parents=True)
        for index in range(count):
            pixels = rng.integers(0, 256, (*size, *channels), np.uint8)
            Image.fromarray(pixels).save(root / name / f"{index}.png")
    return root
