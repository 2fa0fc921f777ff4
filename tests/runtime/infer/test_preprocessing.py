"""What a saved model says of its pictures: its metadata, and who does what they say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.preprocessing import KEY, Preprocessing, from_metadata, to_metadata
from netc.runtime.cli import execute
from netc.runtime.errors import UserError
from netc.runtime.infer.inputs import read_inputs
from netc.runtime.infer.preprocess import model_preprocessing, prepared
from netc.runtime.infer.session import Session
from PIL import Image

import netc

from ..cli.run_netc import netc as cli

NET = """net Pets(image: float32[N, {size}]) -> probs: [N, 2] {{
  return image -> Flatten -> Dense(2) as scores
}}

train Pets {{
  data = image_folder("pets", {data})
  loss = mse
}}
"""
WAYS = {
    "bytes": ("8, 8, 3", "scale=1 / 255"),
    "channels": ("8, 8, 3", "scale=1 / 255, mean=[0.5, 0.4, 0.3], std=[0.2, 0.1, 0.3]"),
    "one number": ("8, 8, 3", "mean=127.5, std=127.5"),
    "blue first": ("8, 8, 3", "color_order=bgr, mean=[104, 117, 124]"),
    "colours alone": ("8, 8, 3", "color_order=bgr"),
    "behind the batch": ("3, 8, 8", "color_order=bgr, scale=0.5, mean=[10, 20, 30], std=[1, 2, 3]"),
    "grey": ("8, 8", "scale=1 / 255, mean=[0.5]"),
    "cut": ("8, 8, 3", "scale=1 / 255, shorter_side=12, interpolation=bicubic"),
}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    pixels = np.random.default_rng(0).integers(0, 256, (11, 14, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def written(folder: Path, size: str = "8, 8, 3", data: str = "scale=1 / 255") -> Path:
    path = folder / "pets.net"
    path.write_text(NET.format(size=size, data=data))
    return path


def answer(model: Path, *files: Path) -> np.ndarray:
    """What `netc run` computes."""
    out = model.with_suffix(".npz")
    made = cli("run", model, *files, "-o", out)
    assert made.status == 0, made.err
    with np.load(out) as found:
        return found["probs"]


def test_the_metadata_are_json_under_the_names_of_recipes(tmp_path: Path) -> None:
    netc.load(written(tmp_path, data="scale=1 / 255, mean=[0.5, 0.4, 0.3]")).to_onnx(
        tmp_path / "model.onnx"
    )
    assert json.loads(Session(tmp_path / "model.onnx").metadata["netc.preprocessing"]) == {
        "input": "image",
        "axis": -1,
        "image_size": None,
        "interpolation": "bilinear",
        "shorter_side": None,
        "crop_to_aspect_ratio": False,
        "pad_to_aspect_ratio": False,
        "color_order": "rgb",
        "scale": 1 / 255,
        "mean": [0.5, 0.4, 0.3],
        "std": 1.0,
    }


def test_a_model_whose_recipe_says_nothing_has_none(tmp_path: Path) -> None:
    netc.load(written(tmp_path, data="seed=1")).to_onnx(tmp_path / "model.onnx")
    assert KEY not in Session(tmp_path / "model.onnx").metadata


@pytest.mark.parametrize("way", WAYS)
def test_in_the_graph_or_beside_it_a_picture_gives_the_same(
    tmp_path: Path, picture: Path, way: str
) -> None:
    net = netc.load(written(tmp_path, *WAYS[way]))
    beside, inside = tmp_path / "beside.onnx", tmp_path / "inside.onnx"
    net.to_onnx(beside)
    net.to_onnx(inside, embed_preprocessing=True)
    for model in (beside, inside):
        session = Session(model)
        (batch,) = read_inputs([picture], session.inputs, model_preprocessing(session))
        found = session.run(batch.arrays)["probs"]
        if model is beside:
            first, values = found, batch.arrays["image"]
    np.testing.assert_allclose(found, first, rtol=2e-5, atol=1e-5)
    # And both are the net on what the recipe makes of the picture.
    np.testing.assert_allclose(net.run(values)["probs"], first, rtol=1e-6)
    left = model_preprocessing(Session(inside))
    assert left is not None
    assert not left.changes_values
    assert (left.shorter_side, left.interpolation) == (
        (12, "bicubic") if way == "cut" else (None, "bilinear")
    )
    done = json.loads(Session(inside).metadata[KEY])["in_graph"]
    assert done["scale"] == json.loads(Session(beside).metadata[KEY])["scale"]


def test_keras_gets_the_same_layers(tmp_path: Path, picture: Path) -> None:
    keras = pytest.importorskip("keras")
    path = written(tmp_path, *WAYS["blue first"])
    net = netc.load(path)
    net.to_onnx(tmp_path / "model.onnx")
    for target in ("model.keras", "built.py"):
        made = cli("compile", path, "-o", tmp_path / target, "--embed-preprocessing")
        assert made.status == 0, made.err
    model = keras.models.load_model(tmp_path / "model.keras")
    pixels = np.asarray(Image.open(picture).resize((8, 8), Image.Resampling.BILINEAR), np.float32)
    wanted = answer(tmp_path / "model.onnx", picture)
    np.testing.assert_allclose(model.predict_on_batch(pixels[None]), wanted, rtol=1e-4, atol=1e-4)
    assert "Rescaling(" in (tmp_path / "built.py").read_text()


class TestVerbs:
    def test_run_prepares_pictures_and_arrays_for_a_net_and_for_its_model(
        self, tmp_path: Path, picture: Path
    ) -> None:
        path = written(tmp_path, "11, 14, 3", "scale=1 / 255, mean=0.5")
        pixels = np.asarray(Image.open(picture))
        np.save(tmp_path / "picture.npy", pixels)
        assert cli("compile", path, "-o", tmp_path / "model.onnx").status == 0
        wanted = netc.load(path).run((pixels[None] / 255 - 0.5).astype(np.float32))["probs"]
        for model in (path, tmp_path / "model.onnx"):
            for file in (picture, tmp_path / "picture.npy"):
                np.testing.assert_allclose(answer(model, file), wanted, rtol=1e-5, atol=1e-5)

    def test_verify_compares_on_what_the_net_would_get(
        self, tmp_path: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pytest.importorskip("keras")
        from netc.runtime.infer import verify

        seen: list[np.ndarray] = []

        def watched(*args: object, **more: object) -> verify.Verification:
            seen.append(args[2]["image"])  # type: ignore[index]
            return original(*args, **more)  # type: ignore[arg-type]

        original = verify.verify
        monkeypatch.setattr(verify, "verify", watched)
        assert execute(["verify", str(written(tmp_path)), "--input", str(picture)]) == 0
        (image,) = seen
        assert 0.5 < image.max() <= 1

    def test_int8_is_calibrated_on_it(self, tmp_path: Path) -> None:
        folder = tmp_path / "files"
        folder.mkdir()
        rng = np.random.default_rng(0)
        for index in range(8):
            pixels = rng.integers(0, 256, (8, 8, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{index}.png")
        path, files = written(tmp_path), sorted(folder.iterdir())
        full, small = tmp_path / "full.onnx", tmp_path / "small.onnx"
        assert cli("compile", path, "-o", full).status == 0
        made = cli("compile", path, "-o", small, "--quantize", "int8", "--calibrate", folder)
        assert made.status == 0, made.err
        assert Session(small).metadata[KEY] == Session(full).metadata[KEY]
        apart = np.abs(answer(small, *files) - answer(full, *files)).max()
        assert 0 < apart < 0.02

    def test_recipes_that_differ_need_to_be_chosen_from(
        self, tmp_path: Path, picture: Path
    ) -> None:
        path = written(tmp_path)
        data = 'image_folder("pets", scale=1 / 128)'
        other = f"train Other for Pets {{\n  data = {data}\n  loss = mse\n}}\n"
        path.write_text(path.read_text() + other)
        for verb in (
            ("run", path, picture),
            ("verify", path, "--input", picture),
            ("compile", path, "-o", tmp_path / "model.onnx"),
        ):
            refused = cli(*verb)
            assert refused.status == 1
            assert "`Pets` and `Other` of `Pets` prepare pictures differently" in refused.err
        made = cli("compile", path, "-o", tmp_path / "model.onnx", "--recipe", "Other")
        assert made.status == 0, made.err
        found = model_preprocessing(Session(tmp_path / "model.onnx"))
        assert found is not None
        assert found.scale == 1 / 128
        missing = cli("run", path, picture, "--recipe", "Third")
        assert (missing.status, missing.err) == (1, "error: `Pets` has no recipe `Third`\n")

    def test_recipes_that_prepare_nothing_agree(self, tmp_path: Path) -> None:
        path = written(tmp_path, data="seed=1")
        rows = 'train Rows for Pets {\n  data = csv("pets.csv")\n  loss = mse\n}\n'
        path.write_text(path.read_text() + rows)
        made = cli("compile", path, "-o", tmp_path / "model.onnx")
        assert made.status == 0, made.err

    def test_nothing_to_embed(self, tmp_path: Path) -> None:
        path = written(tmp_path, data="seed=1")
        made = cli("compile", path, "-o", tmp_path / "model.onnx", "--embed-preprocessing")
        assert made.status == 1
        assert "there is nothing to embed: no recipe of `Pets` says" in made.err
        assert not (tmp_path / "model.onnx").exists()


SAID = Preprocessing(
    "image", scale=1 / 255, mean=(0.5, 0.4, 0.3), shorter_side=256, interpolation="lanczos"
)


def test_metadata_are_read_as_they_were_written() -> None:
    assert from_metadata(to_metadata(SAID)) == SAID
    assert from_metadata(to_metadata(SAID, in_graph=True)) == SAID.geometry
    assert from_metadata({}) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", ""),
        ("[" * 10**5, "nested too deep"),
        ("[]", "not an object"),
        ("{}", "`input` is missing"),
        ('{"input": 3}', "`input` takes a string"),
        ('{"input": "image", "gamma": 2}', "`gamma` is not known"),
        ('{"input": "image", "scale": 0}', "0 makes all values alike"),
        ('{"input": "image", "scale": NaN}', "nan is not finite"),
        ('{"input": "image", "std": [1, 0, 1]}', "0.0 is not above 0"),
        ('{"input": "image", "mean": [1, 2]}', "has 3 channels, but is prepared by 2 numbers"),
        ('{"input": "image", "mean": "far"}', "`mean` takes a number"),
        ('{"input": "image", "axis": 7, "mean": [1, 2, 3]}', "`axis` is 7"),
        ('{"input": "image", "axis": null, "mean": [1, 2, 3]}', "no axis of channels"),
        ('{"input": "image", "shorter_side": 99999999}', "`shorter_side` takes"),
        ('{"input": "image", "image_size": [0, 4]}', "0 is less than 1"),
        ('{"input": "image", "interpolation": "__class__"}', "takes bilinear or"),
        ('{"input": "image", "shorter_side": 9, "pad_to_aspect_ratio": true}', "contradict"),
        ('{"input": "\\u001b[2J\\n"}', "`␛[2J␊`"),
        ('{"input": "image", "interpolation": "\\u001b[2J"}', "␛[2J"),
        ('{"input": "sound"}', "are about `sound`, which it does not take"),
    ],
)
def test_damaged_metadata_are_one_line(
    tmp_path: Path, picture: Path, text: str, message: str
) -> None:
    import onnx

    netc.load(written(tmp_path, data="seed=1")).to_onnx(tmp_path / "model.onnx")
    model = onnx.load(tmp_path / "model.onnx")
    onnx.helper.set_model_props(model, {KEY: text})
    onnx.save(model, tmp_path / "model.onnx")
    session = Session(tmp_path / "model.onnx")
    with pytest.raises(UserError, match=f"metadata `{KEY}`|is prepared by") as refused:
        model_preprocessing(session)
    assert message in str(refused.value)
    assert str(refused.value).isprintable()


def test_integers_are_not_scaled() -> None:
    with pytest.raises(
        UserError, match=r"the input `image` is uint8, and pixels / 255 makes floats"
    ):
        prepared(np.zeros((1, 4, 4, 3)), Preprocessing("image", scale=1 / 255), "uint8")


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Preprocessing("image", scale=1 / 255), "pixels / 255"),
        (Preprocessing("image", scale=2), "pixels * 2"),
        (Preprocessing("image", scale=1 / 127.5, mean=1), "pixels * 0.00784314 - 1"),
        (SAID, "pixels / 255 - [0.5, 0.4, 0.3]"),
        (Preprocessing("image", mean=(1, 2, 3), std=4), "(pixels - [1, 2, 3]) / 4"),
        (Preprocessing("image", std=4), "pixels / 4"),
        (Preprocessing("image", color_order="bgr"), "pixels (blue first)"),
    ],
)
def test_it_is_said_as_a_formula(made: Preprocessing, text: str) -> None:
    assert made.formula() == text
