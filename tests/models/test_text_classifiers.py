"""The recurrent classifiers and the same networks written with Keras's layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from netc.runtime.api.api import load

from .zoo import MODELS

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

WORDS, WIDTH = 200, 16
layers = keras.layers


def recurrent(name: str) -> list[Any]:
    half = WIDTH // 2
    return {
        "LSTMClassifier": [layers.LSTM(WIDTH, dropout=0.2)],
        "GRUClassifier": [layers.GRU(WIDTH, dropout=0.2)],
        "BidirectionalClassifier": [
            layers.Bidirectional(layers.LSTM(half, return_sequences=True)),
            layers.Bidirectional(layers.LSTM(half)),
        ],
    }[name]


@pytest.mark.parametrize("name", ["LSTMClassifier", "GRUClassifier", "BidirectionalClassifier"])
def test_it_computes_what_keras_computes(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    theirs = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(WORDS, WIDTH),
            *recurrent(name),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    for weight in theirs.weights:
        if "seed" not in weight.path:
            weight.assign(rng.normal(0, 0.5, weight.shape))
    theirs.save_weights(tmp_path / "text.weights.h5")
    ours = load(
        MODELS / "text_classifiers.net",
        name,
        weights=tmp_path / "text.weights.h5",
        vocabulary=WORDS,
        width=WIDTH,
    )
    assert ours.summary().params == theirs.count_params()
    texts = rng.integers(0, WORDS, (3, 11)).astype(np.int32)
    expected = np.asarray(theirs(texts))
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(ours.run(texts)["prob"], expected, atol=1e-5)
