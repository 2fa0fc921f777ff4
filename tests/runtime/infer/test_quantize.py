"""`netc compile --quantize int8 --calibrate DIR`: close to float32, and every refusal one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from netc.runtime.infer.classify import class_names
from netc.runtime.infer.inputs import read_inputs
from netc.runtime.infer.preprocess import model_preprocessing
from netc.runtime.infer.session import Session
from PIL import Image

from ..cli.run_netc import MODELS, netc
from ..nets import arrays, net

CNN = MODELS / "cifar10_cnn.net"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(10):
        pixels = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
    (folder / "notes.txt").write_text("not a picture")
    return folder


def probabilities(model: Path, pictures: Path) -> np.ndarray:
    session = Session(model)
    made = model_preprocessing(session)
    (batch,) = read_inputs(sorted(pictures.glob("*.png")), session.inputs, made)
    return session.run(batch.arrays)["probs"]


def test_an_int8_model_says_nearly_the_same(tmp_path: Path, pictures: Path) -> None:
    full, small = tmp_path / "full.onnx", tmp_path / "small.onnx"
    classes = ("--classes", MODELS / "cifar10.txt")
    assert netc("compile", CNN, "-o", full, *classes).status == 0
    made = netc(
        "compile", CNN, "-o", small, *classes, "--quantize", "int8", "--calibrate", pictures
    )
    assert (made.status, made.out) == (0, "")
    assert "calibrated on 10 samples" in made.err
    assert "WARNING" not in made.err
    assert small.stat().st_size < 0.3 * full.stat().st_size
    assert class_names(Session(small).metadata) == class_names(Session(full).metadata)
    close = np.abs(probabilities(full, pictures) - probabilities(small, pictures))
    assert 0 < close.max() < 0.1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["full.onnx", "pictures", "small.onnx"]


def test_arrays_calibrate_a_net_of_several_inputs(tmp_path: Path) -> None:
    text = """
net Two(a: float32[N, 8], b: float32[N, 8]) -> y: [N, 4] {
  return a + b -> Dense(16, activation=relu) -> Dense(4)
}
"""
    net(tmp_path, text)
    folder = tmp_path / "samples"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for index in range(3):
        sample = {name: rng.normal(size=(2, 8)).astype("float32") for name in "ab"}
        np.savez(folder / f"{index}.npz", **sample)
    out = tmp_path / "out.onnx"
    made = netc(
        "compile", tmp_path / "net.net", "-o", out, "--quantize", "int8", "--calibrate", folder
    )
    assert made.status == 0, made.err
    assert "calibrated on 6 samples" in made.err
    assert Session(out).run(sample)["y"].shape == (2, 4)


def test_a_net_of_a_fixed_batch_takes_whole_batches(tmp_path: Path, pictures: Path) -> None:
    fixed = ("--set", "N=2", "--quantize", "int8", "--calibrate", pictures)
    made = netc("compile", CNN, "-o", tmp_path / "out.onnx", *fixed)
    assert made.status == 0, made.err
    assert Session(tmp_path / "out.onnx").inputs[0].shape[0] == 2


def test_a_batch_normalization_before_a_layer_stays_out_of_its_kernel(tmp_path: Path) -> None:
    """Folded into it, channels of small variance would leave the others no values."""
    checked = net(
        tmp_path,
        "net Uneven(x: float32[N, 8]) -> y: [N, 4] {\n"
        "  return x -> BatchNormalization -> Dense(4)\n}\n",
    )
    values = arrays(checked)
    variance = values["batch_normalization/moving_variance"] = np.geomspace(1, 1e6, 8, dtype="f4")
    np.savez(tmp_path / "w.npz", **values)
    folder = tmp_path / "samples"
    folder.mkdir()
    x = np.random.default_rng(0).uniform(0, 1, (64, 8)).astype("float32") * np.sqrt(variance)
    np.save(folder / "x.npy", x)
    found = {}
    for name, more in {"full": (), "small": ("--quantize", "int8", "--calibrate", folder)}.items():
        out = tmp_path / f"{name}.onnx"
        weights = ("--weights", tmp_path / "w.npz")
        assert netc("compile", tmp_path / "net.net", "-o", out, *weights, *more).status == 0
        found[name] = Session(out).run({"x": x})["y"]
    assert np.abs(found["full"] - found["small"]).max() < 0.05 * np.ptp(found["full"])


def refusal(*args: str | Path, status: int = 1) -> str:
    made = netc("compile", *args)
    assert made.status == status, made.err
    assert made.out == ""
    return made.err


def test_refusals(tmp_path: Path, pictures: Path) -> None:
    out = tmp_path / "out.onnx"
    int8 = (CNN, "-o", out, "--quantize", "int8")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no such folder" in refusal(*int8, "--calibrate", tmp_path / "missing")
    assert "is not a folder" in refusal(*int8, "--calibrate", pictures / "0.png")
    assert "holds no pictures" in refusal(*int8, "--calibrate", empty)
    assert "go together" in refusal(*int8, status=2)
    assert "go together" in refusal(CNN, "-o", out, "--calibrate", pictures, status=2)
    keras = (CNN, "-o", tmp_path / "o.keras", "--quantize", "int8", "--calibrate", pictures)
    assert "one .onnx file" in refusal(*keras, status=2)
    assert not out.exists()


def test_a_damaged_picture_is_named(tmp_path: Path, pictures: Path) -> None:
    (pictures / "5.png").write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    out = tmp_path / "out.onnx"
    message = refusal(CNN, "-o", out, "--quantize", "int8", "--calibrate", pictures)
    assert f"{pictures / '5.png'}: " in message
    assert not out.exists()


def test_a_net_without_anything_to_quantize(tmp_path: Path) -> None:
    net(tmp_path, "net Plain(x: float32[N, 8]) {\n  return x -> Exponential\n}\n")
    folder = tmp_path / "samples"
    folder.mkdir()
    np.save(folder / "a.npy", np.zeros((2, 8), "float32"))
    message = refusal(
        tmp_path / "net.net",
        *("-o", tmp_path / "o.onnx", "--quantize", "int8", "--calibrate", folder),
    )
    assert "nothing that can be quantized" in message
