"""Class activation maps: what a class gets in all places together is its score."""

from __future__ import annotations

import numpy as np

import netc

from .zoo import MODELS


def test_the_mean_of_the_evidence_is_the_score() -> None:
    net = netc.load(MODELS / "class_activation.net", classes=5, seed=3)
    image = np.random.default_rng(0).uniform(0, 255, (2, 224, 224, 3)).astype("float32")
    made = net.run({"image": image})
    logits = made["evidence"].mean(axis=(1, 2))
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(made["probs"], exp / exp.sum(axis=1, keepdims=True), rtol=1e-4)
    assert made["evidence"].std(axis=(1, 2)).min() > 0
