"""The net that trains the variational autoencoder, and the nets that use its weights."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.infer.session import Session

from ..places import MODELS

FILE = MODELS / "vae.net"


@pytest.fixture(scope="module")
def nets() -> dict[str, CheckedGraph]:
    return {net.name: net.graph for net in check_files([FILE]).nets if net.graph is not None}


def paths(checked: CheckedGraph) -> set[tuple[str, tuple[object, ...]]]:
    """The weights of a net by path, with their shapes."""
    return {
        (f"{path}/{weight.name}", weight.shape)
        for path, node in checked.layers().items()
        for weight in node.weights
    }


def test_what_training_learns_fits_the_nets_that_use_it(nets: dict[str, CheckedGraph]) -> None:
    assert paths(nets["VAETraining"]) == paths(nets["VAE"])
    assert paths(nets["VAEDecoder"]) < paths(nets["VAE"])


def test_used_it_draws_no_noise_and_computes_the_divergence(nets: dict[str, CheckedGraph]) -> None:
    image = np.random.default_rng(0).uniform(size=(5, 28, 28, 1)).astype(np.float32)
    found = {
        name: Session(lower_onnx(nets[name], SeededWeights(0)).model().SerializeToString()).run(
            {"image": image}
        )
        for name in ("VAETraining", "VAE")
    }
    trained, used = found["VAETraining"], found["VAE"]
    np.testing.assert_allclose(trained["recon"], used["recon"], rtol=1e-5, atol=1e-6)
    mean, log_var = used["mean"].astype(float), used["log_var"].astype(float)
    # Kingma and Welling 2013, appendix B.
    wanted = -(1 + log_var - mean**2 - np.exp(log_var)).sum(axis=-1) / 2
    np.testing.assert_allclose(trained["divergence"], wanted, rtol=1e-4, atol=1e-5)


def test_in_training_codes_are_drawn_around_the_mean(nets: dict[str, CheckedGraph]) -> None:
    """The noise that Keras adds to nothing has mean 0 and variance 1."""
    from netc.compiler.lower.keras.lower import lower_keras
    from netc.runtime.infer.keras_module import import_keras

    keras = import_keras()
    model = lower_keras(nets["VAETraining"], SeededWeights(0))
    noise = keras.Model(model.inputs[0], model.get_layer("noise").output)
    image = np.zeros((2000, 28, 28, 1), np.float32)
    drawn = np.asarray(noise(image, training=True))
    assert np.abs(drawn.mean(axis=0)).max() < 0.1
    np.testing.assert_allclose(drawn.std(axis=0), 1, atol=0.1)
    assert not np.asarray(noise(image, training=False)).any()
