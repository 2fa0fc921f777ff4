"""ArgMax, ArgMin, TopK and Gather: ties, layouts, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ir.graph import Ref
from netc.compiler.ops.base.op import Op
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.tensor.lookup import ArgMax, ArgMin, Gather, TopK
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run
from .graphs import Net, refused, typed
from .graphs import run as run_net


def test_of_equal_elements_the_first_is_found() -> None:
    x = np.array([[1, 3, 3, 0, 0]], np.float32)
    assert run(model(chain((1, 5), made(ArgMax, axis=1))), x).tolist() == [1]
    assert run(model(chain((1, 5), made(ArgMin, axis=1))), x).tolist() == [3]


@pytest.mark.parametrize("axis", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("keepdims", [True, False])
def test_numbers_behind_a_convolution(axis: int | None, keepdims: bool) -> None:
    conv = made(Conv2D, filters=4, kernel_size=1)
    x = np.random.default_rng(0).random((2, 5, 6, 3), np.float32)
    plain = run(model(chain(("N", "H", 6, 3), conv)), x)
    found = run(model(chain(("N", "H", 6, 3), conv, made(ArgMax, axis=axis, keepdims=keepdims))), x)
    np.testing.assert_array_equal(found, plain.argmax(axis=axis, keepdims=keepdims))
    assert found.dtype == np.int32


def test_the_class_of_each_pixel_needs_no_second_transpose() -> None:
    conv = made(Conv2D, filters=4, kernel_size=1)
    lowered = model(chain(("N", 5, 6, 3), conv, made(ArgMax, axis=-1)))
    assert node_types(lowered)["Transpose"] == 1


def test_an_axis_that_is_not_there() -> None:
    fault = refusal(("N", 4), ArgMax, axis=-3)
    assert fault.message == "`ArgMax` has no axis -3 in [N, 4]"
    assert fault.help == "axis must be from -2 to 1"


def test_top_k_gives_values_and_places() -> None:
    net = Net()
    top = net.add(made(TopK, k=3), net.input("N", 5))
    lowered = net.onnx(top, Ref(top.node, 1))
    values, places = run_net(lowered, np.array([[5, 1, 7, 5, 0]], np.float32))
    assert values.tolist() == [[7, 5, 5]]
    assert places.tolist() == [[2, 0, 3]]
    assert places.dtype == np.int32


def test_more_than_there_are() -> None:
    fault = refusal(("N", 4, 5), TopK, k=6)
    assert fault.code is Code.BAD_VALUE
    assert fault.message == (
        "`TopK` cannot take 6 elements of the last axis of [N, 4, 5], which is 5 long"
    )
    assert (fault.argument, fault.help) == ("k", "give it `k` of at most 5")
    assert refusal(("N", 4), TopK, k=0).argument == "k"


def test_places_are_integers() -> None:
    fault = refused(made(Gather, axis=1), [typed("N", 4), typed("M")])
    assert (fault.code, fault.inputs) == (Code.DTYPE, (1,))
    assert fault.message == "`Gather` takes places as an int tensor, got float32"


def test_negative_places_count_from_the_end() -> None:
    net = Net()
    gathered = net.add(made(Gather, axis=1), net.input("N", 4), net.input(2, dtype="int32"))
    (y,) = run_net(
        net.onnx(gathered), np.array([[1, 2, 3, 4]], np.float32), np.array([-1, 0], np.int32)
    )
    assert y.tolist() == [[4, 1]]


@pytest.mark.parametrize("op", [made(ArgMax, axis=1), made(TopK, k=2)])
def test_every_element_is_looked_at_once(op: Op) -> None:
    assert costs(chain((2, 3, 4), op)) == (0, 0, 24)


def test_the_axes_of_the_places_replace_the_axis() -> None:
    op = made(Gather, axis=1)
    (made_type,) = op.infer(typed("N", 7, 3), typed("T", 2, dtype="int32"))
    assert str(made_type) == "float32[N, T, 2, 3]"
    assert str(output(chain(("N", "T", 3), made(ArgMin)))) == "int32[]"
