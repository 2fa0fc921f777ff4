"""Text: words as Keras's TextVectorization finds and numbers them, kept in the trained model."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from netc.compiler.ops.base.declare import construct
from netc.compiler.recipe.objects.sources import csv
from netc.runtime.cli import execute
from netc.runtime.data.dataset import Dataset
from netc.runtime.data.load import load_data
from netc.runtime.data.row_layout import layout_metadata, layout_of
from netc.runtime.data.text_layout import KEY, TextLayout, vocabulary, words
from netc.runtime.data.text_table import Table
from netc.runtime.errors import UserError
from netc.runtime.infer.session import Session

from .recipes import recipe, values

HARD = [
    "Hello, World!  ÉCOLE école",
    "a\x0bb\x0cc\x1cd\u00a0e\u3000f\u2028g\x85h it's IT'S _x_ [UNK]",
    "\u00a0\tİ ß \x00z \r\n q \u00a0",
    "!!! ... --",
    "b b a a c z\U0001f600 zé zz",
    'tokens \x7f 1,234 €5 «x» “y” <b>"q"</b> C++ a/b x-y ~`|{}^',
]
"""What Unicode and ASCII see differently: case, white space, punctuation, order."""


def layout(tokens: tuple[str, ...], length: int) -> TextLayout:
    return TextLayout("review", 0, True, length, tokens)


def table(texts: list[str]) -> Table:
    lines = range(2, 2 + len(texts))
    return Table(Path("t.csv"), ("review",), True, lines, None, [[text] for text in texts])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_words_and_ids_are_those_of_text_vectorization() -> None:
    tf = pytest.importorskip("tensorflow")
    import keras

    rng = random.Random(3)
    letters = [*"aAbBzéÉß€ \t\n,.'-", "\u00a0", "\x1f", "\U0001f600"]
    drawn = ["x" + "".join(rng.choices(letters, k=30)) for _ in range(60)]
    for texts in (HARD, drawn):
        for most in (4, 9, 1000):
            theirs = keras.layers.TextVectorization(max_tokens=most, output_sequence_length=5)
            theirs.adapt(tf.constant(texts))
            ours = vocabulary(texts, most)
            assert list(ours) == [str(each) for each in theirs.get_vocabulary()]
            unseen = [*texts, "something else, of other words"]
            made = layout(ours, 5).encode(table(unseen))
            assert made.dtype == np.int32
            assert np.array_equal(made, np.asarray(theirs(tf.constant(unseen))))


def test_texts_are_cut_and_padded_at_the_end() -> None:
    tokens = vocabulary(["one two three", "one two", "one"], 100)
    assert tokens == ("", "[UNK]", "one", "two", "three")
    made = layout(tokens, 3).encode(table(["three two one two", "ONE!", "four", "?"]))
    assert made.tolist() == [[4, 3, 2], [2, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert words("It's  a Test.") == ["its", "a", "test"]


NET = """
net N(x: int32[N, 4]) -> y: [N, 1] {
  return x -> Embedding(ROWS, 2) -> Flatten -> Dense(1)
}
"""


def load(root: Path, content: str, rows: int = 50, **arguments: object) -> Dataset:
    (root / "data.csv").write_text(content)
    source = construct(csv, {"path": "data.csv", "text": "review", **arguments})
    made = recipe(NET.replace("ROWS", str(rows)), "values", source, file=root / "net.net")
    return load_data(made)


def test_the_vocabulary_is_learned_from_the_training_rows_alone(tmp_path: Path) -> None:
    rows = "".join(f"word{at},0\n" for at in range(2, 22))
    data = load(tmp_path, "review,stars\n" + rows, validation_split=0.5)
    assert isinstance(data.rows, TextLayout)
    assert data.validation is not None
    known = {f"word{name.split()[1]}" for name in data.train.names}
    assert set(data.rows.tokens[2:]) == known
    assert values(data.validation)[:, 0].tolist() == [1] * 10
    assert values(data.train)[:, 0].min() == 2


def test_there_are_as_many_ids_as_the_embedding_has_rows(tmp_path: Path) -> None:
    text = 'review,id,stars\n"a a a, b b",x,1\n"c c, b a",y,2\n'
    data = load(tmp_path, text, rows=4)
    assert isinstance(data.rows, TextLayout)
    assert data.rows.tokens == ("", "[UNK]", "a", "b")
    assert values(data.train).tolist() == [[2, 2, 2, 3], [1, 1, 3, 2]]
    fewer = load(tmp_path, text, rows=50, max_tokens=3)
    assert isinstance(fewer.rows, TextLayout)
    assert fewer.rows.tokens == ("", "[UNK]", "a")


def test_numbers_are_words_as_they_are_written(tmp_path: Path) -> None:
    data = load(tmp_path, "review,stars\n12345678,1\n1.50,2\n")
    assert isinstance(data.rows, TextLayout)
    assert data.rows.tokens[2:] == ("150", "12345678")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "data.csv: line 3, column `review`: the cell is empty"),
        ({"text": "reveiw"}, "has no column `reveiw`"),
        ({"text": 0, "label": -2}, "the column of text `review` is also `label`"),
        ({"text": "review", "drop": 0}, "the column of text `review` is also `drop`"),
    ],
)
def test_faults_name_the_line_and_the_column(
    tmp_path: Path, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        load(tmp_path, "review,stars\nx,1\n,2\n", **arguments)


def test_a_model_keeps_its_vocabulary() -> None:
    kept = TextLayout("review", 2, True, 7, ("", "[UNK]", "né", '"', "a"))
    assert layout_of(layout_metadata(kept)) == kept
    good = json.loads(layout_metadata(kept)[KEY])
    assert good == {
        "column": "review",
        "place": 2,
        "named": True,
        "length": 7,
        "tokens": ["", "[UNK]", "né", '"', "a"],
    }
    bad: list[object] = ["x", [], {}, {**good, "tokens": ["a", "b"]}, {**good, "length": 0}]
    bad += [{**good, "place": "2"}, {**good, "tokens": "ab"}, {**good, "tokens": ["", "[UNK]", 3]}]
    for each in [*map(json.dumps, bad), "{", "[" * 100_000]:
        with pytest.raises(UserError, match="do not say what its words are"):
            layout_of({KEY: each})


REVIEWS = """
net Reviews(words: int32[N, T]) -> good: [N, 1] {
  return words -> Embedding(40, 8) -> GlobalAveragePooling1D -> Dense(1, activation=sigmoid)
}

train Reviews {
  data = csv("reviews.csv", label="stars", text="review", length=6, validation_split=0.25)
  loss = binary_crossentropy
  optimizer = Adam(learning_rate=0.1)
  metrics = [binary_accuracy]
  epochs = 15
}
"""


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_net_learns_from_text_and_its_model_reads_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tensorflow")
    monkeypatch.chdir(tmp_path)
    rng = random.Random(1)
    rows = []
    for at in range(80):
        some = rng.choices(["the", "a", "Film", "was", "it"], k=3)
        some.insert(
            rng.randrange(4), rng.choice([["awful", "dull!"], ["great", "Lovely,"]][at % 2])
        )
        rows.append(f'{at},"{" ".join(some)}",{at % 2}')
    Path("reviews.net").write_text(REVIEWS)
    Path("reviews.csv").write_text("\n".join(["id,review,stars", *rows]) + "\n")
    assert execute(["data", "reviews.net"]) == 0
    assert "review: 9 words (" in capsys.readouterr().out
    assert execute(["train", "reviews.net", "--out", "run", "--quiet"]) == 0
    kept = layout_of(Session(Path("run/model.onnx")).metadata)
    assert isinstance(kept, TextLayout)
    assert len(kept.tokens) == 11

    # The column is found by its name; words that training did not know, and an empty cell.
    Path("new.csv").write_text(
        'stars,review\n?,"Great! A LOVELY film; zebra zebra zebra"\n?,awful\n?,\n'
    )
    assert execute(["run", "run", "new.csv", "-o", "out.jsonl"]) == 1
    assert "line 4, column `review`: the cell is empty" in capsys.readouterr().err
    found = [json.loads(line)["good"] for line in Path("out.jsonl").read_text().splitlines()]
    assert found[0] > 0.9
    assert found[1] < 0.1
    given = table(["great a lovely film zebra zebra", "awful"])
    np.save("x.npy", kept.found_in(given).encode(given))
    assert execute(["run", "run", "x.npy", "-o", "out.npz"]) == 0
    assert np.allclose(np.load("out.npz")["good"][:, 0], found)

    # The words are those of the run, though the rows it learned them from are other ones by now.
    shuffled = [f'{at},"great {"zebra " * at}",1' for at in range(8)] + rows[:8]
    Path("reviews.csv").write_text("\n".join(["id,review,stars", *shuffled]) + "\n")
    capsys.readouterr()
    judged = ["eval", "reviews.net", "--run", "run", "--part", "train", "--format", "json"]
    assert execute(judged) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["binary_accuracy"] > 0.9
    # A misspelt column, and a table that is none.
    Path("other.csv").write_text("reveiw\nx\n")
    assert execute(["run", "run", "other.csv"]) == 1
    assert "has no column `review`" in capsys.readouterr().err
