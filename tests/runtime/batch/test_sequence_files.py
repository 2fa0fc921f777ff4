"""`netc run` on sequences that are a file or a line each, and on texts that are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ir.sequences import Sequences
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.api.api import load
from netc.runtime.cli import execute
from netc.runtime.data.text_layout import TextLayout
from netc.runtime.infer.classify import classes_metadata
from netc.runtime.infer.session import Session
from netc.runtime.weights import save_safetensors

NETS = """
net Walk(x: float32[N, T, 2]) -> y: [N, 2] {
  return x -> Masking(-9) -> LSTM(3) -> Dense(2, activation=softmax)
}
net Short(x: float32[N, 2, 2]) -> y: [N, 2] { return x -> LSTM(3) -> Dense(2, activation=softmax) }
net Reviews(x: int32[N, T]) -> y: [N, 2] {
  return x -> Embedding(4, 2, mask_zero=true) -> LSTM(2) -> Dense(2, activation=softmax)
}
"""
WORDS = TextLayout("review", 0, True, None, ("", "[UNK]", "fine", "bad"))
PADDED = Sequences({"x": 0.0}, None, None, ())
RNG = np.random.default_rng(0)
WALKS = {
    f"w/{name}.npy": RNG.normal(size=(steps, 2)) for name, steps in (("a", 3), ("b", 1), ("c", 5))
}


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of each net as a run leaves it, `Walk.onnx`, and a folder of sequences."""
    monkeypatch.chdir(tmp_path)
    Path("n.net").write_text(NETS)
    known = PADDED.metadata | classes_metadata(["no", "yes"])
    for name, more in {"Walk": {}, "Short": {}, "Reviews": WORDS.metadata}.items():
        checked = load("n.net", name).checked
        save_safetensors(Path("w.safetensors"), checked, SeededWeights(1), known | more)
        load("n.net", name, weights="w.safetensors").to_onnx(f"{name}.onnx")
    Path("w").mkdir()
    for path, array in WALKS.items():
        np.save(path, array)


def results(*arguments: str, status: int = 0) -> list[dict[str, object]]:
    assert execute(["run", *arguments, "-o", "out.jsonl"]) == status
    return [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("models")
def test_files_and_lines_give_what_each_sequence_gives_alone() -> None:
    session = Session(Path("Walk.onnx"))
    want = [session.run({"x": one[None].astype(np.float32)})["y"][0] for one in WALKS.values()]
    Path("w.jsonl").write_text(
        "\n".join(json.dumps({"y": 0, "x": each.tolist()}) for each in WALKS.values())
    )
    ways = {"w": [*WALKS], "w/*.npy": [*WALKS], "w.jsonl": ["1", "2", "3"]}
    for way, names in ways.items():
        found = results("Walk.onnx", way, "--batch", "2")
        assert [line.get("file", line.get("line")) for line in found] == names
        assert [line["class"] for line in found] == [["no", "yes"][each.argmax()] for each in want]
        scores = [line["score"] for line in found]
        assert scores == pytest.approx([each.max() for each in want], abs=1e-6)
    assert len(results("Walk.onnx", *[*WALKS][:2])) == 2


@pytest.mark.usefixtures("models")
def test_further_steps_than_the_model_takes_are_cut_off() -> None:
    session = Session(Path("Short.onnx"))
    longest = WALKS["w/c.npy"].astype(np.float32)
    want = session.run({"x": longest[None, :2]})["y"][0].max()
    np.save("one.npy", longest[None])
    for files in (["w"], ["one.npy"]):
        found = results("Short.onnx", *files)
        assert found[-1]["score"] == pytest.approx(want, abs=1e-6)


@pytest.mark.usefixtures("models")
def test_raw_outputs_are_those_of_the_real_steps() -> None:
    want = [line["score"] for line in results("Short.onnx", "w")]
    assert execute(["run", "Short.onnx", *WALKS, "-o", "raw.npz"]) == 0
    assert np.load("raw.npz")["y"].max(axis=1) == pytest.approx(want, abs=1e-6)
    # What is behind the lengths is not looked at.
    padded = np.full((3, 9, 2), 5.0)
    for row, one in zip(padded, WALKS.values(), strict=True):
        row[: len(one)] = one
    np.savez("p.npz", x=padded, lengths=[len(one) for one in WALKS.values()])
    assert execute(["run", "Walk.onnx", "p.npz", "-o", "raw.npz"]) == 0
    want = [line["score"] for line in results("Walk.onnx", "w")]
    assert np.load("raw.npz")["y"].max(axis=1) == pytest.approx(want, abs=1e-6)


@pytest.mark.usefixtures("models")
def test_a_line_may_hold_a_text() -> None:
    texts = ["fine", "bad, bad film", "?"]
    Path("t.jsonl").write_text("\n".join(json.dumps({"review": each}) for each in texts))
    Path("t.txt").write_text("\n".join(texts))
    found = [results("Reviews.onnx", name) for name in ("t.jsonl", "t.txt")]
    assert found[0] == found[1]


@pytest.mark.usefixtures("models")
def test_what_cannot_be_read_is_named_and_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("w/nan.npy", np.full((2, 2), np.nan))
    np.save("w/none.npy", np.zeros((0, 2)))
    np.save("w/wide.npy", np.zeros((2, 5)))
    Path("w/zip.npy").write_bytes(b"PK")
    assert len(results("Walk.onnx", "w", status=1)) == 3
    said = capsys.readouterr().err
    for each in (
        "skipped: w/nan.npy: it holds NaN",
        "skipped: w/none.npy has 0 steps; a sequence has at least one",
        "skipped: w/wide.npy is float64[2, 5], but a sequence of `x`",
        "skipped: w/zip.npy: is cut short or damaged",
    ):
        assert each in said
    bad = [b'{"x": [[NaN, 1]]}', b"{", b'{"x": []}', b"\xff", b'{"a": 1, "b": 2}', b'{"x": "s"}']
    Path("w.jsonl").write_bytes(b"\n".join([b'{"x": [[1, 2]]}', *bad]) + b"\n\n")
    assert [line["line"] for line in results("Walk.onnx", "w.jsonl", status=1)] == ["1"]
    said = capsys.readouterr().err
    for each in (
        "line 2 is no JSON: NaN is no number of JSON",
        "line 3 is no JSON",
        "line 4: `x` has 0 steps",
        "line 5 is not UTF-8 text",
        "line 6 lacks `x`; it holds `a`, `b`",
        "line 7: `x` holds <U1, not numbers",
    ):
        assert each in said
    np.savez("s.npz", x=np.array([[1.0, 2], [np.nan, 1]]), lengths=np.array([1, 1]))
    assert len(results("Walk.onnx", "s.npz", status=1)) == 1
    assert "s.npz: sample 1 holds NaN" in capsys.readouterr().err


@pytest.mark.usefixtures("models")
def test_a_model_of_something_else_takes_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Path("p.net").write_text("net P(x: float32[N, 2]) -> y: [N, 2] { return x -> Dense(2) }")
    Path("w.jsonl").write_text('{"x": [[1, 2]]}\n')
    assert execute(["run", "p.net", "w.jsonl"]) == 1
    assert "lines of JSON are for models that netc trained on sequences" in capsys.readouterr().err
    Path("empty").mkdir()
    for path, said in {
        "empty": "empty: holds no sequences (.npy)",
        "w/*.dat": "w/*.dat: no file is called so",
        "no.npy": "no.npy: no such file or directory",
        "n.net": "n.net: is not an .npy file; one of these holds a sequence",
    }.items():
        assert execute(["run", "Walk.onnx", path, "-o", "o.csv"]) == 1
        assert said in capsys.readouterr().err
