"""Padding with cells of the input, held to NumPy's modes, in every layout and opset."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import Op
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.spatial.borders import (
    EdgePadding1D,
    EdgePadding2D,
    EdgePadding3D,
    ReflectionPadding1D,
    ReflectionPadding2D,
    ReflectionPadding3D,
)
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run

LAYERS = {
    "reflect": (ReflectionPadding1D, ReflectionPadding2D, ReflectionPadding3D),
    "edge": (EdgePadding1D, EdgePadding2D, EdgePadding3D),
}


@pytest.mark.parametrize("mode", LAYERS)
@pytest.mark.parametrize("sides", [((2, 1),), ((0, 3), (2, 1)), ((1, 0), (2, 2), (0, 3))])
def test_the_cells_are_those_of_numpy(mode: str, sides: tuple[tuple[int, int], ...]) -> None:
    layer = LAYERS[mode][len(sides) - 1]
    padding = sides[0] if len(sides) == 1 else sides
    names = ("N", *("D", "H", "W")[: len(sides)], 2)
    x = np.random.default_rng(0).random((2, *(4, 5, 6)[: len(sides)], 2), np.float32)
    expected = np.pad(x, ((0, 0), *sides, (0, 0)), mode)
    for shape in (names, x.shape):
        np.testing.assert_array_equal(
            run(model(chain(shape, made(layer, padding=padding))), x), expected
        )


@pytest.mark.parametrize("cls", [ReflectionPadding2D, EdgePadding2D])
def test_a_padding_between_convolutions_is_written_in_their_layout(cls: type[Op]) -> None:
    conv = made(Conv2D, filters=4, kernel_size=3)
    lowered = model(chain(("N", 6, 6, 3), conv, made(cls), conv))
    assert node_types(lowered) == {"Transpose": 2, "Conv": 2, "Pad": 1}


@pytest.mark.parametrize("opset", range(17, 26))
@pytest.mark.parametrize("cls", [ReflectionPadding2D, EdgePadding2D])
def test_every_opset_pads_alike(cls: type[Op], opset: int) -> None:
    checked = chain(("N", "H", "W", 2), made(cls, padding=(1, 2)))
    x = np.random.default_rng(0).random((1, 4, 3, 2), np.float32)
    np.testing.assert_array_equal(run(model(checked, opset), x), run(model(checked), x))


def test_nothing_is_done_where_nothing_is_added() -> None:
    lowered = model(chain(("N", 4, 4, 2), made(ReflectionPadding2D, padding=0)))
    assert node_types(lowered) == {"Identity": 1}


def test_a_mirror_needs_more_cells_than_it_shows() -> None:
    fault = refusal(("N", 5, 2, 3), ReflectionPadding2D, padding=2)
    assert (fault.code, fault.argument, fault.inputs) == (Code.SHAPE, "padding", (0,))
    assert fault.message == (
        "`ReflectionPadding2D` cannot mirror 2 columns of [N, 5, 2, 3]: axis 2 is 2 long, and its "
        "edge is not repeated"
    )
    assert (
        fault.help == "mirror fewer columns than there are, or repeat the edge with `EdgePadding2D`"
    )


def test_an_edge_can_be_repeated_any_number_of_times() -> None:
    assert output(chain(("N", 1, 3), made(EdgePadding1D, padding=9))).shape[1:] == (19, 3)


def test_a_named_size_may_turn_out_large_enough() -> None:
    padded = output(chain(("N", "T", 3), made(ReflectionPadding1D, padding=4)))
    assert str(padded) == "float32[N, T + 8, 3]"


def test_padding_costs_nothing() -> None:
    assert costs(chain((1, 4, 4, 2), made(EdgePadding2D))) == (0, 0, 0)
