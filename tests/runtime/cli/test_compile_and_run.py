"""`netc compile` and `netc run`: from text to answers, and every way they can be refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netc import UserError, load

from .run_netc import MODELS, netc

CNN = MODELS / "cifar10_cnn.net"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (48, 40, 3), dtype=np.uint8)).save(path)
    return path


def test_compile_then_run(tmp_path: Path, picture: Path) -> None:
    model = tmp_path / "cnn.onnx"
    classes = MODELS / "cifar10.txt"
    made = netc("compile", CNN, "-o", model, "--seed", "3", "--classes", classes, cold=True)
    assert (made.status, made.out) == (0, "")
    assert sorted(os.listdir(tmp_path)) == ["cnn.onnx", "picture.png"], "nothing else is left"
    made = netc("run", model, picture, "--format", "json", cold=True)
    assert made.status == 0
    found = json.loads(made.out)
    assert found["probabilities"] is True
    (result,) = found["results"]
    assert len(result["top"]) == 5
    names = classes.read_text().split()
    assert all(names[each["index"]] == each["class"] for each in result["top"])
    scores = [each["score"] for each in result["top"]]
    assert scores == sorted(scores, reverse=True)
    made = netc("run", model, picture)
    assert made.out.startswith(f"{picture}: {result['top'][0]['class']} ")


def test_one_seed_one_file(tmp_path: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        netc("compile", CNN, "-o", tmp_path / f"{name}.onnx", "--seed", seed, cold=True)
    a, b, c = ((tmp_path / f"{name}.onnx").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_run_a_net_file_and_save_its_outputs(tmp_path: Path, picture: Path) -> None:
    out = tmp_path / "out.npz"
    made = netc("run", CNN, picture, picture, "-o", out)
    assert made.status == 0
    assert "seed 0" in made.err
    with np.load(out) as saved:
        assert saved["probs"].shape == (2, 10)
        np.testing.assert_allclose(saved["probs"].sum(axis=1), 1, rtol=1e-5)


def test_weights_round_trip(tmp_path: Path, picture: Path) -> None:
    weights = tmp_path / "w.safetensors"
    assert netc("compile", CNN, "-o", weights, "--seed", "5").status == 0
    seeded = netc("run", CNN, picture, "--seed", "5", "--format", "json").out
    loaded = netc("run", CNN, picture, "--weights", weights, "--format", "json").out
    assert json.loads(loaded)["results"] == json.loads(seeded)["results"]


def test_set_reaches_the_model(tmp_path: Path, picture: Path) -> None:
    model = tmp_path / "cnn.onnx"
    assert netc("compile", CNN, "-o", model, "--set", "classes=3").status == 0
    found = json.loads(netc("run", model, picture, "--format", "json").out)
    assert len(found["results"][0]["top"]) == 3


def test_keras_file(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    path = tmp_path / "perceptron.keras"
    assert netc("compile", MODELS / "perceptron.net", "-o", path).status == 0
    model = keras.models.load_model(path)
    assert model.count_params() == 3


def test_outputs_that_cannot_be_written(tmp_path: Path) -> None:
    made = netc("compile", CNN, "-o", tmp_path / "missing" / "a.onnx")
    assert made.status == 1
    assert "does not exist" in made.err
    (tmp_path / "folder.onnx").mkdir()
    made = netc("compile", CNN, "-o", tmp_path / "folder.onnx")
    assert made.status == 1
    made = netc("compile", CNN, "-o", tmp_path / "a.txt")
    assert made.status == 2
    assert ".onnx" in made.err
    assert sorted(os.listdir(tmp_path)) == ["folder.onnx"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    made = netc("compile", CNN, "-o", folder / "a.onnx")
    assert made.status == 1
    assert "read-only" in made.err


def test_faulty_nets_are_not_compiled(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("net A(x: float32[N, 3]) { return x -> Conv2D(3, 3) }\n")
    made = netc("compile", "a.net", "-o", "a.onnx", cwd=tmp_path)
    assert made.status == 1
    assert "NET0302" in made.out
    assert made.err == ""
    assert not (tmp_path / "a.onnx").exists()


def test_warnings_do_not_mix_with_the_output(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text("net A(x: float32[N, 3], y: int = 1) { return x -> ReLU }\n")
    made = netc("summary", "a.net", "--format", "json", cwd=tmp_path)
    assert made.status == 0
    assert json.loads(made.out)["net"] == "A"
    assert "NET0602" in made.err


@pytest.mark.parametrize("out", ["a.net", "./a.net", "new.net"])
def test_a_net_is_never_written_over(out: str, tmp_path: Path) -> None:
    text = "net A(x: float32[N, 3]) { return x -> Dense(2) }\n"
    (tmp_path / "a.net").write_text(text)
    made = netc("compile", "a.net", "-o", out, "--to", "onnx", cwd=tmp_path)
    assert made.status == 2
    assert f"`{Path(out)}` would be a .net file" in made.err
    assert (tmp_path / "a.net").read_text() == text
    assert os.listdir(tmp_path) == ["a.net"]


@pytest.mark.parametrize("out", [".", "..", "folder", "folder/"])
def test_a_folder_is_no_output(out: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    made = netc("compile", CNN, "-o", out, cwd=tmp_path)
    assert made.status == 1
    assert made.err == f"error: the output {Path(out)} is a folder\n"


def test_class_names_must_be_as_many_as_the_classes(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("cat\n")
    made = netc("compile", CNN, "-o", "a.onnx", "--classes", "names.txt", cwd=tmp_path)
    assert made.status == 1
    assert (
        made.err == "error: names.txt: holds 1 class name; the output of the net has 10 classes\n"
    )
    assert os.listdir(tmp_path) == ["names.txt"]
    (tmp_path / "names.txt").write_text("\n")
    made = netc("compile", CNN, "-o", "a.onnx", "--classes", "names.txt", cwd=tmp_path)
    assert made.err == "error: names.txt: holds no class names\n"


def test_class_names_are_counted_before_a_net_runs(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("cat\n")
    made = netc("run", CNN, "none.png", "--classes", "names.txt", cwd=tmp_path)
    assert made.status == 1
    assert "holds 1 class name; the output of the net has 10 classes" in made.err


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"\x80\x04\x95pickle", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"]
)
@pytest.mark.parametrize("name", ["w.safetensors", "w.npz", "w.h5", "w.weights.h5", "w.keras"])
def test_weights_files_that_are_none(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    made = netc("compile", CNN, "-o", "a.onnx", "--weights", name, cwd=tmp_path)
    assert made.status == 1
    assert made.err.startswith("error: ")
    assert not (tmp_path / "a.onnx").exists()


def test_weights_of_another_net(tmp_path: Path) -> None:
    weights = tmp_path / "mlp.safetensors"
    assert netc("compile", MODELS / "cifar10_mlp.net", "-o", weights).status == 0
    made = netc("compile", CNN, "-o", tmp_path / "a.onnx", "--weights", weights)
    assert made.status == 1
    assert "conv2d" in made.out
    assert "nothing was loaded" in made.err
    assert not (tmp_path / "a.onnx").exists()


def test_inputs_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    for name in ("missing.png", "text.png"):
        made = netc("run", CNN, name, cwd=tmp_path)
        assert made.status == 1
        assert name in made.err
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    made = netc("run", "bad.onnx", "text.png", cwd=tmp_path)
    assert made.status == 1
    assert "bad.onnx" in made.err


def test_one_unit_with_two_class_names_says_a_class_for_each_sample(tmp_path: Path) -> None:
    (tmp_path / "a.net").write_text(
        "net A(x: float32[N, 2]) -> p: [N, 1] { return x -> "
        "Dense(1, activation=sigmoid, kernel_initializer=zeros) }\n"
    )
    load(tmp_path / "a.net").to_onnx(tmp_path / "a.onnx", classes=["cat", "dog"])
    np.save(tmp_path / "x.npy", np.zeros((2, 2), np.float32))
    made = netc("run", "a.onnx", "x.npy", cwd=tmp_path)
    assert made.out == "x.npy: cat 50.0%, dog 50.0%\n" * 2


def test_python_names_a_net_as_the_command_line_does(tmp_path: Path) -> None:
    path = tmp_path / "two.net"
    path.write_text(
        "net A(x: float32[N, 4]) { return x -> Dense(2) }\n"
        "net B(x: float32[N, 4]) { return x -> Dense(3) }\n"
    )
    assert load(f"{path}:B").name == load(path, "B").name == "B"
    with pytest.raises(UserError, match=r"two\.net has 2 nets; name one of them: A, B"):
        load(path)
    with pytest.raises(UserError, match=r"two\.net has no net `C`"):
        load(f"{path}:C")


@pytest.mark.parametrize("precision", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_a_model_of_another_precision_runs_and_says_so(
    tmp_path: Path, picture: Path, precision: str
) -> None:
    plain, model = tmp_path / "plain.onnx", tmp_path / "other.onnx"
    assert netc("compile", CNN, "-o", plain).status == 0
    made = netc("compile", CNN, "-o", model, "--precision", precision)
    assert made.status == 0
    lacks = {"mixed_bfloat16": "Conv, Gemm", "float64": "Conv"}.get(precision)
    told = f"note: onnxruntime's CPU has these in float32 alone: {lacks}\n" if lacks else ""
    assert (told in made.err) if told else "note:" not in made.err
    size = model.stat().st_size / plain.stat().st_size
    assert 1.9 < size < 2.1 if precision == "float64" else 0.45 < size < 0.55
    scores = []
    for each in (plain, model):
        found = netc("run", each, picture, "--format", "json")
        assert found.status == 0, found.err
        (result,) = json.loads(found.out)["results"]
        scores.append({top["index"]: top["score"] for top in result["top"]})
    assert scores[0].keys() == scores[1].keys()
    for index, score in scores[0].items():
        assert abs(score - scores[1][index]) < 0.01


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--precision", "float8"], "'float8' is not one of"),
        (["--precision", "float64", "--to", "safetensors"], "does not go with a file of weights"),
        (
            ["--precision", "mixed_float16", "--quantize", "int8", "--calibrate", "."],
            "--precision does not go with --quantize",
        ),
    ],
)
def test_a_precision_that_cannot_be_is_refused(tmp_path: Path, more: list[str], said: str) -> None:
    out = tmp_path / "cnn.onnx"
    made = netc("compile", CNN, "-o", out, *more)
    assert made.status == 2
    assert said in made.err
    assert not out.exists()


def test_a_weight_that_float16_has_not_is_one_line(tmp_path: Path) -> None:
    net = tmp_path / "big.net"
    net.write_text("net Big(x: float32[N, 3]) { return x -> Dense(2) as big }\n")
    np.savez(tmp_path / "w.npz", **{"big/kernel": np.full((3, 2), 1e6), "big/bias": np.zeros(2)})
    out = tmp_path / "big.onnx"
    given = ["--weights", tmp_path / "w.npz", "--precision", "mixed_float16"]
    made = netc("compile", net, "-o", out, *given)
    assert made.status == 1
    assert "`big/kernel` holds 1e+06, and float16 ends at 65504" in made.err
    assert "Traceback" not in made.err
    assert not out.exists()


def test_python_takes_a_precision(tmp_path: Path) -> None:
    net = load(CNN)
    net.to_onnx(tmp_path / "cnn.onnx", precision="mixed_float16")
    assert net.to_keras(precision="float64").output.dtype == "float64"
    with pytest.raises(UserError, match="`half` is no precision; there are float32, mixed_float16"):
        net.to_onnx(tmp_path / "half.onnx", precision="half")
