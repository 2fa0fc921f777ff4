"""The graphs in the files of Keras: models in models, several outputs, how Keras 2 wrote them."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from netc.compiler.ir.graph import CheckedGraph
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.infer.session import Session
from netc.runtime.weights import load_weights
from netc.runtime.weights.keras_graph import keras_graph

from ..nets import net

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    keras = pytest.importorskip("keras")

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def dense(activation: str | None = None) -> Any:
    return keras.layers.Dense(4, activation=activation, bias_initializer="random_normal")


def twice() -> Any:
    """A model of two branches that is a layer of another one, used twice."""
    x = keras.Input((4,))
    inner = keras.Model(x, keras.layers.Subtract()([dense("relu")(x), dense("tanh")(x)]))
    inputs = [keras.Input((4,)), keras.Input((4,))]
    return keras.Model(inputs, dense()(keras.layers.Concatenate()([inner(i) for i in inputs])))


TWICE = """
block Inner(x: [N, C]) {
  a = x -> Dense(4, activation=tanh)
  return (x -> Dense(4, activation=relu)) - a
}
net Twice(u: float32[N, 4], v: float32[N, 4]) {
  layer inner = Inner
  return (u -> inner, v -> inner) -> Concatenate -> Dense(4)
}
"""


def heads() -> Any:
    """Two results that nothing but their order tells apart."""
    x = keras.Input((4,))
    y = dense()(x)
    return keras.Model(x, [dense()(y), dense()(y)])


HEADS = """
net Heads(u: float32[N, 4]) -> (p: [N, 4], q: [N, 4]) {
  y = u -> Dense(4)
  q = y -> Dense(4)
  p = y -> Dense(4)
  return p, q
}
"""


def functions() -> Any:
    """A shared layer, a sequence as a layer, and functions of `keras.ops`."""
    x, shared = keras.Input((4,)), dense()
    y = shared(shared(x))
    inner = keras.Sequential([keras.Input((4,)), dense("relu"), dense()])
    return keras.Model(x, inner(y) * 2.0 + keras.ops.relu(dense()(y)) - dense()(y))


FUNCTIONS = """
net Functions(u: float32[N, 4]) {
  layer shared = Dense(4)
  y = u -> shared -> shared
  c = y -> Dense(4)
  b = y -> Dense(4) -> relu
  return ((y -> Dense(4, activation=relu) -> Dense(4)) * 2 + b) - c
}
"""


def joined() -> Any:
    """Three layers whose places in a concatenation tell them apart."""
    x = keras.Input((4,))
    return keras.Model(x, keras.layers.Concatenate()([dense()(x) for _ in range(3)]))


JOINED = """
net Joined(u: float32[N, 4]) {
  c = u -> Dense(4)
  b = u -> Dense(4)
  a = u -> Dense(4)
  return (a, b, c) -> Concatenate
}
"""


def refs(value: Any, models: set[str]) -> list[Any]:
    """The tensors of a call in Keras 3's configuration, as Keras 2 listed them.

    Keras 2 counted the call that made each of the `models`, too.
    """
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            name, call, result = value["config"]["keras_history"]
            return [[name, call + (name in models), result, {}]]
        value = list(value.values())
    return [ref for part in value for ref in refs(part, models)] if isinstance(value, list) else []


def in_old_words(model: dict[str, Any]) -> None:
    """Rewrites a configuration as Keras 2 wrote it."""
    config = model["config"]
    models = {item["name"] for item in config["layers"] if "input_layers" in item["config"]}
    for layer in config["layers"]:
        if "layers" in layer["config"]:
            in_old_words(layer)
        if "inbound_nodes" in layer:
            layer["inbound_nodes"] = [refs(node, models) for node in layer["inbound_nodes"]]
    for name in ("input_layers", "output_layers"):
        if isinstance(config.get(name, [[]])[0], str):
            config[name] = [config[name]]


@pytest.mark.parametrize("ending", [".keras", ".h5", ".keras2.h5"])
@pytest.mark.parametrize(
    ("build", "text"),
    [(twice, TWICE), (heads, HEADS), (functions, FUNCTIONS), (joined, JOINED)],
)
def test_the_graph_tells_equal_layers_apart(
    tmp_path: Path, build: Callable[[], Any], text: str, ending: str
) -> None:
    model = build()
    path = tmp_path / f"w{ending}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(path)
    if ending == ".keras2.h5":
        with h5py.File(path, "r+") as file:
            config = json.loads(file.attrs["model_config"])
            in_old_words(config)
            file.attrs["model_config"] = json.dumps(config)
    checked = net(tmp_path, text)
    rng = np.random.default_rng(0)
    xs = [rng.uniform(-1, 1, (3, 4)).astype("float32") for _ in model.inputs]
    session = Session.from_checked(checked, load_weights(path, checked))
    got = session.run(dict(zip(checked.graph.inputs, xs, strict=True)))
    expected = model(xs if len(xs) > 1 else xs[0])
    listed = expected if isinstance(expected, list) else [expected]
    for ours, theirs in zip(got.values(), listed, strict=True):
        np.testing.assert_allclose(ours, np.asarray(theirs), atol=1e-5)


def two_results() -> Any:
    """A model of two results."""
    x = keras.Input((4,), name="in")
    return keras.Model(x, [named("a")(x), named("b")(x)], name="inner")


def named(name: str) -> Any:
    return keras.layers.Dense(4, name=name)


def given_back() -> Any:
    """The results of a model, in another order."""
    x = keras.Input((4,), name="u")
    a, b = two_results()(x)
    return keras.Model(x, [b, a])


def called_twice() -> Any:
    """A layer reads the second call's results, and the first one's are given back."""
    u, v = keras.Input((4,), name="u"), keras.Input((4,), name="v")
    inner = two_results()
    (a, b), (c, d) = inner(u), inner(v)
    return keras.Model([u, v], [b, a, named("d")(d), c])


def states() -> Any:
    """The states of a layer in a model."""
    x = keras.Input((5, 4), name="in")
    _, h, c = keras.layers.LSTM(4, return_state=True, name="l")(x)
    u = keras.Input((5, 4), name="u")
    c, h = keras.Model(x, [c, h], name="inner")(u)
    return keras.Model(u, [h, named("d")(c)])


def passed_on() -> Any:
    """A model gives an input back, and is a layer of a model that is one."""
    x, y = keras.Input((4,), name="x"), keras.Input((4,), name="y")
    inner = keras.Model([x, y], [y, named("a")(x)], name="inner")
    p, q = keras.Input((4,), name="p"), keras.Input((4,), name="q")
    middle = keras.Model([p, q], inner([q, p]), name="middle")
    u, v = keras.Input((4,), name="u"), keras.Input((4,), name="v")
    return keras.Model([u, v], middle([u, v]))


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize(
    ("build", "outputs"),
    [
        (given_back, ["inner/b(u)", "inner/a(u)"]),
        (called_twice, ["inner/b(u)", "inner/a(u)", "d(inner/b(v))", "inner/a(v)"]),
        (states, ["output 1(inner/l(u))", "d(output 2(inner/l(u)))"]),
        (passed_on, ["u", "middle/inner/a(v)"]),
    ],
)
def test_each_result_of_a_model_is_that_of_its_call(
    build: Callable[[], Any], outputs: list[str], old: bool
) -> None:
    config = json.loads(build().to_json())
    if old:
        in_old_words(config)
    holds = ["inner/a", "inner/b", "inner/l", "middle/inner/a", "d"]

    graph = keras_graph(json.dumps(config), holds)

    assert graph is not None

    def shown(place: int) -> str:
        step = graph.steps[place]
        name = step.layer or (step.arguments[0][1] if step.kind == "input" else step.kind)
        return f"{name}({', '.join(map(shown, step.inputs))})" if step.inputs else str(name)

    assert [shown(place) for _, place in graph.outputs] == outputs


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[]",
        "nothing",
        '{"config": {"layers": [{}]}}',
        '{"config": {"layers": [{"inbound_nodes": 3, "config": {"name": "a"}}]}}',
        '{"config": {"layers": [{"class_name": "Dense", "config": {"name": "a"}, "inbound_nodes": '
        '[[["a", 0, 0, {}]]]}], "input_layers": [], "output_layers": [["a", 0, 0]]}}',
    ],
)
def test_what_is_odd_has_no_graph(text: str) -> None:
    assert keras_graph(text, ["a"]) is None


def test_models_that_multiply_have_no_graph() -> None:
    """Each is used twice in the next, so sixteen of them have 65,536 layers."""
    layer = {"class_name": "Dense", "config": {"name": "a", "units": 1}}
    model: dict[str, Any] = {"class_name": "Sequential", "config": {"name": "m", "layers": [layer]}}
    for _ in range(16):
        model = {"class_name": "Sequential", "config": {"name": "m", "layers": [model, model]}}
    assert keras_graph(json.dumps(model), ["a"]) is None


ATTENTION = "MultiHeadAttention(2, 2{more})"
PLACES = "(x -> {layer}) * 2 + (x -> ReLU -> {layer})"
TURNED = "(x -> ReLU -> {layer}) + 2 * (x -> {layer})"


@pytest.mark.parametrize("more", ["", ", rope=RotaryEmbedding"])
def test_attention_is_found_by_what_it_looks_at(tmp_path: Path, more: str) -> None:
    """Query, value and key count, also where one tensor is all three; so does a model of parts."""
    layer = ATTENTION.format(more=more)

    def written(text: str) -> CheckedGraph:
        return net(tmp_path, f"net Net(x: float32[N, T, 4]) {{ return {text} }}\n")

    model = lower_keras(written(PLACES.format(layer=layer)), SeededWeights(1))
    file = tmp_path / "w.keras"
    model.save(file)
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
    for text in (PLACES, TURNED):
        checked = written(text.format(layer=layer))
        (got,) = Session.from_checked(checked, load_weights(file, checked)).run({"x": x}).values()
        np.testing.assert_allclose(got, np.asarray(model(x)), atol=1e-5)


HEADED = "GroupQueryAttention(2, 2, 1, rope=RotaryEmbedding)"
SCORED = ("Attention(use_scale=true, score_mode=concat, sliding_window=2)",)
SCORED += ("AdditiveAttention(sliding_window=2)",)
SAVED = [(layer, end) for layer in (HEADED, *SCORED) for end in ("keras", "weights.h5")]


@pytest.mark.parametrize(("layer", "ending"), [*SAVED, (HEADED, "h5")])
def test_attention_that_is_a_model_of_parts_is_one_layer_in_a_file(
    tmp_path: Path, ending: str, layer: str
) -> None:
    checked = net(tmp_path, f"net Net(x: float32[N, T, 4]) {{ return x -> {layer} as look }}\n")
    model = lower_keras(checked, SeededWeights(1))
    file = tmp_path / f"w.{ending}"
    model.save_weights(file) if ending == "weights.h5" else model.save(file)
    source = load_weights(file, checked)
    for weight in checked.graph.node("look").weights:
        expected = SeededWeights(1).tensor("look", weight).read()
        np.testing.assert_array_equal(source.tensor("look", weight).read(), expected)
