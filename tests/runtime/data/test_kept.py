"""What weights keep of the data of their run, and what of it fits a net they are loaded into."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.preprocessing import KEY as PREPROCESSING
from netc.compiler.ir.preprocessing import Preprocessing, to_metadata
from netc.compiler.ir.sequences import KEY as SEQUENCES
from netc.compiler.ir.sequences import Sequences
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.api.api import load
from netc.runtime.api.kept import kept_data
from netc.runtime.cli import execute
from netc.runtime.data.kept import KeptData, fitting
from netc.runtime.data.row_layout import KEY as COLUMNS
from netc.runtime.data.row_layout import Feature, RowLayout, layout_of
from netc.runtime.data.text_layout import KEY as WORDS
from netc.runtime.data.text_layout import TextLayout
from netc.runtime.errors import UserError
from netc.runtime.infer.classify import CLASSES, class_names, classes_metadata
from netc.runtime.infer.session import Session
from netc.runtime.weights import kept_metadata, save_safetensors

from .recipes import recipe

TEXT = (
    "net N(x: int32[N, T]) -> y: [N, 1] { return x -> Embedding(5, 2, mask_zero=true) "
    "-> LSTM(2) -> Dense(1, activation=sigmoid) }"
)
TABLE = "net N(x: float32[N, 2]) -> y: [N, 3] { return x -> Dense(3, activation=softmax) }"
STEPS = "net N(x: float32[N, T, 2]) -> y: [N, 3] { return x -> Masking(7) -> LSTM(3) }"
WORDS_OF = TextLayout("review", 0, True, None, ("", "[UNK]", "fine", "bad"))
ROWS = RowLayout((Feature("a", 0), Feature("b", 1)), True)
WALKS = RowLayout(ROWS.features, True, Feature("who", 2))
PADDED = Sequences({"x": 0.0}, None, None, ())
PICTURES = Preprocessing("image", scale=0.5)


def fit(net: str, *metadata: dict[str, str]) -> KeptData:
    whole = {key: value for each in metadata for key, value in each.items()}
    return fitting(whole, recipe(net, "values").checked)


def test_what_fits_the_net_is_kept() -> None:
    kept = fit(TEXT, WORDS_OF.metadata, PADDED.metadata, classes_metadata(["no", "yes"]))
    assert not kept.notes
    assert layout_of(kept.metadata) == WORDS_OF
    assert class_names(kept.metadata) == ("no", "yes")
    assert layout_of(fit(TABLE, ROWS.metadata).metadata) == ROWS
    assert layout_of(fit(STEPS, WALKS.metadata).metadata) == WALKS


def test_the_net_says_how_many_words_and_what_padding_is() -> None:
    kept = fit(TEXT.replace("T]", "9]"), WORDS_OF.metadata)
    found = layout_of(kept.metadata)
    assert isinstance(found, TextLayout)
    assert found.length == 9
    own = json.loads(fit(STEPS, Sequences({"old": 1.0}, None, 12, ()).metadata).metadata[SEQUENCES])
    assert own == {"padding": {"x": 7.0}, "mask": None, "length": 12, "steps": []}


@pytest.mark.parametrize(
    ("net", "metadata", "note"),
    [
        (TEXT.replace("(5, ", "(3, "), WORDS_OF.metadata, "the words of its texts: the net takes"),
        (TABLE, WORDS_OF.metadata, "the words of its texts: the net takes float32[N, 2]"),
        (TABLE.replace(", 2]", ", 4]"), ROWS.metadata, "its columns: the net takes float32[N, 4]"),
        (TABLE, PADDED.metadata, "how sequences are padded: the net takes none"),
        (TABLE, classes_metadata(["no", "yes"]), "the names of 2 classes: no output of the net"),
        (TABLE, to_metadata(PICTURES), "how `image` is prepared: the net has no such input"),
    ],
)
def test_what_does_not_fit_is_left_out_with_a_note(
    net: str, metadata: dict[str, str], note: str
) -> None:
    kept = fit(net, metadata)
    assert kept.metadata == {}
    assert kept.preprocessing is None
    (said,) = kept.notes
    assert note in said


@pytest.mark.parametrize("key", [WORDS, COLUMNS, SEQUENCES, PREPROCESSING, CLASSES])
def test_what_is_damaged_is_one_line(key: str, tmp_path: Path) -> None:
    for text in ("{", "[" * 100_000, "{}", "3"):
        with pytest.raises(UserError):
            fit(TEXT, {key: text})


FILE = f"""{TEXT.replace("N(", "Reviews(")}

net Pictures(image: float32[N, 2, 2, 1]) -> y: [N, 2] {{ return image -> Flatten
  -> Dense(2, activation=softmax) }}

train Pictures {{
  data = image_folder("pictures", scale=1 / 255)
  loss = categorical_crossentropy
}}
"""


def test_a_compiled_net_keeps_what_its_weights_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.net").write_text(FILE)
    reviews = load("n.net", "Reviews").checked
    known = WORDS_OF.metadata | PADDED.metadata | classes_metadata(["no", "yes"])
    Path("run").mkdir()
    save_safetensors(Path("run/best.safetensors"), reviews, SeededWeights(3), known)
    # The folder of a run stands for its weights; another file of weights carries it on.
    assert execute(["compile", "n.net:Reviews", "--weights", "run", "-o", "a.safetensors"]) == 0
    assert kept_metadata(Path("a.safetensors")).keys() == known.keys()
    weights = ["--weights", "a.safetensors"]
    assert execute(["compile", "n.net:Reviews", *weights, "-o", "a.onnx"]) == 0
    load("n.net", "Reviews", weights="run").to_onnx("b.onnx")
    for name in ("a.onnx", "b.onnx"):
        kept = Session(Path(name)).metadata
        assert layout_of(kept) == WORDS_OF
        assert class_names(kept) == ("no", "yes")
    Path("new.txt").write_text("fine\nbad bad\n")
    capsys.readouterr()
    for model in (["a.onnx"], ["n.net:Reviews", "--weights", "run"]):
        assert execute(["run", *model[:1], "new.txt", *model[1:]]) == 0
    first, second, *others = capsys.readouterr().out.splitlines()
    assert others == [first, second]
    assert first.startswith("1: ")
    assert second.startswith("2: ")
    assert "yes" in first
    Path("two.txt").write_text("bad\ngood\n")
    other = ["compile", "n.net:Reviews", *weights, "--classes", "two.txt", "-o", "a.onnx"]
    assert execute(other) == 0
    assert class_names(Session(Path("a.onnx")).metadata) == ("bad", "good")


def test_pictures_are_prepared_as_the_run_prepared_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.net").write_text(FILE)
    checked = load("n.net", "Pictures").checked
    for made in (PICTURES, Preprocessing("image")):
        known = {PREPROCESSING: json.dumps({"input": "image", "scale": made.scale})}
        save_safetensors(Path("w.safetensors"), checked, SeededWeights(0), known)
        asked = ["compile", "n.net:Pictures", "--weights", "w.safetensors", "-o", "a.onnx"]
        assert execute(asked) == 0
        assert Session(Path("a.onnx")).metadata == to_metadata(made)
        assert execute([*asked, "--recipe", "Pictures"]) == 0
        assert json.loads(Session(Path("a.onnx")).metadata[PREPROCESSING])["scale"] == 1 / 255


def test_a_plain_way_with_an_input_that_is_gone_is_no_news() -> None:
    kept = fit(TABLE, {PREPROCESSING: json.dumps({"input": "image"})})
    assert kept == KeptData({}, None, ())


def test_the_keras_model_of_a_run_keeps_what_lies_beside_it(tmp_path: Path) -> None:
    checked = recipe(TEXT, "values").checked
    save_safetensors(tmp_path / "best.safetensors", checked, SeededWeights(0), WORDS_OF.metadata)
    (tmp_path / "model.keras").write_bytes(b"")
    assert layout_of(kept_data(tmp_path / "model.keras", checked).metadata) == WORDS_OF
    assert kept_data(tmp_path / "other.keras", checked).metadata == {}


def test_a_folder_without_weights_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("n.net").write_text(TEXT)
    Path("run/fold-1").mkdir(parents=True)
    for folder, said in {
        "run": "run: holds a model for each fold; name one of them: run/fold-1",
        "run/fold-1": "run/fold-1: is a folder without best.safetensors, which a run writes",
    }.items():
        assert execute(["compile", "n.net", "--weights", folder, "-o", "a.onnx"]) == 1
        assert said in capsys.readouterr().err
        with pytest.raises(UserError, match=r"holds a model|without best"):
            load("n.net", weights=folder)
    # What a file of another origin says under such keys is not taken.
    np.savez("w.npz", x=np.zeros(2))
    assert kept_metadata(Path("w.npz")) == {}
