"""The table of Keras's random changes of pictures, with its names, arguments and defaults.

Pictures are channels last; `value_range` is what black and white are in them.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import augment_color, augment_mix, augment_place
from .base import Augmentation

AUGMENTATION_CLASSES: Mapping[str, type[Augmentation]] = {
    cls.__name__: cls
    for file in (augment_place, augment_color, augment_mix)
    for cls in vars(file).values()
    if isinstance(cls, type) and issubclass(cls, Augmentation) and cls.__module__ == file.__name__
}
"""The augmentations a recipe can call, by name."""
