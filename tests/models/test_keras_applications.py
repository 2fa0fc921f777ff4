"""Our nets and `keras.applications`: the same counts, and the same answers from its weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from netc.runtime.api.api import load
from netc.runtime.api.net import LoadedNet

from bench.originals.drawn import application, pictures

from .zoo import MODELS

# Keras saves its variables by a protocol of NumPy that is on its way out.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

CLASSES = 10
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Case:
    """A net, the picture size that is tried, and the kind of file that carries the weights."""

    file: str
    name: str
    size: int
    suffix: str = ".weights.h5"

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Both:
    """Keras's model and ours, with Keras's weights."""

    case: Case
    keras: Any
    ours: LoadedNet


QUICK = [
    # The weights that Keras publishes are in `.h5` files.
    Case("vgg.net", "VGG16", 32, ".h5"),
    Case("resnet_keras.net", "ResNet50", 64, ".h5"),
    Case("mobilenet.net", "MobileNet", 64, ".keras"),
    Case("mobilenet_v2.net", "MobileNetV2", 64),
    Case("xception.net", "Xception", 96),
    Case("efficientnet.net", "EfficientNetB0", 64),
    Case("mobilenet_v3.net", "MobileNetV3Small", 64),
]
SLOW = [
    Case("vgg.net", "VGG19", 32),
    Case("resnet_keras.net", "ResNet101", 64),
    Case("resnet_keras.net", "ResNet152", 64),
    Case("densenet.net", "DenseNet121", 64),
    Case("densenet.net", "DenseNet169", 64),
    Case("densenet.net", "DenseNet201", 64),
    Case("resnet_v2.net", "ResNet50V2", 64, ".keras"),
    Case("resnet_v2.net", "ResNet101V2", 64),
    Case("resnet_v2.net", "ResNet152V2", 64),
    Case("mobilenet_v3.net", "MobileNetV3Large", 64, ".h5"),
    Case("efficientnet_v2.net", "EfficientNetV2B0", 64),
    Case("efficientnet_v2.net", "EfficientNetV2S", 64),
    Case("inception_v3.net", "InceptionV3", 75),
    Case("inception_resnet_v2.net", "InceptionResNetV2", 75),
    Case("nasnet.net", "NASNetMobile", 64, ".keras"),
    Case("convnext.net", "ConvNeXtTiny", 64, ".keras"),
    Case("mobilenet_v2.net", "MobileNetV2", 97),
    Case("mobilenet_v3.net", "MobileNetV3Small", 97),
    Case("efficientnet.net", "EfficientNetB0", 101),
    Case("resnet_keras.net", "ResNet50", 224),
]
CASES = [*QUICK, *(pytest.param(case, marks=pytest.mark.slow) for case in SLOW)]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case}-{case.size}")
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    case: Case = request.param
    model = application(case.name, case.size, CLASSES)
    path = tmp_path_factory.mktemp("weights") / f"{case}{case.suffix}"
    (model.save_weights if case.suffix == ".weights.h5" else model.save)(path)
    yield Both(case, model, ours(case, path))
    path.unlink()
    keras.backend.clear_session()


def ours(case: Case, weights: Path) -> LoadedNet:
    settings = {"classes": CLASSES, "size": case.size}
    return load(MODELS / case.file, case.name, weights=weights, **settings)


def test_it_has_as_many_parameters(both: Both) -> None:
    report = both.ours.summary()
    assert report.params == both.keras.count_params()
    trainable = sum(int(np.prod(weight.shape)) for weight in both.keras.trainable_weights)
    assert report.trainable_params == trainable


def test_it_computes_the_same(both: Both) -> None:
    images = pictures(both.case.name, both.case.size, 2, seed=1)
    theirs = np.asarray(both.keras(images))
    apart = np.abs(theirs[0] - theirs[1]).max()
    assert apart > 100 * TOLERANCE, "the two pictures must be told apart"
    (probs,) = both.ours.run(images).values()
    assert np.abs(probs - theirs).max() < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("case", [*QUICK, *SLOW[:16]], ids=str)
def test_it_has_as_many_parameters_in_full(case: Case) -> None:
    model = getattr(keras.applications, case.name)(weights=None)
    report = load(MODELS / case.file, case.name).summary()
    assert report.params == model.count_params()
    keras.backend.clear_session()


@pytest.mark.slow
def test_efficientnet_scales_as_with_the_weights_keras_publishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "published.weights.h5"
    application("EfficientNetB0", 224, 1000).save_weights(path)
    module = "keras.src.applications.efficientnet.file_utils.get_file"
    monkeypatch.setattr(module, lambda *_, **__: str(path))
    # Of half the contrast, since it is doubled once more.
    images = 127.5 + (pictures("EfficientNetB0", 224, 2, seed=1) - 127.5) * np.float32(0.48)
    theirs = np.asarray(keras.applications.EfficientNetB0()(images))
    apart = {}
    for imagenet in (True, False):
        net = load(MODELS / "efficientnet.net", weights=path, imagenet=imagenet)
        (probs,) = net.run(images).values()
        apart[imagenet] = np.abs(probs - theirs).max()
    assert apart[True] < TOLERANCE / 100, "of a thousand classes each has little"
    assert apart[False] > TOLERANCE
