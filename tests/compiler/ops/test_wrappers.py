"""Bidirectional and TimeDistributed beyond their contract: weights, graphs, refusals, text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.check import check_files
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.lower import lower_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.compiler.ops.base.op import Op, Refusal, Window, construct
from netc.compiler.ops.conv.conv import Conv2D
from netc.compiler.ops.core.dense import Dense, Maxout
from netc.compiler.ops.core.embedding import OneHot
from netc.compiler.ops.core.preprocessing import Normalization
from netc.compiler.ops.recurrent.bidirectional import Bidirectional
from netc.compiler.ops.recurrent.recurrent import GRU, LSTM, SimpleRNN
from netc.compiler.ops.tensor.merge import Add
from netc.compiler.ops.wrapper.wrappers import TimeDistributed
from netc.dsl.diagnostics.codes import Code

from .chain import chain, costs, made, model, node_types, output
from .graphs import refused, run, typed


def agree(checked: CheckedGraph, *arrays: np.ndarray) -> None:
    ours = run_named(checked, arrays)
    theirs = lower_keras(checked, SeededWeights(3))(list(arrays) if len(arrays) > 1 else arrays[0])
    theirs = theirs if isinstance(theirs, list | tuple) else [theirs]
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, np.asarray(other), atol=1e-5)


def run_named(checked: CheckedGraph, arrays: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    lowered = lower_onnx(checked, SeededWeights(3)).model()
    for index, given in enumerate(lowered.graph.input):
        for node in lowered.graph.node:
            for place, name in enumerate(node.input):
                if name == given.name:
                    node.input[place] = f"x{index}"
        given.name = f"x{index}"
    return run(lowered, *arrays)


def nets(folder: Path, text: str) -> list[CheckedGraph]:
    path = folder / "net.net"
    path.write_text(text, encoding="utf-8")
    analysis = check_files([path])
    assert not analysis.diagnostics, analysis.diagnostics
    return [net.graph for net in analysis.nets if net.graph is not None]


def messages(folder: Path, text: str) -> list[str]:
    path = folder / "net.net"
    path.write_text(text, encoding="utf-8")
    return [diagnostic.message for diagnostic in check_files([path]).diagnostics]


def test_weights_of_both_directions_have_names_of_their_own() -> None:
    (node,) = (n for n in chain(("N", "T", 3), Bidirectional(LSTM(4))) if n.op is not None)
    assert [(w.name, w.shape) for w in node.weights] == [
        ("forward_layer/kernel", (3, 16)),
        ("forward_layer/recurrent_kernel", (4, 16)),
        ("forward_layer/bias", (16,)),
        ("backward_layer/kernel", (3, 16)),
        ("backward_layer/recurrent_kernel", (4, 16)),
        ("backward_layer/bias", (16,)),
    ]


@pytest.mark.parametrize("layer", [SimpleRNN(4), LSTM(4), GRU(4)], ids=lambda layer: layer.name)
def test_costs_twice_what_its_layer_costs(layer: Op) -> None:
    one, both = costs(chain((2, 7, 3), layer)), costs(chain((2, 7, 3), Bidirectional(layer)))
    assert both == tuple(2 * cost for cost in one)


def test_both_directions_are_one_onnx_node() -> None:
    same = chain(("N", "T", 3), Bidirectional(LSTM(4, return_sequences=True)))
    assert node_types(model(same)) == {"Transpose": 2, "LSTM": 1, "Reshape": 1}
    other = Bidirectional(GRU(4), "sum", GRU(4, reset_after=False, go_backwards=True))
    assert node_types(model(chain(("N", "T", 3), other)))["GRU"] == 2


@pytest.mark.parametrize(
    ("mode", "shapes"),
    [
        ("concat", ["[N, T, 8]", "[N, 4]", "[N, 4]"]),
        ("sum", ["[N, T, 4]", "[N, 4]", "[N, 4]"]),
        (None, ["[N, T, 4]", "[N, T, 4]", "[N, 4]", "[N, 4]"]),
    ],
)
def test_results_of_bidirectional(mode: str | None, shapes: list[str]) -> None:
    layer = Bidirectional(GRU(4, return_sequences=True, return_state=True), mode)
    assert [str(t) for t in layer.infer(typed("N", "T", 3))] == [f"float32{s}" for s in shapes]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {"layer": GRU(4, go_backwards=True)},
            "the layer of `Bidirectional` goes backwards already",
        ),
        (
            {"layer": GRU(4), "backward_layer": GRU(4)},
            "both layers of `Bidirectional` go forwards",
        ),
        (
            {"layer": GRU(4), "backward_layer": GRU(5, go_backwards=True)},
            "the layers of `Bidirectional` must have the same `units`, "
            "got GRU(units=4) and GRU(units=5)",
        ),
        (
            {"layer": GRU(4, return_state=True), "backward_layer": LSTM(4, go_backwards=True)},
            "the layers of `Bidirectional` must have the same `return_state`, "
            "got GRU(return_state=true) and LSTM(return_state=false)",
        ),
        (
            {"layer": Dense(4)},
            "`layer` of `Bidirectional` takes a recurrent layer such as LSTM(8); "
            "`Dense` is not recurrent",
        ),
    ],
)
def test_layers_that_do_not_make_a_pair(args: dict[str, object], message: str) -> None:
    with pytest.raises(Refusal) as caught:
        construct(Bidirectional, args)
    assert caught.value.message == message


def test_bidirectional_needs_the_states_of_both_directions() -> None:
    fault = refused(Bidirectional(LSTM(4)), [typed("N", "T", 3), typed("N", 4), typed("N", 4)])
    assert fault.message == (
        "`Bidirectional` takes a sequence, or a sequence and 4 initial states (h, c, h, c), "
        "got 3 tensors"
    )


def test_time_distributed_counts_every_step() -> None:
    layer = TimeDistributed(Conv2D(4, (3, 3)))
    macs = 2 * 5 * (6 * 6) * 4 * (3 * 3 * 2)
    assert costs(chain((2, 5, 8, 8, 2), layer)) == (4 * (3 * 3 * 2 + 1), macs, 2 * macs)
    assert layer.window(typed("N", 5, 8, 8, 2)) == Window((1, 3, 3), (1, 1, 1), (1, 1, 1))


def test_time_distributed_keeps_symbols() -> None:
    checked = chain(("N", "T", "H", 6, 2), TimeDistributed(Conv2D(4, (3, 3), padding="same")))
    assert str(output(checked)) == "float32[N, T, H, 6, 4]"
    y = run_named(checked, (np.ones((2, 3, 5, 6, 2), np.float32),))[0]
    assert y.shape == (2, 3, 5, 6, 4)


def test_a_layer_that_keeps_copies_of_its_weights() -> None:
    checked = chain(("N", 3, 4), TimeDistributed(construct(Normalization, {})))
    agree(checked, np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32))


def test_time_distributed_says_which_step_does_not_fit() -> None:
    fault = refused(TimeDistributed(made(Conv2D, filters=4, kernel_size=3)), [typed("N", "T", 5)])
    assert fault.code is Code.RANK
    assert fault.message.startswith("`Conv2D` needs a tensor of rank 4")
    assert fault.message.endswith("got rank 2 [N, 5], as one step of [N, T, 5]")
    large = [typed("N", "T", 2, 2, 1)]
    fault = refused(TimeDistributed(made(Conv2D, filters=4, kernel_size=3)), large)
    assert fault.code is Code.EMPTY_DIM


def test_layers_time_distributed_does_not_take() -> None:
    with pytest.raises(Refusal, match="gives its layer one tensor, and `Add` takes 2"):
        construct(TimeDistributed, {"layer": Add()})
    fault = refused(TimeDistributed(LSTM(4, return_state=True)), [typed("N", "T", "S", 5)])
    assert fault.message == ("`TimeDistributed` needs a layer of one result, and this `LSTM` has 3")


@pytest.mark.parametrize("layer", [Maxout(4, 2), OneHot(3)], ids=lambda layer: layer.name)
def test_keras_can_hold_single_layers_only(layer: Op) -> None:
    with pytest.raises(Refusal) as caught:
        TimeDistributed(layer).keras_layer(__import__("keras"), "steps")
    assert caught.value.code is Code.NO_KERAS


def test_layers_as_arguments_in_text(tmp_path: Path) -> None:
    graphs = nets(
        tmp_path,
        """
block Encoder(x: [N, T, C], cell: layer, times: int = 1) {
  return x -> Bidirectional(cell, merge_mode=sum) * times
}

net Block(x: float32[N, T, 5]) -> [N, T, 4] {
  return x -> Encoder(LSTM(4, return_sequences=true), times=2)
}

net Results(x: float32[N, T, 5]) -> [N, 4] {
  f, b, s, t = x -> Bidirectional(GRU(4, return_state=true), merge_mode=none)
  return f * b - s * t
}

net Names(x: float32[N, T, 3, 2]) {
  return x -> TimeDistributed(Flatten) -> TimeDistributed(relu) -> TimeDistributed(Dense(2))
}

net Decoder(x: float32[N, T, 5], y: float32[N, S, 3]) -> [N, S, 6] {
  _, h, c = x -> LSTM(6, return_state=true)
  return (y, h, c) -> LSTM(6, return_sequences=true)
}
""",
    )
    rng = np.random.default_rng(0)
    for graph in graphs:
        sizes = {"N": 2, "T": 4, "S": 3}
        types = [graph.graph.node(path).outputs[0] for path in graph.graph.inputs]
        arrays = [
            rng.normal(size=[d if isinstance(d, int) else sizes[str(d)] for d in t.shape])
            for t in types
        ]
        agree(graph, *(array.astype(np.float32) for array in arrays))
    names = {weight.name for node in graphs[0] for weight in node.weights}
    assert "backward_layer/recurrent_kernel" in names


def test_a_wrapper_does_not_share_weights_or_hold_blocks(tmp_path: Path) -> None:
    found = messages(
        tmp_path,
        """
block Two(x: [N, C]) {
  return x -> Dense(C) -> Dense(C)
}

net Shared(x: float32[N, T, 5]) {
  layer encoder = LSTM(8)
  return x -> Bidirectional(encoder)
}

net Block(x: float32[N, T, 5]) {
  return x -> TimeDistributed(Two)
}
""",
    )
    assert found == [
        "`layer` of `Bidirectional` takes a recurrent layer such as LSTM(8); "
        "`LSTM` is shared with other uses; write the one layer here",
        "`layer` of `TimeDistributed` takes a layer such as Dense(8); "
        "`Two` is a block of layers; write the one layer here",
    ]
