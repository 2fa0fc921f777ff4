"""Models run in other engines, on the provider that is asked for, or one line says why not."""

from __future__ import annotations

import importlib.util
import json
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.bench.case import Case, Contender, Weights
from netc.runtime.bench.choose import installed_engines
from netc.runtime.bench.here import Here
from netc.runtime.bench.measure import measure
from netc.runtime.bench.turns import Effort
from netc.runtime.cli import execute
from netc.runtime.errors import UserError
from netc.runtime.infer.engine import ENGINES, Engine, chosen_engine, known_provider
from netc.runtime.infer.samples import sample_inputs
from netc.runtime.infer.session import Session
from netc.runtime.infer.verify import difference

from ..cli.run_netc import MODELS
from ..cli.run_netc import netc as start
from ..nets import net

netc = partial(start, cold=True)
"""OpenVINO does not end in a copy of a process."""

CNN = """
net Small(image: float32[N, 12, 12, 3]) -> (probs: [N, 4], mean: [N, 8]) {
  x = image -> Conv2D(8, 3, activation=relu) -> MaxPooling2D(2) -> Conv2D(8, 3) -> ReLU
  mean = x -> GlobalAveragePooling2D
  return x -> Flatten -> Dense(4, activation=softmax), mean
}
"""
OPENVINO = Engine("openvino")


@pytest.mark.parametrize("place", ["memory", "file", "external data"])
def test_openvino_gives_the_same_outputs(tmp_path: Path, place: str) -> None:
    checked = net(tmp_path, CNN)
    inputs = sample_inputs(checked, 3, 0)
    expected = Session.from_checked(checked, SeededWeights(1)).run(inputs)
    if place == "memory":
        session = Session.from_checked(checked, SeededWeights(1), {"a": "b"}, OPENVINO)
    else:
        lowered = compile_onnx(checked, SeededWeights(1), metadata={"a": "b"})
        path = tmp_path / "small.onnx"
        write_onnx(lowered, path, external=place == "external data")
        session = Session(path, OPENVINO)
    assert [spec.name for spec in session.inputs] == ["image"]
    assert session.metadata == {"a": "b"}
    made = session.run(inputs)
    assert list(made) == ["probs", "mean"]
    for name, array in expected.items():
        assert difference(made[name], array).largest < 1e-5
    with pytest.raises(UserError, match="the input `image` is float32"):
        session.run({"image": inputs["image"].astype("float64")})


def test_every_engine_that_is_installed_is_timed_and_compared(tmp_path: Path) -> None:
    # In a process of its own: with the tiles that bfloat16 is computed in, a signal's frame is
    # larger than the stack that faulthandler keeps for one.
    (tmp_path / "small.net").write_text(CNN)
    made = netc(
        "bench", tmp_path / "small.net", "--batch", "2", "--rounds", "3", "--format", "json"
    )
    assert made.status == 0, made.err
    (told,) = json.loads(made.out)["nets"]
    assert (told["net"], told["batch"], told["missing"]) == ("Small", 2, [])
    assert importlib.util.find_spec("openvino") is not None
    rows = {row["engine"]: row for row in told["engines"]}
    assert rows.keys() == {str(engine) for engine in installed_engines()} >= set(ENGINES)
    for name, row in rows.items():
        assert len(row["seconds"]) == 3
        assert min(row["seconds"]) <= row["median_seconds"] <= max(row["seconds"])
        assert row["largest_difference"] < (0.05 if "bfloat16" in name else 1e-5)
    assert rows["onnxruntime"]["ratio"] == 1
    assert rows["onnxruntime"]["largest_difference"] == 0


def test_times_and_their_spread(tmp_path: Path) -> None:
    checked = net(tmp_path, CNN)
    case = Case("Small", checked, 2, Weights(seed=1))
    measured = measure(case, [Contender()], Effort(rounds=4), start=Here)
    assert measured.missing == ()
    (timing,) = measured.timings
    low, high = timing.spread
    assert 0 < low <= timing.median <= high


def test_forward_and_backward_are_timed(tmp_path: Path) -> None:
    case = Case("Small", net(tmp_path, CNN), 2, Weights(seed=1))
    (timing,) = measure(case, [Contender("keras", train=True)], Effort(2), start=Here).timings
    assert len(timing.seconds) == 2
    assert np.isnan(timing.apart)


def test_a_provider_is_found_however_it_is_written() -> None:
    assert known_provider("cpu") == known_provider("CPUExecutionProvider") == "CPU"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("CUDA", "no provider `CUDA`; `onnxruntime-gpu` brings it; the installed one has"),
        ("trt", "no provider `Tensorrt`; `onnxruntime-gpu` brings it"),
        ("DirectML", "no provider `Dml`; `onnxruntime-directml` brings it"),
        ("cudda", "no provider `cudda`; .* did you mean `CUDA`"),
    ],
)
def test_a_provider_that_is_not_here_is_named(name: str, words: str) -> None:
    assert not any(
        each.startswith(("CUDA", "Tensorrt", "Dml"))
        for each in onnxruntime.get_available_providers()
    )
    with pytest.raises(UserError, match=words):
        known_provider(name)


def test_a_provider_belongs_to_onnxruntime() -> None:
    assert chosen_engine(None, "cpu") == Engine(provider="CPU")
    with pytest.raises(UserError, match="`openvino` has none"):
        chosen_engine("openvino", "cpu")


def test_openvino_that_is_not_installed_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    with pytest.raises(UserError, match=r"netc\[openvino\]"):
        Session.from_checked(net(tmp_path, CNN), SeededWeights(1), engine=OPENVINO)


def test_a_file_that_is_no_model_is_refused_by_openvino_too(tmp_path: Path) -> None:
    (tmp_path / "a.onnx").write_bytes(b"nothing")
    with pytest.raises(UserError, match="cannot be loaded as an ONNX model"):
        Session(tmp_path / "a.onnx", OPENVINO)


def test_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model, array = tmp_path / "digits.onnx", tmp_path / "x.npy"
    np.save(array, np.random.default_rng(0).random((1, 28, 28, 1), np.float32) * 255)
    made = netc("compile", f"{MODELS / 'mnist.net'}:Digits", "-o", model, "--engine", "openvino")
    assert made.status == 0, made.err
    assert "openvino loads it" in made.err
    outputs = []
    for options in ((), ("--engine", "openvino"), ("--provider", "cpu")):
        out = tmp_path / f"{len(outputs)}.npz"
        assert netc("run", model, array, "-o", out, *options).status == 0
        outputs.append(np.load(out)["probs"])
    np.testing.assert_allclose(outputs[1], outputs[0], atol=1e-5)
    np.testing.assert_array_equal(outputs[2], outputs[0])
    made = netc("run", model, array, "--provider", "cuda")
    assert made.status == 1
    assert "onnxruntime-gpu" in made.err
    monkeypatch.setattr("netc.runtime.bench.measure.Apart", Here)
    asked = ["bench", f"{MODELS / 'mnist.net'}:Digits", "--rounds", "2", "--engine", "openvino"]
    assert execute(asked) == 0
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    assert "ratio" in shown.out
    assert "openvino" in shown.out
