"""`netc cam`: where a class is seen, by the net itself and by Keras's gradients."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.backend import Array
from netc.runtime.cli import execute as netc
from netc.runtime.infer.activation_map import box_around
from PIL import Image

import netc as netc_package

Say = pytest.CaptureFixture[str]

BODY = "image -> Conv2D(4, 3, activation=relu) as first -> Conv2D(5, 3) -> ReLU as maps"
NETS = {
    "argument": f"-> probs: [N, 3] {{ return {BODY} -> GlobalAveragePooling2D -> Dropout(0.5)"
    " -> Dense(3, activation=softmax) }",
    "layer": f"-> probs: [N, 3] {{ return {BODY} -> GlobalAveragePooling2D(keepdims=true)"
    " -> Flatten -> Dense(3, use_bias=false) -> softmax }",
    "logits": f"-> logits: [N, 3] {{ return {BODY} -> AdaptiveAveragePooling2D(1) -> Flatten"
    " -> Dense(3) }",
    "no dense": "-> probs: [N, 3] { return image -> Conv2D(4, 3, activation=relu) as first"
    " -> Conv2D(3, 1, activation=relu) as maps -> GlobalAveragePooling2D -> softmax }",
    "side": f"-> p: [N, 1] {{ return {BODY} -> GlobalAveragePooling2D"
    " -> Dense(1, activation=sigmoid) }",
    "shared": f"-> (probs: [N, 3], evidence: [N, 8, 8, 3]) {{\n  layer head = Dense(3)\n"
    f"  {BODY}\n  return maps -> GlobalAveragePooling2D -> head -> softmax, maps -> head }}",
}
FLAT = (
    "-> probs: [N, 3] { return image -> Conv2D(4, 3, activation=relu) as first -> MaxPooling2D(2)"
    " -> Flatten as row -> Dense(3, activation=softmax) }"
)


def write_net(folder: Path, text: str, image: str = "float32[N, 12, 12, 3]") -> Path:
    file = folder / "net.net"
    file.write_text(f"net A(image: {image}) {text}\n")
    return file


def write_picture(folder: Path, size: int = 12) -> Path:
    pixels = np.random.default_rng(0).integers(0, 255, (size, size, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(folder / "a.png")
    return folder / "a.png"


def cam(capsys: Say, *args: str | Path) -> dict[str, object]:
    words = [*map(str, args), "-o", str(Path(args[1]).parent / "heat.png"), "--format", "json"]
    assert netc(["cam", *words]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def keras_gradients(file: Path, picture: Path, index: int) -> tuple[Array, Array]:
    """The maps, and the gradient of the log-odds of a class over them, by Keras alone."""
    tf = pytest.importorskip("tensorflow")
    keras = pytest.importorskip("keras")
    model = netc_package.load(file, seed=3).to_keras()
    tapped = keras.Model(model.inputs, [model.get_layer("maps").output, *model.outputs])
    x = np.asarray(Image.open(picture), np.float32)[None]
    with tf.GradientTape() as tape:
        maps, probs, *_ = tapped(tf.convert_to_tensor(x), training=False)
        # The logarithm of a softmax differs from its score by what all classes share.
        score = tf.math.log(probs[:, index])
        others = tf.reduce_mean(tf.math.log(probs), axis=1)
        score = score - others
    return np.asarray(maps[0]), np.asarray(tape.gradient(score, maps)[0])


@pytest.mark.parametrize("kind", NETS)
def test_the_map_of_the_mean_is_grad_cam_s(kind: str, tmp_path: Path, capsys: Say) -> None:
    """Selvaraju et al., section 3.1: Grad-CAM generalizes CAM."""
    file, picture = write_net(tmp_path, NETS[kind]), write_picture(tmp_path)
    for index in (0, 1):
        own = cam(capsys, file, picture, "--seed", "3", "--class", str(index))
        grad = cam(capsys, file, picture, "--seed", "3", "--class", str(index), "--method", "grad")
        assert (own["method"], grad["method"]) == ("cam", "grad")
        assert own["layer"] == grad["layer"] == "maps"
        np.testing.assert_allclose(own["map"], grad["map"], rtol=1e-3, atol=1e-4)
        assert np.std(own["map"]) > 0
        assert own["box"] == grad["box"]


def test_the_map_sums_to_the_score(tmp_path: Path, capsys: Say) -> None:
    file, picture = write_net(tmp_path, NETS["logits"]), write_picture(tmp_path)
    found = cam(capsys, file, picture, "--seed", "3", "--class", "2")
    # Fresh biases are zeros.
    assert np.sum(found["map"]) == pytest.approx(found["score"], rel=1e-4)
    assert found["probability"] is False


def test_gradients_are_keras_s(tmp_path: Path, capsys: Say) -> None:
    file, picture = write_net(tmp_path, NETS["argument"]), write_picture(tmp_path)
    maps, gradient = keras_gradients(file, picture, 1)
    found = [
        np.array(
            cam(capsys, file, picture, "--seed", "3", "--class", str(i), "--method", "grad")["map"]
        )
        for i in range(3)
    ]
    wanted = maps @ gradient.mean(axis=(0, 1))
    np.testing.assert_allclose(found[1] - np.mean(found, axis=0), wanted, rtol=1e-3, atol=1e-4)


def test_any_layer_of_maps_by_grad_cam(tmp_path: Path, capsys: Say) -> None:
    file, picture = write_net(tmp_path, FLAT), write_picture(tmp_path)
    found = cam(capsys, file, picture)
    # The last maps that no pooling has made smaller.
    assert (found["method"], found["layer"]) == ("grad", "first")
    assert np.shape(found["map"]) == (10, 10)
    deeper = cam(capsys, file, picture, "--layer", "max_pooling2d")
    assert np.shape(deeper["map"]) == (5, 5)


def test_the_object_is_in_the_box(tmp_path: Path, capsys: Say) -> None:
    """A net that sees red things, made by hand: its box is the larger of two red squares."""
    file = write_net(
        tmp_path,
        "-> probs: [N, 2] { return image -> Conv2D(2, 1, use_bias=false) as color -> ReLU"
        " -> GlobalAveragePooling2D -> Dense(2, activation=softmax, use_bias=false) as head }\n"
        'train A { data = image_folder("there", scale=1 / 255)\n'
        "  loss = sparse_categorical_crossentropy optimizer = SGD }".replace(
            " optimizer", "\n  optimizer"
        ),
        "float32[N, 32, 40, 3]",
    )
    kernel = np.array([[1, -1], [-1, 1], [-1, -1]], np.float32).reshape(1, 1, 3, 2)
    np.savez(
        tmp_path / "w.npz", **{"color/kernel": kernel, "head/kernel": np.eye(2, dtype=np.float32)}
    )
    pixels = np.zeros((32, 40, 3), np.uint8)
    pixels[3:8, 2:6, 0] = 255
    pixels[12:28, 20:34, 0] = 255
    pixels[0:6, 30:38, 1] = 200
    Image.fromarray(pixels).save(tmp_path / "a.png")
    (tmp_path / "names.txt").write_text("red\ngreen \x1b[2J\n")
    args = [
        file,
        tmp_path / "a.png",
        "--weights",
        tmp_path / "w.npz",
        "--classes",
        tmp_path / "names.txt",
    ]
    found = cam(capsys, *args)
    assert (found["class"], found["box"], found["size"]) == ("red", [20, 12, 34, 28], [40, 32])
    # Prepared as the recipe says: a red pixel adds 1 / places.
    assert np.max(found["map"]) == pytest.approx(1 / (32 * 40))
    assert cam(capsys, *args, "--class", "green \x1b[2J")["box"] == [30, 0, 38, 6]
    assert netc(["cam", *map(str, args), "-o", str(tmp_path / "b.png"), "--class", "1"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"green ␛\[2J \d\d\.\d%", out)
    assert "box 30,0 to 38,6 of 40 x 32 (cam, relu)" in out
    with Image.open(tmp_path / "heat.png") as drawn:
        assert drawn.width > drawn.height > 200


def test_the_box_is_around_the_largest_part() -> None:
    map = np.zeros((6, 8))
    map[0, 0] = 10.0
    map[2:5, 3:5] = 2.0
    map[5, 5] = 2.0
    map[4, 7] = 1.99
    assert box_around(map) == (3, 2, 5, 5)
    assert box_around(map, 1.0) == (0, 0, 1, 1)
    assert box_around(np.zeros((3, 3))) is None
    assert box_around(-map) is None


@pytest.mark.parametrize(
    ("net", "image", "args", "said"),
    [
        ("argument", "", ["--layer", "frist"], "no layer `frist` with one output"),
        ("argument", "", ["--layer", "dense"], "`dense` gives float32[N, 3], which has no places"),
        (
            "argument",
            "",
            ["--layer", "first", "--method", "cam"],
            "--layer goes with --method grad",
        ),
        ("argument", "", ["--class", "9"], "there is no class 9; there are 3, from 0 to 2"),
        ("argument", "", ["--class", "cat"], "nobody names the classes"),
        ("flat", "", ["--method", "cam"], "has no global average pooling"),
        ("-> p: [N, 12, 12, 3] { return image -> ReLU }", "", [], "gives no scores of classes"),
        (
            "-> p: [N, 3] { return image -> Flatten -> Dense(3) }",
            "",
            [],
            "has no layer with maps `[N, H, W, C]`",
        ),
        ("-> p: [N, 3] { return image -> Dense(3) }", "float32[N, 7]", [], "takes no picture"),
        ("argument", "broken", [], "a.png: is not a picture netc reads"),
    ],
)
def test_what_cannot_be_seen_is_one_line(
    net: str, image: str, args: list[str], said: str, tmp_path: Path, capsys: Say
) -> None:
    text = {**NETS, "flat": FLAT}.get(net, net)
    shape = image if image.startswith("float32") else "float32[N, 12, 12, 3]"
    file, picture = write_net(tmp_path, text, shape), write_picture(tmp_path)
    if image == "broken":
        picture.write_bytes(b"no picture")
    out = tmp_path / "heat.png"
    assert netc(["cam", str(file), str(picture), "-o", str(out), *args]) == 1
    printed = capsys.readouterr()
    lines = [line for line in printed.err.splitlines() if not line.startswith("note:")]
    assert len(lines) == 1
    assert said in lines[0]
    assert not printed.out
    assert not out.exists()


def test_a_model_without_layers_is_refused(tmp_path: Path, capsys: Say) -> None:
    picture = write_picture(tmp_path)
    for model, said in (
        ("a.onnx", "an ONNX file keeps no layers to look at"),
        (str(tmp_path), "is no folder of a run"),
    ):
        assert netc(["cam", model, str(picture), "-o", str(tmp_path / "h.png")]) == 1
        assert said in capsys.readouterr().err
