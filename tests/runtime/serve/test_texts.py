"""Texts and sequences over HTTP: strings for a model that keeps its words, steps as they come."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from netc.compiler.check import check_files
from netc.compiler.ir.sequences import sequences_of
from netc.compiler.lower.onnx.compile import compile_onnx
from netc.compiler.lower.onnx.write import write_onnx
from netc.compiler.lower.weights import SeededWeights
from netc.runtime.data.text_layout import TextLayout
from netc.runtime.errors import UserError
from netc.runtime.infer.session import Session
from netc.runtime.serve.requests import Reader
from netc.runtime.serve.schema import described, request_schema

from .test_serve import served

NETS = {
    "Fixed": "net Fixed(x: int32[N, 4]) -> y: [N, 1] "
    "{ return x -> Embedding(6, 2, mask_zero=true) -> LSTM(2) -> Dense(1) }",
    "Open": "net Open(x: int64[N, T]) -> y: [N, 1] "
    "{ return x -> Embedding(6, 2, mask_zero=true) -> LSTM(2) -> Dense(1) }",
    "Tags": "net Tags(x: float32[N, T, 2], real: bool[N, T]) -> y: [N, T, 1] "
    "{ return LSTM(x, real, 2, return_sequences=true) -> Dense(1) }",
}
TOKENS = ("", "[UNK]", "a", "fine", "film", "bad")


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reader]:
    folder = tmp_path_factory.mktemp("texts")
    found = {}
    for name, text in NETS.items():
        file = folder / f"{name}.net"
        (net,) = check_files([file], overlay={file.resolve(): text}).nets
        assert net.graph is not None
        made = sequences_of(net.graph)
        assert made is not None
        metadata = {} if name == "Fixed" else made.metadata
        if name != "Tags":
            length = 4 if name == "Fixed" else None
            metadata |= TextLayout("review", 0, True, length, TOKENS).metadata
        path = file.with_suffix(".onnx")
        write_onnx(compile_onnx(net.graph, SeededWeights(0), metadata=metadata), path)
        found[name] = Reader(Session(path), (), 1)
    return found


def asked(reader: Reader, value: Any) -> Any:
    given = reader.json(json.dumps({"inputs": {"x": value}}).encode())
    return reader.answer(given, reader.session.run(given.arrays))["outputs"]["y"]


@pytest.mark.parametrize("name", ["Fixed", "Open"])
def test_texts_become_the_ids_of_their_words(name: str, readers: dict[str, Reader]) -> None:
    reader = readers[name]
    texts = ["A fine film!", "so bad", "?"]
    ids = [[2, 3, 4, 0], [1, 5, 0, 0], [0, 0, 0, 0]]
    dtype = reader.session.inputs[0].dtype
    want = reader.session.run({"x": np.array(ids, dtype)})["y"]
    np.testing.assert_allclose(asked(reader, texts), want, atol=1e-6)
    for at, text in enumerate(texts):
        np.testing.assert_allclose(asked(reader, text), want[at : at + 1], atol=1e-6)
    np.testing.assert_allclose(asked(reader, ids[:2]), want[:2], atol=1e-6)


def test_sequences_of_unequal_lengths_are_answered_with_their_own(
    readers: dict[str, Reader],
) -> None:
    rng = np.random.default_rng(1)
    some = [rng.normal(size=(steps, 2)).round(3).tolist() for steps in (3, 1, 4)]
    together = asked(readers["Tags"], some)
    assert [len(each) for each in together] == [3, 1, 4]
    for one, other in zip(some, together, strict=True):
        np.testing.assert_allclose(asked(readers["Tags"], one)[0], other, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("Fixed", ["fine", 3], "`x` holds texts, and its value 2 is none"),
        ("Fixed", ["fine", None], "`x` holds texts, and its value 2 is none"),
        ("Fixed", None, "`x` takes a text or a list of texts, or the ids of their words"),
        ("Fixed", {"text": "fine"}, "`x` takes a text or a list of texts"),
        ("Fixed", 7, "`x` takes a text or a list of texts"),
        ("Fixed", "  ", "`x`: it is empty"),
        ("Open", ["fine", ""], "`x`: its text 2 is empty"),
        ("Open", [], "there are no samples"),
        ("Fixed", [["fine"]], "`x` holds something else than numbers"),
        (
            "Tags",
            "fine",
            "text, and this model keeps no words; it takes float32[N, T, 2]",
        ),
        ("Tags", [[[1, 2], [3]]], "`x[0]` is no array: its rows differ in length"),
        ("Tags", [[[1, 2, 3]]], "`x[0]` is [1, 3], but a sample of `x` float32[N, T, 2] is steps"),
        ("Tags", [[[1, 2]], []], "`x[1]` is [0], but a sample of `x`"),
        ("Tags", 7, "`x` holds something else than lists of numbers"),
        ("Tags", [[[1, "a"]]], "`x[0]` holds something else than numbers"),
    ],
)
def test_the_wrong_kind_is_one_line(
    name: str, value: Any, message: str, readers: dict[str, Reader]
) -> None:
    with pytest.raises(UserError) as error:
        asked(readers[name], value)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_the_schema_says_that_texts_are_taken(readers: dict[str, Reader]) -> None:
    made: Any = request_schema(readers["Open"])["requestBody"]
    content = made["content"]
    kinds = content["application/json"]["schema"]["properties"]["inputs"]["properties"]["x"]
    assert [each["type"] for each in kinds["oneOf"]] == ["string", "array", "array"]
    assert content["text/plain"]["schema"]["type"] == "string"
    assert described(readers["Open"])["words"] == 4
    tags: Any = request_schema(readers["Tags"])["requestBody"]
    inputs = tags["content"]["application/json"]["schema"]["properties"]["inputs"]
    assert inputs["required"] == ["x"]
    assert "text/plain" not in tags["content"]


def test_texts_are_answered_over_http(readers: dict[str, Reader]) -> None:
    reader = readers["Open"]
    with served(reader.session) as post:
        status, body, _ = post({"inputs": {"x": ["a fine film", "bad"]}})
        assert status == 200
        np.testing.assert_allclose(
            body["outputs"]["y"], asked(reader, ["a fine film", "bad"]), atol=1e-6
        )
        status, body, _ = post(b"bad", "text/plain; charset=utf-8")
        assert (status, len(body["outputs"]["y"])) == (200, 1)
        for wrong in (b"\xff", b" "):
            status, body, _ = post(wrong, "text/plain")
            assert status == 422
            assert "text" in body["error"] or "empty" in body["error"]
        status, body, _ = post({"inputs": {"x": [1, "bad"]}})
        assert (status, body) == (422, {"error": "`x` holds texts, and its value 1 is none"})
