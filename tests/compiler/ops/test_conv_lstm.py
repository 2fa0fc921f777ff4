"""Convolutional LSTMs beyond their contract: refusals, costs, masks, and the graph."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import Op
from netc.compiler.ops.recurrent.bidirectional import Bidirectional
from netc.compiler.ops.recurrent.conv_lstm import ConvLSTM1D, ConvLSTM2D
from netc.compiler.ops.recurrent.recurrent import LSTM
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run
from .graphs import refused, typed


def test_the_state_has_the_shape_of_the_convolved_step() -> None:
    layer = made(ConvLSTM2D, filters=6, kernel_size=3, strides=2, return_sequences=True)
    assert str(output(chain(("N", "T", 9, 8, 2), layer))) == "float32[N, T, 4, 3, 6]"


def test_sizes_of_a_step_must_be_known() -> None:
    fault = refusal(("N", "T", 8, "W", 2), ConvLSTM2D, filters=2, kernel_size=3)
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`ConvLSTM2D` needs to know all sizes of a step, as Keras does, but axis 3 of "
        "[N, T, 8, W, 2] is `W`"
    )


def test_a_kernel_larger_than_a_step_is_refused() -> None:
    fault = refusal(("N", "T", 2, 3), ConvLSTM1D, filters=2, kernel_size=3)
    assert (fault.code, fault.argument) == (Code.EMPTY_DIM, "kernel_size")


def test_strides_and_a_dilation_are_refused_together() -> None:
    args = {"filters": 2, "kernel_size": 2, "strides": 2, "dilation_rate": 2}
    assert refusal(("N", "T", 9, 3), ConvLSTM1D, **args).argument == "dilation_rate"


def test_an_initial_state_has_the_shape_of_the_state() -> None:
    layer = made(ConvLSTM1D, filters=2, kernel_size=2)
    fault = refused(layer, [typed("N", "T", 5, 3), typed("N", 5, 2), typed("N", 5, 2)])
    assert fault.message == "the initial state of `ConvLSTM1D` must be [N, 4, 2], got [N, 5, 2]"


def test_both_directions_give_tensors_of_one_shape() -> None:
    wide = made(ConvLSTM1D, filters=2, kernel_size=3, go_backwards=True)
    layer = made(
        Bidirectional, layer=made(ConvLSTM1D, filters=2, kernel_size=2), backward_layer=wide
    )
    fault = refused(layer, [typed("N", "T", 5, 3)])
    assert (fault.code, fault.argument) == (Code.SHAPE, "backward_layer")
    assert "got [N, 4, 2] and [N, 3, 2]" in fault.message


def test_both_directions_take_tensors_of_one_rank() -> None:
    with pytest.raises(Exception, match="must take tensors of one rank"):
        made(
            Bidirectional,
            layer=made(ConvLSTM1D, filters=2, kernel_size=2),
            backward_layer=made(LSTM, units=2, go_backwards=True),
        )


def test_macs_are_those_of_both_convolutions() -> None:
    layer = made(ConvLSTM2D, filters=5, kernel_size=(2, 3))
    gates = 4 * 5 * 2 * 3
    params = gates * (4 + 5) + 4 * 5
    macs = 7 * (8 * 6) * gates * (4 + 5)
    assert costs(chain((1, 7, 9, 8, 4), layer)) == (params, macs, 2 * macs)


def test_the_input_is_convolved_once_for_all_steps() -> None:
    lowered = model(chain(("N", "T", 4, 5, 2), made(ConvLSTM2D, filters=2, kernel_size=2)))
    kinds = node_types(lowered)
    assert (kinds["Conv"], kinds["Scan"]) == (1, 1)


@pytest.mark.parametrize("sequences", [False, True])
def test_every_opset_gives_the_same_numbers(sequences: bool) -> None:
    layer: Op = made(ConvLSTM1D, filters=2, kernel_size=2, return_sequences=sequences)
    checked = chain(("N", "T", 5, 2), layer)
    x = np.random.default_rng(0).random((2, 3, 5, 2), np.float32)
    expected = run(model(checked), x)
    for opset in range(17, 23):
        np.testing.assert_allclose(run(model(checked, opset), x), expected, rtol=1e-5)
