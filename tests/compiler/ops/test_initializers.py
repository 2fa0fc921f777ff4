"""Initializers draw Keras's distributions, and refuse weights they cannot fill."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import pytest
from netc.compiler.ops.base import sampling
from netc.compiler.ops.base.initializers import (
    INITIALIZER,
    INITIALIZER_CLASSES,
    INITIALIZERS,
    Initializer,
    Orthogonal,
)
from netc.compiler.ops.base.kinds import Word
from netc.compiler.ops.base.op import Refusal, Weight, arguments, construct
from netc.compiler.ops.base.regularizers import L1, L1L2, L2, REGULARIZER_CLASSES, REGULARIZERS
from netc.dsl.diagnostics.codes import Code


def rng(seed: int = 3) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


def draw(initializer: Initializer, shape: tuple[int, ...]) -> np.ndarray:
    array = initializer.sample(np, rng(), shape)
    assert array.shape == shape
    assert array.dtype == np.float32
    return array


DISTRIBUTIONS = sorted(set(INITIALIZERS) - {"constant", "identity", "orthogonal"})


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_distributions_equal_keras(name: str) -> None:
    shape = (3, 3, 40, 300)
    ours = draw(INITIALIZERS[name], shape)
    theirs = np.asarray(keras.initializers.get(name)(shape, dtype="float32"))
    spread = float(theirs.std())
    error = spread / math.sqrt(ours.size)
    assert abs(ours.mean() - theirs.mean()) <= 6 * error
    assert ours.std() == pytest.approx(spread, rel=0.02, abs=1e-9)
    quantiles = np.linspace(0.02, 0.98, 25)
    np.testing.assert_allclose(
        np.quantile(ours, quantiles), np.quantile(theirs, quantiles), atol=0.05 * spread
    )


@pytest.mark.parametrize(
    ("call", "variance"),
    [
        ("GlorotUniform", 2 / (360 + 2700)),
        ("GlorotNormal", 2 / (360 + 2700)),
        ("HeUniform", 2 / 360),
        ("HeNormal", 2 / 360),
        ("LecunUniform", 1 / 360),
        ("LecunNormal", 1 / 360),
    ],
)
def test_variance_follows_the_formula(call: str, variance: float) -> None:
    array = draw(construct(INITIALIZER_CLASSES[call], {}), (3, 3, 40, 300))
    assert array.var() == pytest.approx(variance, rel=0.02)
    limit = math.sqrt(3 * variance) if "Uniform" in call else 2 * math.sqrt(variance) / 0.87962566
    assert 0.99 * limit < np.abs(array).max() <= limit * (1 + 1e-6)


def test_a_truncated_normal_has_the_moments_of_theory() -> None:
    array = sampling.truncated(np, rng(), (4_000_000,), 0.5, 1.0)
    cut = math.exp(-2) / math.sqrt(2 * math.pi) / (math.erf(math.sqrt(2)))
    assert array.mean() == pytest.approx(0.5, abs=0.002)
    assert array.var() == pytest.approx(1 - 4 * cut, rel=0.003)
    assert np.mean(np.abs(array - 0.5) < 1) == pytest.approx(
        math.erf(math.sqrt(0.5)) / math.erf(math.sqrt(2)), abs=0.001
    )


def test_values_are_those_of_the_seed_whatever_the_number_of_cores(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shape = (3 * sampling.BLOCK + 5,)
    first = sampling.normal(np, rng(), shape, 0.0, 1.0)
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr("os.process_cpu_count", lambda: 1, raising=False)
    np.testing.assert_array_equal(first, sampling.normal(np, rng(), shape, 0.0, 1.0))
    assert not np.array_equal(first, sampling.normal(np, rng(4), shape, 0.0, 1.0))
    blocks = first[: 3 * sampling.BLOCK].reshape(3, -1)
    assert abs(np.corrcoef(blocks)[0, 1]) < 0.01


@pytest.mark.parametrize(
    "args",
    [
        {"scale": 3, "mode": Word("fan_out"), "distribution": Word("uniform")},
        {"scale": 0.5, "mode": "fan_avg", "distribution": "untruncated_normal"},
        {"distribution": Word("normal")},
    ],
)
def test_variance_scaling_is_keras_s(args: dict[str, object]) -> None:
    made = construct(INITIALIZER_CLASSES["VarianceScaling"], args)
    keras_object: Any = made.keras_object(keras)
    theirs = np.asarray(keras_object((500, 300), dtype="float32"))
    ours = draw(made, (500, 300))
    assert ours.std() == pytest.approx(theirs.std(), rel=0.02)
    assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.25)


@pytest.mark.parametrize("shape", [(20, 7), (7, 20), (3, 3, 4, 12)])
def test_orthogonal_matrices_are_orthogonal(shape: tuple[int, ...]) -> None:
    matrix = draw(Orthogonal(gain=2.0), shape).reshape(-1, shape[-1])
    product = matrix @ matrix.T if matrix.shape[0] < matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)


def test_identity_and_constants() -> None:
    identity = construct(INITIALIZER_CLASSES["Identity"], {"gain": 3})
    np.testing.assert_array_equal(draw(identity, (2, 3)), [[3, 0, 0], [0, 3, 0]])
    constant = construct(INITIALIZER_CLASSES["Constant"], {"value": 1.5})
    np.testing.assert_array_equal(draw(constant, (2,)), [1.5, 1.5])


@pytest.mark.parametrize("name", ["Orthogonal", "Identity"])
def test_a_weight_that_cannot_be_filled_is_refused(name: str) -> None:
    made = construct(INITIALIZER_CLASSES[name], {})
    with pytest.raises(
        Refusal, match=f"`{name}` fills a weight of .*, but `bias` is \\[64\\]"
    ) as e:
        Weight("bias", (64,), made)
    assert e.value.argument == "bias_initializer"


def test_a_range_upside_down_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        construct(INITIALIZER_CLASSES["RandomUniform"], {"minval": 1, "maxval": 0})
    assert caught.value.code is Code.BAD_VALUE


@pytest.mark.parametrize("name", sorted(INITIALIZER_CLASSES))
def test_a_call_equals_the_keras_object_of_the_same_arguments(name: str) -> None:
    made = construct(INITIALIZER_CLASSES[name], {})
    theirs = made.keras_object(keras)
    assert type(theirs) is getattr(keras.initializers, name)
    default = getattr(keras.initializers, name)()
    for argument in arguments(type(made)):
        assert getattr(theirs, argument) == getattr(made, argument) == getattr(default, argument)


def test_names_quoted_names_and_objects_are_accepted() -> None:
    by_word = INITIALIZER.convert(Word("he_normal"))
    assert by_word == INITIALIZER.convert("he_normal")
    assert by_word == INITIALIZER.convert(construct(INITIALIZER_CLASSES["HeNormal"], {}))
    with pytest.raises(ValueError, match="there is none called `he`"):
        INITIALIZER.convert(Word("he"))


@pytest.mark.parametrize("name", sorted(REGULARIZER_CLASSES))
def test_regularizers_have_keras_s_defaults(name: str) -> None:
    ours: Any = construct(REGULARIZER_CLASSES[name], {}).keras_object(keras)
    theirs = getattr(keras.regularizers, name)()
    assert ours.get_config() == pytest.approx(theirs.get_config())


def test_regularizers_by_name() -> None:
    assert {"l1": L1(0.01), "l2": L2(0.01), "l1_l2": L1L2(0.0, 0.0)} == REGULARIZERS
