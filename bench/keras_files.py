"""Nets of `keras.applications`, saved by Keras in both formats, imported.

    python bench/keras_files.py [NET …]

Weights are seeded, since none are downloaded. Prints layers, lines of `.net`, the largest
difference from what Keras computes, relative to its range, and seconds.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

NETS = {
    "ResNet50": 64,
    "VGG16": 64,
    "MobileNetV2": 64,
    "MobileNetV3Small": 64,
    "DenseNet121": 64,
    "EfficientNetB0": 64,
    "InceptionV3": 96,
    "Xception": 96,
    "ConvNeXtTiny": 64,
}
"""The nets, and the height and width of their pictures."""


def seeded(model: Any) -> Any:
    """The model with numbers in its weights that keep the size of what goes through."""
    import numpy as np

    numbers = np.random.default_rng(0)
    last = model.layers[-1].weights[0].path
    for weight in model.weights:
        name, shape = weight.path.rpartition("/")[2], weight.shape
        if name.endswith("variance"):
            array = numbers.random(shape) + 0.5
        elif name.endswith("gamma"):
            array = 1 + 0.1 * numbers.standard_normal(shape)
        elif name.endswith("kernel"):
            fan = max(1, int(np.prod(shape[:-1])))
            scale = 0.01 if weight.path == last else (2 / fan) ** 0.5
            array = scale * numbers.standard_normal(shape)
        elif "float" in str(weight.dtype):
            array = 0.05 * numbers.standard_normal(shape)
        else:
            continue
        weight.assign(array)
    return model


def main(names: list[str]) -> int:
    """Prints a row for each net and format; 1 where one is not equal."""
    import keras
    from netc.runtime.importing.keras.road import import_keras

    unequal = 0
    print(f"{'file':<24} {'layers':>6} {'lines':>6} {'difference':>10} {'seconds':>8}")
    for name in names or NETS:
        size = NETS[name]
        build = getattr(keras.applications, name)
        model = seeded(build(weights=None, input_shape=(size, size, 3), classifier_activation=None))
        for ending in ("keras", "h5"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, f"{name}.{ending}")
                model.save(path)
                start = time.perf_counter()
                made = import_keras(path)
                seconds = time.perf_counter() - start
            unequal += not made.proof.equal
            lines, largest = len(made.text.splitlines()), made.proof.largest
            print(
                f"{path.name:<24} {made.nodes:>6} {lines:>6} {largest:>10.1e} {seconds:>8.1f}",
                flush=True,
            )
    return int(unequal > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
