"""What is written like something before is not looked at anew; the findings are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from netc.compiler.analysis import Analysis
from netc.compiler.check import check_files
from netc.compiler.expand import again, body, layers, pipelines
from netc.compiler.ir import infer
from netc.compiler.link.resolve_expressions import Expressions
from netc.dsl.syntax import ast

from ..mutation.slips import slips
from ..places import MODELS

PATH, OTHER = Path("short.net"), Path("other.net")
BLOCK = "  x = x -> Conv2D(8, 3, padding=same) -> Conv2D(8, 3, padding=same)\n  return x\n"
WIDE = f"block Wide(x: [N, H, W, C], n: int, same: int = 1) {{\n{BLOCK}}}\n"
IMPORTED = """
block Conv2D(x: [N, H, W, C], n: int, k: int) { return x -> Dense(n + k) }
block There(x: [N, H, W, C]) { return x -> Conv2D(8, 3) -> Conv2D(8, 3) }
"""

LINES = (
    *("x = x -> Conv2D(8, 3)", "x = x -> Conv2D(8, 3, padding=same, activation=relu)"),
    *("x = x -> Conv2D(4, (3, 3), padding=same)", "y = x -> Conv2D(4, (3, 3), padding=same)"),
    *("x = x -> MaxPooling2D(2)", "x = x -> ReLU -> ReLU -> Conv2D(8, 3)", "x = y -> ReLU"),
    *("x = x -> Wide(8)", "x = x -> Wide(8)", "x = (x, x) -> Add", "x = x -> Conv2D(8, 3) as kept"),
    # Names of the program that hide words, and what is the value of one here and there.
    *("same = 2", "relu = 0", "n = 4", "n = 8", "x = x -> Conv2D(n, 3)", "ReLU = Dropout(0.5)"),
    *("layer conv = Conv2D(8, 3, padding=same)", "x = x -> conv", "conv = Dense(8)"),
    # Faults: of words, arguments, shapes, names, and of what is there twice.
    *("x = x -> Conv2D(8, 3, padding=sane)", "x = x -> Conv2D(8, 3, pading=same)", "x = x -> nope"),
    *("x = x -> Conv2D(8)", "x = x -> Flatten", "x = x -> Dense(4)", "x = x -> Conv2D(0, 3)"),
    *("y, z = x -> TopK(1)", "y, z = x -> TopK(1)", "x = x -> TopK(1)"),
    *("repeat 3 { x = x -> Conv2D(8, 3, padding=same) }", "z = x -> GlobalAveragePooling2D"),
    *(
        "for i in range(3) { x = x -> Conv2D(8, 3) -> ReLU }",
        "x = x -> ReLU * 3",
        "x = nope -> ReLU",
    ),
)

SHAPES = ("N, H, W, 3", "N, 9, 9, 8", "N, H, 2 * W, 8")


def check(text: str, max_layers: int) -> Analysis:
    overlay = {PATH.resolve(): text, OTHER.resolve(): IMPORTED}
    return check_files([PATH], overlay=overlay, max_layers=max_layers)


def found(analysis: Analysis) -> object:
    """All that a check hands on, the nodes of its graphs with their spans and traces among it."""
    graphs = [net.graph and net.graph.graph for net in analysis.nets]
    parts = [
        graph and (list(graph), graph.blocks, graph.inputs, graph.outputs, graph.masks)
        for graph in graphs
    ]
    return analysis.diagnostics, analysis.work, parts


def plain(text: str, max_layers: int) -> Analysis:
    """A check that looks at everything anew."""

    def layer(self: Expressions, target: ast.Expr, text: str) -> None:
        look(self, target, text)
        self._sound.clear()

    def head(self: Expressions, name: ast.Name) -> None:
        look_at_head(self, name)
        self._sound_heads.clear()

    look, look_at_head = Expressions._layer, Expressions._head
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines, "applied_again", lambda *_: None)
        patch.setattr(layers, "OBJECTS", {})
        patch.setattr(infer, "LONG", 0)
        patch.setattr(Expressions, "_layer", layer)
        patch.setattr(Expressions, "_head", head)
        return check(text, max_layers)


def same(text: str, max_layers: int = 1000) -> bool:
    return found(check(text, max_layers)) == found(plain(text, max_layers))


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Lines of a few kinds, each of them often, and one or two of others."""
    few = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=3))
    often = st.lists(st.sampled_from(few), min_size=3, max_size=9)
    seldom = st.lists(st.sampled_from(LINES), max_size=2)
    lines = [*draw(often), *draw(seldom), *draw(often)]
    return "".join(f"  {line}\n" for line in lines)


@given(bodies(), bodies(), st.sampled_from(SHAPES), st.sampled_from((5, 20, 1000)))
def test_any_lines(first: str, second: str, shape: str, max_layers: int) -> None:
    """Two nets of one file, and a block that both call."""
    assert same(
        f"{WIDE}net First(x: float32[{shape}]) {{\n{first}  return x\n}}\n"
        f"net Second(x: float32[{shape}]) {{\n{second}  return x\n}}\n",
        max_layers,
    )


def test_a_name_that_another_file_gives_to_a_block() -> None:
    """What a layer's text means here is not what it means there."""
    lines = "  x = x -> Conv2D(8, 3) -> There\n" * 3
    net = f"net Here(x: float32[N, 20, 20, 8]) {{\n{lines}  return x\n}}\n"
    text = f'from "./other.net" import There\n{net}'
    assert not check(text, 1000).failed
    assert same(text)


@pytest.mark.parametrize(
    ("layer", "count"),
    [("TopK(2)", 2), ("GRU(4, return_state=true)", 2), ("LSTM(4, return_state=true)", 3)],
)
def test_layers_of_several_results_come_again(layer: str, count: int) -> None:
    names = ", ".join(f"a{at}" for at in range(count))
    text = f"net Several(x: float32[N, 5, 6]) {{\n  {names} = x -> {layer}\n"
    text += f"  {names.replace('a', 'b')} = x -> {layer}\n  return {names}, "
    text += names.replace("a", "b") + "\n}\n"
    for _ in range(2):
        analysis = check(text, 1000)
        assert [d.message for d in analysis.diagnostics] == []
        graph = analysis.nets[0].graph
        assert graph is not None
        assert len(graph.graph.outputs) == 2 * count
    assert same(text)


def test_masks() -> None:
    """A layer passes on the mask of its tensor, however often its text came before."""
    lines = "  y = y -> Dense(4)\n" * 3 + "  x = x -> Dense(4)\n" * 3
    lines += "  x = x -> LSTM(4, return_sequences=true)\n" * 4
    text = (
        f"net Words(ids: int32[N, T], y: float32[N, T, 4]) {{\n"
        f"  x = ids -> Embedding(9, 4, mask_zero=true)\n{lines}  return x + y\n}}\n"
    )
    assert not check(text, 1000).failed
    assert same(text)


def test_shipped_nets() -> None:
    for path in sorted(MODELS.glob("*.net"))[::3]:
        text = path.read_text("utf-8")
        for one in (text, f"{text}# with what the first check left for those that follow\n"):
            assert same(one, 100_000), path


def test_a_shipped_net_with_a_slip() -> None:
    text = (MODELS / "dcgan.net").read_text("utf-8")
    # Which cannot be parsed is not looked at at all.
    readable = [slip for slip in list(slips(text))[::2] if check(slip.text, 1000).nets]
    assert len(readable) > 9
    for slip in readable:
        assert same(slip.text), slip


LONG = "  x = x -> Conv2D(8, 3, padding=same, strides=(1, 1))\n" * 60


def test_limits_stop_at_the_same_layer() -> None:
    for most in range(50, 70):
        assert same(f"net Long(x: float32[N, H, W, 3]) {{\n{LONG}  return x\n}}\n", most)


def test_steps_are_counted_as_if_every_layer_were_evaluated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(body, "STEPS_FOR_A_CHARACTER", 0)
    monkeypatch.setattr(body, "MOST_FOR_LAYERS", 0)
    monkeypatch.setattr(body, "STEPS_AT_ONCE", 1)
    text = f"net Long(x: float32[N, H, W, 3]) {{\n{LONG}  return x\n}}\n"
    failed = set()
    for most in range(700, 1800, 7):
        failed.add(check(text, most).failed)
        assert same(text, most), most
    assert failed == {False, True}


def test_zeros_of_other_nets_keep_their_sign() -> None:
    """Equal numbers are not always the same."""
    for zero in ("0.0", "-0.0", "0.0"):
        text = f"net Net(x: float32[N, 4]) {{\n  return x -> Rescaling({zero})\n}}\n"
        (net,) = check(text, 1000).nets
        assert net.graph is not None
        assert f"scale={zero}," in repr(list(net.graph)[-1].op)


def test_a_layer_that_comes_again_is_not_evaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluated = 0
    look = again.find_layer

    def counted(*given: Any) -> object:
        nonlocal evaluated
        evaluated += 1
        return look(*given)

    monkeypatch.setattr(again, "find_layer", counted)
    text = "net Long(x: float32[N, H, W, 3]) {\n" + "  x = x -> Conv2D(8, 3)\n" * 20
    analysis = check(text + "  return x\n}\n", 1000)
    assert not analysis.failed
    assert evaluated < 6
