"""The nets of `keras.applications`, in the kinds of file that their weights come in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from .entry import Entry, Made


def made(name: str, size: int, without: Collection[str]) -> Made:
    """A model for pictures of `size` by `size`; `without` are kinds of file that say too little of
    which layer is which."""
    from .drawn import application, pictures

    model = application(name, size, 1000)
    images = pictures(name, size, 2, seed=1)

    def save(folder: Path) -> Sequence[Path]:
        import h5py
        from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

        # What `weights="imagenet"` downloads: the weights, without the graph of the model.
        published = folder / "published.h5"
        with h5py.File(published, "w") as file:
            save_weights_to_hdf5_group(file, model)
        whole = [folder / "model.keras", folder / "model.h5"]
        for path in whole:
            model.save(path)
        model.save_weights(folder / "model.weights.h5")
        files = [*whole, published, folder / "model.weights.h5"]
        return [file for file in files if file.name not in without]

    return Made(
        trainable=sum(int(np.prod(weight.shape)) for weight in model.trainable_weights),
        params=model.count_params(),
        inputs={"image": images},
        outputs=[np.asarray(model(images))],
        save=save,
    )


def entry(
    file: str, name: str, published: int | str, size: int = 224, without: Collection[str] = ()
) -> Entry:
    """`published` is the count of https://keras.io/api/applications, or torchvision's for
    MobileNetV3, which is not listed there."""
    graph = ", saved with its graph" if "published.h5" in without else ""
    make = partial(made, name, size, without)
    return Entry(file, name, published, f"keras.applications.{name}{graph}", make)


NO_GRAPH = ("published.h5", "model.weights.h5")
ENTRIES = [
    entry("vgg.net", "VGG16", "138.4 M"),
    entry("vgg.net", "VGG19", "143.7 M"),
    entry("resnet_keras.net", "ResNet50", "25.6 M"),
    entry("resnet_keras.net", "ResNet101", "44.7 M"),
    entry("resnet_keras.net", "ResNet152", "60.4 M"),
    entry("resnet_v2.net", "ResNet50V2", "25.6 M"),
    entry("resnet_v2.net", "ResNet101V2", "44.7 M"),
    entry("resnet_v2.net", "ResNet152V2", "60.4 M"),
    entry("densenet.net", "DenseNet121", "8.1 M"),
    entry("densenet.net", "DenseNet169", "14.3 M"),
    entry("densenet.net", "DenseNet201", "20.2 M"),
    entry("xception.net", "Xception", "22.9 M", 299),
    entry("inception_v3.net", "InceptionV3", "23.9 M", 299),
    entry("inception_resnet_v2.net", "InceptionResNetV2", "55.9 M", 299),
    entry("mobilenet.net", "MobileNet", "4.3 M"),
    entry("mobilenet_v2.net", "MobileNetV2", "3.5 M"),
    entry("mobilenet_v3.net", "MobileNetV3Small", 2_542_856),
    entry("mobilenet_v3.net", "MobileNetV3Large", 5_483_032),
    entry("convnext.net", "ConvNeXtTiny", "28.6 M", without=NO_GRAPH[1:]),
    entry("nasnet.net", "NASNetMobile", "5.3 M", without=NO_GRAPH),
    entry("efficientnet.net", "EfficientNetB0", "5.3 M"),
    entry("efficientnet_v2.net", "EfficientNetV2B0", "7.2 M"),
    entry("efficientnet_v2.net", "EfficientNetV2S", "21.6 M", 384),
]
