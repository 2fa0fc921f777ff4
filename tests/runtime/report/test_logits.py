"""Cross-entropy of a model's outputs is Keras's, however sure and wrong the model is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.compiler.lower.keras.lower import lower_keras
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.ops.base.backend import Array
from netc.runtime.api.recipes import check_recipe
from netc.runtime.data.load import from_arrays
from netc.runtime.infer.keras_module import import_keras
from netc.runtime.report.judge import judge
from netc.runtime.report.logits import session_with_logits
from netc.runtime.train.snapshot import Snapshot

keras = import_keras()

CLASSES = """net Sure(x: float32[N, 2]) -> p: [N, 3] {
  return x -> Dense(3, activation=softmax) as last
}
train Sure { loss = sparse_categorical_crossentropy
  metrics = [sparse_categorical_crossentropy, accuracy] }"""
SIDES = """net Sure(x: float32[N, 2]) -> p: [N, 1] {
  return x -> Dense(1) as last -> Sigmoid
}
train Sure { loss = binary_crossentropy
  metrics = [binary_crossentropy, accuracy] }"""
PIXELS = """net Sure(x: float32[N, 4, 5, 2]) -> p: [N, 4, 5, 3] {
  return x -> Conv2D(3, 1, activation=softmax) as last
}
train Sure { loss = sparse_categorical_crossentropy }"""
TWO = """net Sure(x: float32[N, 2]) -> (p: [N, 3], q: [N, 1]) {
  p = x -> Dense(3) as last
  return p -> Softmax, p -> Dense(1) as side -> Sigmoid
}
train Sure { loss = per_output(p=sparse_categorical_crossentropy, q=binary_crossentropy) }"""


def targets(net: str, x: Array, rng: np.random.Generator) -> Array | dict[str, Array]:
    if net == SIDES:
        return rng.integers(0, 2, (len(x), 1))
    classes = rng.integers(0, 3, x.shape[:-1])
    return {"p": classes, "q": rng.integers(0, 2, (len(x), 1))} if net == TWO else classes


@pytest.mark.parametrize("scale", [1.0, 1e4])
@pytest.mark.parametrize("net", [CLASSES, SIDES, PIXELS, TWO])
def test_the_loss_is_that_of_keras_s_evaluate(tmp_path: Path, net: str, scale: float) -> None:
    file = tmp_path / "sure.net"
    file.write_text(net)
    recipe, analysis = check_recipe(file)
    assert recipe is not None, [d.message for d in analysis.diagnostics]
    rng = np.random.default_rng(0)
    arrays = {
        f"{path}/{weight.name}": (scale * rng.normal(size=weight.shape)).astype(np.float32)
        for path, node in recipe.checked.layers().items()
        for weight in node.weights
    }
    write_onnx(compile_onnx(recipe.checked, Snapshot(arrays)), tmp_path / "model.onnx")
    shape = (12, 4, 5, 2) if net == PIXELS else (12, 2)
    x = rng.normal(size=shape).astype(np.float32)
    y = targets(net, x, rng)
    part = from_arrays(recipe, (x, y)).train
    found = judge(session_with_logits(tmp_path / "model.onnx", recipe), recipe, part, ()).values

    model = lower_keras(recipe.checked, Snapshot(arrays), keras=keras)
    heads = recipe.phases[-1].heads
    model.output_names = [head.output for head in heads]
    model.compile(
        loss=[head.loss.keras_object(keras) for head in heads],
        metrics=[[m.keras_object(keras) for m in head.metrics] for head in heads],
    )
    wanted = model.evaluate(x, list(y.values()) if isinstance(y, dict) else y, 12, 0,
                            return_dict=True)  # fmt: skip
    assert found["loss"] > 17 or scale == 1
    for name, value in found.items():
        own = name.removeprefix(f"{heads[0].output}_") if len(heads) == 1 else name
        assert value == pytest.approx(wanted[own], rel=1e-4), name
