"""Adaptive pools: their windows, costs, and the ONNX and Keras they become."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.ops.base.op import Op, Window
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.pool.adaptive import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
)
from netc.compiler.ops.wrapper.wrappers import TimeDistributed
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run


def windows(size: int, count: int) -> list[slice]:
    """PyTorch's rule."""
    return [slice(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


@pytest.mark.parametrize(
    ("cls", "pool"), [(AdaptiveAveragePooling1D, np.mean), (AdaptiveMaxPooling1D, np.max)]
)
@pytest.mark.parametrize("count", [1, 2, 3, 5, 8])
def test_one_model_pools_every_size_as_torch(
    cls: type[Op], pool: Callable[[np.ndarray], float], count: int
) -> None:
    lowered = model(chain((1, "T", 1), made(cls, output_size=count)))
    for size in range(1, 12):
        x = np.random.default_rng(size).normal(-9, 1, size).astype(np.float32)
        expected = [pool(x[window]) for window in windows(size, count)]
        fixed = model(chain((1, size, 1), made(cls, output_size=count)))
        for each in (lowered, fixed):
            got = run(each, x[None, :, None])[0, :, 0]
            np.testing.assert_allclose(got, expected, rtol=1e-6)


@pytest.mark.parametrize("cls", [AdaptiveAveragePooling2D, AdaptiveMaxPooling2D])
def test_no_value_of_a_cell_reaches_another_window(cls: type[Op]) -> None:
    lowered = model(chain((1, "H", "W", 1), made(cls, output_size=2)))
    x = np.zeros((1, 3, 5, 1), np.float32)
    x[0, 0, 0] = np.inf
    assert np.isinf(run(lowered, x)).sum() == 1


def test_equal_windows_are_one_pool_behind_a_convolution() -> None:
    pool = made(AdaptiveAveragePooling2D, output_size=(2, 3))
    lowered = model(chain(("N", 6, 8, 3), made(Conv2D, filters=4, kernel_size=3), pool))
    assert node_types(lowered) == {"Transpose": 2, "Conv": 1, "AveragePool": 1}


def test_an_output_of_one_is_a_global_pool() -> None:
    pool = made(AdaptiveMaxPooling2D, output_size=1)
    lowered = model(chain(("N", "H", "W", 3), made(Conv2D, filters=4, kernel_size=1), pool))
    assert node_types(lowered)["GlobalMaxPool"] == 1


def test_the_places_of_many_windows_are_not_in_the_model() -> None:
    pool = made(AdaptiveMaxPooling1D, output_size=100_000)
    lowered = model(chain((1, 3, 1), pool))
    assert lowered.ByteSize() < 10_000
    found = run(lowered, np.arange(3, dtype=np.float32)[None, :, None])[0, :, 0]
    np.testing.assert_array_equal(found[[0, 33_332, 33_333, 66_665, 66_666]], [0, 0, 1, 1, 2])


def test_the_shape_is_the_one_asked_for() -> None:
    pool = made(AdaptiveAveragePooling2D, output_size=(7, 3))
    assert str(output(chain(("N", "H", 4, 2), pool))) == "float32[N, 7, 3, 2]"


@pytest.mark.parametrize("size", [0, (2, 2, 2), -1])
def test_sizes_out_of_range_are_named(size: object) -> None:
    fault = refusal(("N", 8, 8, 2), AdaptiveAveragePooling2D, output_size=size)
    assert fault.argument == "output_size"


def test_flops_are_the_cells_of_the_smallest_windows() -> None:
    pool = made(AdaptiveAveragePooling2D, output_size=(2, 3))
    assert costs(chain((1, 6, 7, 5), pool)) == (0, 0, 2 * 3 * 5 * 3 * 3)


def test_equal_windows_have_a_receptive_field() -> None:
    pool = made(AdaptiveMaxPooling2D, output_size=(2, 4))
    alike = TensorType("float32", (1, 6, 8, 3))
    assert pool.window(alike) == Window((3, 2), (3, 2), (1, 1))
    assert pool.window(TensorType("float32", (1, 6, 7, 3))) is None


def test_keras_has_no_layer_that_could_stand_in_another_for_every_size() -> None:
    inner = made(AdaptiveAveragePooling1D, output_size=3)
    checked = chain(("N", 2, "T", 3), made(TimeDistributed, layer=inner))
    with pytest.raises(Exception, match="no single layer for `AdaptiveAveragePooling1D`") as found:
        lower_keras(checked)
    assert getattr(found.value, "code", None) is Code.NO_KERAS
