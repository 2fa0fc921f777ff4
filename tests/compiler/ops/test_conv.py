"""Convolutions: what they refuse, what they cost, and the ONNX they become."""

from __future__ import annotations

import numpy as np
import pytest
from netc.compiler.ops.base.op import Op, Window
from netc.compiler.ops.conv.conv import Conv1D, Conv2D
from netc.compiler.ops.conv.conv_transpose import Conv2DTranspose
from netc.compiler.ops.conv.depthwise import DepthwiseConv1D, DepthwiseConv2D
from netc.compiler.ops.conv.separable import SeparableConv1D, SeparableConv2D
from netc.compiler.ops.table import ALIASES, OPS
from netc.compiler.shapes.types import TensorType
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output, refusal, run


def test_a_kernel_larger_than_the_input_is_refused() -> None:
    fault = refusal(("N", 3, 8, 2), Conv2D, filters=4, kernel_size=5)
    assert fault.code is Code.EMPTY_DIM
    assert fault.message == (
        "`Conv2D` cannot fit a kernel of 5 by 5 into [N, 3, 8, 2]: axis 1 is 3 long"
    )
    assert (fault.argument, fault.inputs) == ("kernel_size", (0,))
    assert fault.help == "give it `padding=same`, or a kernel of at most 3 along that axis"


def test_a_dilated_kernel_is_measured_with_its_gaps() -> None:
    fault = refusal(("N", 8, 6, 2), Conv2D, filters=4, kernel_size=3, dilation_rate=(1, 3))
    assert fault.message == (
        "`Conv2D` cannot fit a kernel of 3 by 3, spread to 3 by 7 by its dilation, into "
        "[N, 8, 6, 2]: axis 2 is 6 long"
    )
    assert fault.help.endswith("a kernel of at most 2 along that axis")


@pytest.mark.parametrize("cls", [DepthwiseConv1D, DepthwiseConv2D])
def test_depthwise_kernels_must_fit_too(cls: type[Op]) -> None:
    shape = ("N", 3, 3) if cls is DepthwiseConv1D else ("N", 3, 3, 2)
    assert refusal(shape, cls, kernel_size=4).code is Code.EMPTY_DIM


@pytest.mark.parametrize("cls", [SeparableConv1D, SeparableConv2D, Conv1D, Conv2D])
def test_a_kernel_as_large_as_the_input_fits(cls: type[Op]) -> None:
    shape = ("N", 3, 2) if cls.__name__.endswith("1D") else ("N", 3, 3, 2)
    typed = output(chain(shape, made(cls, filters=5, kernel_size=3)))
    assert set(typed.shape[1:-1]) == {1}


def test_groups_must_divide_the_filters() -> None:
    fault = refusal(("N", 5, 5, 6), Conv2D, filters=4, kernel_size=1, groups=3)
    assert fault.code is Code.BAD_VALUE
    assert fault.message == "`Conv2D` cannot split 4 filters into 3 groups of one size"
    assert fault.argument == "groups"


def test_groups_must_divide_the_channels() -> None:
    fault = refusal(("N", 5, 5, 7), Conv2D, filters=6, kernel_size=1, groups=3)
    assert fault.code is Code.SHAPE
    assert fault.message == (
        "`Conv2D` cannot split the 7 channels of [N, 5, 5, 7] into 3 groups of one size"
    )
    assert (fault.argument, fault.inputs) == ("groups", (0,))


def test_strides_with_a_dilation_are_refused_as_in_keras() -> None:
    fault = refusal(("N", 9, 2), Conv1D, filters=2, kernel_size=2, strides=2, dilation_rate=3)
    assert fault.code is Code.BAD_VALUE
    assert fault.message == (
        "`Conv1D` takes strides or a dilation, not both; got strides=2 and dilation_rate=3"
    )
    assert fault.help == "leave `strides` out and follow with `-> MaxPooling1D(1, strides=2)`"


@pytest.mark.parametrize(
    ("args", "argument"),
    [
        ({"filters": 0, "kernel_size": 3}, "filters"),
        ({"filters": 4, "kernel_size": 0}, "kernel_size"),
        ({"filters": 4, "kernel_size": (3, 3, 3)}, "kernel_size"),
        ({"filters": 4, "kernel_size": 3, "strides": 0}, "strides"),
        ({"filters": 4, "kernel_size": 3, "dilation_rate": -1}, "dilation_rate"),
        ({"filters": 4, "kernel_size": 3, "groups": 0}, "groups"),
        ({"filters": 4, "kernel_size": 3, "padding": "causal"}, "padding"),
    ],
)
def test_arguments_out_of_range_are_named(args: dict[str, object], argument: str) -> None:
    fault = refusal(("N", 8, 8, 2), Conv2D, **args)
    assert fault.code is Code.BAD_VALUE
    assert fault.argument == argument


def test_symbolic_channels_are_refused() -> None:
    fault = refusal(("N", 8, 8, "C"), Conv2D, filters=4, kernel_size=3)
    assert fault.message == "`Conv2D` needs to know how many channels come in, but it is `C`"


@pytest.mark.parametrize(
    ("shape", "cls", "help"),
    [
        ((2, 28, 28), Conv2D, "add a channel axis: `-> Reshape((28, 28, 1))`"),
        ((2, "T"), Conv1D, "add a channel axis: `-> Reshape((T, 1))`"),
        ((2, 784), Conv2D, "`-> Reshape((height, width, channels))` makes a picture of a vector"),
        ((2, 8, 8, 3), Conv1D, "`Conv2D` takes a picture"),
    ],
)
def test_a_wrong_rank_says_how_to_reach_the_right_one(
    shape: tuple[int | str, ...], cls: type[Op], help: str
) -> None:
    fault = refusal(shape, cls, filters=4, kernel_size=1)
    assert fault.code is Code.RANK
    assert fault.help == help


def test_output_padding_must_be_less_than_the_strides() -> None:
    fault = refusal(
        ("N", 4, 4, 2), Conv2DTranspose, filters=2, kernel_size=3, strides=2, output_padding=2
    )
    assert fault.message == (
        "`Conv2DTranspose` takes an `output_padding` less than its strides, got 2 for strides=2"
    )
    assert fault.help == "give it at most 1, or leave it out"


def test_an_even_same_kernel_needs_some_output_padding() -> None:
    fault = refusal(
        ("N", 4, 4, 2),
        Conv2DTranspose,
        filters=2,
        kernel_size=2,
        strides=2,
        padding="same",
        output_padding=0,
    )
    assert fault.code is Code.BAD_VALUE
    assert fault.argument == "output_padding"


@pytest.mark.parametrize(
    ("op", "shape", "params", "macs"),
    [
        # 8 * 8 positions, 16 filters, 3 * 3 * 4 cells each.
        (
            made(Conv2D, filters=16, kernel_size=3, padding="same"),
            (1, 8, 8, 4),
            3 * 3 * 4 * 16 + 16,
            8 * 8 * 16 * 3 * 3 * 4,
        ),
        # Two groups of 2 channels.
        (
            made(Conv2D, filters=16, kernel_size=3, groups=2, use_bias=False),
            (1, 8, 8, 4),
            3 * 3 * 2 * 16,
            6 * 6 * 16 * 3 * 3 * 2,
        ),
        (
            made(Conv1D, filters=6, kernel_size=2, strides=2),
            (3, 8, 5),
            2 * 5 * 6 + 6,
            3 * 4 * 6 * 2 * 5,
        ),
        # Every input cell meets every kernel cell once for each filter.
        (
            made(Conv2DTranspose, filters=2, kernel_size=4, strides=2, padding="same"),
            (1, 5, 6, 3),
            4 * 4 * 3 * 2 + 2,
            5 * 6 * 3 * 4 * 4 * 2,
        ),
        (
            made(DepthwiseConv2D, kernel_size=3, depth_multiplier=2),
            (1, 5, 5, 4),
            3 * 3 * 4 * 2 + 8,
            3 * 3 * 8 * 3 * 3,
        ),
        (
            made(SeparableConv2D, filters=7, kernel_size=3, depth_multiplier=2, padding="same"),
            (1, 5, 5, 4),
            3 * 3 * 8 + 8 * 7 + 7,
            5 * 5 * 8 * 3 * 3 + 5 * 5 * 8 * 7,
        ),
    ],
)
def test_parameters_and_macs(op: Op, shape: tuple[int, ...], params: int, macs: int) -> None:
    assert costs(chain(shape, op)) == (params, macs, 2 * macs)


def test_shapes_of_symbolic_sizes_are_written_as_formulas() -> None:
    valid = output(chain(("N", "H", "W", 3), made(Conv2D, filters=4, kernel_size=3, strides=2)))
    assert str(valid) == "float32[N, ceil(H/2) - 1, ceil(W/2) - 1, 4]"
    same = made(Conv2D, filters=4, kernel_size=3, strides=2, padding="same")
    assert str(output(chain(("N", "H", "W", 3), same))) == "float32[N, ceil(H/2), ceil(W/2), 4]"
    larger = made(Conv2DTranspose, filters=4, kernel_size=3, strides=2, padding="same")
    assert str(output(chain(("N", "H", "W", 3), larger))) == "float32[N, 2*H, 2*W, 4]"


def test_transposed_and_plain_convolutions_undo_each_others_sizes() -> None:
    down = made(Conv2D, filters=4, kernel_size=3, strides=2, padding="same")
    up = made(Conv2DTranspose, filters=3, kernel_size=3, strides=2, padding="same")
    assert output(chain(("N", 8, 6, 3), down, up)).shape[1:] == (8, 6, 3)


def test_one_transpose_at_each_border_and_none_between() -> None:
    lowered = model(
        chain(
            ("N", 8, 8, 3),
            made(Conv2D, filters=4, kernel_size=3, strides=2, padding="same"),
            made(DepthwiseConv2D, kernel_size=3, padding="same"),
            made(SeparableConv2D, filters=4, kernel_size=3, activation="sigmoid"),
            made(Conv2DTranspose, filters=2, kernel_size=2, strides=2),
        )
    )
    assert node_types(lowered)["Transpose"] == 2
    assert lowered.graph.node[0].op_type == "Transpose"
    assert lowered.graph.node[-1].op_type == "Transpose"


def test_known_sizes_get_pads_and_symbolic_ones_auto_pad() -> None:
    op = made(Conv2D, filters=2, kernel_size=3, strides=2, padding="same")

    def attributes(shape: tuple[int | str, ...]) -> dict[str, object]:
        (conv,) = [n for n in model(chain(shape, op)).graph.node if n.op_type == "Conv"]
        return {a.name: list(a.ints) or a.s for a in conv.attribute}

    # TensorFlow pads an even size at the end only.
    assert attributes(("N", 6, 7, 2))["pads"] == [0, 1, 1, 1]
    symbolic = attributes(("N", "H", "W", 2))
    assert symbolic["auto_pad"] == b"SAME_UPPER"
    assert "pads" not in symbolic


def test_causal_convolution_sees_no_later_step() -> None:
    op = made(Conv1D, filters=2, kernel_size=3, dilation_rate=2, padding="causal")
    lowered = model(chain(("N", 9, 2), op))
    x = np.random.default_rng(0).random((1, 9, 2), np.float32)
    changed = x.copy()
    changed[:, 5:] += 1
    before, after = run(lowered, x), run(lowered, changed)
    np.testing.assert_array_equal(before[:, :5], after[:, :5])
    assert not np.allclose(before[:, 5], after[:, 5])


def test_receptive_fields_of_one_layer() -> None:
    def window(cls: type[Op], **args: object) -> Window | None:
        return made(cls, **args).window(TensorType("float32", (1, 16, 16, 2)))

    plain = window(Conv2D, filters=2, kernel_size=(3, 5), dilation_rate=2)
    assert plain == Window((3, 5), (1, 1), (2, 2))
    larger = window(Conv2DTranspose, filters=2, kernel_size=(4, 3), strides=2)
    assert larger == Window((2, 2), (1, 1), (1, 1), scale=(2, 2))


@pytest.mark.parametrize("opset", range(17, 23))
@pytest.mark.parametrize(
    "op",
    [
        made(Conv2D, filters=2, kernel_size=3, strides=2, padding="same"),
        made(Conv2DTranspose, filters=2, kernel_size=3, strides=2, padding="same"),
        made(DepthwiseConv2D, kernel_size=3, strides=2, dilation_rate=2, padding="same"),
    ],
    ids=lambda op: op.name,
)
def test_every_opset_gives_the_same_numbers(op: Op, opset: int) -> None:
    checked = chain(("N", "H", "W", 2), op)
    x = np.random.default_rng(0).random((1, 7, 6, 2), np.float32)
    np.testing.assert_allclose(run(model(checked, opset), x), run(model(checked), x), rtol=1e-6)


def test_keras_s_other_names_are_aliases() -> None:
    keras = pytest.importorskip("keras")
    for alias, cls in ALIASES.items():
        assert getattr(keras.layers, alias) is getattr(keras.layers, cls.__name__)
        assert alias not in OPS
