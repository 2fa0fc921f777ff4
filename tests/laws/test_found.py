"""Nets that random testing found to be mistreated, each small and fixed."""

from __future__ import annotations

from pathlib import Path

import pytest
from netc.compiler.check import check_files
from netc.dsl.diagnostics.codes import Code

from .agreement import Incomparable, check_numbers, check_program, checked
from .decisions import MISPLACED_BIAS
from .programs import Program


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        # onnxruntime loads no LRN with these.
        ("LRN(beta=-0.25)", Code.BAD_VALUE),
        ("LRN(alpha=0)", Code.BAD_VALUE),
        # Keras takes standard deviations up to 1.
        ("GaussianNoise(stddev=1.5)", Code.BAD_VALUE),
        # Nothing asked the initializer inside an LSTM's bias whether it fits.
        ("Reshape([8, 4]) -> LSTM(1, bias_initializer=orthogonal)", Code.BAD_VALUE),
        # A tensor without axes has no last one: this was an IndexError.
        ("Sum(axis=[0, 1, 2, 3]) -> Rescaling([1, 2])", Code.SHAPE),
    ],
)
def test_layers_that_are_refused(layers: str, code: Code) -> None:
    path = Path("net.net")
    text = f"net Net(x: float32[N, 4, 4, 2]) {{ return x -> {layers} }}\n"
    (fault,) = check_files([path], overlay={path.resolve(): text}).diagnostics
    assert fault.code is code


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "layers",
    [
        # Keras took GLU's output to be as wide as its input.
        "GLU -> Dense(3)",
        "GLU(axis=1) -> Flatten -> Dense(2)",
        # ONNX's LSTM has no such activation.
        "Reshape([8, 4]) -> LSTM(3, activation=gelu)",
    ],
)
def test_layers_that_mean_one_thing(layers: str) -> None:
    text = f"net Net(x: float32[N, 4, 4, 2]) {{\n  return x -> {layers}\n}}\n"
    check_program(Program(text, {"N": 2}))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "layers",
    [
        # Keras calls merged integers float32 until the net runs.
        "Clip(min=2, max=4)",
        "ReversibleEmbedding(input_dim=9, output_dim=2)",
        "Equal(number=2) -> Cast(int32)",
    ],
)
def test_merged_integers_stay_integers(layers: str) -> None:
    text = f"net Net(x: int32[N, 2]) {{\n  return Concatenate(x, x) -> {layers}\n}}\n"
    check_program(Program(text, {"N": 2}))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "layer", ["GRU(2)", "GRU(2, return_state=true)", "Bidirectional(GRU(2), merge_mode=none)"]
)
def test_a_sequence_without_steps_gives_zeros_whatever_it_starts_from(layer: str) -> None:
    starts = "s, s" if "Bi" in layer else "s"
    results = "a, b" if layer != "GRU(2)" else "a"
    lines = [
        "s = x[:, 0] -> Dense(2)",
        "never = x[:, :, 0] -> Greater(9)",
        f"{results} = (x, {starts}, never) -> {layer}",
        f"return {results}",
    ]
    body = "".join(f"  {line}\n" for line in lines)
    check_program(Program(f"net Net(x: float32[N, 3, 2]) {{\n{body}}}\n", {"N": 2}))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layer", ["GRU(2)", "Bidirectional(GRU(2), merge_mode=ave)"])
def test_a_mask_that_is_given_is_carried_on(layer: str) -> None:
    # Keras hands it to the next layer, as it does a mask that the tensor carried.
    lines = [
        "some = x[:, :, 0] -> Greater(0)",
        "y = (x, some) -> GRU(1, return_sequences=true)",
        f"return y -> {layer}",
    ]
    body = "".join(f"  {line}\n" for line in lines)
    check_program(Program(f"net Net(x: float32[N, 3, 2]) {{\n{body}}}\n", {"N": 5}))


@pytest.mark.filterwarnings("ignore")
def test_a_fault_of_keras_is_not_taken_for_ours() -> None:
    attends = "net Net(x: float32[N, 4, 3]) {\n  return x -> MultiHeadAttention(4, 1)\n}\n"
    assert check_program(Program(attends, {"N": 2})) == f"decided ({MISPLACED_BIAS})"
    assert check_program(Program(attends.replace("(4, 1)", "(4, 2)"), {"N": 2})) is None


@pytest.mark.filterwarnings("ignore")
def test_places_among_what_is_no_number_are_not_compared() -> None:
    text = "net Net(x: float32[N, 4, 4, 1]) {\n  return x * 5 -> Arccos -> ArgMax(axis=1)\n}\n"
    with pytest.raises(Incomparable, match="not numbers"):
        check_program(Program(text, {"N": 1}))


@pytest.mark.filterwarnings("ignore")
def test_which_of_equal_numbers_is_least_is_not_compared() -> None:
    # Normalized alone a number is 0 but for rounding.
    layers = "LayerNormalization(epsilon=0.001) -> ArgMin"
    text = f"net Net(x: float32[N, 1]) {{\n  return x -> {layers}\n}}\n"
    with pytest.raises(Incomparable, match="a rounding decides"):
        check_program(Program(text, {"N": 3}))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("value", ["a * 5 -> Embedding(9, 2)", "b[:, 4]"])
def test_an_index_that_only_the_numbers_put_out_of_range_is_not_compared(value: str) -> None:
    text = f"net Net(a: int32[N, 9], b: float32[N, H, 2]) {{\n  return {value}, a, b\n}}\n"
    with pytest.raises(Incomparable, match="an index out of range"):
        check_program(Program(text, {"N": 3, "H": 4}))


@pytest.mark.filterwarnings("ignore")
def test_a_rounding_that_grows_is_not_compared() -> None:
    text = "net Net(x: float32[N, 4, 8, 3]) {\n  return x -> CELU -> Reciprocal -> LogSigmoid\n}\n"
    with pytest.raises(Incomparable, match="a rounding grows"):
        check_program(Program(text, {"N": 3}))


MASKED = (
    "e = ids -> Embedding(9, 4, mask_zero=true)\n  f = ids -> Embedding(9, 4, mask_zero=true)\n"
)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("inputs", "body"),
    [
        # A window smaller than its stride was padded by less than nothing.
        ("x: float32[N, H, 2]", "return x -> AveragePooling1D(1, strides=3, padding=same)"),
        ("x: float32[N, H, 2]", "return x -> MaxPooling1D(1, strides=2, padding=same)"),
        (
            "x: float32[N, H, W, 6]",
            "return x -> MaxPooling2D((1, 3), strides=(2, 2), padding=same)",
        ),
        (
            "x: float32[N, H, W, 1]",
            "return x -> AveragePooling2D(2, strides=(3, 5), padding=same)",
        ),
        # Keras fills masked steps before it merges.
        ("ids: int32[N, H]", f"{MASKED}  return (e, e) -> Multiply"),
        ("ids: int32[N, H]", f"{MASKED}  return (e, f) -> Maximum"),
        ("ids: int32[N, H], x: float32[N, H, 4]", f"{MASKED}  return (x, e, f) -> Minimum"),
        # Keras sorts axes as they are written.
        ("x: float32[N, 1, 7, 3]", "return x -> RMSNormalization(axis=[3, 1, -2])"),
        ("x: float32[N, 1, 7, 3]", "return x -> LayerNormalization(axis=[3, -3])"),
        # There were no kernels for these in float64.
        ("x: float64[N, H, 2]", "return x -> UpSampling1D(2) -> ELU"),
        ("x: float64[N, H, W, 2]", "return x -> AveragePooling2D(3, strides=2, padding=same)"),
    ],
)
def test_nets_of_named_sizes_mean_one_thing(inputs: str, body: str) -> None:
    graph = checked(f"net Net({inputs}) {{\n  {body}\n}}\n")
    for height, width in ((1, 2), (5, 8), (6, 7), (7, 6), (8, 5)):
        check_numbers(graph, {"N": 2, "H": height, "W": width})
