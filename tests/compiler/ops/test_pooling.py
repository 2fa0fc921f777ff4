"""Pools: padded cells, refusals, costs, and the ONNX they become."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.kinds import Word
from netc.compiler.ops.base.op import Op, Window
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.pool.global_pooling import (
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
)
from netc.compiler.ops.pool.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    MaxPooling1D,
    MaxPooling2D,
)
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run


def test_a_window_larger_than_the_input_is_refused() -> None:
    fault = refusal(("N", 8, 2, 3), MaxPooling2D, pool_size=(2, 3))
    assert fault.code is Code.EMPTY_DIM
    assert fault.message == (
        "`MaxPooling2D` cannot fit a window of 2 by 3 into [N, 8, 2, 3]: axis 2 is 2 long"
    )
    assert (fault.argument, fault.inputs) == ("pool_size", (0,))
    assert fault.help == "give it `padding=same`, or a window of at most 2 along that axis"


def test_a_symbolic_size_may_turn_out_large_enough() -> None:
    pooled = output(chain(("N", "T", 3), made(MaxPooling1D, pool_size=4)))
    assert str(pooled) == "float32[N, floor(T/4), 3]"


@pytest.mark.parametrize(
    ("args", "argument"),
    [
        ({"pool_size": 0}, "pool_size"),
        ({"pool_size": (2, 2, 2)}, "pool_size"),
        ({"strides": 0}, "strides"),
        ({"padding": "causal"}, "padding"),
    ],
)
def test_arguments_out_of_range_are_named(args: dict[str, object], argument: str) -> None:
    assert refusal(("N", 8, 8, 2), AveragePooling2D, **args).argument == argument


def test_a_pool_without_strides_steps_by_its_size() -> None:
    assert output(chain((1, 9, 8, 1), made(MaxPooling2D, pool_size=(3, 2)))).shape == (1, 3, 4, 1)


def test_padded_cells_do_not_count_in_a_mean() -> None:
    pool = made(AveragePooling2D, pool_size=3, strides=1, padding="same")
    ones = np.ones((1, 4, 5, 1), np.float32)
    np.testing.assert_allclose(run(model(chain((1, 4, 5, 1), pool)), ones), ones)


def test_padded_cells_are_never_the_largest() -> None:
    pool = made(MaxPooling1D, pool_size=3, strides=2, padding="same")
    below = np.full((1, 6, 1), -5, np.float32)
    assert run(model(chain((1, "T", 1), pool)), below).max() == -5


@pytest.mark.parametrize(
    ("op", "shape", "flops"),
    [
        (made(MaxPooling2D, pool_size=(2, 3)), (2, 4, 6, 5), 2 * 2 * 2 * 5 * 6),
        (made(AveragePooling1D, pool_size=4, strides=2), (1, 8, 3), 3 * 3 * 4),
        (made(GlobalAveragePooling2D), (2, 4, 6, 5), 2 * 4 * 6 * 5),
    ],
)
def test_flops_are_the_cells_looked_at(op: Op, shape: tuple[int, ...], flops: int) -> None:
    assert costs(chain(shape, op)) == (0, 0, flops)


def test_windows_for_the_receptive_field() -> None:
    x = TensorType("float32", (1, 8, 8, 3))
    assert made(MaxPooling2D, pool_size=3, strides=2).window(x) == Window((3, 3), (2, 2), (1, 1))
    assert made(GlobalMaxPooling2D).window(x) is None


def test_global_pools_meet_no_transpose_after_a_convolution() -> None:
    lowered = model(
        chain(
            ("N", 6, 6, 3),
            made(Conv2D, filters=4, kernel_size=3),
            made(MaxPooling2D),
            made(GlobalAveragePooling2D),
        )
    )
    assert node_types(lowered) == {
        "Transpose": 1,
        "Conv": 1,
        "MaxPool": 1,
        "GlobalAveragePool": 1,
        "Flatten": 1,
    }


def test_global_pools_of_a_channels_last_tensor_need_no_transpose_at_all() -> None:
    lowered = model(chain(("N", "T", 3), made(GlobalAveragePooling1D)))
    assert node_types(lowered) == {"ReduceMean": 1}


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("before", [[], [made(MaxPooling2D, pool_size=1)]], ids=["last", "first"])
@pytest.mark.parametrize("opset", range(17, 23))
def test_every_opset_pools_everything(opset: int, before: list[Op], keepdims: bool) -> None:
    x = np.random.default_rng(0).random((2, 5, 4, 3), np.float32)
    for cls, expected in (
        (GlobalAveragePooling2D, x.mean((1, 2), keepdims=keepdims)),
        (GlobalMaxPooling2D, x.max((1, 2), keepdims=keepdims)),
    ):
        checked = chain(("N", "H", "W", 3), *before, made(cls, keepdims=keepdims))
        np.testing.assert_allclose(run(model(checked, opset), x), expected, rtol=1e-6)


@pytest.mark.parametrize("opset", range(17, 23))
@pytest.mark.parametrize("cls", [MaxPooling2D, AveragePooling2D])
def test_every_opset_gives_the_same_numbers(cls: type[Op], opset: int) -> None:
    checked = chain(("N", "H", "W", 2), made(cls, pool_size=3, strides=2, padding="same"))
    x = np.random.default_rng(0).random((1, 7, 6, 2), np.float32)
    np.testing.assert_allclose(run(model(checked, opset), x), run(model(checked), x), rtol=1e-6)


def test_a_word_that_is_no_padding_is_held_against_the_words() -> None:
    fault = refusal(("N", 8, 8, 2), MaxPooling2D, padding=Word("causal"))
    assert fault.code is Code.BAD_VALUE
    assert fault.message.endswith(", not `causal`")


@pytest.mark.parametrize("cls", [MaxPooling1D, MaxPooling2D, AveragePooling2D])
def test_no_window_may_hold_padding_alone(cls: type[Op]) -> None:
    fault = refusal(("N", 9, 9, 2)[: 3 if cls is MaxPooling1D else 4], cls, pool_size=2, padding=2)
    assert (fault.code, fault.argument) == (Code.BAD_VALUE, "padding")
    assert "by 2 cells, so that one window would hold nothing else" in fault.message
    assert fault.help == "give it a padding of at most 1 along that axis"


def test_ceil_mode_has_no_meaning_where_nothing_is_left_over() -> None:
    fault = refusal(("N", 9, 9, 2), MaxPooling2D, padding="same", ceil_mode=True)
    assert (fault.code, fault.argument) == (Code.BAD_VALUE, "ceil_mode")


def test_a_mean_over_a_padding_in_numbers_says_what_counts() -> None:
    fault = refusal(("N", 9, 9, 2), AveragePooling2D, pool_size=3, padding=1)
    assert fault.code is Code.MISSING_ARGUMENT
    assert "count_include_pad" in fault.message


def test_the_padding_of_same_never_counts() -> None:
    fault = refusal(("N", 9, 9, 2), AveragePooling2D, padding="same", count_include_pad=True)
    assert (fault.code, fault.argument) == (Code.BAD_VALUE, "count_include_pad")


def test_a_padded_input_that_is_still_too_small_is_refused() -> None:
    fault = refusal(("N", 1, 9, 2), MaxPooling2D, pool_size=4, padding=1)
    assert fault.code is Code.EMPTY_DIM
    assert "axis 1 is 1 long, 3 with what pads it" in fault.message


def pooled_as_torch(x: np.ndarray, cells: int, step: int, around: int, ceil: bool) -> list[float]:
    """The largest values along an axis as PyTorch's documentation says them."""
    size = len(x)
    count = size + 2 * around - cells
    windows = (-(-count // step) if ceil else count // step) + 1
    if ceil and (windows - 1) * step >= size + around:
        windows -= 1
    starts = [index * step - around for index in range(windows)]
    return [x[max(start, 0) : start + cells].max() for start in starts]


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize(("cells", "step", "around"), [(3, 2, 1), (2, 3, 1), (4, 3, 2), (1, 3, 0)])
def test_windows_are_those_of_torch(cells: int, step: int, around: int, ceil: bool) -> None:
    args = {"pool_size": cells, "strides": step, "padding": around, "ceil_mode": ceil}
    lowered = model(chain((1, "T", 1), made(MaxPooling1D, **args)))
    for size in range(cells, cells + 7):
        x = np.random.default_rng(size).normal(-9, 1, size).astype(np.float32)
        expected = pooled_as_torch(x, cells, step, around, ceil)
        known = output(chain((1, size, 1), made(MaxPooling1D, **args)))
        assert known.shape == (1, len(expected), 1)
        np.testing.assert_array_equal(run(lowered, x[None, :, None])[0, :, 0], expected)


@pytest.mark.parametrize(("counts", "mean"), [(True, 4 / 9), (False, 1.0)])
def test_padded_cells_count_where_it_is_said(counts: bool, mean: float) -> None:
    pool = made(AveragePooling2D, pool_size=3, strides=1, padding=1, count_include_pad=counts)
    ones = np.ones((1, 4, 5, 1), np.float32)
    assert run(model(chain((1, "H", "W", 1), pool)), ones)[0, 0, 0, 0] == np.float32(mean)


def test_cells_past_the_padding_never_count() -> None:
    pool = made(
        AveragePooling1D, pool_size=3, strides=2, padding=1, ceil_mode=True, count_include_pad=True
    )
    ones = np.ones((1, 4, 1), np.float32)
    # The last window holds one cell, one of the padding, and one that is not there.
    np.testing.assert_allclose(run(model(chain((1, 4, 1), pool)), ones)[0, :, 0], [2 / 3, 1, 0.5])
